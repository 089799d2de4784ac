import { levelDbov } from '@patchcord/shared/audio/level';
import { expect, test } from 'vitest';
import { alignmentOf, audioOf, makePiece, type SpeechPiece } from './agent-speech.ts';
import { Draws } from './draws.ts';
import { Ear } from './ear.ts';

function piece(text: string, leadingSilenceMs = 0): SpeechPiece {
  return makePiece(text, { id: 1, contextId: 'turn', leadingSilenceMs, draws: new Draws(1) });
}

test('a view names the piece and the byte, wherever the chunk was cut', () => {
  const ear = new Ear();
  const hello = piece('Hello there, how are you?');
  const chunk = audioOf(hello, 300, 500);
  ear.register(chunk, hello, 300 * 8);
  expect(ear.provenanceOf(chunk.subarray(40, 200))).toEqual({ piece: hello, fromByte: 2440 });
});

test('audio that the engine was not given, or a copy of it, is refused', () => {
  const ear = new Ear();
  const hello = piece('Hello.');
  const chunk = audioOf(hello, 0, hello.lengthMs);
  ear.register(chunk, hello, 0);
  expect(() => ear.provenanceOf(chunk.slice())).toThrow('not given');
  expect(() => ear.provenanceOf(new Uint8Array(160))).toThrow('not given');
});

test('a word is heard when its last sound is, and not before', () => {
  const ear = new Ear();
  const hello = piece('Hello there.');
  const [first, second] = hello.words;
  if (first === undefined || second === undefined) throw new Error('two words are spoken');
  ear.hear(0, hello, 0, first.endMs * 8 - 1);
  expect(ear.hasHeard(hello, first)).toBe(false);
  ear.hear(first.endMs - 1 / 8, hello, first.endMs * 8 - 1, first.endMs * 8);
  expect(ear.hasHeard(hello, first)).toBe(true);
  expect(ear.hasHeard(hello, first, first.endMs - 20)).toBe(false);
  expect(ear.hasHeard(hello, second)).toBe(false);
});

test('a word that was held in its middle is heard once the rest of it was', () => {
  const ear = new Ear();
  const hello = piece('Hello there.');
  const [first] = hello.words;
  if (first === undefined) throw new Error('a word is spoken');
  ear.hear(0, hello, 0, 800);
  expect(ear.hasHeard(hello, first)).toBe(false);
  ear.hear(2000, hello, 800, 4000);
  expect(ear.hasHeard(hello, first)).toBe(true);
  expect(ear.stretches).toHaveLength(2);
});

test('silence before, after and at punctuation is no sound', () => {
  const ear = new Ear();
  const text = piece('One, two.', 200);
  ear.hear(1000, text, 0, text.lengthMs * 8);
  const [one, two] = text.words;
  expect(ear.runs.map(({ fromAt, toAt }) => [fromAt, toAt])).toEqual([
    [1000 + (one?.startMs ?? 0), 1000 + (one?.endMs ?? 0)],
    [1000 + (two?.startMs ?? 0), 1000 + (two?.endMs ?? 0)],
  ]);
  expect(ear.isSoundingAt(1100)).toBe(false);
  expect(ear.lastSoundBefore(9000)).toMatchObject({ isEnd: true });
  expect(ear.lastSoundBefore(1000 + (one?.endMs ?? 0))).toMatchObject({ isEnd: false });
});

test('the audio is silent where the piece is, to the byte', () => {
  const text = piece('Yes, please.', 180);
  const audio = audioOf(text, 0, text.lengthMs);
  const firstLoud = audio.findIndex((byte) => byte !== 0xff);
  expect(firstLoud).toBeGreaterThanOrEqual(180 * 8);
  expect(firstLoud).toBeLessThan(260 * 8);
  const comma = text.chars[3];
  const from = ((comma?.startMs ?? 0) + 1) * 8;
  expect(audio.subarray(from, from + 400).every((byte) => byte === 0xff)).toBe(true);
});

test('and sounds where it is said to, in every window of 10 ms', () => {
  for (let id = 1; id <= 40; id++) {
    const options = { id, contextId: 'turn', leadingSilenceMs: 200, draws: new Draws(id) };
    const text = makePiece('Please bring your identity card and come early', options);
    const audio = audioOf(text, 0, text.lengthMs);
    for (let ms = text.words[0]?.startMs ?? 0; ms + 10 <= text.lengthMs; ms += 10) {
      expect(levelDbov(audio.subarray(ms * 8, (ms + 10) * 8))).toBeGreaterThan(-45);
    }
  }
});

test('an alignment counts from the beginning of its part', () => {
  const text = piece('Good day', 200);
  const whole = alignmentOf(text, 0, text.lengthMs);
  expect(whole.chars.join('')).toBe('Good day');
  expect(whole.startsMs[0]).toBe(200);
  const cutMs = (text.chars[2]?.startMs ?? 0) - 10;
  const rest = alignmentOf(text, cutMs, text.lengthMs);
  expect(rest.chars[0]).toBe('o');
  expect(rest.startsMs[0]).toBe(10);
});
