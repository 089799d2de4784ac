import { expect, it } from 'vitest';
import { isPassing, retryDelayMs } from './retry.ts';

const NOW = Date.UTC(2026, 10, 22, 20, 0, 0);

it.each([
  [1, null, 5000, 200],
  [2, null, 5000, 800],
  [3, null, 5000, undefined],
  [1, '2', 5000, 2000],
  [1, '0', 5000, 200],
  [1, '5', 5000, undefined],
  [1, 'Sun, 22 Nov 2026 20:00:03 GMT', 5000, 3000],
  [1, 'Sun, 22 Nov 2026 19:00:00 GMT', 5000, 200],
  [1, 'soon', 5000, 200],
  [1, null, 100, undefined],
])('retry %i after %s with %i ms left waits %s', (retry, retryAfter, remainingMs, delayMs) => {
  expect(retryDelayMs(retry, retryAfter, NOW, remainingMs)).toBe(delayMs);
});

it.each([
  [200, false],
  [404, false],
  [422, false],
  [429, true],
  [500, true],
  [501, false],
  [503, true],
])('status %i passes: %s', (status, expected) => {
  expect(isPassing(status)).toBe(expected);
});
