/**
 * One call's incoming RTP: only Asterisk's own address, only our payload type, in order.
 *
 * The first of three stations of a caller's frame: receiver, reframer, stream session.
 */

import { parseRtp, type RtpPacket } from './packet.ts';
import { ReorderBuffer, type ReorderCounters } from './reorder-buffer.ts';

/** G.711 µ-law, RFC 3551 table 4. */
export const PAYLOAD_TYPE_PCMU = 0;

export interface ReceiverCounters {
  packets: number;
  bytes: number;
  /** Datagrams from another address or port than Asterisk announced. */
  strangers: number;
  /** Datagrams that are no RTP: too short, wrong version, impossible padding. */
  invalid: number;
  /** RTP of a payload type that was not asked for. */
  wrongPayloadType: number;
}

export interface RtpSource {
  readonly address: string;
  readonly port: number;
}

export class RtpReceiver {
  readonly counters: ReceiverCounters = {
    packets: 0,
    bytes: 0,
    strangers: 0,
    invalid: 0,
    wrongPayloadType: 0,
  };
  /** Where the last stranger's datagram came from: when all come from there, a NAT is between us and Asterisk. */
  lastStranger: RtpSource | undefined;
  readonly #reorder = new ReorderBuffer();
  /** Undefined until Asterisk has announced it: whatever comes before is a stranger's. */
  #source: RtpSource | undefined;

  /** The address that is listened to. */
  get source(): RtpSource | undefined {
    return this.#source;
  }

  get reorderCounters(): Readonly<ReorderCounters> {
    return this.#reorder.counters;
  }

  /** The one address and port that is listened to from now on. */
  lockSource(source: RtpSource): void {
    this.#source = source;
  }

  /** Takes one datagram; ask {@link poll} for packets until it has none. */
  push(datagram: Uint8Array, address: string, port: number, now: number): void {
    if (this.#source?.port !== port || this.#source.address !== address) {
      this.counters.strangers++;
      if (this.lastStranger?.port !== port) this.lastStranger = { address, port };
      return;
    }
    const packet = parseRtp(datagram);
    if (typeof packet === 'string') {
      this.counters.invalid++;
      return;
    }
    if (packet.payloadType !== PAYLOAD_TYPE_PCMU) {
      this.counters.wrongPayloadType++;
      return;
    }
    this.counters.packets++;
    this.counters.bytes += packet.payload.length;
    this.#reorder.push(packet, now);
  }

  poll(now: number): RtpPacket | undefined {
    return this.#reorder.poll(now);
  }

  get wakeAt(): number | undefined {
    return this.#reorder.wakeAt;
  }
}
