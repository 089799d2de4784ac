/**
 * How late this process was given the CPU: its phones then send and hear late, and nobody can tell the edge. And whether there was
 * any CPU left for the others: recognition, models and voices that get none answer late.
 */

import { cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;

/**
 * A host that withholds the CPU for longer tears words apart: the relay makes good 60 ms and skips what is later. A conversation
 * that was measured to have been held on such a host, and went wrong, says nothing about us.
 */
const STOOD_STILL_MS = 150;
/** The same of a host on which less of all CPUs than this was idle for a whole second. Stolen time is not idle. */
const IDLE_SHARE_MIN = 0.1;
const IDLE_WINDOW_MS = 1000;
const HELD_MAX = 3;

export interface OnThisHost {
  /** For so long at most somebody had no CPU when something was due. */
  readonly stalledMs: number;
  /** {@link HostStalls.leastIdleShare} */
  readonly idleShare: number;
}

/**
 * Holds a conversation and judges it. What was wrong with it counts where the host had time for it; else it is held again, with
 * `isAgain`, for the share of the load that is ours to be smaller. The last one counts in any case.
 */
export async function onPunctualHost<Held extends OnThisHost>(
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
      const { stalledMs, idleShare } = held;
      const isPunctual = stalledMs < STOOD_STILL_MS && idleShare >= IDLE_SHARE_MIN;
      if (isPunctual || times === HELD_MAX) throw failure;
      console.info(`${what}: ${describe(held)}; held again`);
    }
  }
}

function describe({ stalledMs, idleShare }: OnThisHost): string {
  return `the host stood still for ${stalledMs} ms, ${Math.round(100 * idleShare)} % idle`;
}

export interface HostStalls extends Disposable {
  /** The longest since the beginning, in milliseconds; 0 where it is shorter than `leastMs`. */
  atLeast(leastMs: number): number;
  /** Of the CPUs, in the busiest second since the beginning: 0 to 1. */
  leastIdleShare(): number;
}

export function watchHostStalls(): HostStalls {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let leastIdle = 1;
  let before = { idleMs: idleMsOf(), at: performance.now() };
  const timer = setInterval(() => {
    const now = { idleMs: idleMsOf(), at: performance.now() };
    const share = (now.idleMs - before.idleMs) / (now.at - before.at) / cpus().length;
    leastIdle = Math.min(leastIdle, share);
    before = now;
  }, IDLE_WINDOW_MS);
  return {
    leastIdleShare: () => leastIdle,
    atLeast(leastMs) {
      const longestMs = delays.max / 1e6 - RESOLUTION_MS;
      return longestMs < leastMs ? 0 : Math.round(longestMs);
    },
    [Symbol.dispose]() {
      delays.disable();
      clearInterval(timer);
    },
  };
}

/** Of all CPUs together, since the host began. */
function idleMsOf(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
