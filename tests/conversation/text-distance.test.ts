import { expect, test } from 'vitest';
import { characterErrors } from './text-distance.ts';

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', '', 3],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['Table for two.', 'Table for too.', 1],
  ['你好', '你们好', 1],
  ['您说的是：请给我。', '您说的是： 请给我。', 0],
  ['I say 你好。 Yes', 'I say你好。Yes', 0],
  ['a b', 'ab', 1],
])('%j to %j: %i', (expected, actual, errors) => {
  expect(characterErrors(expected, actual)).toBe(errors);
});
