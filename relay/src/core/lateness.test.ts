import { expect, test } from 'vitest';
import { RecentLateness } from './lateness.ts';

test('quantiles to a tenth of a millisecond; nothing recorded is 0; far too late counts as 100 ms', () => {
  const lateness = new RecentLateness();
  expect(lateness.quantileMs(0.5)).toBe(0);
  for (let i = 1; i <= 99; i++) lateness.record(1.05, i * 20);
  lateness.record(5000, 2000);
  expect(lateness.quantileMs(0.5)).toBe(1.1);
  expect(lateness.quantileMs(0.99)).toBe(1.1);
  expect(lateness.quantileMs(1)).toBe(100.1);
});

test('what is older than twenty seconds is forgotten, what is younger than ten is not', () => {
  const lateness = new RecentLateness();
  lateness.record(50, 0);
  lateness.record(1, 10_000);
  expect(lateness.quantileMs(1)).toBe(50.1);
  lateness.record(1, 20_000);
  expect(lateness.quantileMs(1)).toBe(1.1);
});

test('after an idle time nothing of before is left', () => {
  const lateness = new RecentLateness();
  lateness.record(50, 0);
  lateness.record(1, 3_600_000);
  expect(lateness.quantileMs(1)).toBe(1.1);
});
