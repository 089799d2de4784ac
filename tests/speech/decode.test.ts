import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SpeechDecoder, decodeSpeech, decodeWords, joinWords } from './decode.ts';
import type { HeardWord } from './decode.ts';
import { encodeSpeech } from './encode.ts';
import {
  addNoise,
  amplify,
  concat,
  seededRandom,
  silence,
  steadyTones,
  throughAlaw,
} from './line.ts';
import { SYMBOL_SAMPLES, normaliseSpeechText } from './symbols.ts';

const GREETING = 'Hello, welcome to Kedai Kopi. 您好，请问有什么可以帮您？ Boleh saya bantu?';

const anyText = fc.oneof(
  fc.lorem({ maxCount: 5 }),
  fc.string({ unit: 'grapheme', maxLength: 16 }),
  fc.constantFrom(GREETING, 'a', '3.14 + 2 = 5.14?', 'Jalan Tun Razak 12-3A, 50400 KL'),
);
const anyRandom = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(seededRandom);

/** Feeds `mulaw` in pieces of the given sizes, over and over. */
function decodeInPieces(mulaw: Uint8Array, sizes: readonly number[]): HeardWord[] {
  const decoder = new SpeechDecoder();
  const words: HeardWord[] = [];
  for (let offset = 0, turn = 0; offset < mulaw.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    words.push(...decoder.push(mulaw.subarray(offset, offset + size)));
    offset += size;
  }
  return [...words, ...decoder.end()];
}

