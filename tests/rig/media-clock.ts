/**
 * Called once per period. `skipped`: periods before this one that were left out after a stall, usually 0. `dueAt`: when it was
 * due, `performance.now()`.
 */
export type TickListener = (skipped: number, dueAt: number) => void;

/** A stall of more periods than this is not made up for in a burst: the deadlines move instead. */
const CATCH_UP_TICKS_MAX = 5;

/**
 * One absolute-deadline clock per period for all phones of the process: deadlines are multiples of the period from the
 * first, never "now plus a period", so late timers do not slow the media down (facts: setInterval loses 1 %).
 */
class MediaClock {
  readonly #periodMs: number;
  readonly #listeners = new Set<TickListener>();
  #deadline = 0;
  #skipped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Calls `listener` every period until the answered function is called. */
  add(listener: TickListener): () => void {
    if (this.#listeners.size === 0) {
      this.#skipped = 0;
      this.#deadline = performance.now() + this.#periodMs;
      this.#arm();
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) clearTimeout(this.#timer);
    };
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#deadline - performance.now()));
  }

  #tick(): void {
    // Node's timers may fire up to a millisecond early.
    for (let ticks = 0; this.#deadline - performance.now() < 0.5; ticks++) {
      if (ticks === CATCH_UP_TICKS_MAX) {
        const lateMs = performance.now() - this.#deadline;
        this.#skipped = Math.max(0, Math.ceil(lateMs / this.#periodMs));
        this.#deadline += this.#skipped * this.#periodMs;
        break;
      }
      const skipped = this.#skipped;
      this.#skipped = 0;
      for (const listener of this.#listeners) listener(skipped, this.#deadline);
      this.#deadline += this.#periodMs;
    }
    if (this.#listeners.size > 0) this.#arm();
  }
}

const clocks = new Map<number, MediaClock>();

/** Calls `listener` every `periodMs`, all listeners of one period together. Answers the way to stop it. */
export function everyPeriod(periodMs: number, listener: TickListener): () => void {
  let clock = clocks.get(periodMs);
  if (clock === undefined) clocks.set(periodMs, (clock = new MediaClock(periodMs)));
  return clock.add(listener);
}
