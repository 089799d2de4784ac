/** Words of mixed English, Malay and Chinese text, in one form whatever its case, width and marks. */

import { simplifiedOf } from './simplified.ts';

/** Text longer than this is cut: no utterance of a caller is as long. */
const CHARS_MAX = 20_000;

/**
 * A word of letters with its apostrophes, a number with its inner marks (`1,250.50`, `3:30`), or one Chinese character.
 * The groups of a number are apart by one mark, so that nothing is tried twice.
 */
const WORD =
  /\p{Script=Han}|\d+(?:[.,:]\d+)*|(?:(?!\p{Script=Han})[\p{L}\p{M}])+(?:'(?:(?!\p{Script=Han})[\p{L}\p{M}])+)*/gu;

const HAN = /\p{Script=Han}/u;

/** The words of `text`, lower case, simplified: Latin words, numbers, single Chinese characters. "mm-hm" is two words. */
export function wordsOf(text: string): string[] {
  return plainerOf(text).match(WORD) ?? [];
}

/** The words with one space between them, but none between Chinese characters: what patterns are held against. */
export function normalOf(text: string): string {
  let normal = '';
  let isHanBefore = true;
  for (const word of wordsOf(text)) {
    const isHan = isHanWord(word);
    normal += (isHan && isHanBefore) || normal === '' ? word : ` ${word}`;
    isHanBefore = isHan;
  }
  return normal;
}

/** Letters and digits only, lower case: two texts that sound alike for the most part are equal in this. */
export function plainOf(text: string): string {
  return plainerOf(text).replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
}

/** How many words were said. Two Chinese characters are one word, as most Chinese words have two; rounded up. */
export function countWords(text: string): number {
  let han = 0;
  let others = 0;
  for (const word of wordsOf(text)) {
    if (isHanWord(word)) han++;
    else others++;
  }
  return others + Math.ceil(han / 2);
}

export function isHanWord(word: string): boolean {
  return HAN.test(word);
}

function plainerOf(text: string): string {
  return simplifiedOf(
    text
      .slice(0, CHARS_MAX)
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[\u2018\u2019\u02bc\u0060\u00b4]/gu, "'"),
  );
}
