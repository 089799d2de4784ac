/** Signs between words and numbers: `&`, `/`, `+`, `=`, `#`, `x`. */

import type { Language } from '../language.ts';
import type { Rule } from './rule.ts';

type Words = Readonly<Record<Language, string>>;

const SIGNS: Readonly<Record<string, Words>> = {
  '&': { en: 'and', ms: 'dan', zh: '和' },
  '+': { en: 'plus', ms: 'tambah', zh: '加' },
  '=': { en: 'equals', ms: 'sama dengan', zh: '等于' },
  '@': { en: 'at', ms: 'di', zh: '在' },
  '%': { en: 'percent', ms: 'peratus', zh: '百分比' },
  '×': { en: 'times', ms: 'darab', zh: '乘' },
};
const OR: Words = { en: 'or', ms: 'atau', zh: '或' };
const PER: Words = { en: 'per', ms: 'setiap', zh: '每' };
const NUMBER: Words = { en: 'number', ms: 'nombor', zh: '号码' };
const SLASH: Words = { en: 'slash', ms: 'garis miring', zh: '杠' };
const COMPARISONS: Readonly<Record<string, Words>> = {
  '>': { en: 'more than', ms: 'lebih daripada', zh: '超过' },
  '<': { en: 'less than', ms: 'kurang daripada', zh: '少于' },
  '≥': { en: 'at least', ms: 'sekurang-kurangnya', zh: '至少' },
  '≤': { en: 'at most', ms: 'selebih-lebihnya', zh: '最多' },
};
const MORE_OR_LESS: Words = { en: 'plus or minus', ms: 'lebih kurang', zh: '正负' };
const ABOUT: Words = { en: 'about', ms: 'lebih kurang', zh: '大约' };
const BY: Words = { en: 'by', ms: 'kali', zh: '乘' };
const TIMES: Words = { en: 'times', ms: 'kali', zh: '乘' };

/** The end of a price or a measure, after which "/" is "per". */
const QUANTITY = /\d\s?(?:[a-z²³°%]{0,8}|元|令吉)$/iu;

const TO: Words = { en: 'to', ms: 'hingga', zh: '到' };
/** What may be the first of two hours, days or months. */
const RANGE_START =
  /(?:pagi|petang|malam|hari|[ap]\.?m\.?|[月日号点年]|(?:周|星期|礼拜)[一二三四五六日天])$/iu;

export const SIGN_RULES: readonly Rule[] = [
  {
    pattern: /\s?[-–—~]\s?(?=\d|周|星期|礼拜)/uy,
    isNumber: false,
    say: (_, { language, before }) => (RANGE_START.test(before) ? TO[language] : undefined),
  },
  {
    pattern: /\/(?=\d)/uy,
    isNumber: false,
    say: (_, { language, before }) => (/\d$/u.test(before) ? SLASH[language] : undefined),
  },
  {
    pattern: /(?:±|\+\/?-)(?=\s?\d)/uy,
    isNumber: false,
    say: (_, { language }) => MORE_OR_LESS[language],
  },
  {
    pattern: /[<>≥≤]\s?(?=\d|RM|\$)/uy,
    isNumber: false,
    say: ([sign], { language }) => COMPARISONS[sign.trim()]?.[language],
  },
  {
    pattern: /\s?\/\s?(?=\p{L})/uy,
    isNumber: false,
    say: (_, { language, before }) => {
      if (QUANTITY.test(before)) return PER[language];
      // "and/or" has its "or" already.
      if (/(?:\b(?:and|dan)|和)$/iu.test(before)) return ' ';
      return /\p{L}$/u.test(before) ? OR[language] : undefined;
    },
  },
  {
    pattern: /[&+=×]/uy,
    isNumber: false,
    say: ([sign], { language, before, after }) =>
      /[\p{L}\p{N}]\s?$/u.test(before) && /^\s?[\p{L}\p{N}$¥£€]/u.test(after)
        ? SIGNS[sign]?.[language]
        : undefined,
  },
  {
    pattern: /[@%]/uy,
    isNumber: false,
    say: ([sign], { language }) => SIGNS[sign]?.[language],
  },
  {
    pattern: /#(?=\p{Lu}{0,4}\d)/uy,
    isNumber: false,
    say: (_, { language }) => NUMBER[language],
  },
  {
    pattern: /[~≈]\s?(?=\d|RM|\$)/uy,
    isNumber: false,
    say: (_, { language }) => ABOUT[language],
  },
  {
    pattern: /\s?[x*](?=\s?\d)/iuy,
    isNumber: false,
    say: ([sign], { language, before }) => {
      if (!/\d$/u.test(before)) return undefined;
      // "2 x 500 g" are two, "3x4" is a size.
      return (/^\s/u.test(sign) ? TIMES : BY)[language];
    },
  },
];
