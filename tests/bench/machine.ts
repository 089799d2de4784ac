/** What the figures of a bench were measured on: without it they say nothing. */

import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** Load average of the last minute at the start: above 0.5, something else was running. */
  readonly loadBefore: number;
}

/** Part of all CPU time that the host kept for others since `before`; 0 where the kernel does not say. */
export function stolenSince(before: CpuTimes): number {
  const after = readCpuTimes();
  const total = after.total - before.total;
  return total === 0 ? 0 : Math.round(((after.stolen - before.stolen) / total) * 1000) / 1000;
}

export interface CpuTimes {
  readonly total: number;
  readonly stolen: number;
}

/** Of all cores since boot, in ticks. @see proc(5), /proc/stat */
export function readCpuTimes(): CpuTimes {
  if (!existsSync('/proc/stat')) return { total: 0, stolen: 0 };
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { total: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 };
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
  };
}
