import type { Lexicon } from './lexicon.ts';
import { LEXICONS } from './lexicons.ts';
import { LANGUAGES } from './language.ts';
import { wordsOf } from './words.ts';

/** Phrases to be found in the words of a text, word by word. */
export class PhraseSet {
  readonly #phrases = new Set<string>();
  #wordsMax = 0;

  constructor(phrases: Iterable<string>) {
    for (const phrase of phrases) {
      const words = wordsOf(phrase);
      this.#phrases.add(words.join(' '));
      this.#wordsMax = Math.max(this.#wordsMax, words.length);
    }
  }

  /** The phrases of one kind in all three languages: callers mix them within a sentence. */
  static ofAll(pick: (lexicon: Lexicon) => readonly string[]): PhraseSet {
    return new PhraseSet(LANGUAGES.flatMap((language) => pick(LEXICONS[language])));
  }

  /** How many words the longest phrase has that begins at `index`; 0 when none does. */
  lengthAt(words: readonly string[], index: number): number {
    for (let size = Math.min(this.#wordsMax, words.length - index); size > 0; size--) {
      if (this.#phrases.has(words.slice(index, index + size).join(' '))) return size;
    }
    return 0;
  }

  /** How many words the longest phrase has that ends just before `end`; 0 when none does. */
  lengthBefore(words: readonly string[], end: number = words.length): number {
    for (let size = Math.min(this.#wordsMax, end); size > 0; size--) {
      if (this.#phrases.has(words.slice(end - size, end).join(' '))) return size;
    }
    return 0;
  }

  /** The index of the first word that begins none of these phrases, reading phrase by phrase from `from`. */
  skip(words: readonly string[], from = 0): number {
    let index = from;
    for (;;) {
      const size = this.lengthAt(words, index);
      if (size === 0) return index;
      index += size;
    }
  }
}
