/**
 * One call's outgoing RTP: one packet for every slot of the shared clock, silence when there is nothing to say.
 *
 * Timestamps follow the clock and not the audio: a slot that was skipped leaves a gap, so the phone never takes later audio
 * for late audio. Continuous packets also keep NAT and the trunk's RTP timeout quiet.
 *
 * @see RFC 3550 §5.1; facts "RTP timestamps go straight through, marker bits do not"
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { FRAME_BYTES } from '@patchcord/shared/media-streams/limits';
import { RTP_HEADER_BYTES, writeRtpHeader } from './packet.ts';
import { PAYLOAD_TYPE_PCMU } from './receiver.ts';

/** The kernel takes a datagram at once, or within a slot when its buffer is full: 160 ms is more than enough. */
const PACKETS_IN_FLIGHT_MAX = 8;

/** Where the sender takes its audio from: writes into `packet` from `offset`, answers how many bytes were audio (0 to 160). */
export interface AudioSource {
  takeAudio(packet: Uint8Array, offset: number): number;
}

export interface RtpSenderOptions {
  readonly ssrc: number;
  /** 16 bits; random, RFC 3550 §5.1. */
  readonly firstSequenceNumber: number;
  /** 32 bits; random. */
  readonly firstTimestamp: number;
}

export class RtpSender {
  readonly counters = { packets: 0, audioBytes: 0, skippedSlots: 0 };
  readonly #ssrc: number;
  readonly #firstTimestamp: number;
  /** Packets in turn: a typed array of this size is costly to make and to collect, fifty times a second for every call. */
  readonly #packets = Array.from(
    { length: PACKETS_IN_FLIGHT_MAX },
    () => new Uint8Array(RTP_HEADER_BYTES + FRAME_BYTES),
  );
  #sequenceNumber: number;
  #firstSlot: number | undefined;
  #nextSlot = 0;
  #isTalking = false;

  constructor(options: RtpSenderOptions) {
    this.#ssrc = options.ssrc;
    this.#sequenceNumber = options.firstSequenceNumber;
    this.#firstTimestamp = options.firstTimestamp;
  }

  /**
   * The packet of one slot, whose memory is used again {@link PACKETS_IN_FLIGHT_MAX} slots later. `slot` is the shared
   * clock's slot number; the marker is set on the first packet of a talkspurt (RFC 3551 §4.1).
   */
  packet(slot: number, source: AudioSource | undefined): Uint8Array {
    this.#firstSlot ??= slot;
    if (this.counters.packets > 0) this.counters.skippedSlots += slot - this.#nextSlot;
    this.#nextSlot = slot + 1;

    const packet = this.#packets[this.counters.packets % PACKETS_IN_FLIGHT_MAX] as Uint8Array;
    const audioBytes = source === undefined ? 0 : source.takeAudio(packet, RTP_HEADER_BYTES);
    if (audioBytes < FRAME_BYTES) packet.fill(MULAW_SILENCE, RTP_HEADER_BYTES + audioBytes);
    writeRtpHeader(packet, {
      payloadType: PAYLOAD_TYPE_PCMU,
      marker: audioBytes > 0 && !this.#isTalking,
      sequenceNumber: this.#sequenceNumber,
      rtpTimestamp: (this.#firstTimestamp + (slot - this.#firstSlot) * FRAME_BYTES) >>> 0,
      ssrc: this.#ssrc,
    });
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#isTalking = audioBytes > 0;
    this.counters.packets++;
    this.counters.audioBytes += audioBytes;
    return packet;
  }
}
