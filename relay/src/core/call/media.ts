/**
 * One party's media: RTP from Asterisk in order to whoever listens, and the current source's audio into every slot.
 *
 * Lives as long as the party's channel. Sources and listeners come and go with the TwiML verbs; between two sources the party
 * hears silence.
 */

import { FRAME_BYTES } from '@patchcord/shared/media-streams/limits';
import { RTP_HEADER_BYTES, type RtpPacket } from '../rtp/packet.ts';
import { RtpReceiver, type RtpSource } from '../rtp/receiver.ts';
import { RtpSender, type AudioSource, type RtpSenderOptions } from '../rtp/sender.ts';

/** What a party hears. */
export interface MediaSource extends AudioSource {
  /** A slot has passed since the last {@link AudioSource.takeAudio}; the next is due at `dueAt`. */
  advance(dueAt: number): void;
}

/** Hears what the party says. */
export interface CallerListener {
  /** One packet, in order. The payload is only valid until the call returns. */
  handlePacket(packet: RtpPacket, now: number): void;
}

/** Hears what the party hears. */
export interface HeardListener {
  /**
   * One slot: 160 bytes, of which the first `audioBytes` came from the source and the rest is silence. Only valid until the
   * call returns.
   */
  handleHeard(mulaw: Uint8Array, audioBytes: number, slot: number, dueAt: number): void;
}

export class CallMedia {
  readonly receiver = new RtpReceiver();
  readonly sender: RtpSender;
  #source: MediaSource | undefined;
  /** Replaced and never changed: one may leave while all are told. */
  #listeners: readonly CallerListener[] = [];
  #heardListeners: readonly HeardListener[] = [];

  constructor(options: RtpSenderOptions) {
    this.sender = new RtpSender(options);
  }

  lockSource(source: RtpSource): void {
    this.receiver.lockSource(source);
  }

  /** From now on the party hears this; undefined: silence. */
  play(source: MediaSource | undefined): void {
    this.#source = source;
  }

  /** Silence, unless something else is playing by now. */
  stopPlaying(source: MediaSource): void {
    if (this.#source === source) this.#source = undefined;
  }

  addListener(listener: CallerListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  removeListener(listener: CallerListener): void {
    this.#listeners = this.#listeners.filter((each) => each !== listener);
  }

  addHeardListener(listener: HeardListener): void {
    this.#heardListeners = [...this.#heardListeners, listener];
  }

  removeHeardListener(listener: HeardListener): void {
    this.#heardListeners = this.#heardListeners.filter((each) => each !== listener);
  }

  /** A datagram from the party's socket. Answers when to call {@link drain} if nothing else comes. */
  handleDatagram(
    datagram: Uint8Array,
    address: string,
    port: number,
    now: number,
  ): number | undefined {
    this.receiver.push(datagram, address, port, now);
    return this.drain(now);
  }

  /** Passes on every packet that is in order or has waited long enough. */
  drain(now: number): number | undefined {
    for (;;) {
      const packet = this.receiver.poll(now);
      if (packet === undefined) return this.receiver.wakeAt;
      for (const listener of this.#listeners) listener.handlePacket(packet, now);
    }
  }

  /** The packet of one slot of the shared clock, which was due at `dueAt`. */
  playSlot(slot: number, dueAt: number): Uint8Array {
    this.#source?.advance(dueAt);
    const { counters } = this.sender;
    const audioBytesBefore = counters.audioBytes;
    const packet = this.sender.packet(slot, this.#source);
    if (this.#heardListeners.length > 0) {
      const heard = packet.subarray(RTP_HEADER_BYTES, RTP_HEADER_BYTES + FRAME_BYTES);
      const audioBytes = counters.audioBytes - audioBytesBefore;
      for (const each of this.#heardListeners) each.handleHeard(heard, audioBytes, slot, dueAt);
    }
    return packet;
  }
}
