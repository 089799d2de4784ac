/**
 * What the caller hears of the agent at this moment, as far as can be told from here: audio is played in the order in which
 * it was sent, at its own pace, from when the peer has nothing else to play. By some 100 ms that is wrong; the echo of it is
 * sought over more.
 */

const NOTHING = new Uint8Array(0);

export class PlayedAudio {
  readonly #queue: Uint8Array[] = [];
  #isPaused = false;

  send(mulaw: Uint8Array): void {
    if (mulaw.length > 0) this.#queue.push(mulaw);
  }

  pause(): void {
    this.#isPaused = true;
  }

  unpause(): void {
    this.#isPaused = false;
  }

  clear(): void {
    this.#queue.length = 0;
    this.#isPaused = false;
  }

  /** At most `bytes` of what is played next; nothing in a silence. To be called until nothing is left of the time that has passed. */
  take(bytes: number): Uint8Array {
    const first = this.#queue[0];
    if (first === undefined || this.#isPaused || bytes <= 0) return NOTHING;
    if (first.length <= bytes) {
      this.#queue.shift();
      return first;
    }
    this.#queue[0] = first.subarray(bytes);
    return first.subarray(0, bytes);
  }
}
