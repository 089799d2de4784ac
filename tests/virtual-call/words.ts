/** Text as units of speech: words, Chinese characters, single digits. */

const HAN = /\p{Script=Han}|[\u3000-\u303f\uff00-\uffef]/u;
const SPOKEN = /[\p{L}\p{N}]/u;

/** A Chinese character, or punctuation as wide as one. */
export function isHan(char: string): boolean {
  return HAN.test(char);
}

/** Whether there is anything in it that a voice would speak. */
export function isSpoken(text: string): boolean {
  return SPOKEN.test(text);
}

/** One thing that is said and recognised as a whole. */
export interface SpokenUnit {
  /** As the speaker wrote it, with the punctuation after it. */
  readonly display: string;
  /** Lower case and bare, as in a hypothesis. */
  readonly lexical: string;
  /** No space before it in writing. */
  readonly isJoined: boolean;
}

const UNIT =
  /[\p{Script=Han}\d][^\p{L}\p{N}\s]*|(?:(?![\p{Script=Han}\d])[\p{L}\p{N}'’-])+[^\p{L}\p{N}\s]*/gu;

export function spokenUnits(text: string, digits: readonly string[]): SpokenUnit[] {
  return [...text.matchAll(UNIT)].map((match) => {
    const display = match[0];
    const bare = display.replaceAll(/[^\p{L}\p{N}'’-]/gu, '').toLowerCase();
    const before = text[match.index - 1];
    const lexical = /^\d$/u.test(bare) ? (digits[Number(bare)] ?? bare) : bare;
    return { display, lexical, isJoined: before !== undefined && !/\s/u.test(before) };
  });
}

/** Units in one line, as they were written. */
export function joinDisplay(units: readonly SpokenUnit[]): string {
  return units
    .map(({ display, isJoined }, i) => (i > 0 && !isJoined ? ` ${display}` : display))
    .join('');
}

/** Lower-case words in one line; Chinese characters without spaces. */
export function joinLexical(words: readonly string[]): string {
  let line = '';
  for (const word of words) {
    const isTight = line === '' || (isHan(line.at(-1) ?? '') && isHan(word));
    line += isTight ? word : ` ${word}`;
  }
  return line;
}

const WORD = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}'’])+/gu;

/** The words of a text for comparison: lower case, no punctuation, each Chinese character a word. */
export function plainWords(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** Length of the longest common subsequence of words. */
export function commonWords(a: readonly string[], b: readonly string[]): number {
  let row = new Uint16Array(b.length + 1);
  for (const word of a) {
    const next = new Uint16Array(b.length + 1);
    for (const [j, other] of b.entries()) {
      next[j + 1] = word === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
