/**
 * Collects the keys of one `<Gather>`: ends at a number of keys, at a key, or when no key came for a while.
 *
 * @see https://www.twilio.com/docs/voice/twiml/gather
 */

export interface DigitOptions {
  /** Undefined: no number of keys ends it. */
  readonly count: number | undefined;
  /** Ends it and is no part of the answer; empty: no key does. */
  readonly finishOnKey: string;
  readonly timeoutMs: number;
}

/** More than this nobody presses: beyond it keys are dropped. */
const DIGITS_MAX = 128;

export class Digits {
  readonly #options: DigitOptions;
  #digits = '';
  #finishedOnKey = '';
  #wakeAt: number | undefined;

  constructor(options: DigitOptions) {
    this.#options = options;
  }

  get digits(): string {
    return this.#digits;
  }

  /** The key that ended it; empty where none did. */
  get finishedOnKey(): string {
    return this.#finishedOnKey;
  }

  /** When it is over if no key comes; undefined while the prompts still play. */
  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  /** A key. True: that was the last. */
  press(key: string, now: number): boolean {
    if (this.#options.finishOnKey !== '' && key === this.#options.finishOnKey) {
      this.#finishedOnKey = key;
      return true;
    }
    if (this.#digits.length < DIGITS_MAX) this.#digits += key;
    this.#wakeAt = now + this.#options.timeoutMs;
    return this.#digits.length === this.#options.count;
  }

  /** The prompts have been played: from now on silence counts. */
  listen(now: number): void {
    this.#wakeAt ??= now + this.#options.timeoutMs;
  }
}
