/**
 * Puts RTP packets back in order and waits for nothing else: in order means no delay, and only a hole makes later
 * packets wait, at most {@link HOLE_WAIT_MS_MAX}, for what is missing.
 *
 * Late, lost, duplicate and reordered are four different things with four counters.
 *
 * @see RFC 3550 A.1 (restart of a source: MAX_DROPOUT, MAX_MISORDER)
 */

import type { RtpPacket } from './packet.ts';

/** Two 20 ms slots and the jitter of a LAN; DESIGN section 5. */
export const HOLE_WAIT_MS_MAX = 60;

/** RFC 3550 A.1: a forward jump past this is a restart, not a loss. */
const DROPOUT_MAX = 3000;
/** RFC 3550 A.1: a packet older than this belongs to a restarted source. */
const MISORDER_MAX = 100;
/** Packets held behind a hole. 60 ms of 10 ms packets, and as many again in one burst. */
const HELD_MAX = 64;

const SEQUENCE_MODULUS = 0x1_0000;
const TIMESTAMP_MODULUS = 0x1_0000_0000;

export interface ReorderCounters {
  /** Came after its place had been given up. */
  late: number;
  /** Never came while it could have been used. */
  lost: number;
  duplicate: number;
  /** Came out of order, in time to be put in its place. */
  reordered: number;
  /** The source began anew: another SSRC, or sequence numbers far away. */
  restarts: number;
  /**
   * Missing sequence numbers that were no audio: the timestamps moved further than the missing packets could account
   * for. Asterisk does not forward a phone's comfort noise, which still takes a sequence number.
   */
  silenceGaps: number;
}

interface Held {
  readonly packet: RtpPacket;
  readonly arrivedAt: number;
}

export class ReorderBuffer {
  readonly counters: ReorderCounters = {
    late: 0,
    lost: 0,
    duplicate: 0,
    reordered: 0,
    restarts: 0,
    silenceGaps: 0,
  };
  /** The packet that came in order, which is nearly every one: it never enters the map. */
  #inOrder: RtpPacket | undefined;
  /** Packets that cannot be given out yet, by extended sequence number. */
  readonly #held = new Map<number, Held>();
  #ssrc: number | undefined;
  /** Extended sequence number that comes next. */
  #next = 0;
  /** RTP timestamp at which the next packet would begin if nothing were missing; and samples of the last packet. */
  #nextTimestamp = 0;
  #lastSamples = 0;
  /** Highest extended sequence number that has arrived: below it, arriving means being reordered. */
  #highest = 0;
  /** RFC 3550 A.1 `bad_seq`: what a second packet of a restarted source would carry. */
  #restartNext: number | undefined;

  /** Takes one packet of our payload type; ask {@link poll} for what can be given out. */
  push(packet: RtpPacket, now: number): void {
    if (this.#ssrc !== packet.ssrc) {
      if (this.#ssrc !== undefined) this.counters.restarts++;
      this.#restart(packet, now);
      return;
    }
    // Signed distance from what is expected, across the wrap of the 16-bit number.
    const distance =
      ((packet.sequenceNumber - (this.#next % SEQUENCE_MODULUS) + 0x1_8000) % SEQUENCE_MODULUS) -
      0x8000;
    if (distance > DROPOUT_MAX || distance < -MISORDER_MAX) {
      if (this.#restartNext === packet.sequenceNumber) {
        this.counters.restarts++;
        this.#restart(packet, now);
      } else {
        this.#restartNext = (packet.sequenceNumber + 1) % SEQUENCE_MODULUS;
        this.counters.late++;
      }
      return;
    }
    this.#restartNext = undefined;
    if (distance < 0) {
      this.counters.late++;
      return;
    }
    const extended = this.#next + distance;
    if (distance === 0 && this.#held.size === 0 && this.#inOrder === undefined) {
      this.#highest = extended;
      this.#inOrder = this.#advance(extended, packet);
      return;
    }
    if (this.#held.has(extended)) {
      this.counters.duplicate++;
      return;
    }
    if (extended < this.#highest) this.counters.reordered++;
    else this.#highest = extended;
    this.#held.set(extended, { packet, arrivedAt: now });
  }

  /** The next packet in order, or undefined while there is none or its predecessor may still come. */
  poll(now: number): RtpPacket | undefined {
    const ready = this.#inOrder;
    if (ready !== undefined) {
      this.#inOrder = undefined;
      return ready;
    }
    if (this.#held.size === 0) return undefined;
    const next = this.#held.get(this.#next);
    if (next !== undefined) return this.#take(this.#next, next);

    const first = this.#firstHeld();
    const held = this.#held.get(first);
    if (held === undefined) return undefined;
    const missing = first - this.#next;
    const timestampGap =
      (held.packet.rtpTimestamp - this.#nextTimestamp + TIMESTAMP_MODULUS) % TIMESTAMP_MODULUS;
    const isSilence =
      timestampGap < TIMESTAMP_MODULUS / 2 && timestampGap > missing * this.#lastSamples;
    const waitedMs = now - this.#oldestArrival();
    if (!isSilence && waitedMs < HOLE_WAIT_MS_MAX && this.#held.size < HELD_MAX) return undefined;
    if (isSilence) this.counters.silenceGaps += missing;
    else this.counters.lost += missing;
    return this.#take(first, held);
  }

  /** When {@link poll} has something even if no packet comes; undefined while nothing is held. */
  get wakeAt(): number | undefined {
    return this.#held.size === 0 ? undefined : this.#oldestArrival() + HOLE_WAIT_MS_MAX;
  }

  #take(extended: number, held: Held): RtpPacket {
    this.#held.delete(extended);
    return this.#advance(extended, held.packet);
  }

  #advance(extended: number, packet: RtpPacket): RtpPacket {
    this.#next = extended + 1;
    this.#lastSamples = packet.payload.length;
    this.#nextTimestamp = (packet.rtpTimestamp + this.#lastSamples) % TIMESTAMP_MODULUS;
    return packet;
  }

  #restart(packet: RtpPacket, now: number): void {
    this.#held.clear();
    this.#ssrc = packet.ssrc;
    this.#restartNext = undefined;
    // One modulus up, so that nothing extended is ever negative.
    this.#next = SEQUENCE_MODULUS + packet.sequenceNumber;
    this.#highest = this.#next;
    this.#nextTimestamp = packet.rtpTimestamp;
    this.#inOrder = undefined;
    this.#held.set(this.#next, { packet, arrivedAt: now });
  }

  #firstHeld(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const extended of this.#held.keys()) if (extended < first) first = extended;
    return first;
  }

  #oldestArrival(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { arrivedAt } of this.#held.values()) if (arrivedAt < oldest) oldest = arrivedAt;
    return oldest;
  }
}
