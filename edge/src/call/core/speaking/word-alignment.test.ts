import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alignment } from '../contract.ts';
import { isSoundEnd, isSpace, isWordEnd } from '../language/scripts.ts';
import { WordAlignment, type WordEnd } from './word-alignment.ts';

const BYTES_PER_MS = 8;
const ROUNDING_BYTES = 10 * BYTES_PER_MS;

interface Sound {
  readonly char: string;
  readonly ms: number;
}

const texts = fc.array(
  fc.constantFrom('We', 'are', 'open', 'sembilan', 'pagi,', '你好', '请', '10', 'a', '🙂', 'six.'),
  { minLength: 1, maxLength: 12 },
);
const sounds = texts.chain((all) => {
  const chars = Array.from(all.join(' '));
  return fc
    .array(fc.integer({ min: 0, max: 200 }), { minLength: chars.length, maxLength: chars.length })
    .map((ms) => chars.map((char, i): Sound => ({ char, ms: ms[i] ?? 0 })));
});
/** Where the voice's audio is cut, by number of characters, and how much longer than them each piece is. */
const cuts = fc.array(
  fc.record({ chars: fc.integer({ min: 1, max: 9 }), moreMs: fc.integer({ min: -60, max: 10 }) }),
  { minLength: 1, maxLength: 40 },
);

interface Piece {
  readonly bytes: number;
  readonly alignment: Alignment;
}

/** Pieces of audio of the whole text; all of it is in them, wherever they are cut. */
function piecesOf(
  all: readonly Sound[],
  at: readonly { chars: number; moreMs: number }[],
): Piece[] {
  const pieces: Piece[] = [];
  const totalMs = all.reduce((sum, { ms }) => sum + ms, 0);
  let fromChar = 0;
  let charMs = 0;
  let audioMs = 0;
  for (let i = 0; fromChar < all.length; i++) {
    const { chars, moreMs } = at[i % at.length] ?? { chars: 1, moreMs: 0 };
    const own = all.slice(fromChar, fromChar + chars);
    fromChar += own.length;
    const startsMs = own.map((_, k) => charMs - audioMs + sumOf(own.slice(0, k)));
    charMs += sumOf(own);
    const isLast = fromChar >= all.length;
    const endMs = isLast ? totalMs : Math.min(totalMs, Math.max(audioMs, charMs + moreMs));
    const durationsMs = own.map(({ ms }) => ms);
    const alignment = { chars: own.map(({ char }) => char), startsMs, durationsMs };
    pieces.push({ bytes: (endMs - audioMs) * BYTES_PER_MS, alignment });
    audioMs = endMs;
  }
  return pieces;
}

const sumOf = (own: readonly Sound[]): number => own.reduce((sum, { ms }) => sum + ms, 0);

/** Ends with `atByte` counted from the beginning of all audio. */
function follow(
  text: string,
  pieces: readonly Piece[],
): { ends: WordEnd[]; alignment: WordAlignment } {
  const alignment = new WordAlignment();
  alignment.append(text);
  const ends: WordEnd[] = [];
  let base = 0;
  for (const piece of pieces) {
    for (const { chars, atByte } of alignment.advance(piece.bytes, piece.alignment)) {
      ends.push({ chars, atByte: base + atByte });
    }
    base += piece.bytes;
  }
  for (const { chars } of alignment.finish()) ends.push({ chars, atByte: base });
  return { ends, alignment };
}

/** A word is heard with its last sound, and with the mark behind it once more. */
const isEnd = (text: string, chars: number): boolean =>
  isWordEnd(text, chars) || isSoundEnd(text, chars);

/** Where words end, straight from the sounds. */
function trueEnds(all: readonly Sound[]): WordEnd[] {
  const text = all.map(({ char }) => char).join('');
  const ends: WordEnd[] = [];
  let chars = 0;
  let ms = 0;
  for (const sound of all) {
    chars += sound.char.length;
    ms += sound.ms;
    if (isEnd(text, chars)) ends.push({ chars, atByte: ms * BYTES_PER_MS });
  }
  return ends;
}

const textOf = (all: readonly Sound[]): string => all.map(({ char }) => char).join('');

