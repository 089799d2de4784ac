/**
 * A stream of tokens to pieces of text that can be spoken on their own.
 *
 * The pieces put together are the text again, character by character, but for white space at its very end: what was
 * heard is an exact beginning of what was said. However the tokens are cut, the pieces are the same. The first piece may
 * be a mere clause, so that the voice starts early; all others are sentences, because a voice that knows the whole
 * sentence intones it better. Covers English, Malay and Chinese; numbers (`3.5`, `1,000`), dates (`1. Mac`), addresses
 * (`a.b@c.com`, `No. 5, Jalan`), abbreviations (`Dr. Lim`, `Sdn. Bhd.`) and initials are not split.
 */

import { isCjk, isSpace, isSpoken } from './scripts.ts';
import { monthOf } from './spoken/months.ts';

export interface SentenceOptions {
  /**
   * The least a first clause must weigh; a Chinese character weighs {@link CJK_WEIGHT}. At 4 an opener such as "Sure,"
   * goes first, and a clause may follow it.
   */
  readonly firstWeightMin: number;
  /** A longer piece is split at a clause or a space even within its sentence; the last may be {@link LOOKAHEAD_CHARS} longer. */
  readonly charsMax: number;
}

export const SENTENCE_DEFAULTS: SentenceOptions = { firstWeightMin: 12, charsMax: 240 };

/** One Chinese character is about a syllable, and a syllable about three letters. */
const CJK_WEIGHT = 3;
/** What follows a mark decides within so many characters, or it does not decide. */
const LOOKAHEAD_CHARS = 16;

const STRONG = '.!?';
const CJK_STRONG = '。！？；…';
const CLAUSE = ',;:';
const CJK_CLAUSE = '，：';
/** "苹果、香蕉": a list is read in one go, unless it gets too long. */
const CJK_LIST = '、';
const CLOSERS = `"')]}”’」』）》`;
const CJK_OPENERS = '“「『（《';
const CJK_CLOSERS = '”」』）》';

/** Words whose full stop ends no sentence: English and Malay, lower case, without the stop. */
const ABBREVIATIONS: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof assoc st mt vs approx dept est fig inc ltd jr sr co corp gen col capt lt rev hon ave rd blvd ' +
    'e.g i.e cf u.s u.k jan feb mar apr jun jul aug sep sept oct okt ogo nov dec dis mon tue tues wed thu thurs fri ' +
    'tn pn en sdn bhd jln kpg kg bkt tmn lrg spt bil tel hj hjh dato ir'
  ).split(' '),
);
/** Abbreviations only before a number: "No. 5" but "No. I would rather not." */
const BEFORE_NUMBERS: ReadonlySet<string> = new Set(['no', 'nos', 'vol', 'pp', 'p', 'ext']);
/** Abbreviations that may end a sentence as well; a capital after them says so. */
const MAY_END: ReadonlySet<string> = new Set('a.m p.m am pm etc dll dsb'.split(' '));
/** "No. 5, Jalan Ampang": what follows the comma belongs to the address. */
const IN_ADDRESS =
  /(?:^|[^\p{L}])(?:no\.?|lot|unit|blok|block|level|tingkat|aras)\s?[\p{L}\d/-]{1,8}$/iu;
/** The number of a day, before its month: "1. Mac". */
const DAY = /(?:^|[^\p{L}\d.,:-])\d{1,2}$/u;

/** Where a piece ends; 'wait' when what follows decides and has not come yet. */
type End = number | 'none' | 'wait';

export class SentenceSplitter {
  readonly #options: SentenceOptions;
  #pending = '';
  /** What a clause must weigh now; undefined when only sentences are given away. */
  #clauseWeightMin: number | undefined;

  constructor(options: SentenceOptions = SENTENCE_DEFAULTS) {
    this.#options = options;
    this.#clauseWeightMin = options.firstWeightMin;
  }

  /** Takes more of the text and answers the pieces that are complete now. */
  push(text: string): string[] {
    this.#pending += text;
    const pieces: string[] = [];
    for (;;) {
      const end = this.#findEnd();
      if (end === undefined) return pieces;
      const piece = this.#pending.slice(0, end);
      pieces.push(piece);
      this.#pending = this.#pending.slice(end);
      this.#clauseWeightMin = this.#nextClauseWeightMin(piece);
    }
  }

