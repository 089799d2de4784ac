/** The clips of an isolate: those that are there, and those that are being voiced for some call. */

import type { Clip } from '../call/core/speaking/clips.ts';

/** An isolate has 128 MB for everything: some hundred phrases of two seconds are two. */
const BYTES_MAX = 16 * 1024 * 1024;

interface Work {
  readonly done: Promise<Clip | undefined>;
  readonly until: number;
}

export class ClipShelf {
  readonly #bytesMax: number;
  /** The one used longest ago comes first. */
  readonly #clips = new Map<string, Clip>();
  readonly #underWay = new Map<string, Work>();
  #bytes = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  find(key: string): Clip | undefined {
    const clip = this.#clips.get(key);
    if (clip === undefined) return undefined;
    this.#clips.delete(key);
    this.#clips.set(key, clip);
    return clip;
  }

  put(key: string, clip: Clip): void {
    this.#remove(key);
    if (clip.mulaw.length > this.#bytesMax) return;
    this.#clips.set(key, clip);
    this.#bytes += clip.mulaw.length;
    for (const oldest of this.#clips.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#remove(oldest);
    }
  }

  /**
   * What another call has under way, or `begin`, which the others find then. A call that has ended may take its work
   * with it: after `msMax` nobody waits for it any more, and the next one begins again.
   */
  async share(
    key: string,
    msMax: number,
    begin: () => Promise<Clip | undefined>,
  ): Promise<Clip | undefined> {
    const now = Date.now();
    const other = this.#underWay.get(key);
    if (other !== undefined && other.until > now) {
      return await withinMs(other.done, other.until - now);
    }
    const work: Work = { done: begin(), until: now + msMax };
    this.#underWay.set(key, work);
    try {
      return await work.done;
    } finally {
      if (this.#underWay.get(key) === work) this.#underWay.delete(key);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#clips.get(key)?.mulaw.length ?? 0;
    this.#clips.delete(key);
  }
}

/** `promise`, or undefined after `msMax`. */
export async function withinMs<Value>(
  promise: Promise<Value>,
  msMax: number,
): Promise<Value | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), msMax);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
