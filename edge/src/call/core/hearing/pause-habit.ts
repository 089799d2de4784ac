/** The pauses that this caller makes within sentences: whoever thinks in mid-sentence is waited for longer. */

/** A pause shorter than this is articulation; one longer has ended the turn anyway. */
const PAUSE_MS_MIN = 200;
/** How fast the caller's pauses are learnt, and what is added to their mean. */
const PAUSE_WEIGHT = 0.3;
const PAUSE_MARGIN_MS = 150;
/** Nobody is waited for longer than this because of a habit. */
const ADAPTED_MS_MAX = 1200;

export class PauseHabit {
  #meanMs: number | undefined;

  /** The caller paused and went on. */
  learn(pauseMs: number): void {
    if (pauseMs < PAUSE_MS_MIN) return;
    const before = this.#meanMs ?? pauseMs;
    this.#meanMs = before + PAUSE_WEIGHT * (pauseMs - before);
  }

  /** Silence that says nothing yet, of this caller; 0 while none of his pauses is known. */
  get silenceMs(): number {
    if (this.#meanMs === undefined) return 0;
    return Math.min(ADAPTED_MS_MAX, this.#meanMs + PAUSE_MARGIN_MS);
  }
}
