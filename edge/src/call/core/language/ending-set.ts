/** Phrases that a text may end with, each counted only where its language is spoken. */

import type { Lexicon } from './lexicon.ts';
import { LEXICONS } from './lexicons.ts';
import { PhraseSet } from './phrase-set.ts';
import { wordsOf } from './words.ts';

const ENGLISH_WORDS = vocabularyOf(LEXICONS.en);
const MALAY_WORDS = vocabularyOf(LEXICONS.ms);

export class EndingSet {
  readonly #malay: PhraseSet;
  readonly #others: PhraseSet;

  private constructor(malay: readonly string[], others: readonly string[]) {
    this.#malay = new PhraseSet(malay);
    this.#others = new PhraseSet(others);
  }

  static ofAll(pick: (lexicon: Lexicon) => readonly string[]): EndingSet {
    return new EndingSet(pick(LEXICONS.ms), [...pick(LEXICONS.en), ...pick(LEXICONS.zh)]);
  }

  /**
   * How many words the longest phrase has that ends `words`; 0 when none does. "Dan" and "jam" are Malay for "and" and
   * "hour", and a name and a jam to whoever has spoken nothing but English. (English words in Malay are common: they count.)
   */
  lengthBefore(words: readonly string[]): number {
    const others = this.#others.lengthBefore(words);
    const malay = this.#malay.lengthBefore(words);
    if (malay <= others) return others;
    return isEnglish(words.slice(0, -malay)) ? others : malay;
  }
}

function isEnglish(words: readonly string[]): boolean {
  return (
    words.some((word) => ENGLISH_WORDS.has(word) && !MALAY_WORDS.has(word)) &&
    !words.some((word) => MALAY_WORDS.has(word) && !ENGLISH_WORDS.has(word))
  );
}

/** The words of all we know of the language. */
function vocabularyOf(lexicon: Lexicon): ReadonlySet<string> {
  const { backchannels, objections, unfinishedEndings, weakEndings, leadIns, shortAnswers } =
    lexicon;
  const { particles, stopWords } = lexicon;
  const lists = [backchannels, objections, stopWords, unfinishedEndings, weakEndings, leadIns];
  return new Set([...lists, shortAnswers, particles].flat().flatMap((phrase) => wordsOf(phrase)));
}
