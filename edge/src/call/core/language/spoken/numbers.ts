/** All other numbers: amounts, ordinals, fractions, and figures that only name something. */

import type { Language } from '../language.ts';
import { AMOUNT, NUMERALS, sayAmount, sayDigits } from './amount.ts';
import { type Place, type Rule, wordBefore } from './rule.ts';

/** What follows is counted: "2个" is "两个", but "2月" and "2号" are not. */
const MEASURE =
  /^\s?(?:[个位件次张本天年点家只条杯份间晚周种倍块元米斤套辆名人秒克升万亿千瓶盒包页顿双把台句分]|小时|公里|公斤|公尺|平方|令吉|星期)/u;
/** A figure after these names something and is not counted: "第2个". */
const NAMED = /[第年月周期楼层号]\s?$/u;

/** After these a number names something; it is read out. */
const NAME_WORDS: ReadonlySet<string> = new Set(
  (
    'code pin otp tac id ref reference order booking ticket room number no flight ext extension postcode passport ' +
    'kod bilik nombor rujukan pesanan tempahan poskod sambungan tiket invoice invois account akaun unit lot'
  ).split(' '),
);
/** Between the name and the number: "your code is", "nombor tempahan anda ialah". */
const COPULA = /\s(?:is|ialah|adalah|anda|awak|saya|number|no)(?:\s(?:is|ialah|adalah))?:?\s?$/iu;
const CHINESE_NAMES =
  /(?:号码|单号|验证码|密码|编号|房间|房号|邮编|分机|账号|号是|码是)[是为：:]?\s?$/u;

/** "12345 people": a thing in lower case is counted, unless the sentence goes on without one. */
const COUNTED =
  /^\s(?!(?:is|are|and|or|to|at|for|in|on|from|with|was|as|of|by|then|dan|atau|di|ke|untuk|pada|dari|adalah|ialah|dengan|yang|ini|itu|sudah|telah)\b)\p{Ll}{2,}/u;

/** Fewer figures are said as a number, unless something names them. */
const NAME_FIGURES_MIN = 3;
/** A number so long without marks for its thousands is a name, if it is not round. */
const LONG_FIGURES_MIN = 5;

const FRACTIONS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  '1/2': { en: 'half', ms: 'setengah', zh: '二分之一' },
  '1/3': { en: 'one third', ms: 'satu pertiga', zh: '三分之一' },
  '2/3': { en: 'two thirds', ms: 'dua pertiga', zh: '三分之二' },
  '1/4': { en: 'a quarter', ms: 'suku', zh: '四分之一' },
  '3/4': { en: 'three quarters', ms: 'tiga suku', zh: '四分之三' },
  '50/50': { en: 'fifty-fifty', ms: 'separuh-separuh', zh: '一半一半' },
  '24/7': { en: 'twenty-four seven', ms: 'dua puluh empat jam setiap hari', zh: '全天候' },
};
const VULGAR: Readonly<Record<string, string>> = { '½': '1/2', '¼': '1/4', '¾': '3/4' };
const AND: Readonly<Record<Language, string>> = { en: ' and ', ms: ' ', zh: '又' };

const RATIO: Readonly<Record<Language, string>> = { en: ' to ', ms: ' kepada ', zh: '比' };
const TRIP: Readonly<Record<Language, readonly [string, string]>> = {
  en: [' days ', ' nights'],
  ms: [' hari ', ' malam'],
  zh: ['天', '夜'],
};

const SIGNED = /(?:^|[\s(:：，,。])$/u;

export const NUMBER_RULES: readonly Rule[] = [
  {
    pattern: /(\d{1,15})(?:st|nd|rd|th)(?!\p{L}|\d)/iuy,
    isNumber: true,
    say: ([, number], { language }) =>
      Number(number) === 0 ? undefined : NUMERALS[language].ordinal(Number(number)),
  },
  {
    pattern: /ke ?- ?(\d{1,15})(?!\d|[.,]\d)/iuy,
    isNumber: true,
    say: ([, number]) => (Number(number) === 0 ? undefined : NUMERALS.ms.ordinal(Number(number))),
  },
  {
    pattern: /(?:(\d{1,3}) ?)?([½¼¾])|(\d{1,2}\/\d{1,2})(?![\d/])/uy,
    isNumber: true,
    say: ([, whole, vulgar = '', written = ''], { language }) => {
      const fraction = FRACTIONS[VULGAR[vulgar] ?? written]?.[language];
      if (fraction === undefined || whole === undefined) return fraction;
      const article = language === 'en' && fraction === 'half' ? 'a ' : '';
      return sayAmount(whole, language) + AND[language] + article + fraction;
    },
  },
  {
    // A ratio: no time of day is left here.
    pattern: /(\d{1,3}):(\d{1,3})(?![\d:]|[.,]\d)/uy,
    isNumber: false,
    say: ([, first = '', second = ''], { language, before }) =>
      /\d[:.]$/u.test(before)
        ? undefined
        : sayAmount(first, language) + RATIO[language] + sayAmount(second, language),
  },
  {
    // A trip of three days and two nights.
    pattern: /(\d{1,2})D(\d{1,2})N(?![\p{L}\d])/uy,
    isNumber: false,
    say: ([, days = '', nights = ''], { language }) => {
      const [day, night] = TRIP[language];
      return sayAmount(days, language, true) + day + sayAmount(nights, language, true) + night;
    },
  },
  {
    // Versions and addresses: 1.2.3.
    pattern: /\d{1,15}(?:\.\d{1,15}){2,15}(?!\d|\.\d)/uy,
    isNumber: false,
    say: ([written], { language }) => {
      const { cardinal, point } = NUMERALS[language];
      return written
        .split('.')
        .map((part) => cardinal(Number(part)))
        .join(point);
    },
  },
  {
    pattern: new RegExp(String.raw`([-+−]?)(${AMOUNT})`, 'uy'),
    isNumber: true,
    say: ([, sign = '', number = ''], place) => {
      const { minus, plus } = NUMERALS[place.language];
      if (sign === '') return sayNumber(number, place);
      // "A-1" is no minus one.
      if (!SIGNED.test(place.before)) return undefined;
      return (sign === '+' ? plus : minus) + sayNumber(number, { ...place, before: '' });
    },
  },
];

function sayNumber(number: string, place: Place): string {
  const { language, before, after } = place;
  if (/^\d+$/u.test(number) && isName(number, place)) return sayDigits(number, language);
  const isCount = MEASURE.test(after) && !NAMED.test(before);
  return sayAmount(number, language, isCount);
}

/** Whether a number without marks names something, such as a room. */
function isName(number: string, { before, after, language }: Place): boolean {
  if (number.length > 1 && number.startsWith('0')) return true;
  if (number.length < NAME_FIGURES_MIN) return false;
  if (/[\p{Script=Latin}#]-?$/u.test(before) || /^\p{Script=Latin}/u.test(after)) return true;
  if (NAME_WORDS.has(wordBefore(before.replace(COPULA, ''))) || CHINESE_NAMES.test(before))
    return true;
  if (number.length < LONG_FIGURES_MIN) return false;
  // "47300 Petaling Jaya"
  if (number.length === 5 && /^,?\s\p{Lu}\p{Ll}/u.test(after)) return true;
  if (language === 'zh' ? MEASURE.test(after) : COUNTED.test(after)) return false;
  return !/^[1-9]\d*00$/u.test(number);
}
