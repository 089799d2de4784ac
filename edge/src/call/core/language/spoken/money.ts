/** Prices: `RM 1,250.50`, `$3`, `12元`, `RM5k`, `RM 1.2 juta`. */

import type { Language } from '../language.ts';
import { AMOUNT, NUMERALS, sayAmount } from './amount.ts';
import type { Rule } from './rule.ts';

/** The unit for one and for more, then the hundredth of it; without hundredths a price is said as a decimal. */
type Coins = readonly [one: string, many: string, oneHundredth?: string, manyHundredths?: string];
type Currency = Readonly<Record<Language, Coins>>;

const RINGGIT: Currency = {
  en: ['ringgit', 'ringgit', 'sen', 'sen'],
  ms: ['ringgit', 'ringgit', 'sen', 'sen'],
  zh: ['令吉', '令吉', '仙', '仙'],
};
const DOLLAR: Currency = {
  en: ['dollar', 'dollars', 'cent', 'cents'],
  ms: ['dolar', 'dolar', 'sen', 'sen'],
  zh: ['元', '元'],
};
const US_DOLLAR: Currency = {
  en: ['US dollar', 'US dollars', 'cent', 'cents'],
  ms: ['dolar Amerika', 'dolar Amerika', 'sen', 'sen'],
  zh: ['美元', '美元'],
};
const SINGAPORE_DOLLAR: Currency = {
  en: ['Singapore dollar', 'Singapore dollars', 'cent', 'cents'],
  ms: ['dolar Singapura', 'dolar Singapura', 'sen', 'sen'],
  zh: ['新元', '新元'],
};
const YUAN: Currency = { en: ['yuan', 'yuan'], ms: ['yuan', 'yuan'], zh: ['元', '元'] };
const EURO: Currency = {
  en: ['euro', 'euros', 'cent', 'cents'],
  ms: ['euro', 'euro', 'sen', 'sen'],
  zh: ['欧元', '欧元'],
};
const POUND: Currency = {
  en: ['pound', 'pounds', 'penny', 'pence'],
  ms: ['paun', 'paun', 'pence', 'pence'],
  zh: ['英镑', '英镑'],
};
const RUPIAH: Currency = {
  en: ['rupiah', 'rupiah'],
  ms: ['rupiah', 'rupiah'],
  zh: ['印尼盾', '印尼盾'],
};

const SIGNS: ReadonlyMap<string, Currency> = new Map([
  ['rm', RINGGIT],
  ['myr', RINGGIT],
  ['$', DOLLAR],
  ['us$', US_DOLLAR],
  ['usd', US_DOLLAR],
  ['s$', SINGAPORE_DOLLAR],
  ['sgd', SINGAPORE_DOLLAR],
  ['¥', YUAN],
  ['rmb', YUAN],
  ['cny', YUAN],
  ['€', EURO],
  ['eur', EURO],
  ['£', POUND],
  ['gbp', POUND],
  ['rp', RUPIAH],
  ['idr', RUPIAH],
]);
/** Words that stand after the number: said as they are, but for their hundredths. */
const NAMES: ReadonlyMap<string, Currency> = new Map([
  ['ringgit', RINGGIT],
  ['令吉', RINGGIT],
  ['马币', RINGGIT],
  ['dollars', DOLLAR],
  ['dollar', DOLLAR],
  ['dolar', DOLLAR],
]);
const SCALES: ReadonlyMap<string, Readonly<Record<Language, string>>> = new Map([
  ['k', { en: 'thousand', ms: 'ribu', zh: '千' }],
  ['thousand', { en: 'thousand', ms: 'ribu', zh: '千' }],
  ['ribu', { en: 'thousand', ms: 'ribu', zh: '千' }],
  ['m', { en: 'million', ms: 'juta', zh: '百万' }],
  ['mil', { en: 'million', ms: 'juta', zh: '百万' }],
  ['million', { en: 'million', ms: 'juta', zh: '百万' }],
  ['juta', { en: 'million', ms: 'juta', zh: '百万' }],
  ['b', { en: 'billion', ms: 'bilion', zh: '十亿' }],
  ['billion', { en: 'billion', ms: 'bilion', zh: '十亿' }],
  ['bilion', { en: 'billion', ms: 'bilion', zh: '十亿' }],
  ['万', { en: 'ten thousand', ms: 'puluh ribu', zh: '万' }],
  ['亿', { en: 'hundred million', ms: 'ratus juta', zh: '亿' }],
]);

