/**
 * Chinese is written without spaces, so none are spoken: a space beside it in a decoded text is only the pause between two
 * pieces of synthesis.
 */
const SPACE_BESIDE_CHINESE =
  /(?<=[\p{Script=Han}\u3000-\u303f\uff00-\uffef])\s+|\s+(?=[\p{Script=Han}\u3000-\u303f\uff00-\uffef])/gu;

/** Characters that must be inserted, deleted or replaced to make one text of the other (Levenshtein), case and all. */
export function characterErrors(expected: string, actual: string): number {
  const from = Array.from(expected.replaceAll(SPACE_BESIDE_CHINESE, ''));
  const to = Array.from(actual.replaceAll(SPACE_BESIDE_CHINESE, ''));
  let row = to.map((_, index) => index + 1);
  row.unshift(0);
  for (const [i, char] of from.entries()) {
    const next = [i + 1];
    for (const [j, other] of to.entries()) {
      next.push(
        Math.min(
          (next[j] ?? 0) + 1,
          (row[j + 1] ?? 0) + 1,
          (row[j] ?? 0) + (char === other ? 0 : 1),
        ),
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
