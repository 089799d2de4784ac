import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tokensOf } from './tokens.ts';

it.each([
  ['', 0],
  ['a', 1],
  ['We are open.', 3],
  ['我们九点开门', 6],
  ['RM12 一位', 4],
])('%j is about %i tokens', (text, tokens) => {
  expect(tokensOf(text)).toBe(tokens);
});

it('is more for a longer text, and never more than its characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, more) => {
      expect(tokensOf(text + more)).toBeGreaterThanOrEqual(tokensOf(text));
      expect(tokensOf(text)).toBeLessThanOrEqual(Array.from(text).length);
    }),
  );
});
