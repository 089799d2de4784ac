/** Days: `12/3/2026` (the day first, as in Malaysia), `2026-03-12`, `12 Mac 2026`, `March 12th`, `2026年`. */

import type { Language } from '../language.ts';
import { NUMERALS } from './amount.ts';
import { MONTH_NAMES, englishMonth, malayMonth, monthOf } from './months.ts';
import type { Place, Rule } from './rule.ts';
import { wordBefore } from './rule.ts';

interface Day {
  readonly day: number;
  readonly month: number;
  readonly year?: number;
  /** Last day of several in the same month. */
  readonly lastDay?: number;
}

const SUFFIX = '(?:st|nd|rd|th)?';
/** A year, but not the beginning of something longer. */
const YEAR = String.raw`(?:,?\s(\d{4})(?![\d:.]?\d|\s?[ap]m))?`;

/** These are no dates, though they could be. */
const FRACTIONS: ReadonlySet<string> = new Set([
  '1/2',
  '1/3',
  '2/3',
  '1/4',
  '3/4',
  '24/7',
  '50/50',
]);
/** "Jalan SS 2/24" */
const ROAD =
  /(?:\b(?:jalan|jln\.?|lorong|lrg\.?|seksyen|section|no\.?|lot|unit)|(?<!\p{L})\p{Lu}{1,4})\s?$/u;
/** Before one of these words it is a date all the same. */
const DATE_WORDS: ReadonlySet<string> = new Set([
  'on',
  'by',
  'pada',
  'tarikh',
  'date',
  'bertarikh',
  'until',
  'hingga',
  'sampai',
]);
/** "in 2026": said as a year, in English. */
const YEAR_WORDS: ReadonlySet<string> = new Set(
  'in since year until till before after by from during of early late mid'.split(' '),
);

export const DATE_RULES: readonly Rule[] = [
  rule(String.raw`(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![\d/-])`, ([, year, month, day], place) =>
    sayDay({ day: Number(day), month: Number(month), year: Number(year) }, place),
  ),
  rule(
    String.raw`(\d{1,2})(?:\/(\d{1,2})\/(\d{4}|\d{2})|([-.])(\d{1,2})\4(\d{4}))(?![\d/-]|\.\d)`,
    ([, day, slashMonth, slashYear, , month, year], place) => {
      const written = slashYear ?? year ?? '';
      return sayDay(
        dayFirst(
          Number(day),
          Number(slashMonth ?? month),
          Number(written) + (written.length === 2 ? 2000 : 0),
        ),
        place,
      );
    },
  ),
  rule(
    String.raw`(\d{1,2})\/(\d{1,2})(?![\d/%]|\.\d|\s?[ap]m(?!\p{L}))`,
    ([written, day, month], place) => {
      const isDate = DATE_WORDS.has(wordBefore(place.before));
      if (!isDate && (FRACTIONS.has(written) || ROAD.test(place.before))) return undefined;
      if (Number(day) > 31 || Number(month) > 12) return undefined;
      return sayDay({ day: Number(day), month: Number(month) }, place);
    },
  ),
  rule(
    String.raw`(\d{1,2})${SUFFIX}(?:\s?[-–]\s?(\d{1,2})${SUFFIX})?(?:\s?hb\.?|\shari ?bulan|\sof)?\s(${MONTH_NAMES})(?!\p{L})(?:\.(?=\s\d{4}))?${YEAR}`,
    ([, day, lastDay, name = '', year], place) => {
      const month = monthOf(name);
      if (month === undefined || isComputer(name, year, place)) return undefined;
      return sayDay(
        {
          day: Number(day),
          month,
          ...(lastDay !== undefined && { lastDay: Number(lastDay) }),
          ...(year !== undefined && { year: Number(year) }),
        },
        place,
      );
    },
  ),
  rule(
    String.raw`(${MONTH_NAMES})\.?\s(\d{1,2})${SUFFIX}${YEAR}(?![\d%\p{Script=Latin}]|[.:/,-]\d|\s?[ap]\.?m)`,
    ([, name = '', day, year], place) => {
      const month = monthOf(name);
      if (month === undefined) return undefined;
      if (place.language !== 'en')
        return sayDay(
          { day: Number(day), month, ...(year !== undefined && { year: Number(year) }) },
          place,
        );
      if (!isDay(Number(day))) return undefined;
      const { ordinal, year: sayYear } = NUMERALS.en;
      const rest = year === undefined ? '' : `, ${sayYear(Number(year))}`;
      return `${englishMonth(month)} ${ordinal(Number(day))}${rest}`;
    },
  ),
  rule(
    String.raw`(${MONTH_NAMES})\.?\s(\d{4})(?![\d:%]|[.,]\d)`,
    ([, name = '', year], { language }) => {
      const month = monthOf(name);
      if (month === undefined) return undefined;
      const spoken = NUMERALS[language].year(Number(year));
      if (language === 'zh') return `${spoken}年${NUMERALS.zh.cardinal(month)}月`;
      return `${language === 'en' ? englishMonth(month) : malayMonth(month)} ${spoken}`;
    },
  ),
  // "the 2000s"
  rule(String.raw`(1[89]|20)00'?s(?!\p{L})`, ([, century], { language }) => {
    if (language !== 'en') return undefined;
    return century === '20' ? 'two thousands' : `${NUMERALS.en.cardinal(Number(century))} hundreds`;
  }),
  // "the 1990s", "the 80s".
  rule(
    String.raw`((?:1[89]|20)?)([2-9])0'?s(?!\p{L})`,
    ([, century = '', decade], { language }) => {
      const { cardinal } = NUMERALS.en;
      if (language !== 'en') return undefined;
      const years = cardinal(Number(decade) * 10).replace(/y$/u, 'ies');
      return century === '' ? years : `${cardinal(Number(century))} ${years}`;
    },
  ),
  rule(String.raw`(\d{4})(?=\s?年|\s?[-–]\s?\d{4}\s?年)`, ([, year]) =>
    NUMERALS.zh.digits(year ?? ''),
  ),
  rule(
    String.raw`((?:1[1-9]|20)\d\d)(?![\d%\p{Script=Latin}]|[.,:]\d|[/-](?!(?:19|20)\d\d(?!\d)))`,
    ([, year], { language, before, after }) =>
      language === 'en' && isYear(before, after) ? NUMERALS.en.year(Number(year)) : undefined,
  ),
];

