import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import type { AudioListener, ReceptionStats } from './phone.ts';
import { SampleTrack } from './sample-track.ts';

/** One received audio packet, its payload as µ-law. */
export interface ReceivedAudio {
  readonly sequenceNumber: number;
  readonly rtpTimestamp: number;
  readonly mulaw: Uint8Array;
}

/** Behind the earliest packet's schedule by more than this is late: the reach of a usual phone's jitter buffer. */
const LATE_MS = 60;
/** A schedule that is off by more is a new one: the sender's timestamps have jumped. */
const RESYNC_MS = 500;

/**
 * What a phone makes of the RTP it receives: counts, the bytes in sequence, and the track on the wall clock. Pure: the time
 * of arrival is an argument, `performance.now()`.
 */
export class AudioReceiver {
  readonly #startedAt: number;
  readonly #track = new SampleTrack(MULAW_SILENCE);
  readonly #packets = new Map<number, Uint8Array>();
  readonly #listeners = new Set<AudioListener>();

  #firstSequence: number | undefined;
  #highestSequence = 0;
  #highestTimestamp = 0;
  /** Of the packet that the track is anchored to; it stays put, so that samples do not move about. */
  #anchorTransitMs: number | undefined;
  #leastTransitMs = Infinity;
  #previousTransitMs: number | undefined;
  #firstPacketAt: number | undefined;
  #lastPacketAt: number | undefined;
  #received = 0;
  #duplicate = 0;
  #reordered = 0;
  #late = 0;
  #jitterMs = 0;
  #jitterMsSum = 0;
  #jitterMsMax = 0;
  #gapMsMax = 0;

  /** `startedAt`: instant of the track's sample 0. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  onAudio(listener: AudioListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  receive(packet: ReceivedAudio, now: number): void {
    if (!this.#account(packet.sequenceNumber, packet.mulaw)) return;
    this.#received += 1;
    const sampleIndex = this.#place(packet.rtpTimestamp, now);
    this.#track.write(sampleIndex, packet.mulaw);
    for (const listener of this.#listeners) listener(packet.mulaw.slice(), sampleIndex);
  }

  /** A packet that is not audio, say a telephone event: it takes a sequence number. */
  receiveOther(sequenceNumber: number): void {
    this.#account(sequenceNumber, new Uint8Array(0));
  }

  /** Files a packet under its sequence number; false for one that was there. */
  #account(sequenceNumber: number, mulaw: Uint8Array): boolean {
    const sequence = this.#extendSequence(sequenceNumber);
    if (this.#packets.has(sequence)) {
      this.#duplicate += 1;
      return false;
    }
    if (this.#packets.size > 0 && sequence < this.#highestSequence) this.#reordered += 1;
    this.#firstSequence = Math.min(this.#firstSequence ?? sequence, sequence);
    this.#highestSequence = Math.max(this.#highestSequence, sequence);
    this.#packets.set(sequence, mulaw);
    return true;
  }

  /** Finds the packet's place on the wall clock from its timestamp and keeps the timing counts. */
  #place(rtpTimestamp: number, now: number): number {
    const timestamp = this.#extendTimestamp(rtpTimestamp);
    const transitMs = now - timestamp / 8;
    let anchor = this.#anchorTransitMs;
    if (anchor === undefined || Math.abs(transitMs - anchor) > RESYNC_MS) {
      anchor = this.#anchorTransitMs = this.#leastTransitMs = transitMs;
      this.#previousTransitMs = undefined;
    }
    this.#leastTransitMs = Math.min(this.#leastTransitMs, transitMs);
    if (transitMs - this.#leastTransitMs > LATE_MS) this.#late += 1;
    const sampleIndex = Math.round((anchor - this.#startedAt) * 8) + timestamp;

    if (this.#previousTransitMs !== undefined) {
      const difference = Math.abs(transitMs - this.#previousTransitMs);
      this.#jitterMs += (difference - this.#jitterMs) / 16;
    }
    this.#previousTransitMs = transitMs;
    this.#jitterMsSum += this.#jitterMs;
    this.#jitterMsMax = Math.max(this.#jitterMsMax, this.#jitterMs);
    if (this.#lastPacketAt !== undefined) {
      this.#gapMsMax = Math.max(this.#gapMsMax, now - this.#lastPacketAt);
    }
    this.#firstPacketAt ??= now;
    this.#lastPacketAt = now;
    return sampleIndex;
  }

  /** 16 bits to a number that does not wrap, RFC 3550 A.1. */
  #extendSequence(sequenceNumber: number): number {
    if (this.#firstSequence === undefined) return sequenceNumber + 0x1_0000;
    const step = ((sequenceNumber - this.#highestSequence) << 16) >> 16;
    return this.#highestSequence + step;
  }

  /** 32 bits to a number that does not wrap. */
  #extendTimestamp(rtpTimestamp: number): number {
    if (this.#firstPacketAt === undefined) return (this.#highestTimestamp = rtpTimestamp);
    const extended = this.#highestTimestamp + ((rtpTimestamp - this.#highestTimestamp) | 0);
    this.#highestTimestamp = Math.max(this.#highestTimestamp, extended);
    return extended;
  }

  stats(): ReceptionStats {
    const received = this.#received;
    const span =
      this.#firstSequence === undefined ? 0 : this.#highestSequence - this.#firstSequence + 1;
    return {
      received,
      lost: span - this.#packets.size,
      duplicate: this.#duplicate,
      reordered: this.#reordered,
      late: this.#late,
      jitterMsMean: received === 0 ? 0 : this.#jitterMsSum / received,
      jitterMsMax: this.#jitterMsMax,
      gapMsMax: this.#gapMsMax,
      anchorLateMs:
        (this.#anchorTransitMs ?? 0) -
        (this.#anchorTransitMs === undefined ? 0 : this.#leastTransitMs),
      firstPacketAt: this.#firstPacketAt,
      lastPacketAt: this.#lastPacketAt,
    };
  }

  /** See `Recording.payload`. */
  payload(): Uint8Array {
    const inOrder = [...this.#packets].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
    return Uint8Array.from(Buffer.concat(inOrder));
  }

  /** See `Recording.heard`. */
  heard(): Uint8Array {
    return this.#track.samples();
  }
}
