/**
 * The assembler beside the relay's own queue: a call in slots of 20 ms, with messages that take their time, pauses, clears and
 * keys. What a phone would have heard is what the queue handed out.
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { decodeWav } from '@patchcord/shared/audio/wav';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelPeer, type ModelEvent } from './model-peer.test-support.ts';
import { MULAW_WAV_HEADER_BYTES, mulawWavHeader } from './mulaw-wav.ts';
import { RecordingAssembler } from './assembler.ts';

const FRAME = 160;
/** Each is a call of some ten seconds, sample by sample. */
const RUNS = { numRuns: 30 };

/** What the agent does in one slot. */
interface Doing {
  readonly slot: number;
  readonly act: 'speak' | 'clear' | 'pause';
  readonly frames: number;
  readonly pieceBytes: number;
}

const doings = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 90 }),
      act: fc.constantFrom('speak', 'speak', 'speak', 'clear', 'pause'),
      // Nothing that is said takes less than 200 ms.
      frames: fc.integer({ min: 10, max: 100 }),
      pieceBytes: fc.integer({ min: 700, max: 9000 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => {
    let slot = 5;
    return list.map(({ gap, ...doing }): Doing => ({ ...doing, slot: (slot += gap) }));
  });

/** Runs a call. Answers both right channels: as a phone heard it, and as it was recorded. */
function record(list: readonly Doing[], peer: ModelPeer) {
  const assembler = new RecordingAssembler();
  assembler.start(peer.isExact);
  assembler.begin();
  const right: number[] = [];
  const left: number[] = [];
  const keep = (stereo: Uint8Array) =>
    stereo.forEach((sample, i) => (i % 2 === 0 ? left : right).push(sample));
  const hear = (events: readonly ModelEvent[]) => {
    for (const event of events) {
      if (event.kind === 'media') assembler.hear(event.mulaw, event.timestampMs);
      else if (event.kind === 'mark') assembler.markReturned(event.name);
      else assembler.played(event.samples, event.cleared, event.timestampMs);
    }
    keep(assembler.take());
  };
  let marks = 0;
  // Each byte has a sound of its own place, so that a byte lost, doubled or misplaced shows.
  let voice = 0;
  const next = () => 1 + (voice++ % 120);
  const todo = [...list];
  let unpauseAt: number | undefined;
  // All of it is heard out, but for pauses: over Twilio nobody tells how far the last word was when the call ended.
  const speechSlots = list.reduce(
    (sum, { act, frames }) => sum + (act === 'speak' ? frames : 0),
    0,
  );
  const end = (list.at(-1)?.slot ?? 0) + speechSlots + 20;
  for (let slot = 0; slot < end; slot++) {
    hear(peer.slot(slot));
    if (unpauseAt === slot) {
      assembler.hold(false);
      peer.send({ kind: 'unpause' }, slot);
      unpauseAt = undefined;
    }
    for (let doing = todo[0]; doing?.slot === slot; doing = todo[0]) {
      todo.shift();
      switch (doing.act) {
        case 'speak': {
          const bytes = Uint8Array.from({ length: doing.frames * FRAME - 37 }, next);
          for (let at = 0; at < bytes.length; at += doing.pieceBytes) {
            const mulaw = bytes.subarray(at, at + doing.pieceBytes);
            assembler.say(mulaw);
            peer.send({ kind: 'media', mulaw }, slot);
            // As the core does: at the first piece and the last, or with Twilio at each word.
            const isLast = at + doing.pieceBytes >= bytes.length;
            if (at > 0 && !isLast && peer.isExact) continue;
            const name = `m${++marks}`;
            assembler.mark(name);
            peer.send({ kind: 'mark', name }, slot);
          }
          break;
        }
        case 'clear':
          unpauseAt = undefined;
          assembler.clear();
          peer.send({ kind: 'clear' }, slot);
          break;
        case 'pause':
          if (!peer.isExact || unpauseAt !== undefined) break;
          unpauseAt = slot + 1 + (doing.frames % 30);
          assembler.hold(true);
          peer.send({ kind: 'pause' }, slot);
          break;
      }
    }
  }
  hear(peer.stop());
  keep(assembler.finish());
  return { left, right, heard: peer.heard };
}

/** The samples of a channel that are not silence, and where each is. */
function soundOf(channel: readonly number[]): {
  readonly samples: number[];
  readonly at: number[];
} {
  const at = channel.flatMap((sample, position) => (sample === MULAW_SILENCE ? [] : [position]));
  return { samples: at.map((position) => channel[position] ?? MULAW_SILENCE), at };
}

/** How far the samples of `got` are from where they belong, at most. */
function shiftOf(got: readonly number[], wanted: readonly number[]): number {
  return got.reduce((most, at, i) => Math.max(most, Math.abs(at - (wanted[i] ?? Infinity))), 0);
}

const delaysInSlots = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 });

