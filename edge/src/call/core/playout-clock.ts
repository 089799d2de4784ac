/** How the peer's playout runs against our clock, learnt from marks that came back while nothing was cleared. */

/** Marks are timed by the network too. */
const JITTER_MS = 15;

export class PlayoutClock {
  /** From a frame sent on an empty queue to its mark, without the frame itself; the shortest so far. */
  #roundTripMs = Infinity;
  /** Of the latest mark: when the utterance began to play, by what came back. */
  #originAt: number | undefined;
  #startsAt: number | undefined;

  /** A mark came back of audio that began to play at `originAt`, as seen from here, and was first sent at `startsAt`. */
  mark(originAt: number, startsAt: number): void {
    this.#originAt = originAt;
    this.#startsAt = startsAt;
    this.#roundTripMs = Math.min(this.#roundTripMs, Math.max(0, originAt - startsAt));
  }

  /** Whether a mark that comes back now, after `audioMs` of an utterance first sent at `startsAt`, can have been played. */
  couldHavePlayed(audioMs: number, startsAt: number, now: number): boolean {
    const isKnown = this.#startsAt === startsAt && this.#originAt !== undefined;
    const roundTripMs = Number.isFinite(this.#roundTripMs) ? this.#roundTripMs : 0;
    const originAt = isKnown ? (this.#originAt ?? 0) : startsAt + roundTripMs;
    return now + JITTER_MS >= originAt + audioMs;
  }
}
