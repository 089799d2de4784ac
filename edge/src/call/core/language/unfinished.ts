/** Whether a caller who has paused has finished what they were saying, by the words alone. */

import { trailingDigitsOf } from './digits.ts';
import { LANGUAGES } from './language.ts';
import { LEXICONS } from './lexicons.ts';
import { EndingSet } from './ending-set.ts';
import { PhraseSet } from './phrase-set.ts';
import { normalOf, wordsOf } from './words.ts';

/**
 * - `complete`: a sentence, a question or a short answer;
 * - `unfinished`: ends with a word after which more must come, with a hesitation or a comma;
 * - `doubtful`: the same as `unfinished`, but recognition has set a full stop: it does at every pause;
 * - `digits`: a number is being read out;
 * - `open`: anything else.
 */
export type Completeness = 'complete' | 'unfinished' | 'doubtful' | 'open' | 'digits';

const UNFINISHED = EndingSet.ofAll((lexicon) => lexicon.unfinishedEndings);
const WEAK = EndingSet.ofAll((lexicon) => lexicon.weakEndings);
const DANGLING = EndingSet.ofAll((lexicon) => lexicon.danglingEndings);
const DANGLING_FORMS = LANGUAGES.flatMap((language) => LEXICONS[language].danglingForms);
const HESITATIONS = PhraseSet.ofAll((lexicon) => lexicon.hesitations);
const LEAD_INS = PhraseSet.ofAll((lexicon) => lexicon.leadIns);
const PARTICLES = PhraseSet.ofAll((lexicon) => lexicon.particles);
const SHORT_ANSWERS = PhraseSet.ofAll((lexicon) => lexicon.shortAnswers);
/** What may come before a lead-in without making it a sentence: "okay and my number". */
const PREAMBLE = PhraseSet.ofAll((lexicon) => [
  ...lexicon.backchannels,
  ...lexicon.hesitations,
  ...lexicon.leadingPadding,
  ...lexicon.unfinishedEndings,
]);
const QUESTIONS = LANGUAGES.flatMap((language) => LEXICONS[language].questions);
const LONG_QUESTIONS = LANGUAGES.flatMap((language) => LEXICONS[language].longQuestions);

/** Marks and quotes after which nothing is known: they are looked through. */
const CLOSERS = /["'”’」』）)\]\s]+$/u;
const TAIL_CHARS = 8;
/** Behind one of these a preposition may be the last word: "that's what I'm looking for". */
const STRANDING = /\b(?:what|who|which|where)\b.* /u;
/** A question is asked within so many characters; a longer text is judged by its end. */
const QUESTION_CHARS_MAX = 200;

/** Accepts text of mixed languages with or without marks: hypotheses have none, finals end with one at every pause. */
export function completenessOf(text: string): Completeness {
  const words = wordsOf(text);
  if (words.length === 0) return 'open';
  const mark = lastMarkOf(text);
  if (isReadingOut(words)) return 'digits';
  if (isShortAnswer(words)) return isComma(mark) ? 'open' : 'complete';
  if (isComma(mark) || HESITATIONS.lengthBefore(words) > 0) return 'unfinished';
  if (mark === '?') return 'complete';
  if (isLeadIn(words)) return 'unfinished';

  const strong = UNFINISHED.lengthBefore(words);
  const weak = WEAK.lengthBefore(words);
  // The longer phrase knows better: "我想" is open-ended but "不想" is not.
  if (strong > 0 && strong >= weak && SHORT_ANSWERS.lengthBefore(words) <= strong)
    return 'unfinished';
  const normal = normalOf(text.slice(-QUESTION_CHARS_MAX));
  const isMarked = mark !== '';
  if (DANGLING_FORMS.some((form) => form.test(normal))) return isMarked ? 'doubtful' : 'unfinished';
  const dangling = STRANDING.test(normal) ? 0 : DANGLING.lengthBefore(words);
  const isDangling = dangling > 0 && SHORT_ANSWERS.lengthBefore(words) <= dangling;
  if (isMarked) return isDangling ? 'doubtful' : 'complete';
  if (QUESTIONS.some((pattern) => pattern.test(normal))) return 'complete';
  if (isDangling) return 'unfinished';
  if (weak > 0 && SHORT_ANSWERS.lengthBefore(words) <= weak) return 'unfinished';
  return LONG_QUESTIONS.some((pattern) => pattern.test(normal)) ? 'complete' : 'open';
}

/** Whether `text` ends with a question: by its mark, or where it has none by its form. */
export function isQuestion(text: string): boolean {
  const mark = lastMarkOf(text);
  const normal = normalOf(text.slice(-QUESTION_CHARS_MAX));
  return mark === '?' || (mark === '' && QUESTIONS.some((pattern) => pattern.test(normal)));
}

/** '.', '?', ',' or '…' for the last mark of whatever width; '' when the text ends without. */
function lastMarkOf(text: string): string {
  const tail = text.slice(-TAIL_CHARS).normalize('NFKC').replace(CLOSERS, '');
  if (/(?:\.\.|…|⋯|-|–|—|~)$/u.test(tail)) return '…';
  const mark = tail.at(-1) ?? '';
  if (/[?]/u.test(mark)) return '?';
  if (/[.!。｡]/u.test(mark)) return '.';
  if (/[,;:、]/u.test(mark)) return ',';
  return '';
}

function isComma(mark: string): boolean {
  return mark === ',' || mark === '…';
}

/**
 * Two digits one after the other, or one long figure: recognisers write "one two three" as "123". Years and round
 * numbers are amounts: nobody reads them out to be written down.
 */
function isReadingOut(words: readonly string[]): boolean {
  const run = trailingDigitsOf(words);
  if (run.words >= 2) return true;
  const word = words[run.start] ?? '';
  if (run.words === 0 || run.digits < 3) return false;
  return !/^(?:(?:19|20)\d\d|[1-9]\d*00)$/u.test(word);
}

function isShortAnswer(words: readonly string[]): boolean {
  for (let index = 0; index < words.length;) {
    const size = SHORT_ANSWERS.lengthAt(words, index);
    if (size === 0) return false;
    index = PARTICLES.skip(words, index + size);
  }
  return true;
}

function isLeadIn(words: readonly string[]): boolean {
  const size = LEAD_INS.lengthBefore(words);
  return size > 0 && PREAMBLE.skip(words.slice(0, -size)) === words.length - size;
}
