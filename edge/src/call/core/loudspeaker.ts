/**
 * What the caller's telephone plays while he speaks: the agent's audio in the order in which it was sent, as long as it
 * lasts. Good enough to know an echo by, which is all it is for.
 */

const SILENCE = new Uint8Array(0);

export class Loudspeaker {
  #queue: Uint8Array[] = [];
  #isPaused = false;

  push(mulaw: Uint8Array): void {
    this.#queue.push(mulaw);
  }

  clear(): void {
    this.#queue = [];
    this.#isPaused = false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  unpause(): void {
    this.#isPaused = false;
  }

  /** The next `bytes` to be played, or as many of them as lie together; none while there are none. */
  take(bytes: number): Uint8Array {
    const [first] = this.#queue;
    if (first === undefined || this.#isPaused) return SILENCE;
    if (first.length <= bytes) this.#queue.shift();
    else this.#queue[0] = first.subarray(bytes);
    return first.subarray(0, bytes);
  }
}
