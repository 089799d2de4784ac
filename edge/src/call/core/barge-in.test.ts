import { expect, it } from 'vitest';
import { isBargeIn } from './barge-in.ts';

it.each([
  ['nothing', 0, '', false],
  ['a cough', 260, '', false],
  ['speech', 280, '', true],
  ['a word that the detector did not hear', 0, 'wait', true],
  ['white space', 0, ' ', false],
])('%s', (_, speechMs, words, expected) => {
  expect(isBargeIn({ speechMs, words }, { speechMsMin: 280 })).toBe(expected);
});