function rule(source: string, say: Rule['say']): Rule {
  return { pattern: new RegExp(source, 'uy'), isNumber: true, say };
}

/** "2 Mac computers": in English the Malay March needs a year, or nothing that could belong to it. */
function isComputer(name: string, year: string | undefined, { language, after }: Place): boolean {
  if (language !== 'en' || name !== 'Mac' || year !== undefined) return false;
  return /^\s(?!(?:at|to|until|from|and|or|is|for|in|between|then|we|you|i)\b)\p{L}/iu.test(after);
}

/** "in 2026", "2025/2026" */
function isYear(before: string, after: string): boolean {
  return (
    YEAR_WORDS.has(wordBefore(before)) ||
    /^\s?[-–/]\s?(?:19|20)\d\d(?!\d)/u.test(after) ||
    /(?<!\d)(?:19|20)\d\d\s?[-–/]\s?$/u.test(before)
  );
}

/** Where the month can only be a day, they were written the American way. */
function dayFirst(first: number, second: number, year: number): Day {
  return second > 12 && first <= 12
    ? { day: second, month: first, year }
    : { day: first, month: second, year };
}

function isDay(day: number): boolean {
  return day >= 1 && day <= 31;
}

function sayDay(
  { day, month, year, lastDay }: Day,
  { language, before }: Place,
): string | undefined {
  if (!isDay(day) || month < 1 || month > 12 || (lastDay !== undefined && !isDay(lastDay)))
    return undefined;
  const says: Readonly<Record<Language, () => string>> = {
    en: () => {
      const { ordinal, year: sayYear } = NUMERALS.en;
      const the = wordBefore(before) === 'the' ? '' : 'the ';
      const last = lastDay === undefined ? '' : ` to the ${ordinal(lastDay)}`;
      const rest = year === undefined ? '' : ` ${sayYear(year)}`;
      return `${the}${ordinal(day)}${last} of ${englishMonth(month)}${rest}`;
    },
    ms: () => {
      const { cardinal, year: sayYear } = NUMERALS.ms;
      const last = lastDay === undefined ? '' : ` hingga ${cardinal(lastDay)}`;
      const rest = year === undefined ? '' : ` ${sayYear(year)}`;
      return `${cardinal(day)}${last} ${malayMonth(month)}${rest}`;
    },
    zh: () => {
      const { cardinal, year: sayYear } = NUMERALS.zh;
      const first = year === undefined ? '' : `${sayYear(year)}年`;
      const last = lastDay === undefined ? '' : `到${cardinal(lastDay)}日`;
      return `${first}${cardinal(month)}月${cardinal(day)}日${last}`;
    },
  };
  return says[language]();
}
