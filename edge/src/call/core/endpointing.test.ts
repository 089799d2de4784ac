import { describe, expect, it } from 'vitest';
import { Endpointing, type EndpointingOptions } from './endpointing.ts';

const OPTIONS: EndpointingOptions = {
  silenceMs: 500,
  hypothesisSilenceMs: 900,
  stableMs: 400,
  uncoveredMs: 800,
  waitMsMax: 3000,
  coverToleranceMs: 250,
  deafSpeechMs: 1200,
};

/** One caller whose audio began at 0, so that positions and instants are the same. */
class Caller {
  readonly endpointing = new Endpointing(OPTIONS);

  speaks(startMs: number, endMs: number): this {
    return this.hears(endMs, { startMs, endMs }, true);
  }

  silentUntil(positionMs: number, run = { startMs: 0, endMs: 0 }): this {
    return this.hears(positionMs, run.endMs === 0 ? undefined : run, false);
  }

  hears(positionMs: number, run: { startMs: number; endMs: number } | undefined, is: boolean) {
    this.endpointing.hear({ positionMs, isSpeaking: is, isStirring: false, run }, positionMs);
    return this;
  }

  hypothesis(text: string, startMs: number, endMs: number, now: number): this {
    this.endpointing.suppose({ text, startMs, endMs }, now);
    return this;
  }

  phrase(text: string, startMs: number, endMs: number, now: number): this {
    this.endpointing.conclude({ text, startMs, endMs }, now);
    return this;
  }

  /** When the turn closes, going by what is known at `now`. */
  closesAt(now: number): number | string {
    const decision = this.endpointing.decide(now);
    return decision.kind === 'wait' ? decision.until : decision.kind;
  }
}

describe('the end of a turn', () => {
  it('is nothing to decide while nobody has spoken', () => {
    expect(new Caller().silentUntil(1000).closesAt(1000)).toBe('quiet');
  });

  it('comes after the silence when a final covers the speech', () => {
    const caller = new Caller().speaks(0, 1000).phrase('yes', 0, 1000, 1300);
    expect(caller.closesAt(1300)).toBe(1500);
    expect(caller.closesAt(1500)).toBe('closed');
  });

  it('comes at once when the final is later than the silence', () => {
    const caller = new Caller().speaks(0, 1000).phrase('yes', 0, 900, 1800);
    expect(caller.closesAt(1800)).toBe('closed');
  });

  it('is not a final that does not cover the speech', () => {
    const caller = new Caller().speaks(0, 1000).phrase('I want', 0, 1000, 1300).speaks(1400, 2400);
    expect(caller.closesAt(2400)).toBe(2400 + 500);
    expect(caller.closesAt(2900)).toBe('closed');
    caller.phrase('a table', 1400, 2400, 2950);
    expect(caller.endpointing.take().text).toBe('I want a table');
  });

  it('waits for more text when a final ends long before the sound does', () => {
    const caller = new Caller().speaks(0, 2000).phrase('I want', 0, 1000, 2100);
    expect(caller.closesAt(2100)).toBe(2100 + OPTIONS.uncoveredMs);
  });

  it('comes with stable hypotheses that cover the speech, later', () => {
    const caller = new Caller().speaks(0, 1000).hypothesis('yes', 0, 1000, 1100);
    expect(caller.closesAt(1100)).toBe(1900);
    caller.hypothesis('yes please', 0, 1000, 1700);
    expect(caller.closesAt(1700)).toBe(2100);
    // Said again without a change, it is no younger.
    caller.hypothesis('yes please', 0, 1000, 2000);
    expect(caller.closesAt(2000)).toBe(2100);
  });

  it('comes in the end with whatever text there is', () => {
    const caller = new Caller().speaks(0, 1000).hypothesis('ye', 0, 300, 3900);
    expect(caller.closesAt(3900)).toBe(4300);
    expect(caller.closesAt(4300)).toBe('closed');
  });

  it.each([
    ['a cough', 300, false],
    ['a sentence that nothing was made of', 2000, true],
  ])('is none after %s', (_, endMs, isDeaf) => {
    const caller = new Caller().speaks(0, endMs);
    expect(caller.closesAt(endMs)).toBe(endMs + 3000);
    expect(caller.endpointing.decide(endMs + 3000)).toEqual({ kind: 'wordless', isDeaf });
    caller.endpointing.discard();
    expect(caller.closesAt(endMs + 3000)).toBe('quiet');
  });

  it('waits for a sound that is just beginning', () => {
    const caller = new Caller().speaks(0, 1000).phrase('yes', 0, 1000, 1300);
    caller.endpointing.hear(
      {
        positionMs: 1480,
        isSpeaking: false,
        isStirring: true,
        run: { startMs: 0, endMs: 1000 },
      },
      1480,
    );
    expect(caller.closesAt(1480)).toBe(1520);
  });

  it('goes by words alone where the detector hears nothing', () => {
    const caller = new Caller().silentUntil(2000).phrase('hello', 1000, 1600, 2000);
    expect(caller.closesAt(2000)).toBe(2100);
  });
});

function taken(): Caller {
  const caller = new Caller().speaks(0, 1000).hypothesis('book a table', 0, 1000, 1100);
  expect(caller.endpointing.take()).toEqual({ text: 'book a table', speechEndAt: 1000 });
  return caller;
}

describe('after a turn was taken', () => {
  it('its final is dropped', () => {
    const caller = taken().phrase('Book a table.', 0, 1000, 2000);
    expect(caller.closesAt(2000)).toBe('quiet');
    expect(caller.endpointing.text).toBe('');
  });

  it('its final is dropped although it reads differently and ends later', () => {
    const caller = taken().phrase('Cook a tablet.', 0, 1400, 2000);
    expect(caller.endpointing.text).toBe('');
  });

  it('a segment that goes on gives only what is new', () => {
    const caller = taken().speaks(2000, 3000);
    caller.hypothesis('book a table for two', 0, 3000, 3000);
    expect(caller.endpointing.text).toBe('for two');
    caller.phrase('Book a table, for two.', 0, 3000, 3300);
    expect(caller.endpointing.take().text).toBe('for two.');
  });

  it('a segment that was heard differently is taken whole', () => {
    const caller = taken().speaks(2000, 3000).phrase('Cook a tablet for two', 0, 3000, 3300);
    expect(caller.endpointing.text).toBe('Cook a tablet for two');
  });

  it('the same sound begins no other turn', () => {
    const caller = taken().silentUntil(1200, { startMs: 0, endMs: 1000 });
    expect(caller.closesAt(1200)).toBe('quiet');
  });
});

describe('evidence of a barge-in', () => {
  it('counts speech and words since the agent could be heard', () => {
    const caller = new Caller().speaks(1000, 1500).hypothesis('hello', 1000, 1400, 1500);
    expect(caller.endpointing.evidenceSince(0)).toEqual({ speechMs: 500, words: 'hello' });
    expect(caller.endpointing.evidenceSince(1300)).toEqual({ speechMs: 200, words: '' });
    caller.silentUntil(2000, { startMs: 1000, endMs: 1500 });
    expect(caller.endpointing.evidenceSince(0).speechMs).toBe(0);
  });
});
