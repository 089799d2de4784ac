/**
 * How late the clock's slots were of late, in steps of 0.1 ms up to 100 ms: over the last ten to twenty seconds, so that a
 * scrape sees what is, and not what once was.
 */

const STEP_MS = 0.1;
const STEPS = 1000;
const WINDOW_MS = 10_000;

export class RecentLateness {
  #current = new Uint32Array(STEPS + 1);
  #previous = new Uint32Array(STEPS + 1);
  #currentSince = Number.NEGATIVE_INFINITY;

  record(latenessMs: number, now: number): void {
    if (now - this.#currentSince >= WINDOW_MS) this.#turn(now);
    const step = Math.min(STEPS, Math.max(0, Math.floor(latenessMs / STEP_MS)));
    this.#current[step] = (this.#current[step] ?? 0) + 1;
  }

  /** The lateness that a fraction of the slots stayed below; 0 while there are none. */
  quantileMs(fraction: number): number {
    const counts = this.#current.map((count, step) => count + (this.#previous[step] ?? 0));
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return 0;
    let left = Math.ceil(total * fraction);
    const step = counts.findIndex((count) => (left -= count) <= 0);
    return Math.round((step + 1) * STEP_MS * 10) / 10;
  }

  #turn(now: number): void {
    // After an idle time both are of the past.
    const isRecent = now - this.#currentSince < 2 * WINDOW_MS;
    const oldest = this.#previous;
    this.#previous = this.#current;
    if (!isRecent) this.#previous.fill(0);
    this.#current = oldest.fill(0);
    this.#currentSince = now;
  }
}
