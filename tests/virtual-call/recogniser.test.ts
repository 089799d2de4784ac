import type { Recognition } from '@patchcord/edge/src/call/core/contract.ts';
import { expect, test } from 'vitest';
import { Draws } from './draws.ts';
import { EventHeap } from './event-heap.ts';
import { HeardWords } from './heard-words.ts';
import { TYPICAL_LATENCIES, type Latencies } from './latencies.ts';
import { Mouth } from './mouth.ts';
import { Recogniser } from './recogniser.ts';

const FIXED: Latencies = {
  ...TYPICAL_LATENCIES,
  hypothesisMs: { median: 240, p95: 240 },
  finalMs: { median: 1000, p95: 1000 },
};

interface Heard extends Recognition {
  readonly at: number;
  readonly kind: string;
}

/** Caller's audio frame by frame; a word list with times in it. The frame that ends at `t` arrives at `t`. */
class Room {
  readonly mouth = new Mouth(new Draws(2), 30);
  readonly words = new HeardWords();
  readonly heap = new EventHeap();
  readonly heard: Heard[] = [];
  readonly #draws: Draws;
  now = 0;

  constructor(seed = 1) {
    this.#draws = new Draws(seed);
  }

  open(latencies = FIXED): Recogniser {
    return new Recogniser({
      mouth: this.mouth,
      words: this.words,
      draws: this.#draws,
      latencies,
      language: undefined,
      schedule: (at, run) => this.heap.push(at, run),
      answer: (kind, recognition) => this.heard.push({ at: this.now, kind, ...recognition }),
    });
  }

  say(text: string, fromMs: number, wordMs = 200): void {
    for (const [i, display] of text.split(' ').entries()) {
      const startMs = fromMs + i * wordMs;
      const lexical = display.toLowerCase().replaceAll(/[.,?]/gu, '');
      const span = { startMs, endMs: startMs + wordMs };
      this.words.add({ display, lexical, isJoined: false, speaker: 'caller', ...span });
    }
  }

  /** `push` sees each frame at the end of it. */
  run(untilMs: number, push: (frame: Uint8Array, now: number) => void): void {
    while (this.now < untilMs) {
      this.now += 20;
      push(this.mouth.next(), this.now);
      this.drain(this.now);
    }
  }

  drain(untilMs: number): void {
    while (this.heap.nextAt <= untilMs) {
      const event = this.heap.shift();
      const before = this.now;
      this.now = event?.at ?? this.now;
      event?.run();
      this.now = Math.max(before, this.now);
    }
  }

  phrases(): Heard[] {
    return this.heard.filter(({ kind }) => kind === 'stt-phrase');
  }
}

test('a hypothesis comes a while after the end of its word, a phrase after the end of the segment', () => {
  const room = new Room();
  const stt = room.open();
  room.say('Good morning to you.', 100);
  room.run(4000, (frame, now) => stt.push(frame, now));
  const hypotheses = room.heard.filter(({ kind }) => kind === 'stt-hypothesis');
  expect(hypotheses.map(({ at }) => at)).toEqual([300, 500, 700, 900].map((end) => end + 240));
  expect(hypotheses.at(-1)?.text).toMatch(/^good morning to /u);
  expect(room.phrases()).toMatchObject([{ text: 'Good morning to you.', at: 900 + 1000 }]);
});

test('a pause longer than the segmentation silence makes two phrases, a shorter one makes one', () => {
  for (const [pauseMs, count] of [
    [400, 1],
    [700, 2],
  ] as const) {
    const room = new Room();
    const stt = room.open();
    room.say('My number is', 0);
    room.say('five six', 600 + pauseMs);
    room.run(6000, (frame, now) => stt.push(frame, now));
    expect(room.phrases()).toHaveLength(count);
  }
});

test('silence that is pushed faster than real time ends the segment sooner', () => {
  const room = new Room();
  const stt = room.open();
  room.say('Yes please', 0);
  const burst = new Uint8Array(400 * 8).fill(0xff);
  room.run(4000, (frame, now) => {
    stt.push(frame, now);
    if (now === 520) stt.push(burst, now);
  });
  // 120 ms of silence and 400 ms of the burst: the end is known at 520 ms in place of 900 ms.
  expect(room.phrases()[0]?.at).toBe(520 + 500);
});

test('positions count from the first byte that this recogniser got', () => {
  const room = new Room();
  const first = room.open();
  room.say('Hello', 2000);
  room.run(1000, (frame, now) => first.push(frame, now));
  first.close();
  const second = room.open();
  room.run(4000, (frame, now) => second.push(frame, now));
  const [phrase] = room.phrases();
  expect(Math.abs((phrase?.startMs ?? 0) - 1000)).toBeLessThanOrEqual(40);
  expect(Math.abs((phrase?.endMs ?? 0) - 1200)).toBeLessThanOrEqual(40);
});

test('words in audio that was not pushed are not recognised, and those of a copy are', () => {
  const room = new Room();
  const late = room.open();
  room.say('lost kept', 0, 500);
  room.run(3000, (frame, now) => {
    if (now > 450) late.push(frame.slice(), now);
  });
  expect(room.phrases().map(({ text }) => text)).toEqual(['Kept.']);
});

test.each([
  ['from the beginning of a frame', 0],
  ['from the middle of one', 77],
])('words are recognised in audio that is pushed again in one piece, %s', (_, skippedBytes) => {
  const room = new Room();
  const late = room.open();
  // Frames of the quiet room before and after the words are alike.
  room.say('here again', 1000);
  const frames: Uint8Array[] = [];
  room.run(3000, (frame) => void frames.push(frame));
  const all = Uint8Array.from(frames.flatMap((frame) => [...frame]));
  late.push(all.slice(skippedBytes), room.now);
  room.run(5000, () => undefined);
  expect(room.phrases()).toMatchObject([{ text: 'Here again.' }]);
  const startMs = room.phrases()[0]?.startMs ?? 0;
  expect(Math.abs(startMs - (1000 - skippedBytes / 8))).toBeLessThanOrEqual(40);
});

test('a recogniser that was closed says nothing more, and noise gives nothing', () => {
  const room = new Room();
  const stt = room.open();
  room.mouth.add(0, new Float32Array(4000).fill(1), 5000);
  room.run(2000, (frame, now) => stt.push(frame, now));
  expect(room.heard).toEqual([]);
  room.say('Hello', 2000);
  room.run(2300, (frame, now) => stt.push(frame, now));
  stt.close();
  room.run(5000, () => undefined);
  expect(room.heard).toEqual([]);
});

test('results never overtake each other, and about one word in sixteen is wrong at first', () => {
  let wrong = 0;
  let words = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const room = new Room(seed);
    const stt = room.open(TYPICAL_LATENCIES);
    const said = Array.from({ length: 20 }, (_, i) => `word${'abcdefghijklmnopqrst'[i] ?? ''}`);
    room.say(said.join(' '), 0);
    room.run(8000, (frame, now) => stt.push(frame, now));
    const hypotheses = room.heard.filter(({ kind }) => kind === 'stt-hypothesis');
    const lengths = room.heard.map(({ text }) => text.split(' ').length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(room.heard.at(-1)?.kind).toBe('stt-phrase');
    expect(room.phrases()[0]?.text.toLowerCase()).toBe(`${said.join(' ')}.`);
    words += hypotheses.length;
    wrong += hypotheses.filter(({ text }, i) => !text.endsWith(said[i] ?? '')).length;
  }
  expect(words).toBe(800);
  expect(wrong / words).toBeGreaterThan(0.035);
  expect(wrong / words).toBeLessThan(0.085);
});
