/** Numbers as they are written: `1,250.50`, `-3`, `012`. */

import type { Language } from '../language.ts';
import { ENGLISH_NUMERALS } from './english-numerals.ts';
import { MALAY_NUMERALS } from './malay-numerals.ts';
import { MANDARIN_NUMERALS } from './mandarin-numerals.ts';
import { CARDINAL_MAX, type Numerals } from './numerals.ts';

export const NUMERALS: Readonly<Record<Language, Numerals>> = {
  en: ENGLISH_NUMERALS,
  ms: MALAY_NUMERALS,
  zh: MANDARIN_NUMERALS,
};

/** A number with thousands marked or not, as the source of a pattern; its longest form first. */
export const AMOUNT = String.raw`(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)`;

/** The number `written` matches {@link AMOUNT}; in words, "1,250.5" as "one thousand two hundred and fifty point five". */
export function sayAmount(written: string, language: Language, isCount = false): string {
  const numerals = NUMERALS[language];
  const [whole = '', fraction] = written.replaceAll(',', '').split('.');
  const value = Number(whole);
  if (fraction === undefined) {
    if (value > CARDINAL_MAX) return sayDigits(whole, language);
    return isCount ? numerals.count(value) : numerals.cardinal(value);
  }
  const spoken =
    value === 0
      ? numerals.zeroWhole
      : value > CARDINAL_MAX
        ? numerals.digits(whole)
        : numerals.cardinal(value);
  return spoken + numerals.point + numerals.digits(fraction);
}

/** Figure by figure, with a pause after each few of them. */
export function sayDigits(figures: string, language: Language): string {
  return sayGroups(groupsOf(figures), language);
}

export function sayGroups(groups: readonly string[], language: Language): string {
  const { digits, pause } = NUMERALS[language];
  return groups.map((group) => digits(group)).join(pause);
}

/** Threes and fours, the last the longest, as numbers are read out: 0123456789 is 012 345 6789. */
function groupsOf(figures: string): string[] {
  if (figures.length <= 5) return [figures];
  const fours = figures.length > 12 ? Math.floor(figures.length / 4) : figures.length % 3;
  const groups: string[] = [];
  let end = figures.length;
  for (let i = 0; end > 0; i++) {
    const size = i < fours || (figures.length === 8 && i < 2) ? 4 : 3;
    groups.unshift(figures.slice(Math.max(0, end - size), end));
    end -= size;
  }
  return groups;
}