describe('with a relay of ours, which tells by the media clock what it has played', () => {
  const phases = fc.integer({ min: 1, max: 20 });
  /** Slots in a row. */
  const spans = fc.array(
    fc.record({ from: fc.nat({ max: 600 }), count: fc.integer({ min: 1, max: 150 }) }),
    { maxLength: 4 },
  );

  it.each([
    { of: 'a phone that sends every frame', manner: 'steady' },
    { of: 'a phone that sends nothing while its caller is silent', manner: 'silent' },
    { of: 'a phone whose frames are read late', manner: 'late' },
  ])(
    'the right channel is what was heard to the sample, 20 ms beside at most: $of',
    ({ manner }) => {
      fc.assert(
        fc.property(doings, delaysInSlots, phases, spans, (list, delays, phaseMs, odd) => {
          const inSpan = (slot: number): boolean =>
            odd.some(({ from, count }) => slot >= from && slot < from + count);
          const isSilent = (slot: number): boolean => manner === 'silent' && inSpan(slot);
          // The first frame of all tells where the media clock is.
          const isHeldUp = (slot: number): boolean => manner === 'late' && slot > 0 && inSpan(slot);
          const peer = new ModelPeer({ isExact: true, delays, phaseMs, isSilent, isHeldUp });
          const { left, right, heard } = record(list, peer);
          expect(right.length).toBe(left.length);
          const got = soundOf(right);
          const wanted = soundOf(heard);
          expect(got.samples).toEqual(wanted.samples);
          // A phone that is silent at first: the recording begins with the agent.
          const before = isSilent(0) ? (wanted.at[0] ?? 0) - (got.at[0] ?? 0) : 0;
          const shifted = got.at.map((at) => at + before);
          expect(shiftOf(shifted, wanted.at)).toBeLessThanOrEqual(FRAME);
        }),
        RUNS,
      );
    },
  );
});

it('a caller who is heard only after the greeting is recorded after the greeting', () => {
  const assembler = new RecordingAssembler();
  assembler.start(true);
  assembler.begin();
  assembler.say(new Uint8Array(100 * FRAME).fill(5));
  assembler.mark('end');
  assembler.played(100 * FRAME, undefined, 3000);
  assembler.markReturned('end');
  assembler.hear(new Uint8Array(FRAME).fill(9), 4000);
  const stereo = assembler.finish();
  const left = stereo.filter((_, i) => i % 2 === 0);
  const right = stereo.filter((_, i) => i % 2 === 1);
  const apart = left.indexOf(9) - (right.lastIndexOf(5) + 1);
  expect(Math.abs(apart - 8 * 1000)).toBeLessThanOrEqual(FRAME);
});

describe('with an older relay, which counts samples and tells no time', () => {
  it('the right channel is what was heard to the sample, near its time', () => {
    fc.assert(
      fc.property(doings, delaysInSlots, (list, delays) => {
        const { left, right, heard } = record(list, new ModelPeer({ isExact: true, delays }));
        expect(right.length).toBe(left.length);
        const got = soundOf(right);
        const wanted = soundOf(heard);
        expect(got.samples).toEqual(wanted.samples);
        expect(shiftOf(got.at, wanted.at)).toBeLessThanOrEqual(2 * FRAME);
      }),
      RUNS,
    );
  });
});

describe('with a peer that returns marks only', () => {
  it('what was heard is there, in order and near its time; what was cut is cut within 60 ms', () => {
    fc.assert(
      fc.property(doings, fc.integer({ min: 0, max: 5 }), (list, delay) => {
        const { left, right, heard } = record(
          list,
          new ModelPeer({ isExact: false, delays: [delay] }),
        );
        expect(right.length).toBe(left.length);
        const got = soundOf(right);
        const wanted = soundOf(heard);
        const clears = list.filter(({ act }) => act === 'clear').length;
        expect(Math.abs(got.at.length - wanted.at.length)).toBeLessThanOrEqual(clears * 3 * FRAME);
        if (clears > 0) return;
        expect(got.samples).toEqual(wanted.samples);
        expect(shiftOf(got.at, wanted.at)).toBeLessThanOrEqual(FRAME);
      }),
      RUNS,
    );
  });

  it('a peer that stood still while it spoke is no slower to hear: what is cut is cut in time', () => {
    const assembler = new RecordingAssembler();
    assembler.start(false);
    assembler.begin();
    // Four seconds in one go, with a mark behind each 200 ms.
    for (let word = 1; word <= 20; word++) {
      assembler.say(new Uint8Array(10 * FRAME).fill(5));
      assembler.mark(`word-${word}`);
    }
    let played = 0;
    for (let slot = 1; slot <= 150; slot++) {
      assembler.hear(new Uint8Array(FRAME).fill(1));
      // It takes two slots to begin, and has no CPU for 300 ms later on.
      if (slot > 2 && (slot < 60 || slot >= 75)) played++;
      if (played % 10 === 0 && played > 0) assembler.markReturned(`word-${played / 10}`);
    }
    assembler.clear();
    for (let slot = 0; slot < 50; slot++) assembler.hear(new Uint8Array(FRAME).fill(1));
    const sound = assembler.finish().filter((sample) => sample === 5).length;
    expect(Math.abs(sound - played * FRAME)).toBeLessThanOrEqual(3 * FRAME);
  });
});

