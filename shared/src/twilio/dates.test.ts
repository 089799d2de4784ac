import { expect, test } from 'vitest';
import { formatIsoNanoseconds, formatRfc2822, parseDateSpan } from './dates.ts';

test("the date of Twilio's documentation", () => {
  expect(formatRfc2822(Date.UTC(2010, 7, 18, 20, 1, 40, 999))).toBe(
    'Wed, 18 Aug 2010 20:01:40 +0000',
  );
});

test('nanoseconds', () => {
  expect(formatIsoNanoseconds(Date.UTC(2024, 10, 29, 0, 9, 39, 602))).toBe(
    '2024-11-29T00:09:39.602000000Z',
  );
});

const NOON = Date.UTC(2026, 10, 22, 12);
const MIDNIGHT = Date.UTC(2026, 10, 22);

test.each([
  ['2026-11-22', MIDNIGHT, MIDNIGHT + 86_399_999],
  ['2026-11-22T12:00:00Z', NOON, NOON + 999],
  ['2026-11-22T12:00:00.123456Z', NOON, NOON + 999],
  ['2026-11-22 12:00', NOON, NOON + 999],
  ['2026-11-22T13:00:00+01:00', NOON, NOON + 999],
  ['2026-11-22T13:00:00+0100', NOON, NOON + 999],
])('%s is a span', (text, from, until) => {
  expect(parseDateSpan(text)).toEqual({ from, until });
});

test.each(['', '2026', '22.11.2026', '2026-13-01', '2026-11-22T25:00:00Z', 'now', '2026-11-22T'])(
  '%j is none',
  (text) => {
    expect(parseDateSpan(text)).toBeUndefined();
  },
);
