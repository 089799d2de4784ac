import type { Numerals } from './numerals.ts';

const UNITS = 'kosong satu dua tiga empat lima enam tujuh lapan sembilan'.split(' ');
const SCALES: readonly (readonly [number, string])[] = [
  [1e12, 'trilion'],
  [1e9, 'bilion'],
  [1e6, 'juta'],
  [1e3, 'ribu'],
];
/** Joined with "se-" when there is one of it; "satu bilion" is not. */
const JOINED: ReadonlySet<string> = new Set(['juta', 'ribu']);

export const MALAY_NUMERALS: Numerals = {
  cardinal,
  count: cardinal,
  ordinal: (value) => (value === 1 ? 'pertama' : `ke${cardinal(value)}`),
  digits: (figures) => Array.from(figures, (figure) => UNITS[Number(figure)] ?? '').join(' '),
  year: cardinal,
  minus: 'negatif ',
  plus: 'tambah ',
  point: ' perpuluhan ',
  zeroWhole: 'sifar',
  pause: ', ',
  space: ' ',
};

function cardinal(value: number): string {
  if (value < 1000) return belowThousand(value);
  const words: string[] = [];
  let rest = value;
  for (const [scale, name] of SCALES) {
    const times = Math.floor(rest / scale);
    rest %= scale;
    if (times === 0) continue;
    words.push(times === 1 && JOINED.has(name) ? `se${name}` : `${belowThousand(times)} ${name}`);
  }
  if (rest > 0) words.push(belowThousand(rest));
  return words.join(' ');
}

function belowThousand(value: number): string {
  if (value < 100) return belowHundred(value);
  const hundreds = Math.floor(value / 100);
  const name = hundreds === 1 ? 'seratus' : `${UNITS[hundreds]} ratus`;
  return value % 100 === 0 ? name : `${name} ${belowHundred(value % 100)}`;
}

function belowHundred(value: number): string {
  if (value < 10) return UNITS[value] ?? '';
  if (value === 10) return 'sepuluh';
  if (value === 11) return 'sebelas';
  if (value < 20) return `${UNITS[value - 10]} belas`;
  const tens = `${UNITS[Math.floor(value / 10)]} puluh`;
  return value % 10 === 0 ? tens : `${tens} ${UNITS[value % 10]}`;
}
