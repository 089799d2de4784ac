/** Delays between attempts to reconnect: doubling, capped, with jitter so that many relays do not come back at once. */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** From 0 inclusive to 1 exclusive. */
  readonly random: () => number;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next delay: between half and all of the doubled one. */
  nextMs(): number {
    const { firstMs, maxMs, random } = this.#options;
    const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#attempt++, 20));
    return fullMs * (0.5 + random() / 2);
  }

  /** Connected: the next delay is the first one again. */
  reset(): void {
    this.#attempt = 0;
  }
}
