import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { continuationOf, isSoundEnd } from './scripts.ts';

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

describe('where the sound of a word ends', () => {
  const endsOf = (text: string): string[] =>
    Array.from({ length: text.length }, (_, i) => i + 1)
      .filter((index) => isSoundEnd(text, index))
      .map((index) => text.slice(0, index));

  it.each([
    ['Well, yes.', ['Well', 'Well, yes']],
    ["I don't", ['I', "I don't"]],
    ['3.5', ['3.5']],
    // The caller who cut in after the first half has heard a word.
    ['Kadang-kadang', ['Kadang', 'Kadang-kadang']],
    ['好的', ['好', '好的']],
  ])('%j', (text, ends) => {
    expect(endsOf(text)).toEqual(ends);
  });
});
