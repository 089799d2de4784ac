import { describe, expect, it } from 'vitest';
import { BINS, Spectrum, SPECTRUM_SAMPLES } from './spectrum.ts';

const samplesOf = (sample: (i: number) => number): Float64Array =>
  Float64Array.from({ length: SPECTRUM_SAMPLES }, (_, i) => sample(i));

/** Discrete Fourier transform by its definition. */
function slowly(samples: Float64Array): number[] {
  const angle = (2 * Math.PI) / SPECTRUM_SAMPLES;
  const window = samples.map((_, i) => 0.5 - 0.5 * Math.cos(angle * (i + 0.5)));
  const energy = window.reduce((sum, one) => sum + one * one, 0);
  return Array.from({ length: BINS }, (_, bin) => {
    let [re, im] = [0, 0];
    samples.forEach((one, i) => {
      re += one * (window[i] ?? 0) * Math.cos(angle * bin * i);
      im += one * (window[i] ?? 0) * Math.sin(angle * bin * i);
    });
    const sides = bin === 0 || bin === BINS - 1 ? 1 : 2;
    return (sides * (re * re + im * im)) / SPECTRUM_SAMPLES / energy;
  });
}

describe('spectrum', () => {
  it('is the discrete Fourier transform of the windowed samples', () => {
    let state = 7;
    const samples = samplesOf(() => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state / 2 ** 20;
    });
    const spectrum = new Spectrum();
    spectrum.analyse(samples);
    for (const [bin, expected] of slowly(samples).entries()) {
      expect(spectrum.power[bin]).toBeCloseTo(expected, 6);
    }
  });

  it('holds the mean square of a tone', () => {
    const spectrum = new Spectrum();
    spectrum.analyse(samplesOf((i) => 1000 * Math.sin((2 * Math.PI * 500 * i) / 8000)));
    expect(spectrum.power.reduce((sum, one) => sum + one, 0)).toBeCloseTo(500_000, 3);
  });

  it('tells the period of a voice without its fundamental from noise', () => {
    const spectrum = new Spectrum();
    const harmonics = [4, 5, 6, 7, 8];
    const wave = (i: number): number =>
      harmonics.reduce((sum, n) => sum + Math.cos((2 * Math.PI * 125 * n * i) / 8000), 0);
    spectrum.analyse(samplesOf(wave));
    expect(spectrum.periodicity(spectrum.power)).toBeGreaterThan(0.9);
    let state = 7;
    const noise = samplesOf(() => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state;
    });
    spectrum.analyse(noise);
    expect(spectrum.periodicity(spectrum.power)).toBeLessThan(0.4);
    expect(spectrum.periodicity(new Float64Array(BINS))).toBe(0);
  });
});
