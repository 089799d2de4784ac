import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outlet } from './outlet.ts';
import { Playout, type SpokenWord } from './playout.ts';
import { PlayoutClock } from './playout-clock.ts';

const BYTES_PER_MS = 8;
/** What a network's unevenness may hide, from the mark that was learnt from to the one that is judged. */
const JITTER_MS_MAX = 7;
const TOLERANCE_BYTES = (15 + 4 * JITTER_MS_MAX) * BYTES_PER_MS;

interface Network {
  readonly delayMs: number;
  readonly jitterMs: readonly number[];
}

type Message =
  | { readonly kind: 'audio'; readonly mulaw: Uint8Array }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'clear' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'unpause' };

/** A peer behind a network, played forward by the millisecond: our relay (counts samples) or Twilio (marks alone). */
class Stream {
  now = 0;
  readonly outlet: Outlet;
  readonly clock = new PlayoutClock();
  readonly #isExact: boolean;
  readonly #network: Network;
  readonly #playouts: Playout<number>[] = [];
  #jitters = 0;
  #out: { readonly at: number; readonly message: Message }[] = [];
  #back: { readonly at: number; readonly run: () => void }[] = [];
  #queue: Message[] = [];
  #samples = 0;
  #isPaused = false;
  /** What was played, in order: where in which buffer. */
  readonly played: { readonly buffer: ArrayBufferLike; readonly at: number }[] = [];

  constructor(isExact: boolean, network: Network) {
    this.#isExact = isExact;
    this.#network = network;
    this.outlet = new Outlet((output) => {
      if (output.kind === 'send-media') this.#send({ kind: 'audio', mulaw: output.mulaw });
      else if (output.kind === 'send-mark') this.#send({ kind: 'mark', name: output.name });
      else if (output.kind === 'send-clear') this.#send({ kind: 'clear' });
      else if (output.kind === 'send-pause') this.#send({ kind: 'pause' });
      else if (output.kind === 'send-unpause') this.#send({ kind: 'unpause' });
    });
    this.outlet.start(isExact);
  }

  newPlayout(): Playout<number> {
    const name = `turn-${this.#playouts.length}`;
    const playout = new Playout<number>({ name, isExact: this.#isExact, clock: this.clock });
    this.#playouts.push(playout);
    return playout;
  }

  run(ms: number): this {
    for (const end = this.now + ms; this.now < end;) {
      this.now++;
      for (; this.#out[0] !== undefined && this.#out[0].at <= this.now; this.#out.shift()) {
        this.#receive(this.#out[0].message);
      }
      this.#play();
      for (; this.#back[0] !== undefined && this.#back[0].at <= this.now; this.#back.shift()) {
        this.#back[0].run();
      }
    }
    return this;
  }

  playedOf(mulaw: Uint8Array): number[] {
    return this.played.filter(({ buffer }) => buffer === mulaw.buffer).map(({ at }) => at);
  }

  #arrivesAt(after: number | undefined): number {
    const { delayMs, jitterMs } = this.#network;
    const jitter = jitterMs[this.#jitters++ % jitterMs.length] ?? 0;
    return Math.max(after ?? 0, this.now + delayMs + jitter);
  }

  #send(message: Message): void {
    this.#out.push({ at: this.#arrivesAt(this.#out.at(-1)?.at), message });
  }

  #answer(run: () => void): void {
    this.#back.push({ at: this.#arrivesAt(this.#back.at(-1)?.at), run });
  }

