/** How late this process was given the CPU: its phones then send and hear late, and nobody can tell the edge. */

import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;

/**
 * What a shared host may withhold from a relay, an Asterisk and a Worker on it without any counter of theirs showing it:
 * measured up to 140 ms in the first seconds of a cold start. Whether both channels are within 20 ms is in the figures of
 * each call (`out/e2e`), and decided in `tests/edge/afterwards`, where no host stands between.
 */
export const UNSEEN_STALL_MS = 150;

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
