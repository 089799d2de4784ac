import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alignment } from './contract.ts';
import { TurnPlayout, type PlayoutPiece } from './playout.ts';

const CHAR_MS = 10;

/** Audio of {@link CHAR_MS} a character, with its alignment. */
function voiced(text: string): { mulaw: Uint8Array; alignment: Alignment } {
  const chars = Array.from(text);
  return {
    mulaw: new Uint8Array(chars.length * CHAR_MS * 8).map((_, i) => i & 0xff),
    alignment: {
      chars,
      startsMs: chars.map((_, i) => i * CHAR_MS),
      durationsMs: chars.map(() => CHAR_MS),
    },
  };
}

const marksOf = (pieces: readonly PlayoutPiece[]): string[] =>
  pieces.flatMap(({ mark }) => mark ?? []);

/** What is heard after each mark of `text`, played to its end. */
function heardSteps(text: string, spoken = text): string[] {
  const playout = new TurnPlayout(0);
  const { mulaw, alignment } = voiced(spoken);
  const marks = marksOf(playout.push(mulaw, alignment, text, 0));
  const last = playout.finish(text);
  return [...marks, ...(last === undefined ? [] : [last])].map((mark) => {
    playout.hear(mark);
    return playout.heardOf(text);
  });
}

describe('playout of a turn', () => {
  it.each([
    ['words', 'Hi there, you.', ['Hi', 'Hi there,', 'Hi there, you.']],
    ['Chinese characters', '你好。', ['你', '你好', '你好。']],
    ['mixed scripts', 'OK 好 la', ['OK', 'OK 好', 'OK 好 la']],
  ])('sets a mark at the end of %s', (_, text, steps) => {
    expect(heardSteps(text)).toEqual(steps);
  });

  it.each([
    ['spaces that the voice adds', 'Hi there', ' Hi  there ', ['Hi', 'Hi there', 'Hi there']],
    ['spaces that it swallows', 'Hi there', 'Hithere', ['Hi', 'Hi there']],
    ['characters that it leaves out', 'Hi 😀 there', 'Hi there', ['Hi', 'Hi 😀 there']],
    ['characters of its own', 'Hi there', 'Hi§ there', ['Hi', 'Hi', 'Hi there']],
  ])('follows the text through %s', (_, text, spoken, steps) => {
    expect(heardSteps(text, spoken)).toEqual(steps);
  });

  it('sends every byte once, in order', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const playout = new TurnPlayout(0);
        const { mulaw, alignment } = voiced(text);
        const sent = playout.push(mulaw, alignment, text, 0).flatMap((piece) => [...piece.mulaw]);
        expect(sent).toEqual([...mulaw]);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('has heard an exact beginning that ends with a word, whatever came back', () => {
    const words = fc.array(fc.constantFrom('one', 'two,', 'three.', '四', '五。', 'six'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(words, fc.nat(), (list, seed) => {
        const text = list.join(' ');
        const playout = new TurnPlayout(0);
        const { mulaw, alignment } = voiced(text);
        const marks = marksOf(playout.push(mulaw, alignment, text, 0));
        for (const mark of marks.slice(0, seed % (marks.length + 1))) playout.hear(mark);
        const heard = playout.heardOf(text);
        expect(text.startsWith(heard)).toBe(true);
        const next = heard === '' ? '' : (text[heard.length] ?? '');
        expect(next).toMatch(/^[\s\p{Script=Han}。]?$/u);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('hears nothing more after `clear`, although all marks come back', () => {
    const playout = new TurnPlayout(0);
    const text = 'one two three';
    const { mulaw, alignment } = voiced(text);
    const [first = '', ...rest] = marksOf(playout.push(mulaw, alignment, text, 0));
    playout.hear(first);
    playout.cut();
    for (const mark of rest) expect(playout.hear(mark)).toBeUndefined();
    expect(playout.heardOf(text)).toBe('one');
    expect(playout.isDrained).toBe(true);
  });

  it('counts a mark once, and none of another turn', () => {
    const playout = new TurnPlayout(1);
    const { mulaw, alignment } = voiced('one');
    const [mark = ''] = marksOf(playout.push(mulaw, alignment, 'one', 0));
    expect(playout.hear('0:1:3')).toBeUndefined();
    expect(playout.hear(mark)).toMatchObject({ audioMs: 30 });
    expect(playout.hear(mark)).toBeUndefined();
  });

  it('knows when the voice has said everything that can be said', () => {
    const playout = new TurnPlayout(0);
    const text = 'One two! 😀';
    const { mulaw, alignment } = voiced('One ');
    playout.push(mulaw, alignment, text, 0);
    const states = (): boolean[] => [playout.isNearlyCovered(text), playout.isCovered(text)];
    expect(states()).toEqual([false, false]);
    for (const [piece, expected] of [
      ['two', [true, false]],
      ['!', [true, false]],
      ['😀', [true, true]],
    ] as const) {
      const { mulaw: rest, alignment: aligned } = voiced(piece);
      playout.push(rest, aligned, text, 0);
      expect(states()).toEqual(expected);
    }
  });

  it('estimates words where there is no alignment, at the pace of a slow speaker', () => {
    const playout = new TurnPlayout(0);
    const text = 'one two three';
    // 67 ms a letter: "one two" takes 469 ms.
    const [first] = playout.push(new Uint8Array(460 * 8), undefined, text, 0);
    playout.hear(first?.mark ?? '');
    expect(playout.heardOf(text)).toBe('one');
    const [second] = playout.push(new Uint8Array(40 * 8), undefined, text, 0);
    playout.hear(second?.mark ?? '');
    expect(playout.heardOf(text)).toBe('one two');
    expect(playout.finish(text)).toBeUndefined();
  });

  it('marks a word where its sound ends, though it ends in the next audio', () => {
    const playout = new TurnPlayout(0);
    const { mulaw, alignment } = voiced('one two');
    // The last 25 ms of "two" come later.
    const cut = mulaw.length - 25 * 8;
    const first = playout.push(mulaw.subarray(0, cut), alignment, 'one two', 0);
    expect(marksOf(first)).toEqual(['0:1:3']);
    expect(playout.isCovered('one two')).toBe(false);
    expect(playout.isNearlyCovered('one two')).toBe(true);

    const after = voiced('x').alignment;
    const rest = playout.push(new Uint8Array(40 * 8), { ...after, chars: [' '] }, 'one two', 0);
    expect(rest.map((piece) => [piece.mulaw.length, piece.mark])).toEqual([
      [25 * 8, '0:2:7'],
      [15 * 8, undefined],
    ]);
    expect(playout.isCovered('one two')).toBe(true);
  });

  it('resumes at the word that was cut off', () => {
    const playout = new TurnPlayout(0);
    const { mulaw, alignment } = voiced('one tw');
    playout.push(mulaw, alignment, 'one two', 0);
    expect(playout.resume()).toBe('one'.length);
  });

  it('does not take an estimate for the end of the audio', () => {
    const playout = new TurnPlayout(0);
    playout.push(new Uint8Array(5000 * 8), undefined, 'one two', 0);
    expect(playout.isCovered('one two')).toBe(false);
  });

  it('reckons when its audio will have played', () => {
    const playout = new TurnPlayout(0);
    const { mulaw, alignment } = voiced('1234567890');
    playout.push(mulaw, alignment, '', 1000);
    playout.push(mulaw, alignment, '', 1050);
    expect(playout.endsAt).toBe(1200);
    playout.push(mulaw, alignment, '', 5000);
    expect(playout.endsAt).toBe(5100);
  });
});
