/**
 * One recogniser's clock against the call's: it counts the audio it was given since it was opened, which may have begun
 * earlier than that (replay) and hold silence of our own (pushed so that it finalises sooner).
 */

interface Insertion {
  /** By the recogniser's clock. */
  readonly atMs: number;
  readonly lengthMs: number;
}

/** Insertions far behind are not asked about any more. */
const INSERTIONS_MAX = 64;

export class SttClock {
  #baseMs: number;
  #pushedMs = 0;
  #insertions: Insertion[] = [];

  /** `baseMs`: where in the call's audio the recogniser's begins. */
  constructor(baseMs: number) {
    this.#baseMs = baseMs;
  }

  push(lengthMs: number): void {
    this.#pushedMs += lengthMs;
  }

  /** Audio that is not of the call. */
  insert(lengthMs: number): void {
    this.#insertions.push({ atMs: this.#pushedMs, lengthMs });
    this.#pushedMs += lengthMs;
    if (this.#insertions.length <= INSERTIONS_MAX) return;
    this.#baseMs -= this.#insertions.shift()?.lengthMs ?? 0;
  }

  /** A position by the recogniser's clock as one of the call. */
  toCallMs(sttMs: number): number {
    let positionMs = this.#baseMs + sttMs;
    for (const { atMs, lengthMs } of this.#insertions) {
      positionMs -= Math.min(lengthMs, Math.max(0, sttMs - atMs));
    }
    return positionMs;
  }
}
