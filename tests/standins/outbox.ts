/**
 * Messages that leave after their latency, in the order they were made.
 */

/** Most messages waiting. A stand-in that is so far behind has a bug. */
const WAITING_MAX = 10_000;

interface Entry {
  readonly dueAt: number;
  readonly act: () => void;
}

/** A queue with one timer. An entry never overtakes one before it, however short its own latency is. */
export class Outbox {
  #entries: Entry[] = [];
  #lastDueAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Runs `act` after `delayMs`, and after everything that was put in before. */
  put(delayMs: number, act: () => void): void {
    if (this.#entries.length >= WAITING_MAX) throw new Error('outbox is full');
    this.#lastDueAt = Math.max(this.#lastDueAt, performance.now() + delayMs);
    this.#entries.push({ dueAt: this.#lastDueAt, act });
    this.#arm();
  }

  /** Forgets what has not left yet. */
  clear(): void {
    this.#entries = [];
    this.#lastDueAt = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const head = this.#entries[0];
    if (head === undefined || this.#timer !== undefined) return;
    // A timer may fire up to a millisecond early.
    const waitMs = Math.max(0, Math.ceil(head.dueAt - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, waitMs);
  }

  #flush(): void {
    for (;;) {
      const head = this.#entries[0];
      if (head === undefined || head.dueAt > performance.now()) break;
      this.#entries.shift();
      head.act();
    }
    this.#arm();
  }
}
