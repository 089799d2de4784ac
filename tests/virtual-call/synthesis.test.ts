import type { CallInput } from '@patchcord/edge/src/call/core/contract.ts';
import { expect, test } from 'vitest';
import { Draws } from './draws.ts';
import { EventHeap } from './event-heap.ts';
import { TYPICAL_LATENCIES, ZERO_LATENCIES, type Latencies } from './latencies.ts';
import { Synthesis } from './synthesis.ts';

type Audio = Extract<CallInput, { kind: 'tts-audio' }>;

const ROUTE = { transport: 'socket', voice: 0 } as const;
const FIXED: Latencies = { ...TYPICAL_LATENCIES, firstByteMs: { median: 200, p95: 200 } };

function studio(latencies: Latencies): {
  readonly voice: Synthesis;
  readonly heap: EventHeap;
  readonly came: { at: number; input: Audio }[];
  readonly run: () => void;
} {
  const heap = new EventHeap();
  const came: { at: number; input: Audio }[] = [];
  let now = 0;
  let ids = 0;
  const voice = new Synthesis({
    draws: new Draws(1),
    latencies,
    nextPieceId: () => ++ids,
    register: () => undefined,
    schedule: (at, run) => heap.push(at, run),
    answer: (input) => {
      if (input.kind === 'tts-audio') came.push({ at: now, input });
    },
  });
  const run = (): void => {
    for (let event = heap.shift(); event !== undefined; event = heap.shift()) {
      now = event.at;
      event.run();
    }
  };
  return { voice, heap, came, run };
}

const speak = (text: string) =>
  ({ kind: 'tts-speak', contextId: 'turn', route: ROUTE, language: 'en', text }) as const;

test('the first byte takes its time, the rest comes four times faster than it plays', () => {
  const { voice, came, run } = studio(FIXED);
  const piece = voice.speak(speak('How can I help you today?'), 1000);
  run();
  expect(came[0]?.at).toBe(1200);
  const sizes = came.map(({ input }) => input.mulaw.length / 8);
  expect(sizes.reduce((sum, ms) => sum + ms, 0)).toBe(piece.lengthMs);
  const lastMs = sizes.at(-1) ?? 0;
  expect((came.at(-1)?.at ?? 0) - 1200).toBeCloseTo((piece.lengthMs - lastMs) / 4, 3);
  for (const ms of sizes.slice(0, -1)) expect(ms).toBeGreaterThanOrEqual(100);
});

test('silence leads the first piece of a context only', () => {
  const { voice, run } = studio(FIXED);
  const first = voice.speak(speak('Yes. '), 0);
  const second = voice.speak(speak('No.'), 0);
  run();
  expect(first.words[0]?.startMs).toBeGreaterThanOrEqual(150);
  expect(second.words[0]?.startMs).toBe(0);
});

test('the characters of all chunks are the text, each where its sound is', () => {
  const { voice, came, run } = studio(FIXED);
  const piece = voice.speak(speak('Nine thirty, good.'), 0);
  run();
  let offsetMs = 0;
  const chars = came.flatMap(({ input }) => {
    const starts = input.alignment?.startsMs.map((ms) => ms + offsetMs) ?? [];
    offsetMs += input.mulaw.length / 8;
    return (input.alignment?.chars ?? []).map((char, i) => [char, starts[i]]);
  });
  expect(chars).toEqual(piece.chars.map(({ char, startMs }) => [char, startMs]));
});

test('a context that is closed gives nothing more', () => {
  const { voice, heap, came, run } = studio(FIXED);
  voice.speak(speak('This is a rather long sentence to be cut off.'), 0);
  heap.push(300, () => voice.close('turn'));
  run();
  expect(came.length).toBeGreaterThan(0);
  expect(came.every(({ at }) => at <= 300)).toBe(true);
});

test('in a world without latencies all comes at once', () => {
  const { voice, came, run } = studio(ZERO_LATENCIES);
  voice.speak(speak('All of it.'), 50);
  run();
  expect(came.every(({ at }) => at === 50)).toBe(true);
});
