/**
 * One call's media: RTP from Asterisk in order into the current stream, and the current stream's audio into every slot.
 *
 * Lives as long as the call; streams come and go with the TwiML verbs, and between them the caller hears silence.
 */

import type { StreamSession } from '../stream/session.ts';
import { RtpReceiver, type RtpSource } from '../rtp/receiver.ts';
import { RtpSender, type RtpSenderOptions } from '../rtp/sender.ts';

export class CallMedia {
  readonly receiver = new RtpReceiver();
  readonly sender: RtpSender;
  #stream: StreamSession | undefined;

  constructor(options: RtpSenderOptions) {
    this.sender = new RtpSender(options);
  }

  lockSource(source: RtpSource): void {
    this.receiver.lockSource(source);
  }

  /** From now on this stream hears the caller and is heard. */
  attach(stream: StreamSession): void {
    this.#stream = stream;
  }

  detach(): void {
    this.#stream = undefined;
  }

  /** A datagram from the call's socket. Answers when to call {@link drain} if nothing else comes. */
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
      this.#stream?.handlePacket(packet, now);
    }
  }

  /** The packet of one slot of the shared clock. */
  playSlot(slot: number): Uint8Array {
    this.#stream?.advance();
    return this.sender.packet(slot, this.#stream);
  }
}
