/**
 * What one party of a `<Dial>` says, on its way to the other: passed on as it comes, with the cushion of a talkspurt and a
 * bound, so that two clocks that drift apart never add up to a delay.
 */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { CallerListener, MediaSource } from './call/media.ts';
import { PlayoutQueue } from './playout-queue.ts';
import type { RtpPacket } from './rtp/packet.ts';

/** Two people notice a longer way than this (ITU-T G.114 wants 150 ms mouth to ear); the cushion alone is 60 ms. */
const DELAY_MS_MAX = 160;

export class Crossover implements MediaSource, CallerListener {
  readonly #queue = new PlayoutQueue({
    queuedBytesMax: DELAY_MS_MAX * BYTES_PER_MS,
    pendingMarksMax: 0,
  });
  droppedPackets = 0;

  handlePacket(packet: RtpPacket): void {
    if (this.#queue.push(packet.payload)) return;
    // Start over with the newest: one gap, and no delay that stays.
    this.#queue.clear();
    this.#queue.push(packet.payload);
    this.droppedPackets++;
  }

  advance(): void {
    this.#queue.advance();
  }

  takeAudio(packet: Uint8Array, offset: number): number {
    return this.#queue.takeAudio(packet, offset);
  }
}
