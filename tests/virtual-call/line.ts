/** Messages between peer and engine: each takes a while, none overtakes another of its direction. */

export interface LineOptions {
  readonly delayMs: number;
  /** More for each message. */
  readonly jitterMs: () => number;
  schedule(at: number, run: () => void): void;
}

export class Line {
  readonly #options: LineOptions;
  #lastAt = 0;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  carry(now: number, deliver: () => void): void {
    const { delayMs, jitterMs } = this.#options;
    this.#lastAt = Math.max(this.#lastAt, now + delayMs + jitterMs());
    this.#options.schedule(this.#lastAt, deliver);
  }
}
