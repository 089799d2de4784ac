/** Which characters are words of their own: Chinese and Japanese are written without spaces. */

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u;
const SPACE = /\s/u;
const SPOKEN = /[\p{L}\p{N}]/u;

export function isCjk(char: string): boolean {
  return CJK.test(char);
}

export function isSpace(char: string): boolean {
  return SPACE.test(char);
}

/** Whether there is anything in it that a voice would speak. */
export function isSpoken(text: string): boolean {
  return SPOKEN.test(text);
}

/** Whether a word ends just before `index` of `text`, as far as `text` goes. */
export function isWordEnd(text: string, index: number): boolean {
  const before = text[index - 1];
  if (before === undefined || isSpace(before)) return false;
  const after = text[index];
  return after === undefined || isSpace(after) || isCjk(before) || isCjk(after);
}

const MARK_OF_BEFORE = /^[,.;:!?)\u2019\uff0c\u3002]/u;

/** `second` as it is to be put behind `first`: with a space where they would run together. Keeps its own white space. */
export function continuationOf(first: string, second: string): string {
  const isApart = first === '' || isSpace(first.at(-1) ?? '');
  const rest = isApart ? second.trimStart() : second;
  const before = first.at(-1) ?? '';
  const after = rest[0] ?? ' ';
  const isJoined = isApart || isSpace(after) || (isCjk(before) && isCjk(after));
  return isJoined || MARK_OF_BEFORE.test(rest) ? rest : ` ${rest}`;
}

/** Whether the last sound of a word is just before `index`: its comma or full stop is silence. */
export function isSoundEnd(text: string, index: number): boolean {
  const before = text[index - 1] ?? '';
  if (!isSpoken(before)) return false;
  const after = text[index];
  if (after === undefined || isSpace(after) || isCjk(before) || isCjk(after)) return true;
  // "Kadang-kadang" is two words to the ear.
  if (after === '-') return true;
  // "don't" and "3.5" go on.
  return !isSpoken(after) && !isSpoken(text[index + 1] ?? '');
}

/** Two utterances of one speaker as one: with a space, but not between Chinese characters. */
export function joinTexts(first: string, second: string): string {
  const before = first.trimEnd().at(-1);
  const after = second.trimStart()[0];
  if (before === undefined) return second.trim();
  if (after === undefined) return first.trim();
  const glue = isCjk(before) && isCjk(after) ? '' : ' ';
  return first.trim() + glue + second.trim();
}
