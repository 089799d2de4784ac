import { describe, expect, it } from 'vitest';
import { ENDPOINTING_DEFAULTS, type EndpointingOptions } from './endpointing-options.ts';
import { Endpointing, type EndpointDecision } from './endpointing.ts';
import { Surroundings } from './surroundings.ts';

/** Without habits: a pause in a test is no wish. */
const OPTIONS: EndpointingOptions = { ...ENDPOINTING_DEFAULTS, isAdaptive: false };
const { minMs, openMs, digitsMs, unfinishedMs, stableMs, uncoveredMs, maxMs, wordlessMs } = OPTIONS;
const { doubtMs, secondOpinionMs } = OPTIONS;

/** One caller whose audio began at 0, so that positions and instants are the same. */
class Caller {
  readonly endpointing: Endpointing;
  readonly surroundings = new Surroundings();
  #last: { run: { startMs: number; endMs: number } | undefined; is: boolean } = {
    run: undefined,
    is: false,
  };

  constructor(options: EndpointingOptions = OPTIONS) {
    this.endpointing = new Endpointing(options, this.surroundings);
  }

  speaks(startMs: number, endMs: number): this {
    return this.hears(endMs, { startMs, endMs }, true);
  }

  silentUntil(positionMs: number, run = { startMs: 0, endMs: 0 }): this {
    return this.hears(positionMs, run.endMs === 0 ? undefined : run, false);
  }

  hears(positionMs: number, run: { startMs: number; endMs: number } | undefined, is: boolean) {
    this.#last = { run, is };
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

  /** What is decided when all audio up to `now` has been heard. */
  decide(now: number): EndpointDecision {
    this.hears(now, this.#last.run, this.#last.is);
    return this.endpointing.decide(now);
  }

  /** When the turn closes, going by what is known at `now`. */
  closesAt(now: number): number | string {
    const decision = this.decide(now);
    return decision.kind === 'wait' ? decision.until : decision.kind;
  }
}

describe('the end of a turn', () => {
  it('is nothing to decide while nobody has spoken', () => {
    expect(new Caller().silentUntil(1000).closesAt(1000)).toBe('quiet');
  });

  it.each([
    ['complete', 'yes', minMs],
    ['complete', 'what time do you open?', minMs],
    ['open', 'the blue table', openMs],
    ['a number being read out', 'zero one two three', digitsMs],
    ['unfinished', 'I would like a table and', unfinishedMs],
    ['doubtful', 'I have a complaint about.', OPTIONS.doubtfulMs],
  ])('comes after the silence that a text wants that is %s: %s', (_, text, silenceMs) => {
    const caller = new Caller().speaks(0, 1000).phrase(text, 0, 1000, 1300);
    expect(caller.closesAt(1300)).toBe(1000 + silenceMs);
    expect(caller.closesAt(1000 + silenceMs)).toBe('closed');
  });

  it('comes at once when the final is later than the silence', () => {
    const caller = new Caller().speaks(0, 1000).phrase('yes', 0, 900, 1800);
    expect(caller.closesAt(1800)).toBe('closed');
  });

  it('is not a final in the middle of a sentence', () => {
    const caller = new Caller().speaks(0, 1000).phrase('book me', 0, 1000, 1300).speaks(1400, 2000);
    caller.silentUntil(2200, { startMs: 1400, endMs: 2000 });
    // Of so much speech something will be said yet.
    expect(caller.closesAt(2200)).toBe(2000 + doubtMs + secondOpinionMs);
    caller.phrase('a table', 1400, 2000, 2300);
    expect(caller.closesAt(2000 + openMs)).toBe('closed');
    expect(caller.endpointing.take(2600)).toEqual({ text: 'book me a table', speechEndAt: 2000 });
  });

  it('is not in silence that has not been heard: the process stood still, and its timers run before its sockets are read', () => {
    const caller = new Caller().speaks(0, 1000).phrase('the blue table', 0, 1000, 1300);
    const { endpointing } = caller;
    caller.silentUntil(1340, { startMs: 0, endMs: 1000 });
    expect(endpointing.decide(1700)).toEqual({ kind: 'wait', until: 1740 });
    caller.silentUntil(1400, { startMs: 0, endMs: 1000 }).speaks(1500, 1700);
    expect(endpointing.decide(1740)).toMatchObject({ kind: 'wait', until: 1700 + openMs });
    // What has not come by then was never sent.
    const deaf = new Caller().speaks(0, 1000).phrase('the blue table', 0, 1000, 1300).endpointing;
    expect(deaf.decide(1700)).toEqual({ kind: 'wait', until: 1740 });
    expect(deaf.decide(1740)).toEqual({ kind: 'closed' });
  });

  it('waits for more text when a final ends long before the sound does', () => {
    const caller = new Caller().speaks(0, 2000).phrase('the blue table', 0, 1000, 2100);
    expect(caller.closesAt(2100)).toBe(Math.max(2100 + uncoveredMs, 2000 + openMs));
  });

  it('comes with hypotheses that cover the speech when they are stable', () => {
    const caller = new Caller().speaks(0, 1000).hypothesis('yes', 0, 1000, 1390);
    expect(caller.closesAt(1390)).toBe(1390 + stableMs);
    caller.hypothesis('yes please', 0, 1000, 1450);
    expect(caller.closesAt(1450)).toBe(1450 + stableMs);
    // Said again without a change, it is no younger.
    caller.hypothesis('yes please', 0, 1000, 1500);
    expect(caller.closesAt(1500)).toBe(1450 + stableMs);
  });

  it('comes in the end with whatever text there is', () => {
    const caller = new Caller().speaks(0, 1000).hypothesis('the bl', 0, 300, 1100);
    caller.silentUntil(1220, { startMs: 0, endMs: 1000 }).hypothesis('the blu', 0, 300, 3590);
    expect(caller.closesAt(3590)).toBe(1000 + maxMs);
    expect(caller.closesAt(1000 + maxMs)).toBe('closed');
  });

  it.each([
    ['a sound too short for a word', 160, 'nothing', 'noise'],
    ['a cough', 300, 'no word', 'noise'],
    ['what may have been a cough', 300, 'nothing', 'doubtful'],
    ['a sentence that nothing was made of', 2000, 'no word', 'unintelligible'],
    ['a sentence that nothing is said of', 2000, 'nothing', 'unheard'],
  ] as const)('is none after %s, of which recognition says: %s', (_, endMs, answer, sound) => {
    const caller = new Caller().speaks(0, endMs);
    if (answer === 'no word') caller.phrase('', 0, endMs, endMs);
    const at = endMs + wordlessMs;
    expect(caller.closesAt(endMs)).toBe(at);
    expect(caller.decide(at)).toEqual({ kind: 'wordless', sound });
    caller.endpointing.discard(at);
    expect(caller.closesAt(at)).toBe('quiet');
  });

  it('is none after noise in a noisy place, unless not a word has come of it again and again', () => {
    const caller = new Caller();
    const deaf = [0, 1, 2].map((index) => {
      const startMs = index * 10_000;
      const at = startMs + 600 + wordlessMs;
      caller.surroundings.noteWordless(startMs);
      caller.surroundings.noteWordless(startMs);
      const decision = caller.speaks(startMs, startMs + 600).decide(at);
      caller.endpointing.discard(at);
      return decision.kind === 'wordless' ? decision.sound : decision.kind;
    });
    expect(deaf).toEqual(['noise', 'noise', 'unheard']);
  });

  it('is none after a cough that recognition passes over as it does; a second one in a row may be words', () => {
    const caller = new Caller();
    caller.endpointing.answers.noteTacit();
    const sounds = [0, 10_000, 20_000].map((startMs) => {
      const at = startMs + 300 + wordlessMs;
      const decision = caller.speaks(startMs, startMs + 300).decide(at);
      caller.endpointing.discard(at);
      if (startMs === 10_000) expect(caller.endpointing.answers.isDeaf).toBe(true);
      return decision.kind === 'wordless' ? decision.sound : decision.kind;
    });
    expect(sounds).toEqual(['noise', 'unheard', 'unheard']);
    caller.phrase('', 20_000, 20_300, 30_000);
    expect(caller.endpointing.answers.isDeaf).toBe(false);
  });

  it('waits for another recogniser where one breaks off in mid-sentence, and answers what there is in the end', () => {
    const speaks = () => new Caller().speaks(0, 1500).hypothesis('the blue', 100, 500, 800);
    const silent = speaks().silentUntil(1700, { startMs: 0, endMs: 1500 });
    expect(silent.endpointing.doubtAt(1700)).toBe(1500 + doubtMs);
    expect(silent.closesAt(1700)).toBe(1500 + doubtMs + secondOpinionMs);
    expect(silent.closesAt(1500 + doubtMs + secondOpinionMs)).toBe('closed');

    const answered = speaks().silentUntil(1700, { startMs: 0, endMs: 1500 });
    answered.hypothesis('the blue table', 100, 1450, 2400);
    expect(answered.endpointing.doubtAt(2400)).toBe(undefined);
    expect(answered.closesAt(2400)).toBe(2400 + stableMs);
  });

  it('is not where the caller goes on after a pause, and the first word of it is still to come', () => {
    const caller = new Caller()
      .speaks(0, 1000)
      .hypothesis('zero one two', 0, 1000, 1250)
      .speaks(1900, 2500);
    expect(caller.decide(2500).kind).toBe('wait');
  });

  it('waits for a sound that is just beginning', () => {
    const caller = new Caller().speaks(0, 1000).phrase('yes', 0, 1000, 1300);
    const run = { startMs: 0, endMs: 1000 };
    const positionMs = 1000 + minMs - 20;
    const heard = { positionMs, isSpeaking: false, isStirring: true, run };
    caller.endpointing.hear(heard, positionMs);
    expect(caller.closesAt(positionMs)).toBe(positionMs + 40);
  });

  it('goes by words alone where the detector hears nothing, and is not sure of their end', () => {
    const caller = new Caller().silentUntil(2000).phrase('yes', 1000, 1600, 2000);
    expect(caller.endpointing.isByWords).toBe(true);
    expect(caller.endpointing.speechEndAt).toBe(1600);
    expect(caller.closesAt(2000)).toBe(2000 + uncoveredMs);
    // A sound proves more than words do.
    caller.speaks(2100, 2400);
    expect(caller.endpointing.isByWords).toBe(false);
  });
});

describe('a habit of pausing', () => {
  const adaptive = { ...OPTIONS, isAdaptive: true };
  const text = 'the blue table';

  function pausing(pauseMs: number, options = adaptive): Caller {
    const startMs = 1000 + pauseMs;
    const caller = new Caller(options).speaks(0, 1000).speaks(startMs, startMs + 500);
    return caller.phrase(text, 0, startMs + 500, startMs + 600);
  }

  it.each([
    ['is waited for', 700, 700 + 150],
    ['is waited for no longer than is bearable', 2900, 1200],
    ['shortens nothing', 210, openMs],
    ['is none where a closure is all the silence there is', 190, openMs],
  ])('%s: %s ms', (_, pauseMs, silenceMs) => {
    const caller = pausing(pauseMs);
    expect(caller.closesAt(1600 + pauseMs)).toBe(1500 + pauseMs + silenceMs);
  });

  it('is nothing where habits are not learnt', () => {
    expect(pausing(700, OPTIONS).closesAt(2300)).toBe(2200 + openMs);
  });

  it('is learnt from being answered too early, and slowly', () => {
    const caller = new Caller(adaptive).speaks(0, 1000).phrase(text, 0, 1000, 1100);
    caller.endpointing.answeredTooEarly(1000);
    caller.endpointing.answeredTooEarly(500);
    expect(caller.closesAt(1100)).toBe(1000 + (1000 - 0.3 * 500) + 150);
  });

  it('does not keep a complete text waiting', () => {
    const caller = new Caller(adaptive).speaks(0, 1000).phrase('yes', 0, 1000, 1100);
    caller.endpointing.answeredTooEarly(1000);
    expect(caller.closesAt(1100)).toBe(1000 + minMs);
  });
});

describe("the model's verdict", () => {
  const text = 'the blue table';
  const judged = (verdict: 'complete' | 'cut-off' | 'thinking', of = text): Caller => {
    const caller = new Caller().speaks(0, 1000).phrase(text, 0, 1000, 1100);
    caller.endpointing.judge(verdict, of);
    return caller;
  };

  it.each([
    ['complete', minMs],
    ['cut-off', 2000],
    ['thinking', 5000],
  ] as const)('%s: %s ms', (verdict, silenceMs) => {
    expect(judged(verdict).closesAt(1100)).toBe(1000 + silenceMs);
  });

  it('on other words counts for nothing', () => {
    expect(judged('thinking', 'the blue').closesAt(1100)).toBe(1000 + openMs);
  });

  it('is void once the caller has gone on', () => {
    const caller = judged('thinking').speaks(1400, 1600).phrase('please', 1400, 1600, 1700);
    expect(caller.closesAt(1700)).toBeLessThan(1600 + 1000);
  });
});

function taken(): Caller {
  const caller = new Caller().speaks(0, 1000).hypothesis('book a table', 0, 1000, 1100);
  expect(caller.endpointing.take(3000)).toEqual({ text: 'book a table', speechEndAt: 1000 });
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
    expect(caller.endpointing.take(3300).text).toBe('for two.');
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

describe('a turn that was taken back', () => {
  it('goes on from the words it had', () => {
    const caller = taken();
    caller.endpointing.takeBack();
    caller.speaks(1500, 2000).phrase('for two', 1500, 2000, 2100);
    expect(caller.endpointing.take(3300).text).toBe('book a table for two');
  });

  it('goes on in the segment that it began in', () => {
    const caller = taken();
    caller.endpointing.takeBack();
    caller.speaks(1500, 2000).phrase('Book a table for two.', 0, 2000, 2100);
    expect(caller.endpointing.take(3300).text).toBe('Book a table for two.');
  });

  it('knows what recognition has made of it since', () => {
    const caller = taken().phrase('Cook a tablet.', 0, 1000, 1400);
    expect(caller.endpointing.takenText).toBe('Cook a tablet.');
    caller.endpointing.takeBack();
    expect(caller.endpointing.text).toBe('Cook a tablet.');
  });

  it('keeps a hypothesis whose final never came when the next segment begins', () => {
    const caller = taken();
    caller.endpointing.takeBack();
    caller.speaks(1500, 2000).hypothesis('for', 1500, 1700, 1800);
    expect(caller.endpointing.text).toBe('book a table for');
    caller.hypothesis('for two', 1500, 2000, 2100);
    expect(caller.endpointing.text).toBe('book a table for two');
  });

  it('cannot be taken back twice, nor before there was one', () => {
    const caller = taken();
    caller.endpointing.takeBack();
    caller.endpointing.takeBack();
    expect(caller.endpointing.text).toBe('book a table');
    const fresh = new Caller();
    fresh.endpointing.takeBack();
    expect(fresh.closesAt(0)).toBe('quiet');
  });
});

describe('what was not meant for the agent', () => {
  it('is forgotten, with what recognition still says of it', () => {
    const caller = new Caller().speaks(0, 1000).hypothesis('not you', 0, 1000, 1100);
    caller.endpointing.ignore();
    caller.phrase('Not you.', 0, 1000, 1400);
    expect(caller.endpointing.text).toBe('');
    expect(caller.closesAt(1400)).toBe('quiet');
    caller.endpointing.takeBack();
    expect(caller.endpointing.text).toBe('');
  });
});

describe('evidence of a barge-in', () => {
  it('counts speech, silence and words since the agent could be heard', () => {
    const caller = new Caller().speaks(1000, 1500).hypothesis('hello', 1000, 1400, 1500);
    const { endpointing } = caller;
    expect(endpointing.evidenceSince(0, 1500)).toMatchObject({
      speechMs: 500,
      silenceMs: 0,
      words: 'hello',
    });
    expect(endpointing.evidenceSince(1300, 1500)).toMatchObject({ speechMs: 200, words: '' });
    caller.silentUntil(2000, { startMs: 1000, endMs: 1500 });
    expect(endpointing.evidenceSince(0, 2000)).toMatchObject({ speechMs: 0, silenceMs: 500 });
  });

  it('counts no sound of a turn that is over', () => {
    const caller = taken().hears(1200, { startMs: 0, endMs: 1200 }, true);
    expect(caller.endpointing.evidenceSince(0, 1200).speechMs).toBe(200);
  });
});
