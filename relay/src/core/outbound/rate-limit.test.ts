import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RATE_LIMITS_DEFAULT, RateLimit, type RateLimits } from './rate-limit.ts';

const WIDE: RateLimits = {
  callsPerSecond: 1000,
  burst: 1000,
  callsAtOnceMax: 1000,
  perNumberPerHour: 1000,
  perNumberGapMs: 0,
  numbersMax: 1000,
};
const HOUR_MS = 3_600_000;

describe('rates', () => {
  it('lets a burst through, then so many a second', () => {
    const rate = new RateLimit({ ...WIDE, callsPerSecond: 2, burst: 3 });
    const takes = [0, 0, 0, 0, 499, 500, 999, 1000].map((now, i) => rate.take(`+${i}`, now));
    expect(takes.map((refusal) => refusal ?? 'taken')).toEqual([
      'taken',
      'taken',
      'taken',
      'per-second',
      'per-second',
      'taken',
      'per-second',
      'taken',
    ]);
  });

  it('holds so many calls at once', () => {
    const rate = new RateLimit({ ...WIDE, callsAtOnceMax: 2 });
    rate.take('+1', 0);
    rate.take('+2', 0);
    expect(rate.take('+3', 0)).toBe('at-once');
    rate.release();
    expect(rate.take('+3', 0)).toBeUndefined();
    expect(rate.active).toBe(2);
  });

  it('leaves a number in peace for the gap, and after so many within an hour', () => {
    const rate = new RateLimit({ ...WIDE, perNumberPerHour: 2, perNumberGapMs: 10_000 });
    expect(rate.take('+1', 0)).toBeUndefined();
    expect(rate.take('+1', 9999)).toBe('number-gap');
    expect(rate.take('+2', 9999)).toBeUndefined();
    expect(rate.take('+1', 10_000)).toBeUndefined();
    expect(rate.take('+1', 30_000)).toBe('number-per-hour');
    expect(rate.take('+1', HOUR_MS - 1)).toBe('number-per-hour');
    expect(rate.take('+1', HOUR_MS)).toBeUndefined();
  });

  it('remembers a bounded number of numbers, refuses others, and forgets after an hour', () => {
    const rate = new RateLimit({ ...WIDE, numbersMax: 2 });
    rate.take('+1', 0);
    rate.take('+2', 1);
    expect(rate.take('+3', 2)).toBe('numbers');
    expect(rate.take('+2', 3)).toBeUndefined();
    expect(rate.take('+3', HOUR_MS)).toBeUndefined();
    expect(rate.numbersRemembered).toBe(2);
  });

  it('knows no end of a call that was not taken', () => {
    expect(() => new RateLimit().release()).toThrow('no call was taken');
  });

  it('never exceeds any limit, whatever is asked when', () => {
    const step = fc.record({
      elapsedMs: fc.oneof(fc.nat(2000), fc.nat(HOUR_MS)),
      number: fc.nat(5).map((n) => `+${n}`),
      ends: fc.boolean(),
    });
    const limits = { ...RATE_LIMITS_DEFAULT, callsAtOnceMax: 4, numbersMax: 4 };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const rate = new RateLimit(limits);
        const taken: { number: string; at: number }[] = [];
        let now = 0;
        for (const { elapsedMs, number, ends } of steps) {
          now += elapsedMs;
          if (ends && rate.active > 0) rate.release();
          if (rate.take(number, now) === undefined) taken.push({ number, at: now });
          expect(rate.active).toBeLessThanOrEqual(4);
          expect(rate.numbersRemembered).toBeLessThanOrEqual(4);
        }
        for (const [i, { number, at }] of taken.entries()) {
          const later = taken.slice(i + 1);
          const same = later.filter((one) => one.number === number);
          expect((same[0]?.at ?? Infinity) - at).toBeGreaterThanOrEqual(limits.perNumberGapMs);
          expect(same.filter((one) => one.at - at < HOUR_MS).length).toBeLessThan(6);
          const within = later.filter((one) => one.at - at <= 10_000).length + 1;
          expect(within).toBeLessThanOrEqual(limits.burst + 10 * limits.callsPerSecond);
        }
      }),
    );
  });
});
