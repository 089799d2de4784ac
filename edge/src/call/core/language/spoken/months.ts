/** The names of the months, as they are written and as they are said. */

const ENGLISH = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const MALAY = [
  'Januari',
  'Februari',
  'Mac',
  'April',
  'Mei',
  'Jun',
  'Julai',
  'Ogos',
  'September',
  'Oktober',
  'November',
  'Disember',
];
const SHORT: readonly (readonly [string, number])[] = [
  ['Jan', 1],
  ['Feb', 2],
  ['Mar', 3],
  ['Apr', 4],
  ['Jul', 7],
  ['Aug', 8],
  ['Ogo', 8],
  ['Sept', 9],
  ['Sep', 9],
  ['Oct', 10],
  ['Okt', 10],
  ['Nov', 11],
  ['Dec', 12],
  ['Dis', 12],
];

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...ENGLISH.map((name, i) => [name, i + 1] as const),
  ...MALAY.map((name, i) => [name, i + 1] as const),
  ...SHORT,
]);

/** All names, the longest first, as the source of a pattern. */
export const MONTH_NAMES = [...NUMBERS.keys()].sort((a, b) => b.length - a.length).join('|');

/** 1 to 12; undefined for what is no name of a month. */
export function monthOf(name: string): number | undefined {
  return NUMBERS.get(name);
}

export function englishMonth(month: number): string {
  return ENGLISH[month - 1] ?? '';
}

export function malayMonth(month: number): string {
  return MALAY[month - 1] ?? '';
}