describe('before it begins', () => {
  it('keeps nothing, and both channels begin together', () => {
    const assembler = new RecordingAssembler();
    assembler.start(true);
    assembler.hear(new Uint8Array(FRAME).fill(1));
    expect(assembler.take()).toHaveLength(0);
    expect(assembler.startsMs).toBeUndefined();
    assembler.begin();
    assembler.hear(new Uint8Array(FRAME).fill(2));
    const stereo = assembler.finish();
    expect(assembler.startsMs).toBe(20);
    expect(stereo).toEqual(Uint8Array.from({ length: 2 * FRAME }, (_, i) => (i % 2 ? 0xff : 2)));
  });
});

describe('memory', () => {
  it('holds back no more than ten seconds of speech whose end nobody has told yet', () => {
    const assembler = new RecordingAssembler();
    assembler.start(true);
    assembler.begin();
    assembler.say(new Uint8Array(60 * 8000).fill(5));
    let taken = 0;
    for (let slot = 1; slot <= 50 * 50; slot++) {
      assembler.hear(new Uint8Array(FRAME).fill(1));
      taken += assembler.take().length / 2;
      expect(slot * FRAME - taken).toBeLessThanOrEqual(10 * 8000 + 2 * FRAME);
    }
  });
});

describe('frames of the caller that were lost', () => {
  it('are silence: the agent is not pushed behind', () => {
    const assembler = new RecordingAssembler();
    assembler.start(true);
    assembler.begin();
    assembler.say(new Uint8Array(100 * FRAME).fill(5));
    assembler.mark('end');
    // A hundred frames are played, only fifty of the caller's come.
    for (let i = 0; i < 50; i++) assembler.hear(new Uint8Array(FRAME).fill(1));
    assembler.played(100 * FRAME, undefined);
    assembler.markReturned('end');
    const stereo = assembler.finish();
    expect(stereo.filter((sample) => sample === 5)).toHaveLength(100 * FRAME);
    expect(stereo.length / 2).toBeLessThanOrEqual(103 * FRAME);
  });
});

describe('a media clock', () => {
  const frame = (code: number): Uint8Array => new Uint8Array(FRAME).fill(code);

  it('that goes on where frames were lost has the next one at its time, and the agent beside it', () => {
    const assembler = new RecordingAssembler();
    assembler.start(true);
    assembler.begin();
    const lost = new Set([10, 11, 12, 40]);
    for (let slot = 0; slot < 100; slot++) {
      if (slot === 20) assembler.say(new Uint8Array(10 * FRAME).fill(5));
      if (slot === 20) assembler.mark('end');
      if (!lost.has(slot)) assembler.hear(frame(slot === 90 ? 9 : 1), 20 * (slot + 3));
      if (slot === 32) assembler.played(10 * FRAME, undefined);
      if (slot === 32) assembler.markReturned('end');
    }
    const stereo = assembler.finish();
    const left = stereo.filter((_, i) => i % 2 === 0);
    const right = stereo.filter((_, i) => i % 2 === 1);
    expect(left).toHaveLength(100 * FRAME);
    expect(left.indexOf(9)).toBe(90 * FRAME);
    expect(left.subarray(10 * FRAME, 13 * FRAME).every((code) => code === MULAW_SILENCE)).toBe(
      true,
    );
    expect(Math.abs(right.lastIndexOf(5) + 1 - 33 * FRAME)).toBeLessThanOrEqual(FRAME);
  });

  it('tells frames that are late from frames that were lost: nothing takes their place', () => {
    const assembler = new RecordingAssembler();
    assembler.start(false);
    assembler.begin();
    for (let slot = 0; slot < 20; slot++) assembler.hear(frame(1), 20 * slot);
    assembler.say(new Uint8Array(10 * FRAME).fill(5));
    assembler.mark('end');
    // The peer stood still for 300 ms: marks come before the frames of that time.
    assembler.markReturned('end');
    for (let slot = 20; slot < 50; slot++) assembler.hear(frame(slot === 49 ? 9 : 1), 20 * slot);
    const left = assembler.finish().filter((_, i) => i % 2 === 0);
    expect(left.indexOf(9)).toBe(49 * FRAME);
    expect(left.includes(MULAW_SILENCE)).toBe(false);
  });

  it('that jumps is another one', () => {
    const assembler = new RecordingAssembler();
    assembler.start(true);
    assembler.begin();
    assembler.hear(frame(1), 0);
    assembler.hear(frame(1), 3_600_000);
    assembler.hear(frame(1), 3_600_020);
    expect(assembler.finish()).toHaveLength(2 * 3 * FRAME);
  });
});

it('the header says what the file is', () => {
  const data = Uint8Array.from([0x80, 0xff, 0x80, 0xff]);
  const header = mulawWavHeader(data.length);
  expect(header.length).toBe(MULAW_WAV_HEADER_BYTES);
  const wav = decodeWav(new Uint8Array([...header, ...data]));
  expect(wav).toMatchObject({ sampleRateHz: 8000 });
  if (typeof wav === 'string') return;
  expect(wav.channels.map((channel) => [...channel])).toEqual([
    [32_124, 32_124],
    [0, 0],
  ]);
});
