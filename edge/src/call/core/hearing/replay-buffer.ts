/** The caller's latest audio, for a recogniser that takes over from one that failed, went deaf or is being replaced. */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';

export class ReplayBuffer {
  readonly #bytes: Uint8Array;
  /** Bytes ever taken. */
  #total = 0;

  constructor(lengthMs: number) {
    this.#bytes = new Uint8Array(lengthMs * BYTES_PER_MS);
  }

  push(mulaw: Uint8Array): void {
    const size = this.#bytes.length;
    const fresh = mulaw.length > size ? mulaw.subarray(mulaw.length - size) : mulaw;
    const at = (this.#total + mulaw.length - fresh.length) % size;
    const head = Math.min(fresh.length, size - at);
    this.#bytes.set(fresh.subarray(0, head), at);
    this.#bytes.set(fresh.subarray(head), 0);
    this.#total += mulaw.length;
  }

  /** Milliseconds of audio ever taken. */
  get positionMs(): number {
    return this.#total / BYTES_PER_MS;
  }

  /** A copy of the audio from `fromMs` on, and where it really begins: older audio is gone. */
  since(fromMs: number): { readonly mulaw: Uint8Array; readonly startMs: number } {
    const size = this.#bytes.length;
    const oldest = Math.max(0, this.#total - size);
    const from = Math.min(this.#total, Math.max(oldest, Math.round(fromMs * BYTES_PER_MS)));
    const mulaw = new Uint8Array(this.#total - from);
    for (let i = 0; i < mulaw.length;) {
      const at = (from + i) % size;
      const part = this.#bytes.subarray(at, Math.min(size, at + mulaw.length - i));
      mulaw.set(part, i);
      i += part.length;
    }
    return { mulaw, startMs: from / BYTES_PER_MS };
  }
}
