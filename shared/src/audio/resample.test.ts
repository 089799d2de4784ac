import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mixDown, resample, Resampler } from './resample.ts';

const AMPLITUDE = 16_000;

function tone(hz: number, rateHz: number, seconds = 0.4): Int16Array<ArrayBuffer> {
  return Int16Array.from(
    { length: rateHz * seconds },
    (_, i) => AMPLITUDE * Math.sin((2 * Math.PI * hz * i) / rateHz),
  );
}

/** Of the middle of `samples`, against the tone that went in. */
function gainDb(samples: Int16Array): number {
  const middle = samples.subarray(200, -200);
  const energy = middle.reduce((sum, sample) => sum + sample * sample, 0);
  return 10 * Math.log10(energy / middle.length / (AMPLITUDE * AMPLITUDE * 0.5) + 1e-12);
}

describe.each([11_025, 16_000, 22_050, 24_000, 44_100, 44_101, 48_000, 96_000])(
  'to 8 kHz from %i Hz',
  (rateHz) => {
    it.each([300, 1000, 2000, 3400])('passes %i Hz', (hz) => {
      expect(gainDb(resample(tone(hz, rateHz), rateHz))).toBeCloseTo(0, 1);
    });

    it.each([4001, 4100, 4600, 5000, 5400])('leaves no alias of %i Hz', (hz) => {
      expect(gainDb(resample(tone(hz, rateHz), rateHz))).toBeLessThan(-60);
    });

    it('begins at the same instant', () => {
      const output = resample(tone(440, rateHz), rateHz);
      const expected = tone(440, 8000);
      const middle = [...output.subarray(200, 3000)];
      const differences = middle.map((sample, i) => Math.abs(sample - (expected[200 + i] ?? 0)));
      expect(Math.max(...differences)).toBeLessThan(20);
    });
  },
);

it.each([4000, 6000])('interpolates from %i Hz without an image', (rateHz) => {
  const output = resample(tone(500, rateHz), rateHz);
  const expected = tone(500, 8000);
  const middle = [...output.subarray(200, 3000)];
  const differences = middle.map((sample, i) => Math.abs(sample - (expected[200 + i] ?? 0)));
  expect(Math.max(...differences)).toBeLessThan(40);
});

it.each([4000, 8000, 11_025, 44_100, 96_000])('keeps the duration of audio at %i Hz', (rateHz) => {
  for (const length of [0, 1, 159, rateHz]) {
    const output = resample(new Int16Array(length), rateHz);
    expect(output).toHaveLength(Math.ceil((length * 8000) / rateHz));
  }
});

it('clips where the filter overshoots', () => {
  const square = Int16Array.from({ length: 16_000 }, (_, i) => (i % 32 < 16 ? 32_767 : -32_768));
  const output = resample(square, 16_000);
  expect(output.every((sample, i) => i % 16 === 0 || i % 16 === 8 || Math.abs(sample) > 8000)).toBe(
    true,
  );
});

it('does the same however the audio is cut', () => {
  const audio = tone(700, 22_050, 0.2);
  const whole = resample(audio, 22_050);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (sizes) => {
      const resampler = new Resampler(22_050);
      const output: number[] = [];
      for (let offset = 0, i = 0; offset < audio.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        output.push(...resampler.push(audio.subarray(offset, offset + size)));
        offset += size;
      }
      output.push(...resampler.end());
      expect(Int16Array.from(output)).toEqual(whole);
    }),
    { seed: 3, numRuns: 30 },
  );
});

describe('mix-down', () => {
  it('is the mean of all channels', () => {
    const left = Int16Array.of(32_767, -32_768, 100);
    expect([...mixDown([left, Int16Array.of(32_767, -32_768, -50)])]).toEqual([
      32_767, -32_768, 25,
    ]);
  });

  it('leaves one channel alone, and makes nothing of none', () => {
    const only = Int16Array.of(1, 2);
    expect(mixDown([only])).toBe(only);
    expect(mixDown([])).toHaveLength(0);
  });
});
