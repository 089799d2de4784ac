/** Short forms that stand for whole words: `Dr.`, `Tn.`, `Sdn. Bhd.`, `No. 5`, `e.g.`. */

import type { Language } from '../language.ts';
import { sayAmount, sayDigits } from './amount.ts';
import type { Rule } from './rule.ts';

type Words = Readonly<Record<Language, string>>;

/** The same in all languages: names and titles of the country. */
function all(words: string): Words {
  return { en: words, ms: words, zh: words };
}

/** Written with a capital and, mostly, with a full stop. */
const TITLES: ReadonlyMap<string, Words> = new Map([
  ['Mr', all('Mister')],
  ['Mrs', all('Missus')],
  ['Ms', all('Miz')],
  ['Dr', { en: 'Doctor', ms: 'Doktor', zh: 'Doctor' }],
  ['Prof', { en: 'Professor', ms: 'Profesor', zh: 'Professor' }],
  ['Tn', all('Tuan')],
  ['Pn', all('Puan')],
  ['En', all('Encik')],
  ['Hj', all('Haji')],
  ['Hjh', all('Hajah')],
  ['Jln', all('Jalan')],
  ['Lrg', all('Lorong')],
  ['Tmn', all('Taman')],
  ['Kpg', all('Kampung')],
  ['Kg', all('Kampung')],
  ['Bkt', all('Bukit')],
]);
/** These need no name after them. */
const WORDS: ReadonlyMap<string, Words> = new Map([
  ['sdn', all('Sendirian')],
  ['bhd', all('Berhad')],
  ['ltd', all('Limited')],
  ['e.g', { en: 'for example', ms: 'contohnya', zh: '例如' }],
  ['i.e', { en: 'that is', ms: 'iaitu', zh: '也就是' }],
  ['etc', { en: 'et cetera', ms: 'dan sebagainya', zh: '等等' }],
  ['p.a', { en: 'per annum', ms: 'setahun', zh: '每年' }],
  ['c/o', { en: 'care of', ms: 'melalui', zh: '转交' }],
  ['approx', { en: 'approximately', ms: 'kira-kira', zh: '大约' }],
  ['vs', { en: 'versus', ms: 'lawan', zh: '对' }],
  ['dll', all('dan lain-lain')],
  ['dsb', all('dan sebagainya')],
  ['spt', all('seperti')],
  ['yg', all('yang')],
  ['tgh', all('tengah')],
  ['mlm', all('malam')],
  ['ptg', all('petang')],
  ['thn', all('tahun')],
  ['bln', all('bulan')],
  ['utk', all('untuk')],
  ['dgn', all('dengan')],
  ['drpd', all('daripada')],
  ['kpd', all('kepada')],
]);

const TITLE_NAMES = [...TITLES.keys()].join('|');
const WORD_NAMES = [...WORDS.keys()].map((word) => word.replace('.', String.raw`\.`)).join('|');
const ACCOUNT: Words = { en: 'account', ms: 'akaun', zh: '账户' };
const AIR_CON: Words = { en: 'air-con', ms: 'penghawa dingin', zh: '冷气' };
const NUMBER_WORD: Words = { en: 'number', ms: 'nombor', zh: '' };

export const ABBREVIATION_RULES: readonly Rule[] = [
  {
    // With a full stop, or before a name.
    pattern: new RegExp(String.raw`(${TITLE_NAMES})(?:\.|(?=\s\p{Lu}))(?!\p{Ll})`, 'uy'),
    isNumber: false,
    say: ([, word = ''], { language }) => TITLES.get(word)?.[language],
  },
  {
    pattern: new RegExp(String.raw`(${WORD_NAMES})(?!\p{L})(\.?)`, 'iuy'),
    isNumber: false,
    say: ([, word = '', stop], { language, after }) => {
      const words = WORDS.get(word.toLowerCase())?.[language];
      // The stop at the very end is the sentence's too.
      return words && (stop === '.' && /^\s*$/u.test(after) ? `${words}.` : words);
    },
  },
  {
    pattern: /a\/c(?![\p{L}\d])/iuy,
    isNumber: false,
    say: (_, { language, after }) =>
      (/^\.?\s?(?:no|num|nom|\d)/iu.test(after) ? ACCOUNT : AIR_CON)[language],
  },
  {
    pattern: /(N|n)os?(\.\s?|\s)(\d{1,12})(?![\d/]|[.,]\d)/uy,
    isNumber: true,
    say: ([, capital, glue = '', number = ''], { language }) => {
      // "There is no 5": in English only "No" or "no." is a number.
      if (language === 'en' && capital === 'n' && !glue.startsWith('.')) return undefined;
      const figures =
        number.length > 3 || number.startsWith('0')
          ? sayDigits(number, language)
          : sayAmount(number, language);
      return language === 'zh' ? `${figures}号` : `${NUMBER_WORD[language]} ${figures}`;
    },
  },
];
