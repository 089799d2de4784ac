/**
 * How much there is to hear besides the caller: a television, other people, traffic. Sounds of speech without a word in
 * them tell; words take it back, and so does time.
 */

/** After so long half of it is forgotten. */
const HALF_LIFE_MS = 20_000;
const NOISY_FROM = 1.6;
const SCORE_MAX = 6;

export class Surroundings {
  #score = 0;
  #at = 0;

  /** A sound that seemed to be speech had no words. */
  noteWordless(now: number): void {
    this.#score = Math.min(SCORE_MAX, this.#scoreAt(now) + 1);
    this.#at = now;
  }

  /** What was heard was what was said. */
  noteWords(now: number): void {
    this.#score = this.#scoreAt(now) / 2;
    this.#at = now;
  }

  /** Our own ears cannot be trusted: words decide. */
  isNoisy(now: number): boolean {
    return this.#scoreAt(now) >= NOISY_FROM;
  }

  #scoreAt(now: number): number {
    return this.#score * 0.5 ** ((now - this.#at) / HALF_LIFE_MS);
  }
}
