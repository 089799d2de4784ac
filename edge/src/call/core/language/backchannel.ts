/** What a caller says while the agent speaks: a nod, or a wish to be heard. */

import { PhraseSet } from './phrase-set.ts';
import { wordsOf } from './words.ts';

const BACKCHANNELS = PhraseSet.ofAll((lexicon) => lexicon.backchannels);
const STOP_WORDS = PhraseSet.ofAll((lexicon) => lexicon.stopWords);
const OBJECTIONS = PhraseSet.ofAll((lexicon) => lexicon.objections);
const PARTICLES = PhraseSet.ofAll((lexicon) => lexicon.particles);
const PREAMBLE = PhraseSet.ofAll((lexicon) => [...lexicon.backchannels, ...lexicon.hesitations]);

/** "ok I see right" is a nod; a fourth in a row wants attention. */
const PHRASES_MAX = 3;
/** A longer text is no nod; saves looking at it. */
const WORDS_MAX = 16;

/**
 * Whether `text` is nothing but one to three back-channels: "mm-hm", "ya ya", "嗯嗯", "ok I see".
 *
 * Case, marks, drawn out letters ("mmmm", "yaaa") and repetition do not matter. Empty text is none.
 */
export function isBackchannel(text: string): boolean {
  const words = wordsOf(text);
  if (words.length === 0 || words.length > WORDS_MAX) return false;
  // Two letters remain of many ("mmm" is "mm"), or one ("yaaa" is "ya"): both are tried.
  return [2, 1].some((kept) => isAllBackchannels(words.map((word) => shortened(word, kept))));
}

/**
 * Whether the caller says to stop, wait or listen, or begins with a "no": this ends the agent's turn however short it is.
 * "No problem", "tak apa" and "没关系" are none.
 */
export function isStopWord(text: string): boolean {
  const words = wordsOf(text);
  for (let index = 0; index < words.length; index++) {
    if (STOP_WORDS.lengthAt(words, index) > 0) return true;
  }
  for (let index = 0; index < words.length;) {
    const preamble = PREAMBLE.lengthAt(words, index);
    if (OBJECTIONS.lengthAt(words, index) > preamble) return !isAlternative(words, index);
    if (preamble === 0) return false;
    index += preamble;
  }
  return false;
}

/** "对不对", "是不是": a question, though "不对" is in it. */
function isAlternative(words: readonly string[], index: number): boolean {
  return words[index] === '不' && index > 0 && words[index - 1] === words[index + 1];
}

function isAllBackchannels(words: readonly string[]): boolean {
  let count = 0;
  let last = '';
  for (let index = 0; index < words.length;) {
    const size = BACKCHANNELS.lengthAt(words, index);
    if (size === 0) return false;
    const phrase = words.slice(index, index + size).join(' ');
    if (phrase !== last) count++;
    last = phrase;
    index = PARTICLES.skip(words, index + size);
  }
  return count <= PHRASES_MAX;
}

function shortened(word: string, kept: number): string {
  return word.replaceAll(/(\p{L})\1{2,}/gu, (_, letter: string) => letter.repeat(kept));
}
