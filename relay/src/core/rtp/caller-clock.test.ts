import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallerClock } from './caller-clock.ts';

const PACKET_MS = 20;

test('before the first packet it runs from where it was started', () => {
  expect(new CallerClock(1000).at(1500)).toBe(500);
});

test('it goes on between packets, and when none come any more', () => {
  const clock = new CallerClock(0);
  clock.arrived(40, 1000);
  clock.arrived(60, 1020);
  expect(clock.at(1020)).toBe(60);
  expect(clock.at(1033)).toBe(73);
  expect(clock.at(61_020)).toBe(60_060);
});

test('packets that are held up change nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 300 }), (delaysMs) => {
      const clock = new CallerClock(0);
      for (const [i, delayMs] of delaysMs.entries()) {
        // One in a hundred, the first of them, is not.
        const now = 5000 + i * PACKET_MS + (i % 100 === 0 ? 0 : delayMs);
        clock.arrived(i * PACKET_MS, now);
        expect(clock.at(now)).toBe(now - 5000);
      }
    }),
  );
});

test('a phone whose clock is slow, or a way that becomes longer, is followed within ten seconds', () => {
  const clock = new CallerClock(0);
  const arrive = (fromMs: number, toMs: number, laterMs: number): void => {
    for (let ms = fromMs; ms < toMs; ms += PACKET_MS) clock.arrived(ms, ms + laterMs);
  };
  arrive(0, 10_000, 5);
  expect(clock.at(10_000)).toBe(9995);
  arrive(10_000, 21_000, 85);
  expect(clock.at(21_000)).toBe(20_915);
});
