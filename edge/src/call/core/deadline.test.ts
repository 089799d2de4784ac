import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstOf } from './deadline.ts';

const run = (): void => undefined;

it('the first of many is the earliest, and of those the one that was named first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (instants) => {
      const deadlines = instants.map((at) => ({ at, run }));
      const first = firstOf(deadlines);
      expect(first).toBe(deadlines[instants.indexOf(Math.min(...instants))]);
    }),
  );
});

it('the first of none is none', () => {
  expect(firstOf([])).toBeUndefined();
});