  /** The text is complete: answers what is left, unless nothing of it can be spoken. */
  flush(): string[] {
    const rest = this.#pending;
    this.#pending = '';
    return rest.trim() === '' ? [] : [rest];
  }

  /** There is a whole word, or more. */
  get hasWords(): boolean {
    return isSpoken(this.#pending.slice(0, wordsEnd(this.#pending)));
  }

  /** The text has almost stopped coming: answers what there is of it, to the end of a word. */
  flushWords(): string[] {
    const piece = this.#pending.slice(0, wordsEnd(this.#pending));
    if (!isSpoken(piece)) return [];
    this.#pending = this.#pending.slice(piece.length);
    return [piece];
  }

  /** Nobody will write the rest of the last word: takes it back, and answers it. */
  takeBackWord(): string {
    if (isSpace(this.#pending.at(-1) ?? ' ')) return '';
    const end = wordsEnd(this.#pending);
    const word = this.#pending.slice(end);
    this.#pending = this.#pending.slice(0, end);
    return word;
  }

  /** After an opener the voice would run dry before a whole sentence has come. */
  #nextClauseWeightMin(piece: string): number | undefined {
    const weightMin = SENTENCE_DEFAULTS.firstWeightMin;
    const isOpener =
      this.#clauseWeightMin === this.#options.firstWeightMin &&
      weightOf(piece) < weightMin &&
      (CLAUSE + CJK_CLAUSE).includes(piece.trimEnd().at(-1) ?? ' ');
    return isOpener ? weightMin : undefined;
  }

  #findEnd(): number | undefined {
    const { charsMax } = this.#options;
    const windowChars = charsMax + LOOKAHEAD_CHARS;
    const text = this.#pending.slice(0, windowChars);
    const isFull = text.length === windowChars;
    for (let i = 0; i < text.length && i < charsMax; i++) {
      const sentence = sentenceEnd(text, i);
      const end = sentence === 'none' ? this.#clauseEnd(text, i) : sentence;
      if (end === 'wait') {
        if (isFull) continue;
        return undefined;
      }
      // Marks and spaces alone are no piece: they go with what follows.
      if (end !== 'none' && end <= charsMax && isSpoken(text.slice(0, end))) return end;
    }
    return isFull ? forcedEnd(text, charsMax) : undefined;
  }

  #clauseEnd(text: string, i: number): End {
    if (this.#clauseWeightMin === undefined) return 'none';
    const end = clauseEnd(text, i, CJK_CLAUSE);
    if (end === 'none') return end;
    return weightOf(text.slice(0, i)) >= this.#clauseWeightMin ? end : 'none';
  }
}

/** End of the sentence whose mark is at `i`, with quotes and one space after it. */
function sentenceEnd(text: string, i: number): End {
  const char = text[i] ?? '';
  if (char === '\n') return i + 1;
  if (CJK_STRONG.includes(char)) return chineseEnd(text, i);
  if (!STRONG.includes(char)) return 'none';

  const end = skip(text, skip(text, i + 1, STRONG), CLOSERS);
  // What follows tells "3." from "3.5".
  const next = text[end];
  if (next === undefined) return 'wait';
  // "1.苹果": the number of an item.
  if (isCjk(next)) return char === '.' && /\d/u.test(text[i - 1] ?? '') ? 'none' : end;
  if (!isSpace(next)) return 'none';
  const isStop = char === '.' && end === i + 1;
  return isStop ? stopEnd(text, i) : end + 1;
}

/** At once, but within quotes and for "……" only with what closes it. */
function chineseEnd(text: string, i: number): End {
  if (text[i] !== '…' && !isQuoteOpen(text.slice(0, i))) return i + 1;
  const end = skip(text, i + 1, CJK_STRONG + CLOSERS);
  return end === text.length ? 'wait' : end;
}

function isQuoteOpen(text: string): boolean {
  let open = 0;
  for (const char of text) {
    if (CJK_OPENERS.includes(char)) open++;
    else if (CJK_CLOSERS.includes(char)) open--;
  }
  return open > 0;
}

/** The end after the single full stop at `i` and the space after it, unless it belongs to its word or number. */
function stopEnd(text: string, i: number): End {
  const before = text.slice(0, i);
  // "1. First": the number of an item.
  if (/^\s*\d{1,2}$/u.test(before)) return 'none';
  const afterSpaces = skipSpaces(text, i + 1);
  const next = text[afterSpaces];
  const end = i + 2;
  if (DAY.test(before)) return next === undefined ? 'wait' : dayEnd(text.slice(afterSpaces), end);

  const word = /[\p{L}.]+$/u.exec(before)?.[0].toLowerCase() ?? '';
  // "1st", "12A": letters after a figure are neither a short form nor an initial.
  const isAfterFigure = /\d/u.test(before.at(-word.length - 1) ?? '');
  if (ABBREVIATIONS.has(word) && !isAfterFigure) return 'none';
  if (BEFORE_NUMBERS.has(word)) {
    if (next === undefined) return 'wait';
    return /\d/u.test(next) ? 'none' : end;
  }
  if (MAY_END.has(word)) {
    if (next === undefined) return 'wait';
    return /\p{Lu}/u.test(next) || isCjk(next) ? end : 'none';
  }
  const isInitial = word !== 'i' && !isAfterFigure && /^\p{L}$/u.test(word);
  return isInitial ? 'none' : end;
}

/** "1. Mac" is a day, "at 5. May I" is not told from one: then the sentence is spoken with the next. */
function dayEnd(after: string, end: number): End {
  if (!/^[ADFJMNOS]/u.test(after)) return end;
  const word = /^\p{L}+/u.exec(after)?.[0] ?? '';
  if (word.length === after.length) return 'wait';
  return monthOf(word) === undefined ? end : 'none';
}

function clauseEnd(text: string, i: number, chineseMarks: string): End {
  const char = text[i] ?? '';
  const isChinese = chineseMarks.includes(char);
  if (!isChinese && !CLAUSE.includes(char)) return 'none';
  const next = text[i + 1];
  const isAfterFigure = /\d/u.test(text[i - 1] ?? '');
  // "3：30", "1，000".
  if (isChinese && !isAfterFigure) return i + 1;
  if (next === undefined) return 'wait';
  if (isChinese || isCjk(next)) return isAfterFigure && /\d/u.test(next) ? 'none' : i + 1;
  if (!isSpace(next)) return 'none';
  if (!isAfterFigure) return i + 2;
  if (IN_ADDRESS.test(text.slice(Math.max(0, i - LOOKAHEAD_CHARS), i))) return 'none';
  // "012, 345": groups of one number. The next character tells.
  const after = text[skipSpaces(text, i + 1)];
  if (after === undefined) return 'wait';
  return /\d/u.test(after) ? 'none' : i + 2;
}

/** Where a piece that grew too long is best split: after its last clause, else its last space, else anywhere. */
function forcedEnd(text: string, charsMax: number): number {
  for (let i = charsMax - 1; i > charsMax / 2; i--) {
    const end = clauseEnd(text, i, CJK_CLAUSE + CJK_LIST);
    if (typeof end === 'number' && end <= charsMax) return end;
  }
  // Rather between words than beside a number: "RM 50", "03-1234 5678".
  for (const beside of [/[^\d]/u, /./su]) {
    for (let i = charsMax; i > charsMax / 2; i--) {
      if (
        isSpace(text[i - 1] ?? '') &&
        beside.test(text[i] ?? '') &&
        beside.test(text[i - 2] ?? '')
      )
        return i;
    }
  }
  // Not within a surrogate pair.
  return /[\ud800-\udbff]/.test(text[charsMax - 1] ?? '') ? charsMax - 1 : charsMax;
}

/** Behind the last word that is known to be whole, and not beside a number: "RM 50". */
function wordsEnd(text: string): number {
  for (let end = text.length; end > 0; end--) {
    const [before = '', after = ''] = [text[end - 1], text[end]];
    if (isCjk(before)) return end;
    const isBetween = isSpace(before) && after !== '' && !isSpace(after);
    if (isBetween && !/\d/u.test(after + (text[end - 2] ?? ''))) return end;
  }
  return 0;
}

function skip(text: string, from: number, chars: string): number {
  let i = from;
  while (i < text.length && chars.includes(text[i] ?? '')) i++;
  return i;
}

function skipSpaces(text: string, from: number): number {
  let i = from;
  while (i < text.length && isSpace(text[i] ?? '')) i++;
  return i;
}

function weightOf(text: string): number {
  let weight = 0;
  for (const char of text.trim()) weight += isCjk(char) ? CJK_WEIGHT : 1;
  return weight;
}
