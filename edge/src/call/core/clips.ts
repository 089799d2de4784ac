/** Phrases of the agent's that were voiced before: there at once, also when the voice is not. */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { Alignment } from './contract.ts';

export interface Clip {
  readonly mulaw: Uint8Array;
  readonly alignment?: Alignment;
}

/** A tenth of a second is not noticed. */
const MARGIN_BYTES = 100 * BYTES_PER_MS;

/** An agent has some ten phrases in each of a few languages. */
const CLIPS_MAX = 200;

export class Clips {
  readonly #clips = new Map<string, Clip>();

  put(text: string, clip: Clip): void {
    if (this.#clips.size < CLIPS_MAX || this.#clips.has(text)) this.#clips.set(text, clip);
  }

  find(text: string): Clip | undefined {
    return this.#clips.get(text);
  }

  /** Those of `texts` that can be said at once. */
  among(texts: readonly string[]): readonly string[] {
    return texts.filter((text) => this.#clips.has(text));
  }

  /** Those that can be said at once and quickly: hardly longer than the shortest. */
  shortestAmong(texts: readonly string[]): readonly string[] {
    const lengths = texts.map((text) => this.#clips.get(text)?.mulaw.length ?? Infinity);
    const longest = Math.min(...lengths) + MARGIN_BYTES;
    return texts.filter((_, index) => (lengths[index] ?? Infinity) <= longest);
  }
}
