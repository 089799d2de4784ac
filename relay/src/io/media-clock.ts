/**
 * The one timer of all calls: wakes at every slot's absolute deadline and plays it for each call.
 *
 * A process that had no CPU for a while finds overdue slots and full sockets at once. What came meanwhile is read first: a word
 * of the agent's that waits in a socket belongs into the slots that are overdue, not behind them.
 */

import { performance } from 'node:perf_hooks';
import { RecentLateness } from '../core/lateness.ts';
import { SLOT_MS, SlotClock } from '../core/slot-clock.ts';

/** `dueAt` is the instant the slot was due, on `performance.now()`; played it is then or a little later. */
export type SlotListener = (slot: number, dueAt: number) => void;

export class MediaClock {
  readonly lateness = new RecentLateness();
  readonly #listeners = new Set<SlotListener>();
  #clock = new SlotClock(performance.now());
  #timer: NodeJS.Timeout | undefined;
  #afterSockets: NodeJS.Immediate | undefined;
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
    clearImmediate(this.#afterSockets);
    this.#timer = undefined;
  }

  get skippedSlots(): number {
    return this.#skippedBefore + this.#clock.skippedSlots;
  }

  #arm(): void {
    const delayMs = Math.max(0, this.#clock.wakeAt - performance.now());
    this.#timer = setTimeout(this.#wake, delayMs);
  }

  readonly #wake = (): void => {
    // The event loop reads its sockets between its timers and its immediates.
    const isOverdue = performance.now() - this.#clock.wakeAt >= SLOT_MS;
    if (isOverdue) this.#afterSockets = setImmediate(this.#play);
    else this.#play();
  };

  readonly #play = (): void => {
    const now = performance.now();
    const wakeAt = this.#clock.wakeAt;
    const { first, count } = this.#clock.take(now);
    // A timer may fire a fraction of a millisecond early: then there is nothing due yet.
    if (count > 0) this.lateness.record(now - wakeAt, now);
    for (let slot = first; slot < first + count; slot++) {
      const dueAt = this.#clock.dueAt(slot);
      for (const listener of this.#listeners) listener(slot, dueAt);
    }
    if (this.#listeners.size > 0) this.#arm();
  };
}
