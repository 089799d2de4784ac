/** How late a process's own timers are: tells a starved caller from a slow edge. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopLateness } from './messages.ts';

const RESOLUTION_MS = 5;

export class LatenessMeter {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** Since it was last taken. */
  take(): LoopLateness {
    const beyond = (nanoseconds: number): number =>
      Math.max(0, Math.round((nanoseconds / 1e6 - RESOLUTION_MS) * 10) / 10);
    const lateness = {
      p50: beyond(this.#histogram.percentile(50)),
      p99: beyond(this.#histogram.percentile(99)),
      max: beyond(this.#histogram.max),
    };
    this.#histogram.reset();
    return lateness;
  }
}
