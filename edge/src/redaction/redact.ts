/**
 * Takes card numbers and Malaysian identity card numbers out of a text, in figures or in words of three languages.
 *
 * A run of digits is looked at as it was read out: "four one one one", "double three", "kosong satu", "四一一一", with marks and
 * hesitations among them. A card is 13 to 19 digits that pass Luhn's check and begin like one; an identity card is YYMMDD-PB-####
 * with a real month, day and place of birth. Both are looked for in every part of a run that begins and ends with a word.
 *
 * @see ISO/IEC 7812-1 (card numbers, Luhn); National Registration Department of Malaysia (place of birth codes)
 */

import { LANGUAGES } from '../call/core/language/language.ts';
import { LEXICONS } from '../call/core/language/lexicons.ts';
import { wordsOf } from '../call/core/language/words.ts';

export const CARD_MASK = '[card number]';
export const IC_MASK = '[IC number]';

const DIGITS = tableOf((language) => LEXICONS[language].digits);
const REPEATS = tableOf((language) => LEXICONS[language].repeats);
/** What may be said between two digits of one number. */
const FILLERS = new Set([
  ...LANGUAGES.flatMap((language) => LEXICONS[language].hesitations),
  'dash',
  'hyphen',
  'space',
  'then',
  'and',
  'sengkang',
  'dan',
  'lepas',
  'tu',
  '杠',
  '然',
  '后',
]);

/** Longer than any number that is looked for, with room around it: bounds the search in a text of digits alone. */
const TOKENS_MAX = 400;
const CARD_LENGTHS = [16, 15, 14, 13, 17, 18, 19];

interface Token {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly mask: string;
}

/** The text with each number replaced by what it was. */
export function redact(text: string): string {
  let redacted = '';
  let at = 0;
  for (const run of runsIn(text)) {
    for (const { start, end, mask } of numbersIn(run)) {
      redacted += text.slice(at, start) + mask;
      at = end;
    }
  }
  return redacted + text.slice(at);
}

/** Figures that are written together, a Chinese character, or a word of letters. */
const PIECE = /\p{Nd}+|\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}'’])+/gu;

/** Digits in an unbroken row, each with its place. */
function runsIn(text: string): Token[][] {
  const runs: Token[][] = [];
  let run: Token[] = [];
  let repeat: { readonly times: number; readonly start: number } | undefined;
  const close = (): void => {
    if (run.length > 0) runs.push(run);
    run = [];
    repeat = undefined;
  };
  for (const match of text.matchAll(PIECE)) {
    const [word = ''] = wordsOf(match[0]);
    const start = match.index;
    const end = start + match[0].length;
    const digit = /^\d+$/u.test(word) ? word : DIGITS.get(word);
    const times = REPEATS.get(word);
    if (digit !== undefined) {
      const digits = digit.repeat(repeat?.times ?? 1);
      run.push({ start: repeat?.start ?? start, end, digits });
      repeat = undefined;
      if (run.length >= TOKENS_MAX) close();
    } else if (times !== undefined) {
      repeat = { times, start };
    } else if (!FILLERS.has(word)) {
      close();
    }
  }
  close();
  return runs;
}

function numbersIn(run: readonly Token[]): Found[] {
  const found: Found[] = [];
  for (let first = 0; first < run.length;) {
    const number = numberAt(run, first);
    if (number === undefined) {
      first++;
      continue;
    }
    found.push(number.found);
    first = number.next;
  }
  return found;
}

/** The number that begins with the token `first`, and the token after it. */
function numberAt(
  run: readonly Token[],
  first: number,
): { readonly found: Found; readonly next: number } | undefined {
  const ends = new Map<number, number>();
  let digits = '';
  for (let next = first; next < run.length && digits.length < 19; next++) {
    digits += run[next]?.digits ?? '';
    ends.set(digits.length, next + 1);
  }
  const match = (length: number, mask: string, isNumber: (digits: string) => boolean) => {
    const next = ends.get(length);
    if (next === undefined || !isNumber(digits.slice(0, length))) return undefined;
    const start = run[first]?.start ?? 0;
    const end = run[next - 1]?.end ?? start;
    return { found: { start, end, mask }, next };
  };
  for (const length of CARD_LENGTHS) {
    const card = match(length, CARD_MASK, isCard);
    if (card !== undefined) return card;
  }
  return match(12, IC_MASK, isIc);
}

/** Cards of banks begin with 2 to 6: a telephone number in full, with 0 or 00, does not. */
function isCard(digits: string): boolean {
  if (!/^[2-6]/u.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Place of birth codes that were never given out. */
const PLACES_NONE: ReadonlySet<number> = new Set([
  0, 17, 18, 19, 20, 69, 70, 73, 80, 81, 94, 95, 96, 97,
]);

function isIc(digits: string): boolean {
  const month = Number(digits.slice(2, 4));
  const day = Number(digits.slice(4, 6));
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= 31;
  return isDate && !PLACES_NONE.has(Number(digits.slice(6, 8)));
}

function tableOf<Value>(
  of: (language: (typeof LANGUAGES)[number]) => Readonly<Record<string, Value>>,
): ReadonlyMap<string, Value> {
  return new Map(LANGUAGES.flatMap((language) => Object.entries(of(language))));
}
