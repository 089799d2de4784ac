import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallOutput } from '../contract.ts';
import { Outlet } from './outlet.ts';
import { Playout } from './playout.ts';
import { PlayoutClock } from './playout-clock.ts';

const WORD_BYTES = 800;

/** A peer that counts samples; utterances of words of 100 ms, each word its own place, from 1. */
class Rig {
  readonly outputs: CallOutput[] = [];
  readonly outlet = new Outlet((output) => void this.outputs.push(output));
  readonly #clock = new PlayoutClock();
  #names = 0;
  #places = 0;

  constructor() {
    this.outlet.start(true);
  }

  utterance(): Playout<number> {
    return new Playout<number>({
      name: `turn-${this.#names++}`,
      isExact: true,
      clock: this.#clock,
    });
  }

  says(playout: Playout<number>, words = 1): this {
    for (let i = 0; i < words; i++) {
      const ends = [{ atByte: WORD_BYTES, place: ++this.#places }];
      this.outlet.send(playout, playout.push(new Uint8Array(WORD_BYTES), ends, 0));
    }
    return this;
  }

  get kinds(): string[] {
    return this.outputs.map(({ kind }) => kind);
  }
}

describe('the way out', () => {
  it('sends audio, then its mark, and nothing for no audio', () => {
    const rig = new Rig();
    const playout = rig.utterance();
    rig.outlet.send(playout, [
      { mulaw: new Uint8Array(0), mark: 'a' },
      { mulaw: new Uint8Array(160), mark: 'b' },
    ]);
    expect(rig.kinds).toEqual(['send-mark', 'send-media', 'send-mark']);
  });

  it('shares what was played among the utterances', () => {
    const rig = new Rig();
    const first = rig.utterance();
    const second = rig.utterance();
    rig.says(first, 2).says(second, 2);
    rig.outlet.played(3 * WORD_BYTES, undefined);
    expect([first.heard, second.heard]).toEqual([2, 3]);
  });

  it('knows after a clear what was played before it, and counts what follows anew', () => {
    const rig = new Rig();
    const first = rig.utterance();
    const second = rig.utterance();
    rig.says(first, 5);
    first.cut();
    rig.outlet.clear();
    rig.says(second, 2);
    // Not the answer to it yet.
    rig.outlet.played(2 * WORD_BYTES, undefined);
    expect([first.heard, first.isSettled, second.heard]).toEqual([2, false, undefined]);
    rig.outlet.played(3 * WORD_BYTES, 2 * WORD_BYTES);
    expect([first.heard, first.isSettled, second.heard]).toEqual([3, true, undefined]);
    rig.outlet.played(4 * WORD_BYTES, undefined);
    expect([first.heard, second.heard]).toEqual([3, 6]);
  });

  it('takes nothing for the answer to a clear that was not sent', () => {
    const rig = new Rig();
    const playout = rig.utterance();
    rig.says(playout, 2);
    rig.outlet.played(WORD_BYTES, 0);
    expect(playout.isSettled).toBe(false);
    rig.outlet.played(2 * WORD_BYTES, undefined);
    expect(playout.heard).toBe(2);
  });

  it('forgets the utterances of which all is known', () => {
    const rig = new Rig();
    for (let i = 0; i < 50; i++) {
      const playout = rig.utterance();
      rig.says(playout);
      playout.cut();
      rig.outlet.clear();
      rig.outlet.played(0, WORD_BYTES);
      expect(rig.outlet.utterances).toBe(0);
    }
  });
});

it('tells each utterance exactly what was played of it, however often it is cleared', () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat({ max: 6 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const rig = new Rig();
      let played = 0;
      let place = 0;
      for (const [words, wanted, isCleared] of steps) {
        const playout = rig.utterance();
        rig.says(playout, words);
        const heard = isCleared ? Math.min(words, wanted) : words;
        played += heard * WORD_BYTES;
        if (isCleared) {
          playout.cut();
          rig.outlet.clear();
          rig.outlet.played(played, (words - heard) * WORD_BYTES);
        } else rig.outlet.played(played, undefined);
        expect(playout.heard).toBe(heard === 0 ? undefined : place + heard);
        place += words;
      }
    }),
  );
});
