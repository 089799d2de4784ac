/**
 * Where a country code ends: no code is the beginning of another.
 *
 * @see ITU-T E.164 (11/2010) §6.2.1 and its list of assigned country codes: two digits where listed here, one digit for 1 and 7,
 * three for all others, assigned or not.
 */
const TWO_DIGITS: ReadonlySet<string> = new Set(
  (
    '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 ' +
    '81 82 84 86 90 91 92 93 94 95 98'
  ).split(' '),
);

export interface SplitNumber {
  readonly countryCode: string;
  readonly national: string;
}

/** Splits the digits after `+`. */
export function splitCountryCode(digits: string): SplitNumber {
  const two = digits.slice(0, 2);
  const length = /^[17]/.test(digits) ? 1 : TWO_DIGITS.has(two) ? 2 : 3;
  return { countryCode: digits.slice(0, length), national: digits.slice(length) };
}
