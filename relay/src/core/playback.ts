/** A piece of audio that is played once or several times, from its first byte to its last. */

import { FRAME_BYTES } from '@patchcord/shared/media-streams/limits';
import type { MediaSource } from './call/media.ts';

export class Playback implements MediaSource {
  readonly #mulaw: Uint8Array;
  readonly #onEnded: () => void;
  #timesLeft: number;
  #offset = 0;
  #hasEnded = false;

  /** `mulaw` is µ-law at 8 kHz and must not be changed. `onEnded` is called when its last byte has been played. */
  constructor(mulaw: Uint8Array, times: number, onEnded: () => void) {
    this.#mulaw = mulaw;
    this.#timesLeft = mulaw.length === 0 ? 0 : times;
    this.#onEnded = onEnded;
  }

  advance(): void {
    if (this.#timesLeft > 0 || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnded();
  }

  takeAudio(packet: Uint8Array, offset: number): number {
    let filled = 0;
    while (filled < FRAME_BYTES && this.#timesLeft > 0) {
      const count = Math.min(FRAME_BYTES - filled, this.#mulaw.length - this.#offset);
      packet.set(this.#mulaw.subarray(this.#offset, this.#offset + count), offset + filled);
      filled += count;
      this.#offset += count;
      if (this.#offset === this.#mulaw.length) {
        this.#offset = 0;
        this.#timesLeft--;
      }
    }
    return filled;
  }
}
