import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallerText } from './caller-text.ts';

const TOLERANCE_MS = 250;

/** A caller of whom a turn may have been taken. */
class Rig {
  readonly text = new CallerText(TOLERANCE_MS);

  hypothesis(text: string, startMs: number, endMs: number, now = endMs, hasSound = true): this {
    this.text.suppose({ text, startMs, endMs }, hasSound, now);
    return this;
  }

  phrase(text: string, startMs: number, endMs: number, now = endMs, hasSound = true): this {
    this.text.conclude({ text, startMs, endMs }, hasSound, now);
    return this;
  }

  take(speechEndMs: number): this {
    this.text.take(speechEndMs);
    return this;
  }

  get all(): string {
    return this.text.since(0);
  }
}

describe("the caller's words", () => {
  it('are the phrases, and the hypothesis behind them', () => {
    const rig = new Rig().phrase('Book me', 0, 500).hypothesis('a tab', 600, 900);
    expect([rig.all, rig.text.isFinal]).toEqual(['Book me a tab', false]);
    rig.hypothesis('a table', 600, 1000).phrase('a table.', 600, 1100);
    expect([rig.all, rig.text.isFinal, rig.text.lastMs]).toEqual(['Book me a table.', true, 1100]);
  });

  it('keep a segment that never became final when the next one begins', () => {
    const rig = new Rig().hypothesis('book me', 0, 500).hypothesis('a table', 600, 1000);
    expect(rig.all).toBe('book me a table');
  });

  it('changed when they became other words, not when they were said again', () => {
    const rig = new Rig().hypothesis('a tab', 0, 500, 700).hypothesis('a tab', 0, 600, 900);
    expect(rig.text.changedAt).toBe(700);
    expect(rig.hypothesis('a table', 0, 700, 1000).text.changedAt).toBe(1000);
    expect(rig.phrase('a table', 0, 700, 1400).text.changedAt).toBe(1400);
  });

  it('are those of segments that began in time, where only those are asked for', () => {
    const rig = new Rig().phrase('Hello?', 0, 500).phrase('A table.', 2000, 2500);
    expect(rig.text.since(1000)).toBe('A table.');
  });

  it('are none where recognition says nothing', () => {
    expect(new Rig().hypothesis('  ', 0, 500).phrase('', 0, 500).text.lastMs).toBeUndefined();
  });
});

describe('words of a turn that is over', () => {
  const taken = (): Rig => new Rig().hypothesis('book a table', 0, 1000).take(1000);

  it('are not said again', () => {
    expect(taken().all).toBe('');
    // The final of the old turn ends a little later than we thought.
    expect(taken().phrase('Book a table.', 0, 1200).all).toBe('');
    expect(taken().phrase('Book a table.', 0, 2000, 2000, false).all).toBe('');
  });

  it('are cut off a segment that goes on in the next one', () => {
    const rig = taken().hypothesis('book a table for four', 0, 2000);
    expect(rig.all).toBe('for four');
    expect(rig.phrase('Book a table for four.', 0, 2100).all).toBe('for four.');
  });

  it('are put right by their final, in what was taken alone', () => {
    const rig = taken().phrase('Look a cable.', 0, 1000, 1900, false);
    expect([rig.text.takenText, rig.all]).toEqual(['Look a cable.', '']);
    // No more is to come of it.
    rig.phrase('Nothing.', 0, 1000, 2000, false);
    expect(rig.text.takenText).toBe('Look a cable.');
  });

  it('are not in both turns where the segment goes on, though they were taken for the end of the old one', () => {
    const rig = taken().hypothesis('book a table no', 0, 1500, 1500, false);
    expect([rig.text.takenText, rig.all]).toEqual(['book a table no', '']);
    rig.hypothesis('book a table no a room', 0, 2000);
    expect([rig.text.takenText, rig.all]).toEqual(['book a table', 'no a room']);
    rig.text.takeBack();
    expect(rig.all).toBe('book a table no a room');
  });

  it('come back where it was not over, before what has been said since', () => {
    const phrase = taken().phrase('For four.', 1400, 2000);
    const hypothesis = taken().hypothesis('for four', 1400, 2000);
    const rest = taken().hypothesis('book a table for four', 0, 2000);
    for (const rig of [phrase, hypothesis, rest]) {
      rig.text.takeBack();
      expect(rig.all.toLowerCase()).toMatch(/^book a table for four\.?$/u);
      // Once.
      rig.text.takeBack();
      expect(rig.all.toLowerCase()).toMatch(/^book a table for four\.?$/u);
    }
    expect(rest.hypothesis('book a table for four people', 0, 2500).all).toBe(
      'book a table for four people',
    );
  });

  it('do not come back where they were meant for somebody else', () => {
    const rig = new Rig().phrase('Mm-hm.', 0, 500);
    rig.text.ignore(500);
    rig.text.takeBack();
    expect([rig.all, rig.text.takenText]).toEqual(['', '']);
  });

  it('may still come after sound without words was forgotten', () => {
    const rig = new Rig().hypothesis('ten', 0, 500);
    rig.text.discard();
    expect(rig.all).toBe('');
    expect(rig.phrase('Ten o clock.', 0, 800).all).toBe('Ten o clock.');
  });
});

it('are never in two turns, however they are cut into phrases and turns', () => {
  const word = fc.constantFrom('book', 'table', 'people', 'sunday', 'evening', 'window');
  const phrases = fc.array(fc.tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.boolean()), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(phrases, (all) => {
      const rig = new Rig();
      const turns: string[] = [];
      let at = 0;
      for (const [words, isLast] of all) {
        const endMs = at + 300 * words.length;
        rig.hypothesis(words.join(' '), at, endMs - 50).phrase(words.join(' '), at, endMs);
        at = endMs + 600;
        if (!isLast) continue;
        turns.push(rig.all);
        rig.take(endMs);
      }
      const said = all.flatMap(([words]) => words).join(' ');
      expect([...turns, rig.all].filter((each) => each !== '').join(' ')).toBe(said);
    }),
  );
});
