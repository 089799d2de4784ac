/**
 * Text as a voice should read it: numbers, prices, dates and short forms in words.
 *
 * The voice model reads figures as it likes, in whatever language it likes. Made for whole clauses: a token that is cut
 * is read as what is left of it.
 */

import type { Language } from '../language.ts';
import { ABBREVIATION_RULES } from './abbreviations.ts';
import { DATE_RULES } from './dates.ts';
import { WEEKDAY_NAMES, WEEKDAY_RULES } from './weekdays.ts';
import { LINK_RULES } from './links.ts';
import { MONEY_RULES } from './money.ts';
import { NUMBER_RULES } from './numbers.ts';
import { PHONE_RULES } from './phones.ts';
import type { Rule } from './rule.ts';
import { SIGN_RULES } from './signs.ts';
import { TIME_RULES } from './times.ts';
import { UNIT_RULES } from './units.ts';

export interface SpokenText {
  readonly spoken: string;
  /**
   * The index in the source up to which has been said when `spokenIndex` characters have: 0 to the source's length. A
   * token that is spoken otherwise than written counts once it is complete.
   */
  readonly sourceEndOf: (spokenIndex: number) => number;
}

/** The first rule that knows a token speaks it. */
const RULES: readonly Rule[] = [
  ...LINK_RULES,
  ...MONEY_RULES,
  ...DATE_RULES,
  ...WEEKDAY_RULES,
  ...TIME_RULES,
  ...PHONE_RULES,
  ...UNIT_RULES,
  ...ABBREVIATION_RULES,
  ...NUMBER_RULES,
  ...SIGN_RULES,
];

/** Characters of context a rule is shown. */
const CONTEXT_CHARS = 24;

const RANGE = new RegExp(
  String.raw`\s?[-–—~]\s?(?=(?:RM|US\$|S\$|[$¥£€])?\s?\d|(?:${WEEKDAY_NAMES})(?!\p{Script=Latin}))`,
  'uy',
);
const TO: Readonly<Record<Language, string>> = { en: 'to', ms: 'hingga', zh: '到' };

/** "12-3" in an address: no range goes down, but for one of hours. */
const DASH: Readonly<Record<Language, string>> = { en: 'dash', ms: 'sempang', zh: '杠' };
const WHOLE_BEFORE = /(?<![\d.,:])\d{1,4}$/u;
const NAME_BEFORE = /(?<![\d,.])\d{5,}$/u;
const WHOLE_AFTER = /^\d{1,4}(?![\d.,:]\d|\d|\s?(?:[ap]\.?m|pagi|petang|malam|tengah|点))/u;

