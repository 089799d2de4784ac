/** Measures and shares: `5kg`, `20 °C`, `12.5%`, `90 km/h`. */

import type { Language } from '../language.ts';
import { AMOUNT, NUMERALS, sayAmount, sayDigits } from './amount.ts';
import type { Rule } from './rule.ts';

/** English for one and for more, Malay, Chinese. */
type Unit = readonly [one: string, many: string, malay: string, chinese: string];

const UNITS: Readonly<Record<string, Unit>> = {
  kg: ['kilogram', 'kilograms', 'kilogram', '公斤'],
  Kg: ['kilogram', 'kilograms', 'kilogram', '公斤'],
  KG: ['kilogram', 'kilograms', 'kilogram', '公斤'],
  g: ['gram', 'grams', 'gram', '克'],
  mg: ['milligram', 'milligrams', 'miligram', '毫克'],
  km: ['kilometre', 'kilometres', 'kilometer', '公里'],
  KM: ['kilometre', 'kilometres', 'kilometer', '公里'],
  m: ['metre', 'metres', 'meter', '米'],
  cm: ['centimetre', 'centimetres', 'sentimeter', '厘米'],
  mm: ['millimetre', 'millimetres', 'milimeter', '毫米'],
  'km/h': ['kilometre per hour', 'kilometres per hour', 'kilometer sejam', '公里每小时'],
  'm/s': ['metre per second', 'metres per second', 'meter sesaat', '米每秒'],
  '°C': ['degree Celsius', 'degrees Celsius', 'darjah Celsius', '摄氏度'],
  '℃': ['degree Celsius', 'degrees Celsius', 'darjah Celsius', '摄氏度'],
  '°F': ['degree Fahrenheit', 'degrees Fahrenheit', 'darjah Fahrenheit', '华氏度'],
  '°': ['degree', 'degrees', 'darjah', '度'],
  'm²': ['square metre', 'square metres', 'meter persegi', '平方米'],
  m2: ['square metre', 'square metres', 'meter persegi', '平方米'],
  'km²': ['square kilometre', 'square kilometres', 'kilometer persegi', '平方公里'],
  'm³': ['cubic metre', 'cubic metres', 'meter padu', '立方米'],
  'sq ft': ['square foot', 'square feet', 'kaki persegi', '平方英尺'],
  sqft: ['square foot', 'square feet', 'kaki persegi', '平方英尺'],
  'sq m': ['square metre', 'square metres', 'meter persegi', '平方米'],
  sqm: ['square metre', 'square metres', 'meter persegi', '平方米'],
  ft: ['foot', 'feet', 'kaki', '英尺'],
  l: ['litre', 'litres', 'liter', '升'],
  L: ['litre', 'litres', 'liter', '升'],
  ml: ['millilitre', 'millilitres', 'mililiter', '毫升'],
  KB: ['kilobyte', 'kilobytes', 'kilobait', 'K'],
  MB: ['megabyte', 'megabytes', 'megabait', '兆'],
  GB: ['gigabyte', 'gigabytes', 'gigabait', 'G'],
  TB: ['terabyte', 'terabytes', 'terabait', 'T'],
  Mbps: ['megabit per second', 'megabits per second', 'megabit sesaat', '兆每秒'],
  Gbps: ['gigabit per second', 'gigabits per second', 'gigabit sesaat', '千兆每秒'],
  kWh: ['kilowatt hour', 'kilowatt hours', 'kilowatt jam', '千瓦时'],
  kW: ['kilowatt', 'kilowatts', 'kilowatt', '千瓦'],
  W: ['watt', 'watts', 'watt', '瓦'],
  V: ['volt', 'volts', 'volt', '伏'],
  Hz: ['hertz', 'hertz', 'hertz', '赫兹'],
  min: ['minute', 'minutes', 'minit', '分钟'],
  mins: ['minute', 'minutes', 'minit', '分钟'],
  h: ['hour', 'hours', 'jam', '小时'],
  hr: ['hour', 'hours', 'jam', '小时'],
  hrs: ['hour', 'hours', 'jam', '小时'],
  sec: ['second', 'seconds', 'saat', '秒'],
  x: ['time', 'times', 'kali ganda', '倍'],
  k: ['thousand', 'thousand', 'ribu', '千'],
  secs: ['second', 'seconds', 'saat', '秒'],
};

/** The longest name first: "km/h" is no "km". */
const NAMES = Object.keys(UNITS)
  .sort((a, b) => b.length - a.length)
  .join('|');

const PERCENT: Readonly<Record<Language, (amount: string) => string>> = {
  en: (amount) => `${amount} percent`,
  ms: (amount) => `${amount} peratus`,
  zh: (amount) => `百分之${amount}`,
};

const PER: Readonly<Record<Language, string>> = { en: 'per ', ms: 'setiap ', zh: '每' };
/** The end of a price or a measure. */
const QUANTITY = /\d\s?[\p{L}²³%]{0,8}\s?$/u;

export const UNIT_RULES: readonly Rule[] = [
  {
    pattern: new RegExp(String.raw`\s?\/\s?(${NAMES})(?![\p{Script=Latin}\d²³°])`, 'uy'),
    isNumber: false,
    say: ([, name = ''], { language, before }) => {
      const unit = UNITS[name];
      if (unit === undefined || !QUANTITY.test(before)) return undefined;
      return PER[language] + { en: unit[0], ms: unit[2], zh: unit[3] }[language];
    },
  },
  {
    pattern: new RegExp(String.raw`(-?)(${AMOUNT})\s?[%‰]`, 'uy'),
    isNumber: true,
    say: ([, sign, amount = ''], { language, before }) => {
      // "5%-10%": the dash is no minus there.
      if (sign === '-' && /[\p{L}\d%]\s?$/u.test(before)) return undefined;
      const minus = sign === '-' ? NUMERALS[language].minus : '';
      return minus + PERCENT[language](sayAmount(amount, language));
    },
  },
  {
    pattern: new RegExp(String.raw`(-?)(${AMOUNT})\s?(${NAMES})(?![\p{Script=Latin}\d²³°])`, 'uy'),
    isNumber: true,
    say: ([, sign, amount = '', name = ''], { language, before, after }) => {
      // "3 x 4" is a size.
      if (name === 'x' && /^\s?\d/u.test(after)) return undefined;
      const unit = UNITS[name];
      if (unit === undefined || (sign === '-' && /[\p{L}\d°]\s?$/u.test(before))) return undefined;
      const { minus, space } = NUMERALS[language];
      const [one, many, malay, chinese] = unit;
      const names = { en: amount === '1' ? one : many, ms: malay, zh: chinese };
      // "0735 hrs"
      const number = /^0\d/u.test(amount)
        ? sayDigits(amount.replace(/\D/gu, ''), language)
        : sayAmount(amount, language, true);
      return (sign === '-' ? minus : '') + number + space + names[language];
    },
  },
];
