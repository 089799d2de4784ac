import type { Language } from '../language.ts';

/** Where a rule's pattern was found. */
export interface Place {
  readonly language: Language;
  /** The last characters before the match, few enough to look at for every token. */
  readonly before: string;
  /** The first characters after it. */
  readonly after: string;
}

/** One way of writing something that is spoken otherwise. */
export interface Rule {
  /** Sticky, and linear in what it looks at. */
  readonly pattern: RegExp;
  /** Numbers may be the beginning or the end of a range: "3-5". */
  readonly isNumber: boolean;
  /** The words for it; undefined when it is something else after all. */
  say(match: RegExpExecArray, place: Place): string | undefined;
}

/** The last Latin word in `before`, lower case, when only a space or a full stop is between. */
export function wordBefore(before: string): string {
  return /([a-z]+)[.:]?\s?$/iu.exec(before)?.[1]?.toLowerCase() ?? '';
}
