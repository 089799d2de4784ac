/**
 * How the peer's playout runs against our reckoning, learnt from marks that came back while nothing was cleared.
 *
 * An instant `dueAt` is when audio will have played if the network took no time at all.
 */

/** Marks are timed by the network too. */
const JITTER_MS = 15;

export class PlayoutClock {
  /** From a frame sent on an empty queue to its mark, without the frame itself; the shortest so far. */
  #roundTripMs = Infinity;
  /** How much later than due the latest mark came back, and of which utterance it was. */
  #latest: { readonly utterance: string; readonly lateMs: number } | undefined;

  /** A mark came back that was due at `dueAt`. */
  mark(utterance: string, dueAt: number, now: number): void {
    const lateMs = Math.max(0, now - dueAt);
    this.#latest = { utterance, lateMs };
    this.#roundTripMs = Math.min(this.#roundTripMs, lateMs);
  }

  /**
   * Whether a mark that comes back now can have been played. While no mark has ever come back by itself, less than a
   * round trip of audio has played, and none of it is counted.
   */
  couldHavePlayed(utterance: string, dueAt: number, now: number): boolean {
    const isKnown = this.#latest?.utterance === utterance;
    const lateMs = isKnown ? (this.#latest?.lateMs ?? Infinity) : this.#roundTripMs;
    return now + JITTER_MS >= dueAt + lateMs;
  }
}
