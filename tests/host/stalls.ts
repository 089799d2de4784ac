/**
 * How late this process was given the CPU: its phones then send and hear late, and nobody can tell the edge. And whether there was
 * any CPU left for the others: recognition, models and voices that get none answer late.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readCpuTimes, shareOf } from './cpu-times.ts';

const RESOLUTION_MS = 5;
const WINDOW_MS = 1000;
/** Of a test that is over sooner; the kernel counts in steps of 10 ms. */
const WINDOW_MS_MIN = 200;

/** Of one second each, or of what is left of one at the end, and not of the same one. */
export interface HostTimes {
  /** For so long at most somebody had no CPU when something was due. */
  readonly stalledMs: number;
  /** Of the CPUs, in the busiest second: 0 to 1. */
  readonly idleShare: number;
  /** What the host kept of the CPUs for others, in the second in which it kept most: 0 to 1. */
  readonly stolenShare: number;
}

export interface HostWatch extends Disposable {
  /** Since the beginning. Stalls that are shorter than `leastMs` count as none. */
  times(leastMs: number): HostTimes;
}

export function watchHost(): HostWatch {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let idleShare = 1;
  let stolenShare = 0;
  let before = readCpuTimes();
  let lookedAt = performance.now();
  const look = (): void => {
    const now = readCpuTimes();
    idleShare = Math.min(idleShare, shareOf('idle', before, now));
    stolenShare = Math.max(stolenShare, shareOf('stolen', before, now));
    before = now;
    lookedAt = performance.now();
  };
  const timer = setInterval(look, WINDOW_MS);
  return {
    times(leastMs) {
      if (performance.now() - lookedAt >= WINDOW_MS_MIN) look();
      const longestMs = delays.max / 1e6 - RESOLUTION_MS;
      const stalledMs = longestMs < leastMs ? 0 : Math.round(longestMs);
      return { stalledMs, idleShare, stolenShare };
    },
    [Symbol.dispose]() {
      delays.disable();
      clearInterval(timer);
    },
  };
}
