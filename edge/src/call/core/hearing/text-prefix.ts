/** A recogniser's segment may begin with words that were used already, and may by now spell them otherwise. */

import { wordsOf } from '../language/words.ts';
import { isSpace, isWordEnd } from '../language/scripts.ts';

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** Fewer letters than these in common are chance. */
const COMMON_LETTERS_MIN = 4;
/** Of so many words one may have changed. */
const WORDS_PER_CHANGE = 3;

/**
 * What of `text` goes beyond `used`, punctuation and capitals aside; all of it where it does not begin with the end of
 * `used`. The segment may hold only the last of several phrases of the old turn.
 */
export function withoutPrefix(text: string, used: string): string {
  return withoutSamePrefix(text, used) ?? withoutSimilarPrefix(text, used);
}

function withoutSamePrefix(text: string, used: string): string | undefined {
  const wanted = plain(used);
  const commonMin = Math.min(COMMON_LETTERS_MIN, wanted.length);
  for (let length = text.length; length > 0; length--) {
    const head = plain(text.slice(0, length));
    if (head.length < commonMin) return undefined;
    // "What" is no beginning of "what's": recognition has put the word right.
    const isWhole = isWordEnd(text, length);
    if (isWhole && wanted.endsWith(head)) return text.slice(length).trim();
  }
  return undefined;
}

/** Word by word: recognition corrects itself, one word in a few. */
function withoutSimilarPrefix(text: string, used: string): string {
  const before = wordsOf(used);
  const words = wordsOf(text);
  for (let count = Math.min(before.length, words.length); count >= WORDS_PER_CHANGE; count--) {
    const tail = before.slice(-count);
    const changes = tail.filter((word, index) => word !== words[index]).length;
    if (changes <= Math.floor(count / WORDS_PER_CHANGE)) return afterWords(text, count);
  }
  return text;
}

/** `text` behind its first `count` words. */
function afterWords(text: string, count: number): string {
  for (let end = 1; end <= text.length; end++) {
    const isEnd =
      end === text.length ||
      isSpace(text[end] ?? '') ||
      wordsOf(text.slice(0, end + 1)).length > count;
    if (isEnd && wordsOf(text.slice(0, end)).length >= count) {
      return text.slice(end).replace(/^[\s,.;:!?，。！？、]+/u, '');
    }
  }
  return '';
}
