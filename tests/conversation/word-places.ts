/** Two rows of words that should be one, and where each word is in either: for recordings that are right to the word. */

import type { HeardWord } from '../speech/decode.ts';

export interface WordPlaces {
  readonly onlyHeard: readonly string[];
  readonly onlyRecorded: readonly string[];
  /** The middle of how much later words were heard than recorded. */
  readonly offsetMs: number;
  /** How far any word is from that. */
  readonly deviationMs: number;
}

/** Words that were cut are left out: how much of them was heard nobody tells. */
export function compareWords(
  heard: readonly HeardWord[],
  recorded: readonly HeardWord[],
): WordPlaces {
  const there = heard.filter(isWhole);
  const here = recorded.filter(isWhole);
  const pairs = commonPairs(
    there.map(({ text }) => text),
    here.map(({ text }) => text),
  );
  const offsets = pairs
    .map(([i, j]) => ((there[i]?.startSample ?? 0) - (here[j]?.startSample ?? 0)) / 8)
    .toSorted((a, b) => a - b);
  const middle = offsets[offsets.length >> 1] ?? 0;
  const [least = middle] = offsets;
  const most = offsets.at(-1) ?? middle;
  const paired = { there: new Set(pairs.map(([i]) => i)), here: new Set(pairs.map(([, j]) => j)) };
  return {
    onlyHeard: there.filter((_, i) => !paired.there.has(i)).map(({ text }) => text),
    onlyRecorded: here.filter((_, j) => !paired.here.has(j)).map(({ text }) => text),
    offsetMs: middle,
    deviationMs: Math.max(middle - least, most - middle),
  };
}

function isWhole({ partial, damaged }: HeardWord): boolean {
  return !partial && !damaged;
}

/** Places of the longest row that both have. */
function commonPairs(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      best[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
