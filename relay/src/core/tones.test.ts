import { decodeMulaw } from '@patchcord/shared/audio/g711';
import { levelDbov } from '@patchcord/shared/audio/level';
import { describe, expect, it } from 'vitest';
import { busy, recordBeep, ringback } from './tones.ts';

/** Energy of one frequency, in dB against all of the energy: Goertzel. */
function shareDb(mulaw: Uint8Array, hz: number): number {
  const samples = decodeMulaw(mulaw);
  let real = 0;
  let imaginary = 0;
  let energy = 0;
  samples.forEach((sample, i) => {
    real += sample * Math.cos((2 * Math.PI * hz * i) / 8000);
    imaginary += sample * Math.sin((2 * Math.PI * hz * i) / 8000);
    energy += sample * sample;
  });
  return 10 * Math.log10((2 * (real ** 2 + imaginary ** 2)) / samples.length / energy);
}

/** Runs of sound and silence in milliseconds, judged every 20 ms. */
function cadence(mulaw: Uint8Array): number[] {
  const runs: number[] = [];
  let wasSound = false;
  for (let offset = 0; offset < mulaw.length; offset += 160) {
    const isSound = levelDbov(mulaw.subarray(offset, offset + 160)) > -40;
    if (isSound !== wasSound || runs.length === 0) runs.push(0);
    runs.push((runs.pop() ?? 0) + 20);
    wasSound = isSound;
  }
  return runs;
}

describe('tones', () => {
  it('ring as Malaysia does, and are computed once', () => {
    const tone = ringback();
    expect(cadence(tone)).toEqual([400, 200, 400, 2000]);
    expect(shareDb(tone.subarray(0, 3200), 425)).toBeGreaterThan(-0.3);
    expect(levelDbov(tone.subarray(400, 2800))).toBeCloseTo(-16, 0);
    expect(ringback('MY')).toBe(tone);
  });

  it('ring as other countries do, and as Malaysia where a country is not known', () => {
    const tone = ringback('US');
    expect(cadence(tone)).toEqual([2000, 4000]);
    expect(shareDb(tone.subarray(0, 16_000), 440)).toBeCloseTo(-3, 0);
    expect(shareDb(tone.subarray(0, 16_000), 480)).toBeCloseTo(-3, 0);
    expect(ringback('XX')).toEqual(ringback('MY'));
  });

  it('are busy', () => {
    expect(cadence(busy())).toEqual([500, 500]);
    expect(shareDb(busy().subarray(0, 4000), 425)).toBeGreaterThan(-0.3);
  });

  it('beep without a click at either end, and without clipping', () => {
    const beep = recordBeep();
    expect(beep).toHaveLength(2000);
    expect(shareDb(beep, 1000)).toBeGreaterThan(-0.3);
    const samples = decodeMulaw(beep);
    expect(Math.max(...samples)).toBeLessThan(20_000);
    expect(Math.abs(samples[0] ?? 0)).toBeLessThan(100);
    expect(Math.abs(samples.at(-1) ?? 0)).toBeLessThan(100);
  });
});
