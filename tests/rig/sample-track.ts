/** A growing row of 8-bit samples, written at any place, with a filler where nothing was written. */
export class SampleTrack {
  readonly #filler: number;
  #samples: Uint8Array;
  #length = 0;

  constructor(filler: number) {
    this.#filler = filler;
    this.#samples = new Uint8Array(8000).fill(filler);
  }

  /** Writes `samples` from `index` on; what would lie before the beginning is left out. */
  write(index: number, samples: Uint8Array): void {
    const start = Math.max(0, index);
    const visible = samples.subarray(start - index);
    const end = start + visible.length;
    if (end > this.#samples.length) {
      const larger = new Uint8Array(Math.max(end, this.#samples.length * 2)).fill(this.#filler);
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples.set(visible, start);
    this.#length = Math.max(this.#length, end);
  }

  /** A copy of everything up to the last sample written. */
  samples(): Uint8Array {
    return this.#samples.slice(0, this.#length);
  }
}