describe('text in = text out', () => {
  test.each([
    'Hello, how are you today?',
    'Saya nak tempah meja untuk dua orang, pukul 7:30 malam.',
    '您拨打的电话正在通话中，请稍后再拨。',
    '👩‍👩‍👧‍👦 naïve café — supercalifragilisticexpialidocious!',
  ])('%s', (text) => {
    expect(decodeSpeech(encodeSpeech(text).mulaw)).toBe(text);
  });

  test('for any text, any chunks and any silence before it', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 }),
        fc.nat(3000),
        (text, sizes, before) => {
          const words = decodeInPieces(concat(silence(before), encodeSpeech(text).mulaw), sizes);
          expect(joinWords(words)).toBe(normaliseSpeechText(text));
          expect(words.some((word) => word.damaged || word.partial)).toBe(false);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('10 dB louder or softer, through A-law, with noise 25 dB below', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.integer({ min: -10, max: 10 }),
        fc.boolean(),
        anyRandom,
        (text, gainDb, isAlaw, random) => {
          const level = amplify(encodeSpeech(text).mulaw, gainDb);
          const noisy = addNoise(isAlaw ? throughAlaw(level) : level, -45 + gainDb, random);
          expect(decodeSpeech(noisy)).toBe(normaliseSpeechText(text));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('offsets are those of the words spoken, to 2 ms', () => {
    const { mulaw, words } = encodeSpeech('Where and when was that');
    const heard = decodeWords(concat(silence(333), mulaw));
    expect(heard.map((word) => word.text)).toEqual(words.map((word) => word.text));
    heard.forEach((word, index) => {
      const spoken = words[index];
      expect(Math.abs(word.startSample - 333 - (spoken?.startMs ?? 0) * 8)).toBeLessThanOrEqual(16);
      expect(Math.abs(word.endSample - 333 - (spoken?.endMs ?? 0) * 8)).toBeLessThanOrEqual(16);
    });
  });
});

describe('words as they arrive', () => {
  test('each word is out within 10 ms of its end, and its beginning before that', () => {
    const { mulaw, words } = encodeSpeech('Progress is made word by word');
    const decoder = new SpeechDecoder();
    const heardAtMs: number[] = [];
    const beginnings = new Set<string>();
    for (let offset = 0; offset < mulaw.length; offset += 80) {
      const heard = decoder.push(mulaw.subarray(offset, offset + 80));
      heardAtMs.push(...heard.map(() => (offset + 80) / 8));
      if (decoder.unfinished !== undefined) beginnings.add(decoder.unfinished.text);
    }
    words.forEach((word, index) => {
      expect(heardAtMs[index]).toBeLessThanOrEqual(word.endMs + 10);
    });
    expect(beginnings).toContain('Prog');
  });

  test('Chinese, which has no spaces, is heard four characters at a time', () => {
    const heard = decodeWords(encodeSpeech('您拨打的电话正在通话中').mulaw);
    expect(heard.map(({ text, joined }) => [text, joined])).toEqual([
      ['您拨打的', false],
      ['电话正在', true],
      ['通话中', true],
    ]);
  });
});

describe('cut and damaged audio', () => {
  const text = 'Please hold the line while 我们为您转接 to a colleague.';
  const { mulaw, words } = encodeSpeech(text);

  test('cut anywhere by silence or the end, exactly a prefix is heard, to the symbol', () => {
    fc.assert(
      fc.property(fc.nat(mulaw.length), fc.boolean(), (cut, isEnd) => {
        const heard = decodeWords(
          isEnd ? mulaw.subarray(0, cut) : concat(mulaw.subarray(0, cut), silence(2000)),
        );
        const prefix = joinWords(heard);
        expect(text.startsWith(prefix)).toBe(true);
        expect(heard.some((word) => word.damaged)).toBe(false);
        const whole = words.filter((word) => word.endMs * 8 <= cut).map((word) => word.text);
        expect(prefix.startsWith(whole.join(' '))).toBe(true);
        // Of the word that was cut, all bytes whose symbol was whole were heard.
        const cutWord = words.find((word) => word.startMs * 8 < cut && word.endMs * 8 > cut);
        if (cutWord !== undefined && /^[\w.]{1,12}$/.test(cutWord.text)) {
          const symbols = Math.floor((cut - cutWord.startMs * 8) / SYMBOL_SAMPLES) - 1;
          const heardOfIt = prefix.slice(whole.join(' ').length).trim();
          expect(heardOfIt.length).toBeGreaterThanOrEqual(Math.min(symbols, cutWord.text.length));
          expect(heardOfIt.length).toBeLessThanOrEqual(Math.max(0, symbols) + 1);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a word cut off is marked as partial', () => {
    const { startMs } = words[1] as (typeof words)[number];
    const heard = decodeWords(mulaw.subarray(0, startMs * 8 + 3 * SYMBOL_SAMPLES));
    expect(heard.at(-1)).toMatchObject({ text: 'ho', partial: true, damaged: false });
  });

  test('speech that begins on the spot where other speech was cut is heard', () => {
    const next = encodeSpeech('Sorry, go on.', { leadMs: 0 }).mulaw;
    fc.assert(
      fc.property(fc.nat(mulaw.length), (cut) => {
        const heard = joinWords(decodeWords(concat(mulaw.subarray(0, cut), next)));
        expect(heard.endsWith('Sorry, go on.')).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['lost', (at: number) => concat(mulaw.subarray(0, at), mulaw.subarray(at + 160))],
    [
      'silent',
      (at: number) => concat(mulaw.subarray(0, at), silence(160), mulaw.subarray(at + 160)),
    ],
    ['doubled', (at: number) => concat(mulaw.subarray(0, at + 160), mulaw.subarray(at))],
  ])('one %s frame harms only the words it touches, and never in secret', (_, change) => {
    fc.assert(
      fc.property(fc.nat(mulaw.length - 160), (at) => {
        const heard = decodeWords(change(at));
        const good = heard.filter((word) => !word.damaged && !word.partial);
        const spoken = decodeWords(mulaw);
        const untouched = spoken.filter(
          (word) => word.endSample + 64 <= at || word.startSample - 64 >= at + 160,
        );
        expect(good.map((word) => word.text)).toEqual(
          expect.arrayContaining(untouched.map((word) => word.text)),
        );
        for (const word of good) expect(spoken.map((other) => other.text)).toContain(word.text);
      }),
      { numRuns: 80 },
    );
  });
});

test('hearing costs little: a hundred calls fit in one process', () => {
  const audio = encodeSpeech(
    'Hello, I would like to book a table for four people, please. '.repeat(5),
  ).mulaw;
  const before = process.cpuUsage();
  decodeInPieces(audio, [160]);
  const { user, system } = process.cpuUsage(before);
  // Some 0.2 % of a core was measured; a slow machine under load may need three times that.
  expect((user + system) / 1000 / (audio.length / 8)).toBeLessThan(0.01);
});

describe('what is no speech', () => {
  test('is nothing', () => {
    fc.assert(
      fc.property(anyRandom, fc.integer({ min: -60, max: -10 }), (random, levelDbov) => {
        expect(decodeWords(addNoise(silence(16_000), levelDbov, random))).toEqual([]);
      }),
      { numRuns: 20 },
    );
    expect(decodeWords(silence(16_000))).toEqual([]);
  });

  test('nor are tones, even our own', () => {
    expect(decodeWords(steadyTones([425], 16_000))).toEqual([]);
    expect(decodeWords(steadyTones([770, 1336], 16_000))).toEqual([]);
    expect(decodeWords(steadyTones([375, 1725], 16_000))).toEqual([]);
    expect(decodeWords(steadyTones([375, 1725, 450, 1875], 16_000))).toEqual([]);
  });

  test('any bytes at all are decoded without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        expect(decodeWords(bytes).filter((word) => !word.damaged && !word.partial)).toEqual([]);
      }),
    );
  });

  test('audio after the end is a mistake', () => {
    const decoder = new SpeechDecoder();
    decoder.end();
    expect(decoder.end()).toEqual([]);
    expect(() => decoder.push(silence(1))).toThrow('after end()');
  });
});
