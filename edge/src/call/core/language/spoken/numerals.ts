/** Numbers in words, in one language. */
export interface Numerals {
  /** 0 to {@link CARDINAL_MAX}, whole: "two thousand three hundred", "dua ribu tiga ratus", "两千三百". */
  readonly cardinal: (value: number) => string;
  /** As before a thing that is counted: "两" in place of "二". */
  readonly count: (value: number) => string;
  /** 1 and more: "second", "kedua", "第二". */
  readonly ordinal: (value: number) => string;
  /** Figure by figure: "zero one two", "零一二". */
  readonly digits: (figures: string) => string;
  /** A year of four figures as it is said in a date. */
  readonly year: (value: number) => string;
  readonly minus: string;
  readonly plus: string;
  /** Between the whole and its fraction, with its spaces. */
  readonly point: string;
  /** The zero before a point. */
  readonly zeroWhole: string;
  /** Between groups of figures. */
  readonly pause: string;
  /** Between words. */
  readonly space: string;
}

export const CARDINAL_MAX = 999_999_999_999_999;
