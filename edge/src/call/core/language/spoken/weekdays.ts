/** Days of the week in short, and as the ends of a range: `Mon-Fri`, `Sat, 5 May`, `Isnin-Jumaat`. */

import type { Language } from '../language.ts';
import type { Rule } from './rule.ts';

const NAMES: Readonly<Record<Language, readonly string[]>> = {
  en: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  ms: ['Isnin', 'Selasa', 'Rabu', 'Khamis', 'Jumaat', 'Sabtu', 'Ahad'],
  zh: ['星期一', '星期二', '星期三', '星期四', '星期五', '星期六', '星期天'],
};
const SHORT = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const OTHERS = [
  ['Tues', 1],
  ['Thur', 3],
  ['Thurs', 3],
] as const;

const DAYS: ReadonlyMap<string, number> = new Map([
  ...NAMES.en.map((name, i) => [name, i] as const),
  ...NAMES.ms.map((name, i) => [name, i] as const),
  ...SHORT.map((name, i) => [name, i] as const),
  ...OTHERS,
]);

/** All names, the longest first, as the source of a pattern. */
export const WEEKDAY_NAMES = [...DAYS.keys()].sort((a, b) => b.length - a.length).join('|');

/** "Sun" and "Sat" are words too: as days they stand before a number, a mark or another day. */
const IS_DAY = String.raw`(?:\.(?=,|\s\d)|(?=,?\s\d|,\s|\s?[-–/&]\s?(?:${WEEKDAY_NAMES})))`;

export const WEEKDAY_RULES: readonly Rule[] = [
  {
    pattern: new RegExp(String.raw`(${WEEKDAY_NAMES})(?!\p{Script=Latin})${IS_DAY}`, 'uy'),
    // A range of days is spoken as one of numbers is.
    isNumber: true,
    say: ([, name = ''], { language }) => nameOf(name, language),
  },
  {
    pattern: new RegExp(String.raw`(${WEEKDAY_NAMES})(?!\p{Script=Latin})`, 'uy'),
    isNumber: false,
    say: ([, name = ''], { language, before }) =>
      /[-–/&]\s?$/u.test(before) ? nameOf(name, language) : undefined,
  },
];

function nameOf(name: string, language: Language): string | undefined {
  const day = DAYS.get(name);
  return day === undefined ? undefined : NAMES[language][day];
}
