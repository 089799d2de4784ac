/** Texts that parsers meet and their authors do not. */

import fc from 'fast-check';

/** Any characters, halves of pairs and controls among them. */
export const anyText = fc.string({ unit: 'binary', maxLength: 200 });

/** `pieces` in any order, with any text between. */
export function textOf(pieces: readonly string[], piecesMax = 40): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: anyText },
  );
  return fc.array(piece, { maxLength: piecesMax }).map((all) => all.join(''));
}

/** A piece of `pieces`, thousands of times: what is quadratic becomes slow here. */
export function floodOf(pieces: readonly string[], lengthMax: number): fc.Arbitrary<string> {
  const few = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 });
  // As often long as short: each power of two alike.
  // In thousandths: fast-check's doubles are mostly tiny.
  const length = fc
    .integer({ min: 0, max: Math.floor(1000 * Math.log2(lengthMax)) })
    .map((bits) => 2 ** (bits / 1000));
  // Often at the very beginning: behind nonsense most parsers have given up.
  const head = fc.oneof(fc.constant(''), textOf(pieces, 5));
  return fc.tuple(head, few, length, textOf(pieces, 5)).map(([before, repeated, wanted, after]) => {
    const piece = repeated.join('');
    return before + piece.repeat(Math.max(1, Math.floor(wanted / piece.length))) + after;
  });
}

/** A good text with something cut out, put in or doubled. */
export function damaged(
  good: fc.Arbitrary<string>,
  pieces: readonly string[],
): fc.Arbitrary<string> {
  return fc
    .tuple(good, fc.nat(), fc.nat(100), fc.oneof(fc.constantFrom(...pieces), anyText))
    .map(([text, place, cut, inserted]) => {
      const at = text.length === 0 ? 0 : place % text.length;
      return text.slice(0, at) + inserted + text.slice(at + cut);
    });
}
