/**
 * A stream of tokens to pieces of text that can be spoken on their own.
 *
 * The pieces put together are the text again, character by character, but for white space at its very end: what was
 * heard is an exact beginning of what was said. The first piece may be a mere clause, so that the voice starts early;
 * all others are sentences, because a voice that knows the whole sentence intones it better. Covers English, Malay and
 * Chinese; numbers (`3.5`, `1,000`), abbreviations (`Dr. Lim`, `Sdn. Bhd.`) and initials are not split.
 */

import { isCjk, isSpace, isSpoken } from '../scripts.ts';

export interface SentenceOptions {
  /** The least a first clause must weigh; a Chinese character weighs {@link CJK_WEIGHT}. */
  readonly firstWeightMin: number;
  /** A longer piece is split at a clause or a space even within its sentence. */
  readonly charsMax: number;
}

export const SENTENCE_DEFAULTS: SentenceOptions = { firstWeightMin: 12, charsMax: 240 };

/** One Chinese character is about a syllable, and a syllable about three letters. */
const CJK_WEIGHT = 3;

const STRONG = '.!?';
const CJK_STRONG = '。！？；…';
const CLAUSE = ',;:';
const CJK_CLAUSE = '，、：';
const CLOSERS = `"')]}”’」』）》`;

/** Words whose full stop ends no sentence: English and Malay, lower case, without the stop. */
const ABBREVIATIONS: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof st mt vs etc approx dept est fig inc ltd jr sr co corp gen col capt lt rev hon ave rd blvd ' +
    'e.g i.e cf u.s u.k jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri ' +
    'tn pn en sdn bhd jln kpg tmn lrg dll dsb spt bil tel hj hjh dato'
  ).split(' '),
);
/** Abbreviations only before a number: "No. 5" but "No. I would rather not." */
const BEFORE_NUMBERS: ReadonlySet<string> = new Set(['no', 'nos', 'vol', 'pp', 'p', 'ext']);
/** Abbreviations that may end a sentence as well; a capital after them says so. */
const TIMES: ReadonlySet<string> = new Set(['a.m', 'p.m', 'am', 'pm']);

export class SentenceSplitter {
  readonly #options: SentenceOptions;
  #pending = '';
  #isFirst = true;

  constructor(options: SentenceOptions = SENTENCE_DEFAULTS) {
    this.#options = options;
  }

  /** Takes more of the text and answers the pieces that are complete now. */
  push(text: string): string[] {
    this.#pending += text;
    const pieces: string[] = [];
    for (;;) {
      const end = this.#findEnd();
      if (end === undefined) return pieces;
      pieces.push(this.#pending.slice(0, end));
      this.#pending = this.#pending.slice(end);
      this.#isFirst = false;
    }
  }

  /** The text is complete: answers what is left, unless nothing of it can be spoken. */
  flush(): string[] {
    const rest = this.#pending;
    this.#pending = '';
    return rest.trim() === '' ? [] : [rest];
  }

  #findEnd(): number | undefined {
    const text = this.#pending;
    for (let i = 0; i < text.length; i++) {
      const end = sentenceEnd(text, i) ?? (this.#isFirst ? this.#clauseEnd(i) : undefined);
      // Marks and spaces alone are no piece: they go with what follows.
      if (end !== undefined && isSpoken(text.slice(0, end))) return end;
    }
    return text.length > this.#options.charsMax
      ? forcedEnd(text, this.#options.charsMax)
      : undefined;
  }

  #clauseEnd(i: number): number | undefined {
    const end = clauseEnd(this.#pending, i);
    if (end === undefined) return undefined;
    return weightOf(this.#pending.slice(0, i)) >= this.#options.firstWeightMin ? end : undefined;
  }
}

/** End of the sentence whose mark is at `i`, with quotes and spaces after it; undefined where none ends for certain. */
function sentenceEnd(text: string, i: number): number | undefined {
  const char = text[i] ?? '';
  if (char === '\n') return skipSpaces(text, i);
  if (CJK_STRONG.includes(char)) return skipSpaces(text, skip(text, i + 1, CJK_STRONG + CLOSERS));
  if (!STRONG.includes(char)) return undefined;

  const end = skip(text, skip(text, i + 1, STRONG), CLOSERS);
  // What follows tells "3." from "3.5": wait for it.
  const next = text[end];
  if (next === undefined) return undefined;
  if (isCjk(next)) return end;
  if (!isSpace(next)) return undefined;
  const afterSpaces = skipSpaces(text, end);
  if (char === '.' && end === i + 1 && isAbbreviation(text, i, text[afterSpaces])) return undefined;
  return afterSpaces;
}

/** Whether the full stop at `i` belongs to its word. `next` is the first character of the next word, if known yet. */
function isAbbreviation(text: string, i: number, next: string | undefined): boolean {
  const before = text.slice(0, i);
  // "1. First": the number of an item.
  if (/^\s*\d{1,2}$/u.test(before)) return true;
  const word = /[\p{L}.]+$/u.exec(before)?.[0].toLowerCase() ?? '';
  if (ABBREVIATIONS.has(word)) return true;
  if (BEFORE_NUMBERS.has(word)) return next === undefined || /\d/u.test(next);
  if (TIMES.has(word)) return next === undefined || !/\p{Lu}/u.test(next);
  return word !== 'i' && /^\p{L}$/u.test(word);
}

function clauseEnd(text: string, i: number): number | undefined {
  const char = text[i] ?? '';
  if (CJK_CLAUSE.includes(char)) return skipSpaces(text, i + 1);
  if (!CLAUSE.includes(char)) return undefined;
  const next = text[i + 1];
  if (next === undefined || !isSpace(next)) return undefined;
  const end = skipSpaces(text, i + 1);
  // "012, 345": groups of one number. The next character tells.
  if (/\d/u.test(text[i - 1] ?? '')) {
    const after = text[end];
    if (after === undefined || /\d/u.test(after)) return undefined;
  }
  return end;
}

/** Where a piece that grew too long is best split: after its last clause, else its last space, else anywhere. */
function forcedEnd(text: string, charsMax: number): number {
  for (let i = charsMax - 1; i > charsMax / 2; i--) {
    const end = clauseEnd(text, i);
    if (end !== undefined && end <= text.length) return end;
  }
  for (let i = charsMax; i > charsMax / 2; i--) {
    if (isSpace(text[i - 1] ?? '')) return i;
  }
  // Not within a surrogate pair.
  return /[\ud800-\udbff]/.test(text[charsMax - 1] ?? '') ? charsMax - 1 : charsMax;
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
