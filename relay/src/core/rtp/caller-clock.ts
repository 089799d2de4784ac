/**
 * How far the caller's media clock is at an instant of ours, whether a packet has just come, is late, or was never sent.
 *
 * The fastest packet of the last seconds tells how both clocks stand: those that come later were held up, by the network or
 * by a machine that had no time for us. A phone whose clock is a hundred millionths off gains half a millisecond meanwhile.
 */

/** The fastest packet is looked for in the last one to two of these. */
const WINDOW_MS = 5000;

export class CallerClock {
  /** Our time less the caller's, least of all packets of a window: milliseconds. */
  #least: number;
  #leastBefore = Infinity;
  #windowSince: number | undefined;

  /** Until a packet comes: our time `startsAt` is 0 of the media clock. */
  constructor(startsAt: number) {
    this.#least = startsAt;
  }

  /** A packet has come whose last sample ends at `mediaMs` of the media clock. */
  arrived(mediaMs: number, now: number): void {
    const apart = now - mediaMs;
    if (this.#windowSince === undefined || now - this.#windowSince >= WINDOW_MS) {
      this.#leastBefore = this.#windowSince === undefined ? Infinity : this.#least;
      this.#least = apart;
      this.#windowSince = now;
      return;
    }
    this.#least = Math.min(this.#least, apart);
  }

  /** Milliseconds of the media clock: what the caller says at `now` is at this place of it. */
  at(now: number): number {
    return now - Math.min(this.#least, this.#leastBefore);
  }
}