  #receive(message: Message): void {
    switch (message.kind) {
      case 'audio':
        this.#queue.push(message);
        break;
      case 'mark':
        this.#queue.push(message);
        this.#passMarks();
        break;
      case 'pause':
      case 'unpause':
        this.#isPaused = message.kind === 'pause';
        break;
      case 'clear': {
        const queue = this.#queue.splice(0);
        this.#isPaused = false;
        this.#tell(queue.reduce((sum, each) => sum + lengthOf(each), 0));
        for (const each of queue) if (each.kind === 'mark') this.#echo(each.name);
        break;
      }
    }
  }

  #passMarks(): void {
    for (let head = this.#queue[0]; head?.kind === 'mark'; head = this.#queue[0]) {
      this.#queue.shift();
      this.#tell();
      this.#echo(head.name);
    }
  }

  #play(): void {
    if (this.#isPaused) return;
    for (let i = 0; i < BYTES_PER_MS; i++) {
      const [head] = this.#queue;
      if (head?.kind !== 'audio') return;
      this.played.push({ buffer: head.mulaw.buffer, at: head.mulaw.byteOffset });
      this.#samples++;
      if (head.mulaw.length === 1) this.#queue.shift();
      else this.#queue[0] = { kind: 'audio', mulaw: head.mulaw.subarray(1) };
      this.#passMarks();
    }
  }

  #echo(name: string): void {
    this.#answer(() => this.#playouts.forEach((each) => each.hearMark(name, this.now)));
  }

  #tell(cleared?: number): void {
    if (!this.#isExact) return;
    const samples = this.#samples;
    this.#answer(() => this.outlet.played(samples, cleared));
  }
}

const lengthOf = (message: Message): number =>
  message.kind === 'audio' ? message.mulaw.length : 0;

interface Speech {
  readonly chunks: readonly { readonly bytes: number; readonly afterMs: number }[];
  /** Where words end, in thousandths of all audio. */
  readonly words: readonly number[];
  /** When it is cut off, after its beginning; never where that is later than its end. */
  readonly cutMs: number;
}

const chunks = fc.array(
  fc.record({
    bytes: fc.integer({ min: 1, max: 1200 }),
    afterMs: fc.integer({ min: 0, max: 200 }),
  }),
  { minLength: 1, maxLength: 6 },
);
const wordsAt = fc
  .array(fc.integer({ min: 1, max: 1000 }), { maxLength: 12 })
  .map((at) => at.toSorted((a, b) => a - b));
const speeches = fc.array(
  fc.record<Speech>({ chunks, words: wordsAt, cutMs: fc.integer({ min: 1, max: 1500 }) }),
  { minLength: 1, maxLength: 4 },
);
const networks = fc.record<Network>({
  delayMs: fc.integer({ min: 0, max: 120 }),
  jitterMs: fc.array(fc.integer({ min: 0, max: JITTER_MS_MAX }), { minLength: 1, maxLength: 20 }),
});
const noDelay: Network = { delayMs: 0, jitterMs: [0] };

interface Said {
  readonly playout: Playout<number>;
  readonly mulaw: Uint8Array;
  readonly ends: readonly number[];
  readonly isFinished: boolean;
}

/** Says it on `stream` until it has been sent or is cut off; the place of a word is its number. */
function speak(stream: Stream, { chunks: all, words, cutMs }: Speech): Said {
  const playout = stream.newPlayout();
  const mulaw = new Uint8Array(all.reduce((sum, { bytes }) => sum + bytes, 0));
  const ends = words.map((at) => Math.ceil((at / 1000) * mulaw.length));
  const startedAt = stream.now;
  let from = 0;
  for (const { bytes, afterMs } of all) {
    stream.run(Math.min(afterMs, startedAt + cutMs - stream.now));
    if (stream.now - startedAt >= cutMs) return { playout, mulaw, ends, isFinished: false };
    const own = ends.flatMap((end, place): SpokenWord<number>[] =>
      end > from && end <= from + bytes ? [{ atByte: end - from, place }] : [],
    );
    const piece = mulaw.subarray(from, from + bytes);
    stream.outlet.send(playout, playout.push(piece, own, stream.now));
    from += bytes;
  }
  const mark = playout.finish();
  const last = mark === undefined ? [] : [{ mulaw: new Uint8Array(0), mark }];
  stream.outlet.send(playout, last);
  stream.run(Math.max(0, startedAt + cutMs - stream.now));
  return { playout, mulaw, ends, isFinished: true };
}

