/** E-mail and web addresses: "a at b dot com". */

import type { Language } from '../language.ts';
import { NUMERALS } from './amount.ts';
import type { Rule } from './rule.ts';

const SIGNS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  '@': { en: 'at', ms: 'at', zh: 'at' },
  '.': { en: 'dot', ms: 'dot', zh: '点' },
  '-': { en: 'dash', ms: 'sempang', zh: '横杠' },
  _: { en: 'underscore', ms: 'garis bawah', zh: '下划线' },
  '+': { en: 'plus', ms: 'tambah', zh: '加号' },
  '/': { en: 'slash', ms: 'slash', zh: '斜杠' },
  '?': { en: 'question mark', ms: 'tanda soal', zh: '问号' },
  '=': { en: 'equals', ms: 'sama dengan', zh: '等于' },
  '&': { en: 'and', ms: 'dan', zh: '和' },
  '#': { en: 'hash', ms: 'hash', zh: '井号' },
  '%': { en: 'percent', ms: 'peratus', zh: '百分号' },
  ':': { en: 'colon', ms: 'titik bertindih', zh: '冒号' },
  '~': { en: 'tilde', ms: 'tilde', zh: '波浪号' },
};

const LABEL = String.raw`[a-z0-9](?:[a-z0-9-]{0,62})`;
const TOP =
  '(?:com|net|org|gov|edu|info|biz|name|app|dev|shop|store|online|site|io|ai|co|my|sg|id|cn|hk|tw|uk|us|au|me|tv)';
const HOST = String.raw`${LABEL}(?:\.${LABEL}){0,6}\.${TOP}(?![a-z0-9-])(?:\.${TOP}(?![a-z0-9-]))?`;
/** Ends with something that is not the sentence's own mark. */
const PATH = String.raw`(?:[/?#](?:[a-z0-9/?=&#%_.~+:-]{0,200}[a-z0-9/])?)?`;

export const LINK_RULES: readonly Rule[] = [
  {
    pattern: new RegExp(
      String.raw`[a-z0-9](?:[a-z0-9._+-]{0,63})@${LABEL}(?:\.${LABEL}){1,6}`,
      'iuy',
    ),
    isNumber: false,
    say: ([address], { language }) => sayAddress(address, language),
  },
  {
    pattern: new RegExp(
      String.raw`https?:\/\/(${LABEL}(?:\.${LABEL}){0,6}(?::\d{1,5})?${PATH})`,
      'iuy',
    ),
    isNumber: false,
    say: ([, address = ''], { language }) => sayAddress(address, language),
  },
  {
    pattern: new RegExp(HOST + PATH, 'iuy'),
    isNumber: false,
    say: ([address], { language }) => (isHost(address) ? sayAddress(address, language) : undefined),
  },
];

/** "there.My name": a capital after the full stop begins a sentence. */
function isHost(address: string): boolean {
  return !/\.[A-Z][a-z]/u.test(address) && !/^\d+(?:\.\d+)*$/u.test(address);
}

function sayAddress(address: string, language: Language): string {
  const parts = address.replace(/\/$/u, '').match(/[a-z]+|\d|[^a-z\d]/giu) ?? [];
  const words = parts.map((part, i) => {
    if (/^\d$/u.test(part)) return NUMERALS[language].digits(part);
    const sign = SIGNS[part]?.[language];
    if (sign !== undefined) return sign;
    // "www", and the country at the end, letter by letter: "M Y" is not "my".
    const isCountry = part.length === 2 && parts[i - 1] === '.' && (parts[i + 1] ?? '/') === '/';
    return /^www$/iu.test(part) || isCountry ? part.toUpperCase().split('').join(' ') : part;
  });
  return words.join(' ');
}
