/**
 * How often calls may be made: per second, at once, and to one number. A handler in a loop rings a phone hundreds of times, and
 * a leaked password empties an account; both end here. Time is an argument, in milliseconds of any clock that does not go back.
 */

export interface RateLimits {
  /** A token bucket's refill. Twilio starts calls of an account at 1 a second (from memory). */
  readonly callsPerSecond: number;
  /** The bucket's size: so many may come at once after a pause. */
  readonly burst: number;
  readonly callsAtOnceMax: number;
  readonly perNumberPerHour: number;
  /** From the beginning of one call to a number to the beginning of the next. */
  readonly perNumberGapMs: number;
  /** Numbers that are remembered. With as many called within the hour, others are refused: forgetting would let loops through. */
  readonly numbersMax: number;
}

export const RATE_LIMITS_DEFAULT: RateLimits = {
  callsPerSecond: 1,
  burst: 5,
  callsAtOnceMax: 10,
  perNumberPerHour: 6,
  perNumberGapMs: 10_000,
  numbersMax: 10_000,
};

/** Which limit was reached. */
export type RateRefusal = 'per-second' | 'at-once' | 'number-per-hour' | 'number-gap' | 'numbers';

const HOUR_MS = 3_600_000;

export class RateLimit {
  readonly #limits: RateLimits;
  /** Beginnings of the last hour's calls, oldest first; numbers in the order of their latest call. */
  readonly #calls = new Map<string, readonly number[]>();
  #active = 0;
  #tokens: number;
  #filledAt: number | undefined;

  constructor(limits: RateLimits = RATE_LIMITS_DEFAULT) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Calls taken and not yet {@link release}d. */
  get active(): number {
    return this.#active;
  }

  get numbersRemembered(): number {
    return this.#calls.size;
  }

  /**
   * Counts a call that begins now, or answers why it must not; a refused one counts nowhere. Without a `number` only calls at
   * once count: the reception's extension may ring all day.
   */
  take(number: string | undefined, now: number): RateRefusal | undefined {
    this.#refill(now);
    this.#forget(now);
    const limits = this.#limits;
    if (number === undefined) {
      if (this.#active >= limits.callsAtOnceMax) return 'at-once';
      this.#active += 1;
      return undefined;
    }
    const before = (this.#calls.get(number) ?? []).filter((at) => now - at < HOUR_MS);
    const last = before.at(-1);
    if (this.#active >= limits.callsAtOnceMax) return 'at-once';
    if (last !== undefined && now - last < limits.perNumberGapMs) return 'number-gap';
    if (before.length >= limits.perNumberPerHour) return 'number-per-hour';
    if (before.length === 0 && this.#calls.size >= limits.numbersMax) return 'numbers';
    if (this.#tokens < 1) return 'per-second';
    this.#tokens -= 1;
    this.#active += 1;
    this.#calls.delete(number);
    this.#calls.set(number, [...before, now]);
    return undefined;
  }

  /** A call that was taken is over. More often than taken is a mistake of ours. */
  release(): void {
    if (this.#active === 0) throw new Error('no call was taken');
    this.#active -= 1;
  }

  #refill(now: number): void {
    const { burst, callsPerSecond } = this.#limits;
    const elapsedMs = now - (this.#filledAt ?? now);
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1000) * callsPerSecond);
    this.#filledAt = now;
  }

  /** Numbers whose latest call is an hour old. They stand first, so this looks no further than it must. */
  #forget(now: number): void {
    for (const [number, calls] of this.#calls) {
      if (now - (calls.at(-1) ?? -Infinity) < HOUR_MS) return;
      this.#calls.delete(number);
    }
  }
}