describe('the ends of words in audio with the times of its characters', () => {
  it('are where the last character ends, however the audio is cut', () => {
    fc.assert(
      fc.property(sounds, cuts, (all, at) => {
        const { ends, alignment } = follow(textOf(all), piecesOf(all, at));
        const expected = trueEnds(all);
        expect(ends.map(({ chars }) => chars)).toEqual(expected.map(({ chars }) => chars));
        ends.forEach(({ atByte }, i) => {
          const offBytes = Math.abs(atByte - (expected[i]?.atByte ?? 0));
          expect(offBytes).toBeLessThanOrEqual(ROUNDING_BYTES);
        });
        expect(alignment.isCovered).toBe(true);
        expect(alignment.wordChars).toBe(textOf(all).length);
      }),
    );
  });

  it('are in order and never of a word whose sound has not begun, whatever is left out or put in', () => {
    const faults = fc.array(fc.constantFrom('keep', 'keep', 'keep', 'drop', 'space', 'mark'), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(sounds, cuts, faults, (all, at, how) => {
        const text = textOf(all);
        const faulty = all.flatMap((sound, i): Sound[] => {
          const what = how[i % how.length];
          if (what === 'drop') return [{ char: '', ms: sound.ms }];
          if (what === 'space') return [{ char: ' ', ms: 0 }, sound];
          return what === 'mark' ? [sound, { char: '~', ms: 10 }] : [sound];
        });
        const { ends } = follow(text, piecesOf(faulty, at));
        let before: WordEnd = { chars: 0, atByte: 0 };
        for (const end of ends) {
          expect(end.chars).toBeGreaterThan(before.chars);
          expect(end.atByte).toBeGreaterThanOrEqual(before.atByte - ROUNDING_BYTES);
          expect(isEnd(text, end.chars)).toBe(true);
          before = end;
        }
      }),
    );
  });

  it('wait for the audio in which the word ends', () => {
    const words = new WordAlignment();
    words.append('Hi you');
    const first = { chars: ['H', 'i', ' '], startsMs: [0, 60, 200], durationsMs: [60, 140, 10] };
    expect(words.advance(100 * BYTES_PER_MS, first)).toEqual([]);
    expect(words.wordChars).toBe(0);
    const second = { chars: ['y', 'o', 'u'], startsMs: [110, 150, 200], durationsMs: [40, 50, 50] };
    expect(words.advance(250 * BYTES_PER_MS, second)).toEqual([
      { chars: 2, atByte: 100 * BYTES_PER_MS },
      { chars: 6, atByte: 250 * BYTES_PER_MS },
    ]);
  });

  it('come with the end of the audio where a word should have gone on', () => {
    const words = new WordAlignment();
    words.append('Hi');
    const overrun = { chars: ['H', 'i'], startsMs: [0, 60], durationsMs: [60, 900] };
    expect(words.advance(100 * BYTES_PER_MS, overrun)).toEqual([]);
    expect([words.isCovered, words.isNearlyCovered]).toEqual([false, true]);
    expect(words.finish()).toEqual([{ chars: 2, atByte: 0 }]);
    expect(words.isCovered).toBe(true);
    expect(words.finish()).toEqual([]);
  });

  it('come once for a word that is followed by signs that are not in the text', () => {
    const words = new WordAlignment();
    words.append('Hi you');
    const alignment = {
      chars: ['H', 'i', '~', ' ', '~', 'y'],
      startsMs: [0, 50, 100, 120, 130, 140],
      durationsMs: [50, 50, 20, 10, 10, 10],
    };
    const ends = words.advance(150 * BYTES_PER_MS, alignment);
    expect(ends.map(({ chars }) => chars)).toEqual([2]);
  });
});

describe('the ends of words in audio without times', () => {
  it('are reckoned, on the slow side, and never beyond the text', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 20_000 })), (all, sizes) => {
        const text = all.join(' ');
        const words = new WordAlignment();
        words.append(text);
        let chars = 0;
        let ms = 0;
        for (const bytes of sizes) {
          ms += bytes / BYTES_PER_MS;
          for (const end of words.advance(bytes, undefined)) {
            expect(end.chars).toBeGreaterThan(chars);
            expect(isWordEnd(text, end.chars)).toBe(true);
            expect(end.atByte).toBe(bytes);
            chars = end.chars;
          }
          const letters = text.slice(0, chars).match(/[a-z\d]/giu) ?? [];
          expect(letters.length * 67).toBeLessThanOrEqual(ms);
        }
        expect(words.isCovered).toBe(false);
      }),
    );
  });

  it('share the audio of a whole text by their length', () => {
    const words = new WordAlignment();
    words.append('Hi there 你好');
    const ends = words.spread(10_000);
    expect(ends.map(({ chars }) => chars)).toEqual([2, 8, 10, 11]);
    expect(ends.at(-1)?.atByte).toBe(10_000);
    const at = ends.map(({ atByte }) => atByte);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
  });

  it('are those of the words only: white space ends nothing', () => {
    const words = new WordAlignment();
    words.append(' ');
    expect(words.spread(100)).toEqual([]);
    expect(words.advance(100, undefined)).toEqual([]);
    expect(isSpace(words.text)).toBe(true);
  });
});

it('ends a word where its sound does, if that is a millisecond into the next audio', () => {
  const words = new WordAlignment();
  words.append('事？');
  const first = { chars: ['事'], startsMs: [0], durationsMs: [101] };
  expect(words.advance(100 * BYTES_PER_MS, first)).toEqual([]);
  const second = { chars: ['？'], startsMs: [1], durationsMs: [51] };
  const ends = words.advance(50 * BYTES_PER_MS, second);
  expect(ends[0]).toEqual({ chars: 1, atByte: BYTES_PER_MS });
  // The end of the text is not waited for.
  expect([ends.at(-1)?.chars, words.isCovered]).toEqual([2, true]);
});
