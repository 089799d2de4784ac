import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMulaw } from './g711.ts';
import { SoundActivity } from './sound-activity.ts';

/** A tone of `ms` at about `level` dBov; noise that repeats for one below -50. */
function tone(ms: number, level: number): Uint8Array {
  const amplitude = Math.min(32_000, 32_768 * Math.SQRT2 * 10 ** (level / 20));
  return encodeMulaw(
    Int16Array.from({ length: ms * 8 }, (_, i) => amplitude * Math.sin((2 * Math.PI * i) / 13)),
  );
}
const SILENCE_DBOV = -90;

/** Pushes each stretch and answers whether it was speech at its end. */
function judge(stretches: readonly (readonly [ms: number, level: number])[]): boolean[] {
  const activity = new SoundActivity();
  return stretches.map(([ms, level]) => {
    activity.push(tone(ms, level));
    return activity.isSpeaking;
  });
}

describe('sound activity', () => {
  it.each([
    [
      'sound after silence',
      [
        [500, SILENCE_DBOV],
        [100, -25],
      ],
      [false, true],
    ],
    [
      'a click of 40 ms',
      [
        [500, SILENCE_DBOV],
        [40, -20],
        [100, SILENCE_DBOV],
      ],
      [false, false, false],
    ],
    [
      'the closure of a plosive',
      [
        [300, -25],
        [120, SILENCE_DBOV],
        [20, -25],
      ],
      [true, true, true],
    ],
    [
      'the end of speech',
      [
        [300, -25],
        [180, SILENCE_DBOV],
        [40, SILENCE_DBOV],
      ],
      [true, true, false],
    ],
    [
      'a hum at -40 that was there for long',
      [
        [8000, -40],
        [400, -40],
      ],
      [true, true],
    ],
    ['quiet noise', [[2000, -52]], [false]],
    [
      'speech above noise',
      [
        [3000, -52],
        [200, -28],
        [400, -52],
      ],
      [false, true, false],
    ],
  ] satisfies [string, [number, number][], boolean[]][])('judges %s', (_, stretches, expected) => {
    expect(judge(stretches)).toEqual(expected);
  });

  it('takes a steady loud noise for the floor in the end', () => {
    expect(judge([[60_000, -40]])).toEqual([false]);
  });

  it('keeps hearing a talker who makes no pause for a minute', () => {
    expect(judge([[60_000, -20]])).toEqual([true]);
  });

  it('dates speech from its first and last loud frame', () => {
    const activity = new SoundActivity();
    activity.push(tone(400, SILENCE_DBOV));
    activity.push(tone(300, -25));
    activity.push(tone(600, SILENCE_DBOV));
    expect(activity.run).toEqual({ startMs: 400, endMs: 700 });
    expect(activity.positionMs).toBe(1300);
  });

  it('stirs before it is sure, and calms down again', () => {
    const activity = new SoundActivity();
    activity.push(tone(400, SILENCE_DBOV));
    expect(activity.isStirring).toBe(false);
    activity.push(tone(40, -25));
    expect([activity.isStirring, activity.isSpeaking]).toEqual([true, false]);
    activity.push(tone(140, SILENCE_DBOV));
    expect(activity.isStirring).toBe(false);
    activity.push(tone(100, -25));
    expect([activity.isStirring, activity.isSpeaking]).toEqual([false, true]);
  });

  it('hears the same however the audio is cut', () => {
    const audio = new Uint8Array([
      ...tone(300, SILENCE_DBOV),
      ...tone(200, -25),
      ...tone(310, -80),
    ]);
    const whole = new SoundActivity();
    whole.push(audio);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (sizes) => {
        const parts = new SoundActivity();
        for (let offset = 0, i = 0; offset < audio.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          parts.push(audio.subarray(offset, offset + size));
          offset += size;
        }
        expect(parts.run).toEqual(whole.run);
        expect(parts.floorDbov).toBe(whole.floorDbov);
      }),
      { seed: 2, numRuns: 30 },
    );
  });
});
