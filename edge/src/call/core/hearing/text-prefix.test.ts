import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutPrefix } from './text-prefix.ts';

describe('what a segment adds to words that were used', () => {
  it.each([
    ['what it goes on with', 'book a table for four', 'book a table', 'for four'],
    ['nothing, where it is the same', 'book a table', 'Book a table.', ''],
    ['nothing, where it has lost a mark', 'Book, a table?', 'book a table', ''],
    ['all of it, where it is something else', 'for four', 'book a table', 'for four'],
    ['all of it, where nothing was used', 'for four', '', 'for four'],
    ['what follows the last of several phrases', 'a table for four', 'Hello. A table.', 'for four'],
    ['what follows a word that has grown', "book a table what's it", 'Book a table what', 'it'],
    ['all of it, where its only word has grown', 'fourteen people', 'four', 'fourteen people'],
    ['what follows a word put right', 'look a table please', 'book a table', 'please'],
    [
      'all of it, where too many words differ',
      'look the cable please',
      'book a table',
      'look the cable please',
    ],
    ['what follows in Chinese', '我想订位四个人', '我想订位。', '四个人'],
    ['all, where two letters are chance', 'so four people', 'I think so', 'so four people'],
  ])('is %s', (_, text, used, expected) => {
    expect(withoutPrefix(text, used)).toBe(expected);
  });

  it('is an end of it, whatever was used', () => {
    const words = fc
      .array(fc.constantFrom('book', 'look', 'a', 'table,', 'for', 'four.', '我', '订位'), {
        maxLength: 9,
      })
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(words, words, (text, used) => {
        expect(text.endsWith(withoutPrefix(text, used))).toBe(true);
      }),
    );
  });

  it('is what was said after it, where the recogniser keeps to its words', () => {
    const phrase = fc
      .array(fc.constantFrom('book', 'table', 'people', 'sunday', 'evening'), {
        minLength: 1,
        maxLength: 6,
      })
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(phrase, phrase, (used, more) => {
        // Where what is new repeats what was used, nobody can tell the two apart.
        fc.pre(!`${used} ${more}`.slice(1).includes(used));
        expect(withoutPrefix(`${used} ${more}`, used)).toBe(more);
      }),
    );
  });
});
