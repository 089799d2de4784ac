import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Segment } from './segment.ts';

const VOICE = { contextId: 'turn-0-1', route: { transport: 'socket', voice: 0 } } as const;
const CHAR_MS = 50;

/** The voice says the first `chars` characters of what it was given. */
function says(segment: Segment, chars: number): void {
  const said = Array.from(segment.words.text.slice(0, chars));
  segment.words.advance(said.length * CHAR_MS * 8, {
    chars: said,
    startsMs: said.map((_, i) => i * CHAR_MS),
    durationsMs: said.map(() => CHAR_MS),
  });
}

describe('a part of an utterance', () => {
  it('is given to the voice as it is spoken, and kept as it was written', () => {
    const segment = new Segment('en', VOICE);
    expect(segment.append('It is RM12. ')).toBe('It is twelve ringgit. ');
    expect(segment.append('Yes.')).toBe('Yes.');
    expect(segment.text).toBe('It is RM12. Yes.');
  });

  it.each([
    [0, ''],
    [5, 'It is'],
    // A price counts when all of it has been said.
    ['It is twelve'.length, 'It is '],
    ['It is twelve ringgit'.length, 'It is RM12'],
    ['It is twelve ringgit. Yes'.length, 'It is RM12. Yes'],
    [1000, 'It is RM12. Yes.'],
  ])('has been said after %i spoken characters as far as %j', (chars, text) => {
    const segment = new Segment('en', VOICE);
    segment.append('It is RM12. ');
    segment.append('Yes.');
    expect(segment.textUpTo(chars)).toBe(text);
  });

  it('waits for the voice while there is text that it has not said', () => {
    const segment = new Segment('en', VOICE);
    expect(segment.isAwaitingVoice).toBe(false);
    segment.append('We are open.');
    expect(segment.isAwaitingVoice).toBe(true);
    says(segment, 'We are'.length);
    expect(segment.isAwaitingVoice).toBe(true);
    says(segment, 'We are open.'.length);
    expect(segment.isAwaitingVoice).toBe(false);
  });

  it('ends with the last word that was said when the voice breaks off, and hands back the rest', () => {
    const segment = new Segment('en', VOICE);
    segment.append('We are open from nine.');
    says(segment, 'We are op'.length);
    expect(segment.breakOff()).toBe(' open from nine.');
    expect([segment.text, segment.isTextComplete, segment.isVoiced]).toEqual([
      'We are',
      true,
      true,
    ]);
    expect(segment.isAwaitingVoice).toBe(false);
  });

  it('hands back all of it when nothing was said', () => {
    const segment = new Segment('en', VOICE);
    segment.append('We are open.');
    expect([segment.breakOff(), segment.text]).toEqual(['We are open.', '']);
  });
});

it('is said from its beginning on, further and further, and never cut in two with a word lost', () => {
  const clause = fc.constantFrom(
    'We are open ',
    'from 9.30 a.m. ',
    'to RM12.50, ',
    'Dr. Lim ',
    '好的，',
    '星期三。',
    'yes. ',
  );
  fc.assert(
    fc.property(
      fc.array(clause, { minLength: 1, maxLength: 6 }),
      fc.nat({ max: 200 }),
      (clauses, chars) => {
        const segment = new Segment('en', VOICE);
        for (const each of clauses) segment.append(each);
        const text = clauses.join('');
        expect(segment.text).toBe(text);
        let before = '';
        for (let spoken = 0; spoken <= segment.words.text.length; spoken++) {
          const said = segment.textUpTo(spoken);
          expect(text.startsWith(said) && said.startsWith(before)).toBe(true);
          before = said;
        }
        expect(before).toBe(text);
        says(segment, chars);
        const rest = segment.breakOff();
        expect(segment.text + rest).toBe(text);
      },
    ),
  );
});
