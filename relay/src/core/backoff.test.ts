import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

test('doubles up to the cap, within half and all of it, and begins anew after a success', () => {
  let random = 0;
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => random });
  expect([1, 2, 3, 4, 5, 6].map(() => backoff.nextMs())).toEqual([50, 100, 200, 400, 500, 500]);
  backoff.reset();
  random = 0.999;
  expect(backoff.nextMs()).toBeCloseTo(100, 0);
});

test('stays at the cap for ever', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 0 });
  for (let i = 0; i < 5000; i++) backoff.nextMs();
  expect(backoff.nextMs()).toBe(500);
});