const SCALE = String.raw`(?:\s?(thousand|million|billion|ribu|juta|bilion|mil|k|m|b)(?![\p{L}\d])|\s?([万亿]))?`;
const BEFORE = String.raw`(?:RM|MYR|US\$|USD|S\$|SGD|\$|¥|RMB|CNY|€|EUR|£|GBP|Rp|IDR)`;

export const MONEY_RULES: readonly Rule[] = [
  {
    pattern: new RegExp(
      String.raw`(-?)(${BEFORE})\.?\s?(-?)(${AMOUNT})(?:\s?[-–]\s?(?:${BEFORE}\s?)?(${AMOUNT})(?![\d-]))?${SCALE}`,
      'iuy',
    ),
    isNumber: true,
    say: (
      [, sign = '', name = '', innerSign = '', low = '', high, scale, cjkScale],
      { language },
    ) => {
      const currency = SIGNS.get(name.toLowerCase());
      if (currency === undefined) return undefined;
      const { minus } = NUMERALS[language];
      const amount = sayMoney(high ?? low, scale ?? cjkScale, currency, language);
      const range = high === undefined ? '' : sayLow(low, language);
      return `${sign + innerSign === '' ? '' : minus}${range}${amount}`;
    },
  },
  {
    pattern: new RegExp(
      String.raw`(${AMOUNT})\s?(RM|MYR|USD|SGD|RMB|CNY|ringgit|dollars?|dolar|令吉|马币)(?!\p{Script=Latin})`,
      'iuy',
    ),
    isNumber: true,
    say: ([, amount = '', name = ''], { language }) => {
      const key = name.toLowerCase();
      const currency = SIGNS.get(key) ?? NAMES.get(key);
      return currency && sayMoney(amount, undefined, currency, language);
    },
  },
  {
    pattern: new RegExp(String.raw`(${AMOUNT})\s?[¢￠]`, 'uy'),
    isNumber: true,
    say: ([, amount = ''], { language }) => {
      const hundredths = language === 'zh' ? '分' : language === 'en' ? ' cents' : ' sen';
      return sayAmount(amount, language, true) + hundredths;
    },
  },
];

function sayLow(low: string, language: Language): string {
  const to = { en: ' to ', ms: ' hingga ', zh: '到' };
  return sayAmount(low, language, true) + to[language];
}

function sayMoney(
  amount: string,
  scale: string | undefined,
  currency: Currency,
  language: Language,
): string {
  const { space, count } = NUMERALS[language];
  const [one, many, oneHundredth, manyHundredths] = currency[language];
  if (scale !== undefined) {
    const name = SCALES.get(scale.toLowerCase())?.[language] ?? '';
    return [sayAmount(amount, language, true), name, many].join(space);
  }
  const [whole = '', fraction = ''] = amount.replaceAll(',', '').split('.');
  const isExact = /^0*$/u.test(fraction);
  const unit = Number(whole) === 1 && isExact ? one : many;
  if (isExact) return sayAmount(whole, language, true) + space + unit;
  if (oneHundredth === undefined || manyHundredths === undefined || fraction.length > 2) {
    return sayAmount(`${whole}.${fraction.replace(/0+$/u, '')}`, language) + space + many;
  }
  const hundredths = Number(fraction.padEnd(2, '0'));
  const small = count(hundredths) + space + (hundredths === 1 ? oneHundredth : manyHundredths);
  if (Number(whole) === 0) return small;
  const glue = language === 'en' ? ' and ' : space;
  return (
    sayAmount(whole, language, true) + space + (Number(whole) === 1 ? one : many) + glue + small
  );
}
