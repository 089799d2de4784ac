import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMulaw } from '@patchcord/shared/audio/g711';
import { encodeSpeech } from './encode.ts';

const SENTENCES = [
  'Hello, I would like to book a table for four people on Friday evening.',
  'Selamat pagi, saya ingin menempah meja untuk dua orang pada hari Sabtu.',
  'Is it a bit too late to ask if you are open on Sunday?',
];

/** RFC 6464 level of each 20 ms frame. */
function frameLevels(linear: Int16Array): number[] {
  const levels: number[] = [];
  for (let start = 0; start + 160 <= linear.length; start += 160) {
    const sum = linear.subarray(start, start + 160).reduce((total, value) => total + value ** 2, 0);
    levels.push(10 * Math.log10(sum / 160 / 32_767 ** 2 + 1e-12));
  }
  return levels;
}

test('audio is at -20 dBov and never clips', () => {
  const { linear } = encodeSpeech('Loud and clear', { wordPauseMs: 0, leadMs: 0, tailMs: 0 });
  const power = linear.reduce((sum, value) => sum + value ** 2, 0) / linear.length;
  expect(10 * Math.log10(power / 32_767 ** 2)).toBeCloseTo(-20, 0);
  expect(Math.max(...linear)).toBeLessThan(32_767 / 2);
});

test.each(SENTENCES)('pace is that of human speech: %s', (sentence) => {
  const { linear } = encodeSpeech(sentence);
  const charsPerSecond = sentence.length / (linear.length / 8000);
  expect(charsPerSecond).toBeGreaterThan(10);
  expect(charsPerSecond).toBeLessThan(18);
});

test('a voice activity detector finds no gap of more than 120 ms within a sentence', () => {
  for (const sentence of [...SENTENCES, '您好，我想预订星期五晚上四个人的座位。']) {
    const levels = frameLevels(encodeSpeech(sentence, { leadMs: 0, tailMs: 0 }).linear);
    const gaps = levels.map((level) => (level < -40 ? 'x' : ' ')).join('');
    expect(Math.max(0, ...gaps.split(/ +/).map((gap) => gap.length))).toBeLessThanOrEqual(6);
  }
});

test('linear and µ-law are the same audio', () => {
  const { linear, mulaw } = encodeSpeech('One two three.');
  expect(mulaw.length).toBe(linear.length);
  const error = decodeMulaw(mulaw).map((value, at) => value - (linear[at] as number));
  // µ-law's coarsest step in this range is 512.
  expect(Math.max(...error.map(Math.abs))).toBeLessThanOrEqual(256);
});

test('text without a word is no audio, and its characters take no time', () => {
  const { mulaw, words, charTimesMs } = encodeSpeech(' \n');
  expect({ length: mulaw.length, words }).toEqual({ length: 0, words: [] });
  expect(charTimesMs).toEqual({ chars: [' ', '\n'], startsMs: [0, 0], durationsMs: [0, 0] });
});

describe('times', () => {
  test('of words are where the words are', () => {
    const { words, linear } = encodeSpeech('Good  evening 你好吗');
    expect(words.map(({ text, charStart }) => [text, charStart])).toEqual([
      ['Good', 0],
      ['evening', 6],
      ['你好吗', 14],
    ]);
    for (const { startMs, endMs } of words) {
      expect(linear.subarray(startMs * 8 - 80, startMs * 8).every((value) => value === 0)).toBe(
        true,
      );
      expect(linear[startMs * 8 + 100]).not.toBe(0);
      expect(linear.subarray(endMs * 8, endMs * 8 + 80).every((value) => value === 0)).toBe(true);
    }
  });

  test('of characters follow one another without a hole, one for each code point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
        const { charTimesMs, linear } = encodeSpeech(text);
        const { chars, startsMs, durationsMs } = charTimesMs;
        expect(chars.join('')).toBe(text.toWellFormed());
        expect(startsMs.length).toBe(chars.length);
        expect(durationsMs.length).toBe(chars.length);
        let previousEndMs = 0;
        startsMs.forEach((startMs, index) => {
          expect(startMs).toBeGreaterThanOrEqual(previousEndMs);
          // Only the lead before the first word and the joints of long words lie between characters.
          expect(startMs - previousEndMs).toBeLessThanOrEqual(20);
          previousEndMs = startMs + (durationsMs[index] as number);
        });
        expect(previousEndMs).toBeLessThanOrEqual(linear.length / 8);
      }),
      { numRuns: 60 },
    );
  });
});
