/** How late the clock's slots were, in a histogram of 0.1 ms steps up to 100 ms. */

const STEP_MS = 0.1;
const STEPS = 1000;

export class LatenessHistogram {
  readonly #counts = new Uint32Array(STEPS + 1);
  #total = 0;

  record(latenessMs: number): void {
    const step = Math.min(STEPS, Math.max(0, Math.floor(latenessMs / STEP_MS)));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#total++;
  }

  /** The lateness that a fraction of all slots stayed below; 0 while there are none. */
  quantileMs(fraction: number): number {
    let left = Math.ceil(this.#total * fraction);
    for (let step = 0; step <= STEPS; step++) {
      left -= this.#counts[step] ?? 0;
      if (left <= 0) return this.#total === 0 ? 0 : (step + 1) * STEP_MS;
    }
    return STEPS * STEP_MS;
  }
}
