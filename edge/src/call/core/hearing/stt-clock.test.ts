import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SttClock } from './stt-clock.ts';

const INSERTIONS_MAX = 64;

describe("a recogniser's clock", () => {
  it('says where in the call the audio was, whatever silence of ours is between', () => {
    const parts = fc.array(
      fc.record({ isOurs: fc.boolean(), ms: fc.integer({ min: 1, max: 900 }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(fc.nat(100_000), parts, (baseMs, all) => {
        const clock = new SttClock(baseMs);
        // Of each millisecond pushed, where in the call it lies; silence lies where it was put in.
        const callMs: number[] = [];
        let position = baseMs;
        for (const { isOurs, ms } of all) {
          if (isOurs) clock.insert(ms);
          else clock.push(ms);
          for (let i = 0; i < ms; i++) callMs.push(isOurs ? position : position++);
        }
        for (let sttMs = 0; sttMs < callMs.length; sttMs += 97) {
          expect(clock.toCallMs(sttMs)).toBe(callMs[sttMs]);
        }
        expect(clock.toCallMs(callMs.length)).toBe(position);
      }),
    );
  });

  it('is right about the present however often silence was put in', () => {
    const clock = new SttClock(1000);
    for (let i = 0; i < 3 * INSERTIONS_MAX; i++) {
      clock.push(100);
      clock.insert(700);
    }
    expect(clock.toCallMs(3 * INSERTIONS_MAX * 800)).toBe(1000 + 3 * INSERTIONS_MAX * 100);
  });
});
