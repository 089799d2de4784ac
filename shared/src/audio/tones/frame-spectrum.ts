/**
 * What a 20 ms frame is made of, as far as tones go: how loud it is, its strongest frequency, and how much of its energy lies
 * there. A tone has nearly all of it in one place; speech spreads it over harmonics.
 *
 * A Hann window and the discrete Fourier transform at multiples of 50 Hz, where a tone fills five bins; between the bins the
 * frequency follows from the two strongest (exact for a single tone under this window).
 */

import { MULAW_TO_LINEAR } from '../g711.ts';
import { LEVEL_DBOV_MIN, levelDbov } from '../level.ts';

export const FRAME_BYTES = 8000 * 0.02;
export const FRAME_MS = 20;

export interface FrameSpectrum {
  readonly levelDbov: number;
  /** Of the part between 200 and 2400 Hz, where words are: wind, hum and hiss lie mostly outside. */
  readonly bandDbov: number;
  readonly peakHz: number;
  /** Part of the energy within 100 Hz of the peak, 0 to 1. */
  readonly peakFraction: number;
  /** Part of the energy where ringing, busy and dial tones of all countries lie, 0 to 1. */
  readonly progressFraction: number;
}

const BIN_HZ = 8000 / FRAME_BYTES;
const FIRST_BIN = 300 / BIN_HZ;
const LAST_BIN = 2300 / BIN_HZ;
/** The width of a tone under a Hann window, either side of its bin. */
const LOBE_BINS = 2;
/** 350 + 440 (dial tone) to 480 + 620 Hz (busy), ITU-T E.180 supplement 2. */
const PROGRESS_FIRST_BIN = 300 / BIN_HZ;
const PROGRESS_LAST_BIN = 650 / BIN_HZ;
/** A part of a silent frame is nothing: below this there is no tone to find. */
const LEVEL_DBOV_TONE_MIN = -50;

const WINDOW = Float64Array.from(
  { length: FRAME_BYTES },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / FRAME_BYTES),
);
const ANGLES = Array.from({ length: LAST_BIN + 1 }, (_, bin) => ({
  cos: Float64Array.from({ length: FRAME_BYTES }, (__, i) =>
    Math.cos((2 * Math.PI * bin * i) / FRAME_BYTES),
  ),
  sin: Float64Array.from({ length: FRAME_BYTES }, (__, i) =>
    Math.sin((2 * Math.PI * bin * i) / FRAME_BYTES),
  ),
}));

/** Of exactly 160 bytes of µ-law. */
export function analyse(mulaw: Uint8Array): FrameSpectrum {
  const level = levelDbov(mulaw);
  if (level <= LEVEL_DBOV_TONE_MIN) {
    return {
      levelDbov: level,
      bandDbov: level,
      peakHz: 0,
      peakFraction: 0,
      progressFraction: 0,
    };
  }
  const windowed = new Float64Array(FRAME_BYTES);
  let energy = 0;
  for (let i = 0; i < FRAME_BYTES; i++) {
    const sample = at(MULAW_TO_LINEAR, at(mulaw, i)) * at(WINDOW, i);
    windowed[i] = sample;
    energy += sample * sample;
  }
  const powers = new Float64Array(LAST_BIN + 1);
  for (let bin = FIRST_BIN - LOBE_BINS; bin <= LAST_BIN; bin++) powers[bin] = power(windowed, bin);
  let peak = FIRST_BIN;
  for (let bin = FIRST_BIN; bin <= LAST_BIN - LOBE_BINS; bin++) {
    if (at(powers, bin) > at(powers, peak)) peak = bin;
  }
  // Parseval: all bins together hold `energy` times their number; ours are half of them, of a real signal.
  const fraction = (first: number, last: number): number =>
    (2 * sum(powers, first, last)) / (FRAME_BYTES * energy);
  return {
    levelDbov: level,
    bandDbov: Math.max(
      LEVEL_DBOV_MIN,
      level + 10 * Math.log10(fraction(FIRST_BIN - LOBE_BINS, LAST_BIN)),
    ),
    peakHz: interpolate(powers, peak) * BIN_HZ,
    peakFraction: fraction(peak - LOBE_BINS, peak + LOBE_BINS),
    progressFraction: fraction(PROGRESS_FIRST_BIN, PROGRESS_LAST_BIN),
  };
}

function power(windowed: Float64Array, bin: number): number {
  const angles = ANGLES[bin];
  if (angles === undefined) return 0;
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i < FRAME_BYTES; i++) {
    real += at(windowed, i) * at(angles.cos, i);
    imaginary += at(windowed, i) * at(angles.sin, i);
  }
  return real * real + imaginary * imaginary;
}

/** The peak's place between bins, from it and the stronger of its neighbours. */
function interpolate(powers: Float64Array, peak: number): number {
  const before = Math.sqrt(at(powers, peak - 1));
  const after = Math.sqrt(at(powers, peak + 1));
  const here = Math.sqrt(at(powers, peak));
  if (here === 0) return peak;
  const ratio = Math.max(before, after) / here;
  const offset = Math.max(0, (2 * ratio - 1) / (ratio + 1));
  return peak + (after > before ? offset : -offset);
}

function sum(values: Float64Array, first: number, last: number): number {
  let total = 0;
  for (let i = first; i <= last; i++) total += at(values, i);
  return total;
}

function at(values: Float64Array | Int16Array | Uint8Array, index: number): number {
  return values[index] ?? 0;
}