/** The number of the last word that ends within `bytes`; -1 for none. */
const wordWithin = (ends: readonly number[], bytes: number): number =>
  ends.findLastIndex((end) => end <= bytes);

const numberOf = (heard: number | 'all' | undefined, ends: readonly number[]): number =>
  heard === 'all' ? ends.length - 1 : (heard ?? -1);

/** One after the other, each cut off unless it is over by then; answers come late. */
function speakAll(stream: Stream, all: readonly Speech[]): Said[] {
  const said = all.map((speech) => {
    const each = speak(stream, speech);
    if (!each.playout.isSettled) {
      each.playout.cut();
      stream.outlet.clear();
    }
    return each;
  });
  stream.run(1000);
  return said;
}

describe('what was heard of several utterances, of which any may be cut off at any sample', () => {
  it('is exactly the words wholly played, where the peer counts samples', () => {
    fc.assert(
      fc.property(speeches, networks, (all, network) => {
        const stream = new Stream(true, network);
        for (const { playout, mulaw, ends, isFinished } of speakAll(stream, all)) {
          const played = stream.playedOf(mulaw).length;
          const isAll = isFinished && played === mulaw.length;
          expect(playout.isSettled).toBe(true);
          if (isAll) expect(playout.heard).toBe('all');
          else expect(numberOf(playout.heard, ends)).toBe(wordWithin(ends, played));
        }
        stream.outlet.played(0, undefined);
        expect(stream.outlet.utterances).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('is those words within the jitter, where the peer has marks alone', () => {
    fc.assert(
      fc.property(speeches, networks, (all, network) => {
        const stream = new Stream(false, network);
        // From the first mark that ever comes back the round trip is known.
        speak(stream, { chunks: [{ bytes: 8, afterMs: 0 }], words: [1000], cutMs: 400 });
        for (const { playout, mulaw, ends } of speakAll(stream, all)) {
          const played = stream.playedOf(mulaw).length;
          expect(playout.isSettled || played === 0 || playout.isDrained).toBe(true);
          const heard = numberOf(playout.heard, ends);
          expect(heard).toBeGreaterThanOrEqual(wordWithin(ends, played));
          expect(heard).toBeLessThanOrEqual(wordWithin(ends, played + TOLERANCE_BYTES));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is nothing too much while no mark has ever come back', () => {
    const stream = new Stream(false, { delayMs: 100, jitterMs: [0] });
    const [said] = speakAll(stream, [
      { chunks: [{ bytes: 2400, afterMs: 0 }], words: [100, 200, 1000], cutMs: 150 },
    ]);
    // 150 ms were played, with two words, before the clear got there.
    expect(said?.playout.heard).toBeUndefined();
  });
});

describe('a pause of a peer that cannot: clear, and send again', () => {
  it('repeats from the beginning of the cut word and loses nothing', () => {
    const pauses = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 400 }),
        ms: fc.integer({ min: 0, max: 600 }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(chunks, wordsAt, pauses, networks, (all, words, breaks, network) => {
        const stream = new Stream(false, network);
        speak(stream, { chunks: [{ bytes: 8, afterMs: 0 }], words: [1000], cutMs: 400 });
        const sent = all.map((chunk) => ({ ...chunk, afterMs: 0 }));
        const { playout, mulaw, ends } = speak(stream, { chunks: sent, words, cutMs: 1 });
        for (const { afterMs, ms } of breaks) {
          stream.run(afterMs);
          if (playout.isSettled) break;
          playout.cut();
          stream.outlet.clear();
          stream.run(ms);
          playout.delay(ms);
          stream.outlet.send(playout, playout.rewind(stream.now));
        }
        stream.run(3000);
        expect(playout.heard).toBe('all');
        expect(playout.isSettled).toBe(true);
        const at = stream.playedOf(mulaw);
        expect(at[0] ?? 0).toBeLessThanOrEqual(TOLERANCE_BYTES);
        expect(at.at(-1) ?? -1).toBeGreaterThanOrEqual(mulaw.length - 1 - TOLERANCE_BYTES);
        at.forEach((position, i) => {
          const next = at[i + 1] ?? position + 1;
          // Forward sample by sample; back to the end of a word, or on by what jitter hides.
          if (next === position + 1) return;
          expect(next === 0 || ends.includes(next)).toBe(true);
          expect(next).toBeLessThanOrEqual(position + 1 + TOLERANCE_BYTES);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe('playout', () => {
  const playoutOf = (stream: Stream): Playout<number> => stream.newPlayout();

  it.each([true, false])('has heard nothing of nothing (exact: %s)', (isExact) => {
    const stream = new Stream(isExact, noDelay);
    const playout = playoutOf(stream);
    expect([playout.hasAudio, playout.heard, playout.endsAt]).toEqual([false, undefined, 0]);
    playout.cut();
    expect(playout.isSettled).toBe(true);
    expect(playout.heard).toBeUndefined();
  });

  it('sets a mark at each end of a word for Twilio, and one behind the rest', () => {
    const playout = playoutOf(new Stream(false, noDelay));
    const words = [
      { atByte: 40, place: 0 },
      { atByte: 90, place: 1 },
    ];
    const pieces = playout.push(new Uint8Array(100), words, 0);
    expect(pieces.map(({ mulaw, mark }) => [mulaw.length, mark])).toEqual([
      [40, 'turn-0:1'],
      [50, 'turn-0:2'],
      [10, undefined],
    ]);
    expect(playout.finish()).toBe('turn-0:3');
    expect(playout.finish()).toBeUndefined();
  });

  it('puts words that are out of order or out of the audio where they can be', () => {
    const playout = playoutOf(new Stream(true, noDelay));
    const words = [-5, 70, 30, 500].map((atByte, place) => ({ atByte, place }));
    playout.push(new Uint8Array(100), words, 0);
    playout.hearBytes(50);
    expect(playout.heard).toBe(0);
    playout.hearBytes(70);
    expect(playout.heard).toBe(2);
    playout.hearBytes(1000);
    expect(playout.heard).toBe(3);
  });

  it('knows marks of its own only, and each once', () => {
    const playout = playoutOf(new Stream(false, noDelay));
    playout.push(new Uint8Array(80), [{ atByte: 80, place: 0 }], 0);
    expect(playout.hearMark('turn-9:1', 20)).toBeUndefined();
    expect(playout.hearMark('turn-0:1', 20)).toBe(10);
    expect(playout.hearMark('turn-0:1', 20)).toBeUndefined();
  });

  it('judges no mark by the time before a gap in the audio', () => {
    const playout = playoutOf(new Stream(false, noDelay));
    playout.push(new Uint8Array(800), [{ atByte: 800, place: 0 }], 0);
    playout.hearMark('turn-0:1', 120);
    // A second later: this word would end at 1120, and a clear brings its mark back at 1050.
    playout.push(new Uint8Array(800), [{ atByte: 800, place: 1 }], 1000);
    playout.cut();
    playout.hearMark('turn-0:2', 1050);
    expect(playout.heard).toBe(0);
  });

  it('is not misled by a relay that tells of a clear that nobody sent', () => {
    const outlet = new Outlet(() => undefined);
    const playout = playoutOf(new Stream(true, noDelay));
    outlet.start(true);
    outlet.send(playout, playout.push(new Uint8Array(100), [{ atByte: 60, place: 0 }], 0));
    outlet.played(10, 0);
    expect(playout.isSettled).toBe(false);
    outlet.played(60, undefined);
    expect(playout.heard).toBe(0);
  });
});
