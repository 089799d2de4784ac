/** A telephone line: its band, its noise, its tones. Linear samples at 8 kHz, full scale 32768. */

import { encodeMulaw } from '@patchcord/shared/audio/g711';
import type { RandomSource } from '../sim/random.ts';

export const SAMPLES_PER_MS = 8;

export type Noise = 'none' | 'white' | 'pink' | 'hum';

export function silence(ms: number): Float64Array {
  return new Float64Array(Math.round(ms) * SAMPLES_PER_MS);
}

export interface ToneOptions {
  readonly frequenciesHz: readonly number[];
  readonly ms: number;
  readonly levelDbov: number;
  /** Rise and fall. */
  readonly fadeMs?: number;
  /** A fax machine turns its phase over so often. */
  readonly reversalMs?: number;
}

export function tone({
  frequenciesHz,
  ms,
  levelDbov,
  fadeMs = 3,
  reversalMs = Infinity,
}: ToneOptions): Float64Array {
  const amplitude =
    (32_768 * 10 ** (levelDbov / 20) * Math.SQRT2) / Math.sqrt(frequenciesHz.length);
  return Float64Array.from({ length: Math.round(ms) * SAMPLES_PER_MS }, (_, i) => {
    const atMs = i / SAMPLES_PER_MS;
    const fade = Math.min(1, (atMs + 0.1) / fadeMs, (ms - atMs) / fadeMs);
    const sign = Math.floor(atMs / reversalMs) % 2 === 1 ? -1 : 1;
    const wave = frequenciesHz.reduce(
      (sum, hz) => sum + Math.sin((2 * Math.PI * hz * atMs) / 1000),
      0,
    );
    return amplitude * fade * sign * wave;
  });
}

export function concat(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The same at a given level of its sound (the pauses in it do not count). */
export function atLevel(samples: Float64Array, levelDbov: number): Float64Array {
  const peak = samples.reduce((max, one) => Math.max(max, Math.abs(one)), 1);
  const sound = samples.filter((one) => Math.abs(one) > peak / 50);
  const rms = Math.sqrt(sound.reduce((sum, one) => sum + one * one, 0) / sound.length);
  const gain = (32_768 * 10 ** (levelDbov / 20)) / rms;
  return samples.map((one) => one * gain);
}

/** What a telephone lets through: second-order high-pass at 300 Hz, twice; the low-pass is in the resampler. */
export function telephoneBand(samples: Float64Array): Float64Array {
  return highPass(highPass(samples));
}

/** Adds noise of one colour at a level, from an instant on. */
export function withNoise(
  samples: Float64Array,
  noise: Noise,
  levelDbov: number,
  fromMs: number,
  random: RandomSource,
): Float64Array {
  if (noise === 'none') return samples;
  const colour = telephoneBand(makeNoise(noise, samples.length, random));
  const rms = Math.sqrt(colour.reduce((sum, one) => sum + one * one, 0) / colour.length);
  const gain = (32_768 * 10 ** (levelDbov / 20)) / rms;
  const from = fromMs * SAMPLES_PER_MS;
  return samples.map((one, i) => one + (i < from ? 0 : (colour[i] ?? 0) * gain));
}

export function toMulaw(samples: Float64Array): Uint8Array {
  return encodeMulaw(
    Int16Array.from(samples, (one) => Math.max(-32_768, Math.min(32_767, Math.round(one)))),
  );
}

function makeNoise(
  noise: 'white' | 'pink' | 'hum',
  length: number,
  random: RandomSource,
): Float64Array {
  const white = (): number => random() + random() + random() + random() - 2;
  if (noise === 'white') return Float64Array.from({ length }, white);
  if (noise === 'pink') {
    // P. Kellet's economy filter, public domain.
    let [slow, middle, fast] = [0, 0, 0];
    return Float64Array.from({ length }, () => {
      const one = white();
      slow = 0.997_65 * slow + one * 0.099_046;
      middle = 0.963 * middle + one * 0.296_516_4;
      fast = 0.57 * fast + one * 1.052_691_3;
      return slow + middle + fast + one * 0.1848;
    });
  }
  // Mains: 50 Hz and its odd harmonics, of which a telephone keeps those from 350 Hz.
  const harmonics = [350, 450, 550, 650, 750].map((hz) => ({ hz, phase: random() * 6 }));
  return Float64Array.from(
    { length },
    (_, i) =>
      harmonics.reduce(
        (sum, { hz, phase }) => sum + (350 / hz) * Math.sin((2 * Math.PI * hz * i) / 8000 + phase),
        0,
      ) +
      white() * 0.2,
  );
}

/** Butterworth, R. Bristow-Johnson's cookbook. */
function highPass(samples: Float64Array): Float64Array {
  const angle = (2 * Math.PI * 300) / 8000;
  const alpha = Math.sin(angle) / Math.SQRT2;
  const cosine = Math.cos(angle);
  const scale = 1 + alpha;
  const [b0, b1] = [(1 + cosine) / 2 / scale, -(1 + cosine) / scale];
  const [a1, a2] = [(-2 * cosine) / scale, (1 - alpha) / scale];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return samples.map((x) => {
    const y = b0 * x + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}
