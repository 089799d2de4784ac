/** The one timer of all calls: wakes at every slot's absolute deadline and plays it for each call. */

import { performance } from 'node:perf_hooks';
import { RecentLateness } from '../core/lateness.ts';
import { SlotClock } from '../core/slot-clock.ts';

/** `now` is the instant the clock woke, on `performance.now()`. */
export type SlotListener = (slot: number, now: number) => void;

export class MediaClock {
  readonly lateness = new RecentLateness();
  readonly #listeners = new Set<SlotListener>();
  #clock = new SlotClock(performance.now());
  #timer: NodeJS.Timeout | undefined;
  /** Skipped by earlier clocks: a new one starts when the first call after an idle time comes. */
  #skippedBefore = 0;

  /** Calls `listener` with the number of every slot, until {@link remove}. The timer runs only while somebody listens. */
  add(listener: SlotListener): void {
    this.#listeners.add(listener);
    if (this.#timer !== undefined) return;
    this.#skippedBefore += this.#clock.skippedSlots;
    this.#clock = new SlotClock(performance.now());
    this.#arm();
  }

  remove(listener: SlotListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get skippedSlots(): number {
    return this.#skippedBefore + this.#clock.skippedSlots;
  }

  #arm(): void {
    const delayMs = Math.max(0, this.#clock.wakeAt - performance.now());
    this.#timer = setTimeout(this.#play, delayMs);
  }

  readonly #play = (): void => {
    const now = performance.now();
    const wakeAt = this.#clock.wakeAt;
    const { first, count } = this.#clock.take(now);
    // A timer may fire a fraction of a millisecond early: then there is nothing due yet.
    if (count > 0) this.lateness.record(now - wakeAt, now);
    for (let slot = first; slot < first + count; slot++) {
      for (const listener of this.#listeners) listener(slot, now);
    }
    if (this.#listeners.size > 0) this.#arm();
  };
}
