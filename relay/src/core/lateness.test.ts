import { expect, test } from 'vitest';
import { LatenessHistogram } from './lateness.ts';

test('quantiles to a tenth of a millisecond; nothing recorded is 0; far too late counts as 100 ms', () => {
  const histogram = new LatenessHistogram();
  expect(histogram.quantileMs(0.5)).toBe(0);
  for (let i = 1; i <= 99; i++) histogram.record(1.05);
  histogram.record(5000);
  expect(histogram.quantileMs(0.5)).toBeCloseTo(1.1);
  expect(histogram.quantileMs(0.99)).toBeCloseTo(1.1);
  expect(histogram.quantileMs(1)).toBeCloseTo(100.1);
});
