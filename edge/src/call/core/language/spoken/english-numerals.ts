import type { Numerals } from './numerals.ts';

const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const SCALES: readonly (readonly [number, string])[] = [
  [1e12, 'trillion'],
  [1e9, 'billion'],
  [1e6, 'million'],
  [1e3, 'thousand'],
];
const IRREGULAR_ORDINALS: ReadonlyMap<string, string> = new Map([
  ['one', 'first'],
  ['two', 'second'],
  ['three', 'third'],
  ['five', 'fifth'],
  ['eight', 'eighth'],
  ['nine', 'ninth'],
  ['twelve', 'twelfth'],
]);

/** British, as in Malaysia: "one hundred and five". */
export const ENGLISH_NUMERALS: Numerals = {
  cardinal,
  count: cardinal,
  ordinal,
  digits: (figures) => Array.from(figures, (figure) => SMALL[Number(figure)] ?? '').join(' '),
  year,
  minus: 'minus ',
  plus: 'plus ',
  point: ' point ',
  zeroWhole: 'zero',
  pause: ', ',
  space: ' ',
};

function cardinal(value: number): string {
  if (value < 1000) return belowThousand(value);
  const words: string[] = [];
  let rest = value;
  for (const [scale, name] of SCALES) {
    if (rest >= scale) words.push(belowThousand(Math.floor(rest / scale)), name);
    rest %= scale;
  }
  if (rest > 0 && rest < 100) words.push('and');
  if (rest > 0) words.push(belowThousand(rest));
  return words.join(' ');
}

function belowThousand(value: number): string {
  if (value < 100) return belowHundred(value);
  const hundreds = `${SMALL[Math.floor(value / 100)]} hundred`;
  return value % 100 === 0 ? hundreds : `${hundreds} and ${belowHundred(value % 100)}`;
}

function belowHundred(value: number): string {
  if (value < 20) return SMALL[value] ?? '';
  const tens = TENS[Math.floor(value / 10)] ?? '';
  return value % 10 === 0 ? tens : `${tens}-${SMALL[value % 10]}`;
}

function ordinal(value: number): string {
  const words = cardinal(value);
  const last = /[a-z]+$/u.exec(words)?.[0] ?? '';
  const stem = words.slice(0, words.length - last.length);
  const irregular = IRREGULAR_ORDINALS.get(last);
  if (irregular !== undefined) return stem + irregular;
  return `${stem}${last.endsWith('y') ? `${last.slice(0, -1)}ie` : last}th`;
}

/** "twenty twenty-six", "nineteen oh five", "two thousand and five". */
function year(value: number): string {
  const century = Math.floor(value / 100);
  const rest = value % 100;
  if (value < 1000 || value > 9999 || (century % 10 === 0 && rest < 10)) return cardinal(value);
  if (rest === 0) return `${belowHundred(century)} hundred`;
  return `${belowHundred(century)} ${rest < 10 ? `oh ${SMALL[rest]}` : belowHundred(rest)}`;
}
