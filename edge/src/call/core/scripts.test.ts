import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { continuationOf } from './scripts.ts';

describe('a text that goes on', () => {
  it.each([
    ['We are', 'open', ' open'],
    ['We are ', 'open ', 'open '],
    ['We are', ' open', ' open'],
    ['We are ', ' open', 'open'],
    ['We are', ', well,', ', well,'],
    ['我们', '开门', '开门'],
    ['我们', 'open', ' open'],
    ['', ' open', 'open'],
    ['We are', '', ''],
    ['We are', ' ', ' '],
  ])('%j + %j', (first, second, expected) => {
    expect(continuationOf(first, second)).toBe(expected);
  });

  it('keeps all but white space', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        expect(continuationOf(first, second).trim()).toBe(second.trim());
      }),
    );
  });
});
