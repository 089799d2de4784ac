/** How late this process was given the CPU: its phones then send and hear late, and nobody can tell the edge. */

import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;

export interface HostStalls extends Disposable {
  /** The longest since the beginning, in milliseconds; 0 where it is shorter than `leastMs`. */
  atLeast(leastMs: number): number;
}

export function watchHostStalls(): HostStalls {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return {
    atLeast(leastMs) {
      const longestMs = delays.max / 1e6 - RESOLUTION_MS;
      return longestMs < leastMs ? 0 : Math.round(longestMs);
    },
    [Symbol.dispose]() {
      delays.disable();
    },
  };
}
