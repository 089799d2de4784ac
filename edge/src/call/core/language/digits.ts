/** Digits as callers read them out: figures, or words of three languages, with "double" and "triple". */

import { LANGUAGES } from './language.ts';
import { LEXICONS } from './lexicons.ts';
import { PhraseSet } from './phrase-set.ts';
import { wordsOf } from './words.ts';

const DIGITS = new Map(LANGUAGES.flatMap((language) => Object.entries(LEXICONS[language].digits)));
const NUMBERS = new Map(
  LANGUAGES.flatMap((language) => Object.entries(LEXICONS[language].numbers)),
);
const REPEATS = new Map(
  LANGUAGES.flatMap((language) => Object.entries(LEXICONS[language].repeats)),
);
const PLACES = PhraseSet.ofAll((lexicon) => lexicon.places);
const HESITATIONS = PhraseSet.ofAll((lexicon) => lexicon.hesitations);

/** At the end of a text: how many digits were read out, and in how many words. */
export interface DigitRun {
  readonly digits: number;
  readonly words: number;
  /** The first word of it is at this index. */
  readonly start: number;
}

/** The figures a single number word stands for: "two" and "二" are 2, "sepuluh" is 10. */
export function numberOf(word: string): string | undefined {
  return DIGITS.get(word) ?? NUMBERS.get(word);
}

/** How many digits were read out at the end of `text`; "double three" are two. */
export function digitCountOf(text: string): number {
  return trailingDigitsOf(wordsOf(text)).digits;
}

/** The digits at the end of `words`; hesitations among them and after them do not end the run. */
export function trailingDigitsOf(words: readonly string[]): DigitRun {
  let digits = 0;
  let count = 0;
  let start = words.length;
  let lastDigits = 0;
  for (let end = words.length; end > 0;) {
    const word = words[end - 1] ?? '';
    const size = digitLengthOf(word);
    const times = REPEATS.get(word);
    const hesitation = HESITATIONS.lengthBefore(words, end);
    if (size > 0) {
      digits += size;
      count++;
      lastDigits = size;
      end--;
      start = end;
    } else if (times !== undefined) {
      // Repeats the digit after it, if that has been said yet.
      if (lastDigits > 0) digits += times - 1;
      count++;
      lastDigits = 0;
      end--;
      start = end;
    } else if (hesitation > 0) {
      end -= hesitation;
    } else {
      break;
    }
  }
  // "一百零五", "three point one four": an amount.
  if (PLACES.lengthBefore(words, start) > 0) return { digits: 0, words: 0, start: words.length };
  return { digits, words: count, start };
}

function digitLengthOf(word: string): number {
  if (DIGITS.has(word)) return 1;
  return /^\d+$/u.test(word) ? word.length : 0;
}
