/**
 * Sounds that are speech to a detector of speech: voiced stretches of harmonics under formants, four to five syllables a
 * second, closures and fricatives between them. Linear samples at 8 kHz of an RMS of 1 while they sound.
 */

import { Draws } from './draws.ts';

const SAMPLES_PER_MS = 8;
const RATE_HZ = 8000;
const VOWEL_MS = 400;
const SYLLABLE_MS = 200;

/** First three formants of some vowels, Hz. */
const FORMANTS: readonly (readonly [number, number, number])[] = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
  [490, 1350, 1690],
];
const FORMANT_GAINS = [1, 0.6, 0.4];
/** A voice falls off by some 6 dB an octave above this. */
const TILT_HZ = 500;
const PITCHES_HZ: readonly number[] = [105, 122, 140, 178, 200, 224];

export interface Voice {
  readonly vowels: readonly Float32Array[];
  readonly fricatives: readonly Float32Array[];
}

/** One of six voices, three low and three high; `index` wraps around. */
export function voiceOf(index: number): Voice {
  const i = index % PITCHES_HZ.length;
  const known = VOICES.get(i);
  if (known !== undefined) return known;
  const draws = new Draws(7919 + i);
  const pitchHz = PITCHES_HZ[i] ?? 120;
  const voice = {
    vowels: FORMANTS.map((formants) => normalise(vowel(pitchHz, formants, draws))),
    fricatives: [0, 1, 2].map((kind) => normalise(fricative(kind, draws))),
  };
  VOICES.set(i, voice);
  return voice;
}

const VOICES = new Map<number, Voice>();

/** A word of `lengthMs`: one or more syllables. It fades in its last 40 ms. */
export function wordSound(voice: Voice, lengthMs: number, draws: Draws): Float32Array {
  const samples = new Float32Array(Math.round(lengthMs * SAMPLES_PER_MS));
  const syllables = Math.max(1, Math.round(lengthMs / SYLLABLE_MS));
  const each = Math.floor(samples.length / syllables);
  for (let i = 0; i < syllables; i++) {
    const end = i === syllables - 1 ? samples.length : (i + 1) * each;
    addSyllable(samples.subarray(i * each, end), voice, draws);
  }
  return samples;
}

function addSyllable(out: Float32Array, voice: Voice, draws: Draws): void {
  const onset = draws.uniform(0, 1);
  let vowelFrom = 0;
  if (onset < 0.35) {
    // A fricative, some 6 dB below the vowel.
    const length = Math.round(draws.uniform(40, 70) * SAMPLES_PER_MS);
    copyShaped(out, 0, length, draws.pick(voice.fricatives), 0.5, 10, 10);
    vowelFrom = length - 10 * SAMPLES_PER_MS;
  } else if (onset < 0.7) {
    // The closure of a plosive, and its burst.
    const closure = Math.round(draws.uniform(20, 45) * SAMPLES_PER_MS);
    copyShaped(out, closure, 10 * SAMPLES_PER_MS, draws.pick(voice.fricatives), 0.7, 1, 6);
    vowelFrom = closure + 6 * SAMPLES_PER_MS;
  }
  const length = out.length - vowelFrom;
  copyShaped(out, vowelFrom, length, draws.pick(voice.vowels), draws.uniform(0.85, 1.25), 25, 40);
}

/** Adds part of `source` with a rise and a fall. */
function copyShaped(
  out: Float32Array,
  from: number,
  length: number,
  source: Float32Array,
  gain: number,
  riseMs: number,
  fallMs: number,
): void {
  const rise = Math.min(length / 2, riseMs * SAMPLES_PER_MS);
  const fall = Math.min(length / 2, fallMs * SAMPLES_PER_MS);
  const end = Math.min(out.length, from + length) - from;
  for (let i = 0; i < end; i++) {
    // The middle of a syllable is its loudest part.
    const x = i / length;
    const arch = 0.75 + x * (1 - x);
    const shape = Math.min(1, (i + 1) / rise, (length - i) / fall) * arch;
    out[from + i] = (out[from + i] ?? 0) + (source[i % source.length] ?? 0) * gain * shape;
  }
}

/** Harmonics of a pitch that glides a little, weighted by three resonances. */
function vowel(pitchHz: number, formants: readonly number[], draws: Draws): Float32Array {
  const out = new Float32Array(VOWEL_MS * SAMPLES_PER_MS);
  const glide = draws.uniform(-0.12, 0.08);
  const wobbleHz = draws.uniform(4, 6);
  let phase = 0;
  const harmonics = Math.floor(3400 / pitchHz);
  const weights = Array.from({ length: harmonics }, (_, h) => {
    const hz = (h + 1) * pitchHz;
    const resonance = formants.reduce((sum, formantHz, k) => {
      const bandwidthHz = 70 + 30 * k;
      return sum + (1 / (1 + ((hz - formantHz) / bandwidthHz) ** 2)) * (FORMANT_GAINS[k] ?? 0);
    }, 0.02);
    const tilted = resonance / Math.hypot(1, hz / TILT_HZ);
    // The telephone takes away what is low.
    return hz > 250 ? tilted : tilted * 0.6;
  });
  const offsets = weights.map(() => draws.uniform(0, 2 * Math.PI));
  for (let i = 0; i < out.length; i++) {
    const part = i / out.length;
    const hz =
      pitchHz * (1 + glide * part + 0.01 * Math.sin((2 * Math.PI * wobbleHz * i) / RATE_HZ));
    phase += (2 * Math.PI * hz) / RATE_HZ;
    let sum = 0;
    for (let h = 0; h < harmonics; h++) {
      sum += (weights[h] ?? 0) * Math.sin((h + 1) * phase + (offsets[h] ?? 0));
    }
    out[i] = sum;
  }
  return out;
}

/** Noise with the weight on high frequencies for `s`, lower for `sh` and `f`. */
function fricative(kind: number, draws: Draws): Float32Array {
  const out = new Float32Array(150 * SAMPLES_PER_MS);
  let before = 0;
  for (let i = 0; i < out.length; i++) {
    const noise = draws.normal();
    out[i] = noise - before * (0.9 - kind * 0.4);
    before = noise;
  }
  return out;
}

/** To an RMS of 1. */
export function normalise(samples: Float32Array): Float32Array {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / samples.length) || 1;
  return samples.map((sample) => sample / rms);
}

/** Amplitude of an RMS of `dbov`, in 16-bit units. */
export function amplitudeOf(dbov: number): number {
  return 32_768 * 10 ** (dbov / 20);
}
