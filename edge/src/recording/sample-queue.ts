/** Audio of one channel in the order it came, taken out in other pieces than it was put in. */
export class SampleQueue {
  #pieces: Uint8Array[] = [];
  /** Samples of the first piece that are taken. */
  #offset = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The array is kept and must not change. */
  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** Takes the next `count` samples into every second byte of `stereo`, from `channel` (0 or 1) on. */
  shiftInto(stereo: Uint8Array, channel: number, count: number): void {
    let at = channel;
    this.#shift(count, (part) => {
      for (const sample of part) {
        stereo[at] = sample;
        at += 2;
      }
    });
  }

  drop(count: number): void {
    this.#shift(count, () => undefined);
  }

  #shift(count: number, use: (part: Uint8Array) => void): void {
    let left = Math.min(count, this.#length);
    this.#length -= left;
    let whole = 0;
    for (const piece of this.#pieces) {
      if (left === 0) break;
      const part = piece.subarray(this.#offset, this.#offset + left);
      use(part);
      left -= part.length;
      this.#offset += part.length;
      if (this.#offset < piece.length) break;
      this.#offset = 0;
      whole++;
    }
    if (whole > 0) this.#pieces.splice(0, whole);
  }
}
