/**
 * What a handler wants played: payloads of any size, back to back with not a byte added or lost between them, and marks
 * between the bytes.
 *
 * A mark is *played* once the last byte before it has been played to its end, that is, one slot after the frame that held
 * it was sent. A mark behind nothing is played at once. `clear` forgets the audio and gives back every pending mark. While it is
 * paused nothing is handed out; what is queued, and the marks behind it, wait.
 *
 * Bytes are copied into blocks of one second, so that ten minutes of one-byte payloads cost no more memory than ten minutes.
 *
 * @see https://www.twilio.com/docs/voice/media-streams/websocket-messages (mark, clear), error 31931 (ten minutes)
 */

import {
  FRAME_BYTES,
  PENDING_MARKS_MAX,
  QUEUED_BYTES_MAX,
} from '@patchcord/shared/media-streams/limits';
import type { AudioSource } from './rtp/sender.ts';

const BLOCK_BYTES = 8000;

/**
 * A handler that paces its audio itself sends one small payload after the other, now a little early and now a little late.
 * Played at once, every late one would be a hole of silence in a word. So a talkspurt that begins with less than this waits
 * for more, {@link CUSHION_SLOTS_MAX} slots at most. Whoever sends ahead of time, as speech synthesis does, never waits.
 */
const CUSHION_BYTES = 3 * FRAME_BYTES;
const CUSHION_SLOTS_MAX = 2;

interface PendingMark {
  readonly name: string;
  /** Bytes ever queued before the mark. */
  readonly at: number;
}

export interface PlayoutLimits {
  readonly queuedBytesMax: number;
  readonly pendingMarksMax: number;
}

export class PlayoutQueue implements AudioSource {
  readonly #limits: PlayoutLimits;
  #blocks: Uint8Array[] = [];
  /** Block and offset of the next byte to play. */
  #headBlock = 0;
  #headOffset = 0;
  /** Bytes used in the last block. */
  #tailOffset = BLOCK_BYTES;
  /** Bytes ever queued, handed out to be sent, and played to their end. `clear` moves the last two up to the first. */
  #queuedTotal = 0;
  #sentTotal = 0;
  #playedTotal = 0;
  /** Bytes that `clear` has thrown away. */
  #clearedTotal = 0;
  #isPaused = false;
  #marks: PendingMark[] = [];
  /** Slots that the present talkspurt has waited; undefined while it plays. */
  #waitedSlots: number | undefined = 0;

  constructor(
    limits: PlayoutLimits = {
      queuedBytesMax: QUEUED_BYTES_MAX,
      pendingMarksMax: PENDING_MARKS_MAX,
    },
  ) {
    this.#limits = limits;
  }

  get queuedBytes(): number {
    return this.#queuedTotal - this.#sentTotal;
  }

  /**
   * Bytes ever handed out to be sent, each once: what has been heard, and the frame that is on its way. Never smaller than
   * before; what {@link clear} threw away is not in it.
   */
  get playedBytes(): number {
    return this.#sentTotal - this.#clearedTotal;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get pendingMarks(): number {
    return this.#marks.length;
  }

  /** Queues audio. False, and nothing queued, where that would be more than the bound (Twilio's 31931). */
  push(mulaw: Uint8Array): boolean {
    if (this.queuedBytes + mulaw.length > this.#limits.queuedBytesMax) return false;
    let offset = 0;
    while (offset < mulaw.length) {
      if (this.#tailOffset === BLOCK_BYTES) {
        this.#blocks.push(new Uint8Array(BLOCK_BYTES));
        this.#tailOffset = 0;
      }
      const tail = this.#blocks[this.#blocks.length - 1] as Uint8Array;
      const count = Math.min(mulaw.length - offset, BLOCK_BYTES - this.#tailOffset);
      tail.set(mulaw.subarray(offset, offset + count), this.#tailOffset);
      this.#tailOffset += count;
      offset += count;
    }
    this.#queuedTotal += mulaw.length;
    return true;
  }

  /** Puts a mark behind everything queued so far; {@link takePlayedMark} gives it back in time. False at the bound. */
  mark(name: string): boolean {
    if (this.#marks.length >= this.#limits.pendingMarksMax) return false;
    this.#marks.push({ name, at: this.#queuedTotal });
    return true;
  }

  /** From the next slot on nothing is handed out. The frame that is on its way cannot be held any more. */
  pause(): void {
    this.#isPaused = true;
  }

  /** From the next slot on the very next byte follows. */
  unpause(): void {
    this.#isPaused = false;
  }

  /** Forgets all audio, and gives back the names of all pending marks in order. A pause is over: new audio is for now. */
  clear(): readonly string[] {
    this.#clearedTotal += this.queuedBytes;
    this.#isPaused = false;
    const names = this.#marks.map(({ name }) => name);
    this.#marks = [];
    this.#dropBlocks();
    this.#waitedSlots = 0;
    this.#sentTotal = this.#queuedTotal;
    this.#playedTotal = this.#queuedTotal;
    return names;
  }

  /** A slot has passed: what was handed out before is played to its end now. */
  advance(): void {
    this.#playedTotal = this.#sentTotal;
  }

  /** The next mark whose audio has been played, one at a time; undefined when there is none. */
  takePlayedMark(): string | undefined {
    const first = this.#marks[0];
    if (first === undefined || first.at > this.#playedTotal) return undefined;
    this.#marks.shift();
    return first.name;
  }

  takeAudio(packet: Uint8Array, offset: number): number {
    if (this.#isPaused || this.#isWaiting()) return 0;
    const total = Math.min(FRAME_BYTES, this.queuedBytes);
    let filled = 0;
    while (filled < total) {
      const block = this.#blocks[this.#headBlock] as Uint8Array;
      const count = Math.min(total - filled, BLOCK_BYTES - this.#headOffset);
      packet.set(block.subarray(this.#headOffset, this.#headOffset + count), offset + filled);
      filled += count;
      this.#headOffset += count;
      if (this.#headOffset === BLOCK_BYTES) this.#nextBlock();
    }
    this.#sentTotal += total;
    if (total < FRAME_BYTES) this.#waitedSlots = 0;
    if (this.queuedBytes === 0) this.#dropBlocks();
    return total;
  }

  /** Whether a talkspurt that has just begun should wait for more audio in this slot. */
  #isWaiting(): boolean {
    if (this.#waitedSlots === undefined || this.queuedBytes === 0) return false;
    const isShort = this.queuedBytes < CUSHION_BYTES;
    if (isShort && this.#waitedSlots < CUSHION_SLOTS_MAX) {
      this.#waitedSlots++;
      return true;
    }
    this.#waitedSlots = undefined;
    return false;
  }

  #nextBlock(): void {
    this.#headOffset = 0;
    this.#headBlock++;
    // Played blocks go in batches: shifting an array of minutes for every second would cost more than it frees.
    if (this.#headBlock >= 16) {
      this.#blocks = this.#blocks.slice(this.#headBlock);
      this.#headBlock = 0;
    }
  }

  /** Starts over at the beginning of the first block: a handler that sends in step with time needs just that one. */
  #dropBlocks(): void {
    this.#blocks.length = Math.min(1, this.#blocks.length);
    this.#headBlock = 0;
    this.#headOffset = 0;
    this.#tailOffset = this.#blocks.length === 0 ? BLOCK_BYTES : 0;
  }
}
