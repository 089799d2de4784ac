/** Times of day: `3.30pm`, `15:30`, `9 a.m.`, `pukul 3.30`, `8.30 malam`. */

import type { Language } from '../language.ts';
import { NUMERALS } from './amount.ts';
import { type Place, type Rule, wordBefore } from './rule.ts';

interface Time {
  /** 0 to 23, or 1 to 12 with or without `half`. */
  readonly hour: number;
  readonly minute: number;
  readonly half: 'am' | 'pm' | undefined;
  /** Written as on a clock of 24 hours: 15:30, 09:00. */
  readonly is24: boolean;
}

const HALF = String.raw`(?:\s?([ap])(?:m(?!\p{L})|\.m\.?(?!\p{L})))`;

/** Before a time with a full stop in place of a colon. */
const TIME_WORDS: ReadonlySet<string> = new Set(['pukul', 'jam', 'at', 'kul', 'until', 'till']);
const MALAY_PERIOD = /^\s(?:pagi|petang|malam|tengah)/u;
const CHINESE_PERIOD = /(?:凌晨|早上|上午|中午|下午|傍晚|晚上|今晚|明早|明晚|半夜)\s?$/u;
/** "1.30 - 2.30 pm": what follows says that this is a time too. */
const RANGE_OF_TIMES =
  /^,?\s?(?:-|–|to|hingga|sampai|and|or|dan|atau)?\s?\d{1,2}[.:]\d\d\s?(?:[ap]\.?m|pagi|petang|malam)/iu;
const QUANTITY = /^\s?(?:%|[a-z]*(?:kg|km|ringgit|dollar|percent|million|sen)|点|元|[:.]?\d)/iu;

export const TIME_RULES: readonly Rule[] = [
  {
    pattern: new RegExp(String.raw`(\d{1,2})([:.])(\d\d)(?![\d:])${HALF}?`, 'iuy'),
    isNumber: true,
    say: ([, hour = '', mark, minute = '', half], place) => {
      if (half === undefined && mark === '.' && !isTimeByContext(place)) return undefined;
      return sayTime(timeOf(hour, minute, half), place);
    },
  },
  {
    pattern: new RegExp(String.raw`(\d{1,2})${HALF}`, 'iuy'),
    isNumber: true,
    say: ([, hour = '', half], place) => sayTime(timeOf(hour, '00', half), place),
  },
];

function isTimeByContext({ before, after }: Place): boolean {
  if (QUANTITY.test(after)) return false;
  return (
    TIME_WORDS.has(wordBefore(before)) || MALAY_PERIOD.test(after) || RANGE_OF_TIMES.test(after)
  );
}

function timeOf(hour: string, minute: string, half: string | undefined): Time {
  const is24 = half === undefined && (hour.startsWith('0') || Number(hour) > 12);
  const halves = { a: 'am', p: 'pm' } as const;
  const letter = half?.toLowerCase();
  return {
    hour: Number(hour),
    minute: Number(minute),
    half: letter === 'a' || letter === 'p' ? halves[letter] : undefined,
    is24,
  };
}

function sayTime(time: Time, place: Place): string | undefined {
  if (time.hour > 23 || time.minute > 59 || (time.half !== undefined && time.hour > 12 + 11))
    return undefined;
  return SAY[place.language](time, place);
}

/** 0 to 23 where that is known. */
function hourOf24({ hour, half, is24 }: Time): number | undefined {
  if (is24) return hour;
  if (half === undefined) return undefined;
  if (hour > 12) return hour;
  return (hour % 12) + (half === 'pm' ? 12 : 0);
}

function hourOf12(hour: number): number {
  return hour % 12 === 0 ? 12 : hour % 12;
}

const SAY: Readonly<Record<Language, (time: Time, place: Place) => string>> = {
  en: (time, { after }) => {
    const { cardinal } = NUMERALS.en;
    const hour24 = hourOf24(time);
    const hour = cardinal(hourOf12(time.hour));
    const minute =
      time.minute === 0 ? '' : ` ${time.minute < 10 ? 'oh ' : ''}${cardinal(time.minute)}`;
    const isSaid = /^\s?(?:in the|o'clock|at night|hours|hrs)/u.test(after);
    if (hour24 !== undefined && !isSaid) return `${hour}${minute} ${hour24 < 12 ? 'AM' : 'PM'}`;
    return minute === '' && !isSaid ? `${hour} o'clock` : hour + minute;
  },
  ms: (time, { before, after }) => {
    const { cardinal } = NUMERALS.ms;
    const hour24 = hourOf24(time);
    const hour = cardinal(hourOf12(time.hour));
    const minute =
      time.minute === 0 ? '' : ` ${time.minute < 10 ? 'kosong ' : ''}${cardinal(time.minute)}`;
    const isSaid = MALAY_PERIOD.test(after);
    const period = hour24 === undefined || isSaid ? '' : ` ${malayPeriod(hour24)}`;
    const isAlone = minute === '' && period === '' && !isSaid;
    const pukul = isAlone && !TIME_WORDS.has(wordBefore(before)) ? 'pukul ' : '';
    return pukul + hour + minute + period;
  },
  zh: (time, { before }) => {
    const { count, cardinal } = NUMERALS.zh;
    const hour24 = hourOf24(time);
    const period = hour24 === undefined || CHINESE_PERIOD.test(before) ? '' : chinesePeriod(hour24);
    return `${period}${count(hourOf12(time.hour))}点${chineseMinute(time.minute, cardinal)}`;
  },
};

function malayPeriod(hour: number): string {
  if (hour === 0) return 'tengah malam';
  if (hour < 12) return 'pagi';
  if (hour < 14) return 'tengah hari';
  return hour < 19 ? 'petang' : 'malam';
}

function chinesePeriod(hour: number): string {
  if (hour < 5) return '凌晨';
  if (hour < 9) return '早上';
  if (hour < 12) return '上午';
  if (hour === 12) return '中午';
  return hour < 18 ? '下午' : '晚上';
}

function chineseMinute(minute: number, cardinal: (value: number) => string): string {
  if (minute === 0) return '';
  if (minute === 30) return '半';
  return `${minute < 10 ? '零' : ''}${cardinal(minute)}分`;
}
