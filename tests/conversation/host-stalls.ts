/** How late this process was given the CPU: its phones then send and hear late, and nobody can tell the edge. */

import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;

/**
 * A host that withholds the CPU for longer tears words apart: the relay makes good 60 ms and skips what is later. A conversation
 * that was measured to have been held on such a host says nothing about us, and is held again.
 */
const STOOD_STILL_MS = 250;
const HELD_MAX = 3;

export interface OnThisHost {
  /** For so long at most somebody had no CPU when something was due. */
  readonly stalledMs: number;
}

/** Holds a conversation, and again where the host stood still meanwhile; the last one counts in any case. */
export async function onPunctualHost<Held extends OnThisHost>(
  what: string,
  hold: () => Promise<Held>,
): Promise<Held> {
  for (let times = 1; ; times++) {
    const held = await hold();
    if (held.stalledMs < STOOD_STILL_MS || times === HELD_MAX) return held;
    console.info(`${what}: the host stood still for ${held.stalledMs} ms; held again`);
  }
}

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
