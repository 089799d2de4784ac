import type { Numerals } from './numerals.ts';

const FIGURES = '零一二三四五六七八九';
const PLACES: readonly (readonly [number, string])[] = [
  [1000, '千'],
  [100, '百'],
  [10, '十'],
];
/** Each four figures have a name of their own. */
const SCALES: readonly (readonly [number, string])[] = [
  [1e12, '万亿'],
  [1e8, '亿'],
  [1e4, '万'],
];

export const MANDARIN_NUMERALS: Numerals = {
  cardinal,
  count: (value) => (value === 2 ? '两' : cardinal(value)),
  ordinal: (value) => `第${cardinal(value)}`,
  // "一", not "幺": that is a habit of the mainland, and not everyone here knows it.
  digits,
  year: (value) => digits(String(value)),
  minus: '负',
  plus: '加',
  point: '点',
  zeroWhole: '零',
  pause: '，',
  space: '',
};

function digits(figures: string): string {
  return Array.from(figures, (figure) => FIGURES[Number(figure)] ?? '').join('');
}

function cardinal(value: number): string {
  if (value < 10) return FIGURES[value] ?? '';
  let words = '';
  let rest = value;
  for (const [scale, name] of SCALES) {
    const times = Math.floor(rest / scale);
    rest %= scale;
    if (times > 0) words += section(times, words !== '', true) + name;
  }
  if (rest > 0) words += section(rest, words !== '', false);
  // "十五", but "一百一十五".
  return words.startsWith('一十') ? words.slice(1) : words;
}

/** 1 to 9999. `isInner`: something greater comes before, so that an empty place is named "零". */
function section(value: number, isInner: boolean, isCounted: boolean): string {
  if (value === 2 && isCounted && !isInner) return '两';
  let words = '';
  let rest = value;
  let isGap = false;
  for (const [place, name] of PLACES) {
    const figure = Math.floor(rest / place);
    rest %= place;
    if (figure === 0) {
      isGap = isInner || words !== '';
      continue;
    }
    const two = place >= 100 && figure === 2;
    words += `${isGap ? '零' : ''}${two ? '两' : FIGURES[figure]}${name}`;
    isGap = false;
  }
  if (rest > 0) words += `${isGap ? '零' : ''}${FIGURES[rest]}`;
  return words;
}
