/** Phrases of the agent's that were voiced before: there at once, also when the voice is not. */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { Alignment } from '../contract.ts';
import { withoutTrailingSilence } from './leading-silence.ts';
import { WordAlignment } from './word-alignment.ts';

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
    const ready = this.among(texts);
    const bytesOf = (text: string): number => this.#clips.get(text)?.mulaw.length ?? Infinity;
    const longest = Math.min(...ready.map(bytesOf)) + MARGIN_BYTES;
    return ready.filter((text) => bytesOf(text) <= longest);
  }
}

/** A first word that something follows at once: without the silence at its end. */
export function withoutPause({ mulaw, alignment }: Clip): Clip {
  const audible = withoutTrailingSilence(mulaw);
  if (alignment === undefined) return { mulaw: audible };
  return { mulaw: audible, alignment: clamped(alignment, audible.length / BYTES_PER_MS) };
}

/**
 * The times of a clip of `bytes` of audio, none of them behind its end: what ends later would never have been heard.
 * Undefined where they do not reach the last word of `text`.
 */
export function alignmentWithin(
  text: string,
  bytes: number,
  alignment: Alignment | undefined,
): Alignment | undefined {
  if (alignment === undefined) return undefined;
  const times = clamped(alignment, bytes / BYTES_PER_MS);
  const words = new WordAlignment();
  words.append(text);
  words.advance(bytes, times);
  return words.isNearlyCovered ? times : undefined;
}

function clamped({ chars, startsMs, durationsMs }: Alignment, endMs: number): Alignment {
  const starts = startsMs.map((ms) => Math.min(ms, endMs));
  const durations = durationsMs.map((ms, i) => Math.min(ms, endMs - (starts[i] ?? 0)));
  return { chars, startsMs: starts, durationsMs: durations };
}
