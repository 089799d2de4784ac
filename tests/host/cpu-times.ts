/** What the CPUs of this machine did, by the kernel's own count. */

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Of all cores together since boot, in units of which only ratios mean something. */
export interface CpuTimes {
  readonly total: number;
  readonly idle: number;
  /** Kept by the host for others: it is neither idle nor ours. 0 where the kernel does not say. */
  readonly stolen: number;
}

/** @see proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal */
export function readCpuTimes(): CpuTimes {
  const ticks = readTicks();
  const total = ticks.reduce((sum, each) => sum + each, 0);
  return { total, idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), stolen: ticks[7] ?? 0 };
}

/** Part of all CPU time that the host kept for others since `before`. */
export function stolenSince(before: CpuTimes): number {
  return shareOf('stolen', before, readCpuTimes());
}

/** Part of all CPU time between two readings, 0 to 1 by thousandths; 0 where no time has passed. */
export function shareOf(kind: 'idle' | 'stolen', before: CpuTimes, after: CpuTimes): number {
  const total = after.total - before.total;
  return total === 0 ? 0 : Math.round(((after[kind] - before[kind]) / total) * 1000) / 1000;
}

function readTicks(): readonly number[] {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    return line.split(/\s+/).slice(1, 9).map(Number);
  } catch {
    // Not Linux: the same by Node, which knows nothing of a host.
    const times = cpus().map((cpu) => cpu.times);
    const sum = (kind: keyof (typeof times)[number]): number =>
      times.reduce((total, each) => total + each[kind], 0);
    return [sum('user'), sum('nice'), sum('sys'), sum('idle'), 0, sum('irq'), 0, 0];
  }
}
