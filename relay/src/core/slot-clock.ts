/**
 * The one 20 ms clock of all calls, by absolute deadlines: slot `n` is due at `startedAt + n x 20 ms`, whenever the timer
 * really fires. (Node's `setInterval(20)` drifts by 1 %.)
 *
 * Lateness up to {@link CATCH_UP_SLOTS_MAX} slots is made good with a short burst; a longer stall is not: its slots are
 * skipped, and every call's RTP timestamps jump over them.
 */

export const SLOT_MS = 20;

/** A burst of three packets is what Asterisk and phones take without an audible effect (60 ms, DESIGN section 5). */
export const CATCH_UP_SLOTS_MAX = 3;

export interface DueSlots {
  /** First slot to play now; slots `first` to `first + count - 1` are due. */
  readonly first: number;
  readonly count: number;
}

export class SlotClock {
  readonly #startedAt: number;
  #next = 0;
  skippedSlots = 0;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** The instant the next slot is due. */
  get wakeAt(): number {
    return this.dueAt(this.#next);
  }

  dueAt(slot: number): number {
    return this.#startedAt + slot * SLOT_MS;
  }

  /** Takes the slots that are due at `now`, with those skipped that are too late to make good. */
  take(now: number): DueSlots {
    const end = Math.floor((now - this.#startedAt) / SLOT_MS) + 1;
    const late = end - this.#next;
    if (late <= 0) return { first: this.#next, count: 0 };
    const count = late > CATCH_UP_SLOTS_MAX ? 1 : late;
    const first = end - count;
    this.skippedSlots += first - this.#next;
    this.#next = end;
    return { first, count };
  }
}
