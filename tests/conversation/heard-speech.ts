/**
 * What somebody understands who hears a call: words, also those in the middle of which the agent held its breath.
 *
 * A word that went on behind a silence is put together again, and believed only if its checksum is right.
 */

import { decodeWords, type HeardWord } from '../speech/decode.ts';

const SILENT: ReadonlySet<number> = new Set([0xff, 0x7f]);
const SAMPLES_PER_MS = 8;
/** Silence within a word is shorter: 16 ms between two pieces of it, and the ramps of its symbols. */
const PAUSE_MIN = 60 * SAMPLES_PER_MS;
/** Nobody holds his breath for longer. */
const PAUSE_MAX = 5000 * SAMPLES_PER_MS;
/** No piece of a word is longer: 14 symbols. */
const WORD_MAX = 1000 * SAMPLES_PER_MS;
const LEAD = 100 * SAMPLES_PER_MS;

export function understand(track: Uint8Array): HeardWord[] {
  const words = decodeWords(track);
  return words.flatMap((word, i): HeardWord[] => {
    const isBroken = word.partial || word.damaged;
    if (!isBroken) return [word];
    const whole = mend(track, word);
    if (whole !== undefined) return [whole];
    // What is left of a word behind a pause is not heard as one of its own.
    const isRest = word.damaged && word.text.replaceAll('\uFFFD', '') === '';
    return isRest && i > 0 ? [] : [word];
  });
}

/** The word with the first silence in it left out; undefined where that makes it none. */
function mend(track: Uint8Array, word: HeardWord): HeardWord | undefined {
  const from = Math.max(0, word.startSample - LEAD);
  const to = Math.min(track.length, word.startSample + WORD_MAX + PAUSE_MAX);
  let silentSince: number | undefined;
  for (let i = word.startSample; i < to; i++) {
    if (SILENT.has(track[i] ?? 0)) {
      silentSince ??= i;
      continue;
    }
    if (silentSince !== undefined && i - silentSince >= PAUSE_MIN) {
      const joined = Buffer.concat([
        track.subarray(from, silentSince),
        track.subarray(i, i + WORD_MAX),
      ]);
      const [first] = decodeWords(joined).filter(
        ({ startSample }) => Math.abs(startSample + from - word.startSample) < LEAD / 2,
      );
      const isWhole = first !== undefined && !first.partial && !first.damaged;
      if (!isWhole || first.endSample + from <= silentSince) return undefined;
      return { ...word, ...first, startSample: word.startSample, endSample: i };
    }
    silentSince = undefined;
  }
  return undefined;
}
