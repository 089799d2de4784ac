import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { SampleTrack } from './sample-track.ts';

/** What goes out in one period. */
export type SenderOutput =
  | {
      readonly kind: 'audio';
      /** µ-law, always one full ptime. */
      readonly mulaw: Uint8Array;
      readonly rtpTimestamp: number;
      /** First packet after a pause. */
      readonly marker: boolean;
    }
  | {
      readonly kind: 'event';
      /** 0-15: digits, `*`, `#`, A-D. */
      readonly event: number;
      readonly isEnd: boolean;
      /** The end is sent three times; this is the first. */
      readonly isFirstEnd: boolean;
      /** Timestamp units since the event began. */
      readonly durationUnits: number;
      /** Of the event's beginning, the same in all its packets. */
      readonly rtpTimestamp: number;
      readonly marker: boolean;
    };

interface QueuedAudio {
  readonly mulaw: Uint8Array;
  position: number;
  readonly done: () => void;
}

/** Digits by RFC 4733 event code. */
export const DTMF_EVENTS = '0123456789*#ABCD';

const DIGIT_MS = 100;
const DIGIT_PAUSE_MS = 80;
/** RFC 4733 §2.5.1.4: the last packet is sent three times. */
const END_PACKETS = 3;

/**
 * What a phone has to say, cut into packets. Pure: `next` is called once per ptime by whoever owns the clock, and the media
 * timestamp advances with every call, sent or not.
 */
export class AudioSender {
  readonly ptimeMs: number;
  readonly #isDtx: boolean;
  readonly #frameSamples: number;
  readonly #queue: QueuedAudio[] = [];
  readonly #digits: { event: number; elapsedMs: number; done: () => void }[] = [];
  readonly #track = new SampleTrack(MULAW_SILENCE);
  #rtpTimestamp: number;
  #sampleIndex = 0;
  #wasSilent = true;
  #sentPackets = 0;

  /** `rtpTimestamp`: of sample 0 of the track, 32 bits. */
  constructor(options: {
    readonly ptimeMs: number;
    readonly isDtx: boolean;
    readonly rtpTimestamp: number;
  }) {
    this.ptimeMs = options.ptimeMs;
    this.#isDtx = options.isDtx;
    this.#frameSamples = options.ptimeMs * 8;
    this.#rtpTimestamp = options.rtpTimestamp;
  }

  get sentPackets(): number {
    return this.#sentPackets;
  }

  /** µ-law played so far, by wall clock. */
  get spoken(): Uint8Array {
    return this.#track.samples();
  }

  /** Queues audio; see `Phone.play`. */
  play(mulaw: Uint8Array): Promise<void> {
    if (mulaw.length === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.push({ mulaw, position: 0, done: resolve });
    return promise;
  }

  stopPlaying(): void {
    for (const entry of this.#queue.splice(0)) entry.done();
  }

  /** Queues a key as RFC 4733 events; resolves after the pause behind it. Throws for what is no key. */
  pressKey(digit: string): Promise<void> {
    const event = DTMF_EVENTS.indexOf(digit.toUpperCase());
    if (digit.length !== 1 || event < 0) throw new Error(`no such key: ${digit}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#digits.push({ event, elapsedMs: 0, done: resolve });
    return promise;
  }

  /** Throws away everything and resolves what waits for it. */
  stop(): void {
    this.stopPlaying();
    for (const digit of this.#digits.splice(0)) digit.done();
  }

  /** The first frame's place on the track: the wall clock in samples, from the track's sample 0. */
  start(wallSample: number): void {
    this.#sampleIndex = wallSample;
  }

  /** Packets of the next ptime. `skipped` frames before it are left out, in timestamps and on the track. */
  next(skipped: number): readonly SenderOutput[] {
    const sampleIndex = this.#sampleIndex + skipped * this.#frameSamples;
    this.#sampleIndex = sampleIndex + this.#frameSamples;
    const rtpTimestamp = (this.#rtpTimestamp + sampleIndex) >>> 0;
    const events = this.#nextEvents(rtpTimestamp);
    if (events !== undefined) {
      this.#wasSilent = true;
      return events;
    }

    const mulaw = this.#takeFrame(sampleIndex);
    if (mulaw === undefined && this.#isDtx) {
      this.#wasSilent = true;
      return [];
    }
    const marker = this.#wasSilent;
    this.#wasSilent = false;
    this.#sentPackets += 1;
    const silence = () => new Uint8Array(this.#frameSamples).fill(MULAW_SILENCE);
    return [{ kind: 'audio', mulaw: mulaw ?? silence(), rtpTimestamp, marker }];
  }

  /** One frame from the queue, filled up with silence at its end; undefined when the queue is empty. */
  #takeFrame(sampleIndex: number): Uint8Array | undefined {
    if (this.#queue.length === 0) return undefined;
    const frame = new Uint8Array(this.#frameSamples).fill(MULAW_SILENCE);
    let filled = 0;
    while (filled < frame.length) {
      const head = this.#queue[0];
      if (head === undefined) break;
      const part = head.mulaw.subarray(head.position, head.position + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      head.position += part.length;
      if (head.position < head.mulaw.length) break;
      this.#queue.shift();
      head.done();
    }
    this.#track.write(sampleIndex, frame.subarray(0, filled));
    return frame;
  }

  /** Packets of a key being pressed, none in the pause behind it; undefined when no key is. */
  #nextEvents(rtpTimestamp: number): readonly SenderOutput[] | undefined {
    const digit = this.#digits[0];
    if (digit === undefined) return undefined;
    const startTimestamp = (rtpTimestamp - digit.elapsedMs * 8) >>> 0;
    const marker = digit.elapsedMs === 0;
    digit.elapsedMs += this.ptimeMs;
    if (digit.elapsedMs >= DIGIT_MS + DIGIT_PAUSE_MS) {
      this.#digits.shift();
      digit.done();
    }
    if (digit.elapsedMs - this.ptimeMs >= DIGIT_MS) return [];
    const isEnd = digit.elapsedMs >= DIGIT_MS;
    return Array.from({ length: isEnd ? END_PACKETS : 1 }, (_, index) => ({
      kind: 'event' as const,
      event: digit.event,
      isEnd,
      isFirstEnd: isEnd && index === 0,
      durationUnits: digit.elapsedMs * 8,
      rtpTimestamp: startTimestamp,
      marker,
    }));
  }
}

/** Payload of an RFC 4733 packet: event, end bit with volume 10, duration. */
export function buildTelephoneEvent(output: {
  readonly event: number;
  readonly isEnd: boolean;
  readonly durationUnits: number;
}): Uint8Array {
  return Uint8Array.of(
    output.event,
    (output.isEnd ? 0x80 : 0) | 10,
    output.durationUnits >> 8,
    output.durationUnits & 0xff,
  );
}
