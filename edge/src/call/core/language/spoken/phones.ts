/** Phone numbers and other numbers in groups, figure by figure: `03-1234 5678`, `+60 12 345 6789`, `900101-14-5678`. */

import type { Language } from '../language.ts';
import { NUMERALS, sayDigits, sayGroups } from './amount.ts';
import type { Rule } from './rule.ts';

/** Figures of one number: fewer are no phone number, more than E.164 allows neither. */
const FIGURES_MIN = 7;
const FIGURES_MAX = 16;

/** Groups with one space, hyphen or bracket between them; with that mark never left out there is one way to read them. */
const GROUPS = String.raw`\d{1,12}(?:(?:\) ?-? ?|- ?| -? ?)\d{2,12}){1,6}(?!\d|[.,]\d)`;

export const PHONE_RULES: readonly Rule[] = [
  {
    // With "+", or with the zero or bracket every national number begins with.
    pattern: new RegExp(String.raw`(\+ ?|\+?\(|)(0?${GROUPS}|\d{7,16}(?!\d))`, 'uy'),
    isNumber: false,
    say: ([, prefix = '', number = ''], { language, before }) => {
      // "-0…" goes on from something else.
      if (/[\d.,]$/u.test(before)) return undefined;
      const isPlus = prefix.startsWith('+');
      const groups = number.split(/\D+/u);
      const figures = groups.join('').length;
      if (figures < FIGURES_MIN || figures > FIGURES_MAX) return undefined;
      if (!isPlus && prefix === '' && !isGrouped(number, groups)) return undefined;
      const spoken =
        groups.length === 1 ? international(number, isPlus, language) : sayGroups(groups, language);
      return (isPlus ? NUMERALS[language].plus : '') + spoken;
    },
  },
  {
    pattern: /(?:999|911|112|994)(?![\d%]|[.,]\d)/uy,
    isNumber: false,
    say: ([number], { language, before }) =>
      /(?:call|dial|ring|hubungi|dail|telefon|拨打|拨|打)\s?$/iu.test(before)
        ? NUMERALS[language].digits(number)
        : undefined,
  },
];

/** Whether groups without a "+" are one number: it begins with 0 or 1-300, has hyphens, or is two fours. */
function isGrouped(number: string, groups: readonly string[]): boolean {
  if (groups.length === 1) return number.startsWith('0');
  if (number.startsWith('0') || /^60\d{0,2}[- ]/u.test(number)) return true;
  if (/^1[- ]?(?:300|700|800)[- ]/u.test(number)) return true;
  if (/^\d+(?:-\d+)+$/u.test(number)) return groups.length >= 3 || !/-/u.test(number.slice(5));
  // "2025-2026" is a pair of years.
  const isYears = groups.every((group) => /^(?:19|20)\d\d$/u.test(group));
  return groups.length === 2 && !isYears && groups.every((group) => group.length === 4);
}

/** The country's figures apart: all that matter here have two, but for +1 and +7. */
function international(number: string, isPlus: boolean, language: Language): string {
  if (!isPlus) return sayDigits(number, language);
  const country = /^[17]/u.test(number) ? 1 : 2;
  const { digits, pause } = NUMERALS[language];
  return (
    digits(number.slice(0, country)) +
    pause +
    sayGroups(nationalGroups(number.slice(country)), language)
  );
}

/** The operator or area, three or four figures, the last four. */
function nationalGroups(figures: string): string[] {
  const middle = figures.length === 9 ? 3 : 4;
  return [figures.slice(0, -4 - middle), figures.slice(-4 - middle, -4), figures.slice(-4)].filter(
    (group) => group !== '',
  );
}
