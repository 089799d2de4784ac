/** Whether an answer prepared for one transcript can be given to another. */

import { numberOf } from './digits.ts';
import { PhraseSet } from './phrase-set.ts';
import { wordsOf } from './words.ts';

const HESITATIONS = PhraseSet.ofAll((lexicon) => lexicon.hesitations);
const LEADING = PhraseSet.ofAll((lexicon) => [...lexicon.hesitations, ...lexicon.leadingPadding]);

/** What a short form stands for, where it stands for one thing. */
const CONTRACTIONS: ReadonlyMap<string, string> = new Map([
  ["i'm", 'i am'],
  ["won't", 'will not'],
  ["can't", 'can not'],
  ['cannot', 'can not'],
  ["shan't", 'shall not'],
  ["let's", 'let us'],
  ['gonna', 'going to'],
  ['wanna', 'want to'],
  ['ok', 'okay'],
  ['okey', 'okay'],
  ['taknak', 'tak nak'],
  ['takde', 'tak ada'],
]);
const SUFFIXES: readonly (readonly [RegExp, string])[] = [
  [/n't$/u, ' not'],
  [/'re$/u, ' are'],
  [/'ve$/u, ' have'],
  [/'ll$/u, ' will'],
  [/'d$/u, ' would'],
  [/^(it|that|there|here|what|where|who|how|when|why|he|she)'s$/u, '$1 is'],
];

/** Signs that change what is meant; other marks do not. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/%/gu, ' percent '],
  [/\$/gu, ' dollar '],
  [/(?<![\p{L}\p{N}])-(?=\d)/gu, ' minus '],
];

/** Digits in a row from here on are one number, however they were grouped: "012 345" and "0 1 2 3 4 5". */
const READ_OUT_DIGITS_MIN = 5;

/**
 * Whether both ask for the same: they differ in marks and case only, in hesitations at their ends, in "okay" at the
 * beginning, in a digit against its word, or in "I'm" against "I am". Whatever else differs, a number, a name, a "not",
 * makes another turn.
 */
export function isSameTurn(a: string, b: string): boolean {
  return a === b || canonicalOf(a) === canonicalOf(b);
}

function canonicalOf(text: string): string {
  let spelled = text.normalize('NFKC');
  for (const [sign, word] of SIGNS) spelled = spelled.replaceAll(sign, word);
  const all = wordsOf(spelled);
  const words = withoutPadding(all)
    .flatMap((word) => expanded(word).split(' '))
    .map((word) => numberOf(word) ?? withoutGroups(word));
  return joined(words);
}

function withoutPadding(words: readonly string[]): readonly string[] {
  let start = 0;
  for (;;) {
    const size = LEADING.lengthAt(words, start);
    // "oh two": the "oh" is a digit.
    if (size === 0 || (words[start] === 'oh' && isNumber(words[start + 1]))) break;
    start += size;
  }
  let end = words.length;
  while (end > start) {
    const size = HESITATIONS.lengthBefore(words, end);
    if (size === 0) break;
    end -= size;
  }
  // Nothing but padding: then it is what was meant.
  return start >= end ? words : words.slice(start, end);
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && (numberOf(word) !== undefined || /^\d/u.test(word));
}

function expanded(word: string): string {
  const whole = CONTRACTIONS.get(word);
  if (whole !== undefined) return whole;
  for (const [suffix, replacement] of SUFFIXES) {
    if (suffix.test(word)) return word.replace(suffix, replacement);
  }
  return word;
}

/** "1,250" is 1250, but "3.50" is not 350. */
function withoutGroups(word: string): string {
  return /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/u.test(word) ? word.replaceAll(',', '') : word;
}

/** Words are put together without spaces ("any one" is "anyone"), numbers keep theirs unless they are read out. */
function joined(words: readonly string[]): string {
  let text = '';
  for (let i = 0; i < words.length;) {
    let end = i;
    while (/^\d+$/u.test(words[end] ?? '')) end++;
    const digits = words.slice(i, end).join('');
    if (digits === '') {
      text += words[i] ?? '';
      i++;
      continue;
    }
    text += ` ${digits.length >= READ_OUT_DIGITS_MIN ? digits : words.slice(i, end).join(' ')} `;
    i = end;
  }
  return text;
}
