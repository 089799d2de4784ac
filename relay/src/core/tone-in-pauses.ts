/** What one source plays, and a tone for as long as it plays nothing: the caller hears the agent out, and then that it rings. */

import type { MediaSource } from './call/media.ts';

export class ToneInPauses implements MediaSource {
  readonly #source: MediaSource;
  readonly #tone: MediaSource;

  constructor(source: MediaSource, tone: MediaSource) {
    this.#source = source;
    this.#tone = tone;
  }

  advance(dueAt: number): void {
    this.#source.advance(dueAt);
    this.#tone.advance(dueAt);
  }

  takeAudio(packet: Uint8Array, offset: number): number {
    const bytes = this.#source.takeAudio(packet, offset);
    return bytes > 0 ? bytes : this.#tone.takeAudio(packet, offset);
  }
}
