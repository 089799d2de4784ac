/**
 * Sounds that are speech to a detector of speech: voiced stretches of harmonics under formants, four to five syllables a
 * second, closures and fricatives between them. Linear samples at 8 kHz of an RMS of 1 while they sound.
 */

import { Draws } from './draws.ts';

const SAMPLES_PER_MS = 8;
const RATE_HZ = 8000;
/** As long as the longest syllable is. */
const VOWEL_MS = 320;
const SYLLABLE_MS = 200;

/** First three formants of some vowels, Hz. */
const FORMANTS: readonly Formants[] = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
  [490, 1350, 1690],
];
/** Where the formants come from behind a consonant made at the lips, the teeth, the palate. */
const LOCI: readonly Formants[] = [
  [300, 800, 2200],
  [300, 1750, 2600],
  [300, 2100, 2500],
];
const TRANSITION_MS = 60;
const FORMANT_GAINS = [1, 0.6, 0.4];
const BANDWIDTHS_HZ = [70, 100, 140];
/** A voice falls off by some 6 dB an octave above this. */
const TILT_HZ = 500;
/** Breath in the voice, beside it. */
const BREATH = 0.06;
/** The colour is worked out anew so often. */
const COLOUR_SAMPLES = 5 * SAMPLES_PER_MS;
const SYLLABLES = 30;
const PITCHES_HZ: readonly number[] = [105, 122, 140, 178, 200, 224];

type Formants = readonly [number, number, number];

export interface Voice {
  /** Voiced stretches, each from a consonant into a vowel and on towards the next. */
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
    vowels: Array.from({ length: SYLLABLES }, () => normalise(vowel(pitchHz, draws))),
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
    addSyllable(samples.subarray(i * each, end), voice, draws, i === syllables - 1);
  }
  return samples;
}

function addSyllable(out: Float32Array, voice: Voice, draws: Draws, isLast: boolean): void {
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
  // One word in three ends in a weak consonant, which a detector may miss.
  const coda =
    isLast && draws.chance(0.33) ? Math.round(draws.uniform(50, 90) * SAMPLES_PER_MS) : 0;
  if (coda > 0) {
    copyShaped(out, out.length - coda, coda, draws.pick(voice.fricatives), 0.2, 10, 30);
  }
  const length = out.length - vowelFrom - Math.max(0, coda - 15 * SAMPLES_PER_MS);
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

/** Harmonics of a gliding pitch under formants that come from a consonant and go on to another sound. */
function vowel(pitchHz: number, draws: Draws): Float32Array {
  const out = new Float32Array(VOWEL_MS * SAMPLES_PER_MS);
  const startHz = pitchHz * draws.uniform(0.92, 1.15);
  const endHz = pitchHz * draws.uniform(0.8, 1.02);
  const [locus, target, next] = [draws.pick(LOCI), draws.pick(FORMANTS), draws.pick(FORMANTS)];
  let phase = 0;
  let jitter = 0;
  let weights: readonly number[] = [];
  for (let i = 0; i < out.length; i++) {
    const part = i / out.length;
    if (i % COLOUR_SAMPLES === 0) {
      // Shimmer and jitter of some per cent, from one period to the next.
      jitter = 0.7 * jitter + 0.012 * draws.normal();
      const hz = (startHz + (endHz - startHz) * part) * (1 + jitter);
      weights = colour(hz, formantsAt(i / SAMPLES_PER_MS, locus, target, next), draws);
    }
    phase += (2 * Math.PI * (startHz + (endHz - startHz) * part) * (1 + jitter)) / RATE_HZ;
    out[i] = harmonicSum(phase, weights) + BREATH * draws.normal();
  }
  return out;
}

function formantsAt(atMs: number, locus: Formants, target: Formants, next: Formants): Formants {
  const into = Math.min(1, atMs / TRANSITION_MS);
  const away = 0.6 * Math.max(0, (atMs - TRANSITION_MS) / (VOWEL_MS - TRANSITION_MS));
  const at = (k: 0 | 1 | 2): number => {
    const reached = locus[k] + (target[k] - locus[k]) * into;
    return reached + (next[k] - reached) * away;
  };
  return [at(0), at(1), at(2)];
}

/** Weight of each harmonic below 3400 Hz. */
function colour(pitchHz: number, formants: Formants, draws: Draws): number[] {
  const loudness = 1 + 0.04 * draws.normal();
  return Array.from({ length: Math.floor(3400 / pitchHz) }, (_, h) => {
    const hz = (h + 1) * pitchHz;
    const resonance = formants.reduce((sum, formantHz, k) => {
      const distance = (hz - formantHz) / (BANDWIDTHS_HZ[k] ?? 100);
      return sum + (FORMANT_GAINS[k] ?? 0) / (1 + distance ** 2);
    }, 0.02);
    const tilted = (resonance * loudness) / Math.hypot(1, hz / TILT_HZ);
    // The telephone takes away what is low.
    return hz > 250 ? tilted : tilted * 0.6;
  });
}

/** Sines of the phase and its multiples, by recurrence: one sine a sample in place of thirty. */
function harmonicSum(phase: number, weights: readonly number[]): number {
  const twice = 2 * Math.cos(phase);
  let before = 0;
  let current = Math.sin(phase);
  let sum = 0;
  for (const weight of weights) {
    sum += weight * current;
    const next = twice * current - before;
    before = current;
    current = next;
  }
  return sum;
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