const LATIN = /\p{Script=Latin}/u;
const FIGURE = /\d/u;
const LETTER_OR_FIGURE = /[\p{Script=Latin}\p{N}]/u;
/** Signs at which a rule may begin. */
const SIGNS = /[-–—+$¥£€&/%@=#~≈×*°½¼¾(−\s<>≥≤±]/u;
const SIGN_AFTER_SPACE = /[-–—~/x*]/iu;

/** Where a token of the source went; between tokens the text is the same. */
interface Token {
  readonly from: number;
  readonly to: number;
  readonly spokenFrom: number;
  readonly spokenTo: number;
}

interface Found {
  readonly end: number;
  readonly words: string;
  readonly isNumber: boolean;
}

/** `text` in words of `language`; a text that is plainly Chinese, or plainly not, has its numbers in its own language. */
export function toSpoken(text: string, language: Language): SpokenText {
  const folded = foldWidth(text);
  const chosen = languageIn(folded, language);
  const tokens: Token[] = [];
  let spoken = '';
  let lastNumberEnd = -1;
  for (let index = 0; index < folded.length;) {
    const found =
      (index === lastNumberEnd ? rangeAt(folded, index, chosen) : undefined) ??
      tokenAt(folded, index, chosen);
    if (found === undefined) {
      spoken += text[index] ?? '';
      index++;
      continue;
    }
    const spokenFrom = spoken.length;
    spoken += spaced(spoken, found.words, folded[found.end]);
    const token = { from: index, to: found.end, spokenFrom, spokenTo: spoken.length };
    tokens.push(token);
    index = found.end;
    // "B-2-15" is no range.
    if (found.isNumber && folded[token.from - 1] !== '-') lastNumberEnd = index;
  }
  return {
    spoken,
    sourceEndOf: (spokenIndex) => sourceEnd(tokens, text.length, spoken.length, spokenIndex),
  };
}

function sourceEnd(
  tokens: readonly Token[],
  sourceLength: number,
  spokenLength: number,
  spokenIndex: number,
): number {
  if (spokenIndex <= 0) return 0;
  if (spokenIndex >= spokenLength) return sourceLength;
  const token = tokens.findLast(({ spokenFrom }) => spokenFrom < spokenIndex);
  if (token === undefined) return spokenIndex;
  return spokenIndex < token.spokenTo ? token.from : token.to + spokenIndex - token.spokenTo;
}

function tokenAt(text: string, index: number, language: Language): Found | undefined {
  const char = text[index] ?? '';
  const before = text[index - 1] ?? '';
  if (LATIN.test(char)) {
    if (LATIN.test(before)) return undefined;
  } else if (/\s/u.test(char)) {
    // "3 x 4", "a / b", "9 pagi - 5 petang".
    if (!SIGN_AFTER_SPACE.test(text[index + 1] ?? '')) return undefined;
  } else if (!FIGURE.test(char) && !SIGNS.test(char)) {
    return undefined;
  }
  const contextBefore = text.slice(Math.max(0, index - CONTEXT_CHARS), index);
  for (const rule of RULES) {
    rule.pattern.lastIndex = index;
    const match = rule.pattern.exec(text);
    if (match === null || match[0] === '') continue;
    const end = index + match[0].length;
    const after = text.slice(end, end + CONTEXT_CHARS);
    const words = rule.say(match, { language, before: contextBefore, after });
    if (words !== undefined) return { end, words, isNumber: rule.isNumber };
  }
  return undefined;
}

/** The dash after a number and before another. */
function rangeAt(text: string, index: number, language: Language): Found | undefined {
  RANGE.lastIndex = index;
  const match = RANGE.exec(text);
  if (match === null) return undefined;
  // "20260312-001": figures that name something.
  if (NAME_BEFORE.test(text.slice(Math.max(0, index - CONTEXT_CHARS), index))) return undefined;
  const end = index + match[0].length;
  const first = WHOLE_BEFORE.exec(text.slice(Math.max(0, index - CONTEXT_CHARS), index))?.[0];
  const last = WHOLE_AFTER.exec(text.slice(end, end + CONTEXT_CHARS))?.[0];
  const isDown = first !== undefined && last !== undefined && Number(first) >= Number(last);
  return { end, words: isDown ? DASH[language] : TO[language], isNumber: false };
}

/** `words` with the spaces that keep them apart from what is before and after. */
function spaced(before: string, words: string, after: string | undefined): string {
  const first = words[0] ?? '';
  const last = words.at(-1) ?? '';
  const isGlued = LETTER_OR_FIGURE.test(before.at(-1) ?? '') && LETTER_OR_FIGURE.test(first);
  const isGluedAfter = LETTER_OR_FIGURE.test(last) && LETTER_OR_FIGURE.test(after ?? '');
  return (isGlued ? ' ' : '') + words + (isGluedAfter ? ' ' : '');
}

/** Wide figures and marks as the common ones; every character stays one character. */
function foldWidth(text: string): string {
  return text.replaceAll(/[\uff01-\uff5e]/gu, (char) =>
    // 0xfee0 lies between the wide forms and ASCII in Unicode.
    '，：；！？'.includes(char) ? char : String.fromCodePoint((char.codePointAt(0) ?? 0) - 0xfee0),
  );
}

/** A sentence of another script than the agent's language has its numbers in its own. */
function languageIn(text: string, language: Language): Language {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  // Words in small letters: "RM" and "OK" are of any language.
  const latin = text.match(/\p{Ll}{2,}/gu)?.length ?? 0;
  if (language !== 'zh') return han > 2 * latin ? 'zh' : language;
  return han === 0 && latin > 2 ? 'en' : 'zh';
}
