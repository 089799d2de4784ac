/** Speech of a set, each utterance synthesised once and used in every condition. */

import { atLevel, telephoneBand } from '../amd/line.ts';
import type { Language, TextSet } from '../amd/texts.ts';
import { speak, VARIANTS } from '../amd/voice.ts';
import type { RandomSource } from '../sim/random.ts';
import { LINES, UTTERANCES } from './lines.ts';
import { between } from './sounds.ts';

/** Everything below is at this level. */
export const SPOKEN_DBOV = -20;

export interface Speaker {
  readonly name: string;
  readonly utterances: readonly Float64Array[];
  /** What another voice says in the same language, without a caller's pauses. */
  readonly others: readonly Float64Array[];
}

const LANGUAGES: readonly Language[] = ['en', 'ms', 'cmn'];

/** Two voices of each language, six utterances each. */
export async function makeSpeakers(
  set: TextSet,
  random: RandomSource,
): Promise<readonly Speaker[]> {
  const speakers: Speaker[] = [];
  for (const language of LANGUAGES) {
    for (const half of [0, 1]) {
      const { caller, other } = LINES[set][language];
      const texts = caller.slice(half * UTTERANCES, (half + 1) * UTTERANCES);
      speakers.push({
        name: `${language}-${half + 1}`,
        utterances: await speakAll(texts, language, random),
        others: await speakAll(other, language, random),
      });
    }
  }
  return speakers;
}

async function speakAll(
  texts: readonly string[],
  language: Language,
  random: RandomSource,
): Promise<readonly Float64Array[]> {
  const voice = {
    language,
    variant: VARIANTS[Math.floor(random() * VARIANTS.length)] ?? '',
    wordsPerMinute: Math.round(between(random, 140, 190)),
    pitch: Math.round(between(random, 25, 75)),
  };
  const spoken: Float64Array[] = [];
  for (const text of texts) {
    spoken.push(atLevel(telephoneBand(await speak(text, voice)), SPOKEN_DBOV));
  }
  return spoken;
}
