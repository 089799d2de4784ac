/** Whether what went wrong in real time says anything about us. */

import type { HostTimes } from './stalls.ts';

/** A host that withholds the CPU for longer tears words apart: the relay makes good 60 ms and skips what is later. */
const STOOD_STILL_MS = 150;
/** Of two cores that is 400 ms in a second. */
const STOLEN_SHARE_MAX = 0.2;
/** With less, whoever answers our phones answers late. Stolen time is not idle. */
const IDLE_SHARE_MIN = 0.1;
const HELD_MAX = 3;

/** The host gave us what we asked of it when we did. */
export function isPunctual({ stalledMs, stolenShare }: HostTimes): boolean {
  return stalledMs < STOOD_STILL_MS && stolenShare < STOLEN_SHARE_MAX;
}

/** In the words by which vitest.config.ts knows what may be tried again. */
export function describeHost({ stalledMs, stolenShare, idleShare }: HostTimes): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return `the host stood still for ${stalledMs} ms, kept ${percent(stolenShare)} of a second, left ${percent(idleShare)} idle`;
}

/**
 * Holds a conversation and judges it. What was wrong with it counts where the host had time for it; else it is held again, with
 * `isAgain`, for the share of the load that is ours to be smaller. The last one counts in any case.
 */
export async function onPunctualHost<Held extends HostTimes>(
  what: string,
  hold: (isAgain: boolean) => Promise<Held>,
  judge: (held: Held) => void | Promise<void>,
): Promise<Held> {
  for (let times = 1; ; times++) {
    const held = await hold(times > 1);
    try {
      await judge(held);
      return held;
    } catch (failure) {
      const hadTime = isPunctual(held) && held.idleShare >= IDLE_SHARE_MIN;
      if (hadTime || times === HELD_MAX) throw failure;
      console.info(`${what}: ${describeHost(held)}; held again`);
    }
  }
}
