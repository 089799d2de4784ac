/**
 * Cuts what a phone sends (10, 20, 30, 40 ms, or anything) into Twilio's frames of 160 bytes, each with the media clock's
 * time in milliseconds.
 *
 * The media clock follows RTP timestamps: +20 for each frame, jumping over what was lost or never sent. Handlers compute
 * barge-in positions as differences of these times, so it never goes back and never drifts from the audio.
 *
 * @see facts section 2.1 (why a media clock), asterisk#section 2 (packetisation passes through Asterisk)
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { BYTES_PER_MS, FRAME_BYTES } from '@patchcord/shared/media-streams/limits';

/**
 * A timestamp that disagrees with the arrival clock by more than this is a new clock, not a gap. A phone on hold may be
 * silent for minutes, so gaps are judged against the time that really passed.
 */
const CLOCK_ERROR_MS_MAX = 2000;

/** Called for each full frame. `mulaw` is only valid until the call returns unless it is copied. */
export type FrameSink = (mulaw: Uint8Array, timestampMs: number) => void;

export class Reframer {
  readonly #createdAt: number;
  readonly #rest = new Uint8Array(FRAME_BYTES);
  #restBytes = 0;
  /** Media time of the next byte, in samples since `createdAt`; undefined before the first packet. */
  #position: number | undefined;
  #nextTimestamp = 0;

  /** `createdAt` is the instant that is 0 ms on the stream's clock. */
  constructor(createdAt: number) {
    this.#createdAt = createdAt;
  }

  /** Milliseconds of the media clock where the last packet ends. */
  get endMs(): number {
    return (this.#position ?? 0) / BYTES_PER_MS;
  }

  /** Takes one packet's payload, in order, and hands every frame it completes to `sink`. */
  push(payload: Uint8Array, rtpTimestamp: number, now: number, sink: FrameSink): void {
    const nowSamples = Math.round((now - this.#createdAt) * BYTES_PER_MS);
    if (this.#position === undefined) {
      this.#position = Math.max(0, nowSamples);
    } else {
      this.#skip(this.#gapSamples(rtpTimestamp, nowSamples, payload.length), sink);
    }
    this.#nextTimestamp = (rtpTimestamp + payload.length) >>> 0;

    let offset = 0;
    if (this.#restBytes > 0) {
      offset = Math.min(FRAME_BYTES - this.#restBytes, payload.length);
      this.#rest.set(payload.subarray(0, offset), this.#restBytes);
      this.#restBytes += offset;
      this.#position += offset;
      this.#emitRest(sink);
    }
    while (payload.length - offset >= FRAME_BYTES) {
      // The usual phone sends just one frame: no copy.
      const frame = payload.subarray(offset, offset + FRAME_BYTES);
      sink(frame, Math.floor(this.#position / BYTES_PER_MS));
      this.#position += FRAME_BYTES;
      offset += FRAME_BYTES;
    }
    if (offset < payload.length) {
      this.#rest.set(payload.subarray(offset), 0);
      this.#restBytes = payload.length - offset;
      this.#position += this.#restBytes;
    }
  }

  /** Samples that are missing before this packet, by its timestamp if that can be believed. */
  #gapSamples(rtpTimestamp: number, nowSamples: number, payloadBytes: number): number {
    const gap = (rtpTimestamp - this.#nextTimestamp) | 0;
    if (gap === 0) return 0;
    const elapsed = Math.max(0, nowSamples - payloadBytes - (this.#position ?? 0));
    if (Math.abs(gap - elapsed) <= CLOCK_ERROR_MS_MAX * BYTES_PER_MS) return Math.max(0, gap);
    return elapsed;
  }

  /** Moves the clock over a gap. A frame that had begun is filled with silence, so no gap hides inside a frame. */
  #skip(gapSamples: number, sink: FrameSink): void {
    if (gapSamples === 0) return;
    this.#position = (this.#position ?? 0) + gapSamples;
    if (this.#restBytes === 0) return;
    const fill = Math.min(gapSamples, FRAME_BYTES - this.#restBytes);
    this.#rest.fill(MULAW_SILENCE, this.#restBytes, this.#restBytes + fill);
    this.#restBytes += fill;
    // The frame ends where its fill ends, before the rest of the gap.
    this.#position -= gapSamples - fill;
    this.#emitRest(sink);
    this.#position += gapSamples - fill;
  }

  #emitRest(sink: FrameSink): void {
    if (this.#restBytes < FRAME_BYTES) return;
    this.#restBytes = 0;
    sink(this.#rest, Math.floor(((this.#position ?? 0) - FRAME_BYTES) / BYTES_PER_MS));
  }
}
