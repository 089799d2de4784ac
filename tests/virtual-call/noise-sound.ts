/** Sounds that are no speech. Linear samples at 8 kHz; coughs and the like have an RMS of about 1 at their loudest. */

import { Draws } from './draws.ts';
import type { NoiseKind } from './plan.ts';
import { normalise, voiceOf, wordSound } from './speech-sound.ts';

const SAMPLES_PER_MS = 8;
const RATE_HZ = 8000;
const BACKGROUND_MS = 12_000;

/** How loud each is beside the caller's speech. Assumed: a cough is louder than speech, keys are far away. */
export const NOISE_GAIN_DB: Readonly<Record<NoiseKind, number>> = {
  cough: 3,
  door: 2,
  keyboard: -12,
};

export function noiseSound(kind: NoiseKind, lengthMs: number, draws: Draws): Float32Array {
  const out = new Float32Array(Math.round(lengthMs * SAMPLES_PER_MS));
  switch (kind) {
    case 'cough': {
      // An explosion of breath, and what follows it: noise without pitch, falling.
      const burst = Math.min(out.length, Math.round(draws.uniform(70, 110) * SAMPLES_PER_MS));
      addBurst(out, 0, burst, 1.3, draws);
      const second = Math.min(out.length, burst + Math.round(30 * SAMPLES_PER_MS));
      addBurst(out, second, out.length - second, 0.7, draws);
      return out;
    }
    case 'door':
      addBurst(out, 0, out.length, 1.4, draws);
      return out;
    case 'keyboard':
      for (let at = 0; at < out.length; at += Math.round(draws.uniform(90, 200) * SAMPLES_PER_MS)) {
        addBurst(out, at, Math.min(out.length - at, 10 * SAMPLES_PER_MS), 1, draws);
      }
      return out;
  }
}

/** Broadband noise with a sharp attack and an exponential fall. */
function addBurst(
  out: Float32Array,
  from: number,
  length: number,
  gain: number,
  draws: Draws,
): void {
  let smooth = 0;
  const attack = 3 * SAMPLES_PER_MS;
  for (let i = 0; i < length; i++) {
    smooth = 0.5 * smooth + draws.normal();
    const shape = Math.min(1, i / attack) * Math.exp((-2.2 * i) / length);
    out[from + i] = (out[from + i] ?? 0) + smooth * gain * shape;
  }
}

/** Twelve seconds of chords with a beat, to be played in a loop. RMS 1. */
export function musicSound(): Float32Array {
  music ??= normalise(makeMusic());
  return music;
}

/** Twelve seconds of somebody speaking on television over music, to be played in a loop. RMS 1. */
export function televisionSound(): Float32Array {
  television ??= normalise(makeTelevision());
  return television;
}

let music: Float32Array | undefined;
let television: Float32Array | undefined;

function makeMusic(): Float32Array {
  const out = new Float32Array(BACKGROUND_MS * SAMPLES_PER_MS);
  const chords = [
    [262, 330, 392],
    [220, 262, 330],
    [175, 220, 262],
    [196, 247, 294],
  ];
  for (let i = 0; i < out.length; i++) {
    const beat = (i / RATE_HZ) % 0.5;
    const chord = chords[Math.floor(i / RATE_HZ / 2) % chords.length] ?? [];
    let sum = 0;
    for (const hz of chord) {
      const phase = (2 * Math.PI * hz * i) / RATE_HZ;
      sum += Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(3 * phase);
    }
    out[i] = sum * (0.4 + 0.6 * Math.exp(-4 * beat));
  }
  return out;
}

function makeTelevision(): Float32Array {
  const draws = new Draws(4242);
  const out = makeMusic().map((sample) => sample * 0.05);
  let at = 0;
  while (at < out.length) {
    const word = wordSound(voiceOf(draws.chance(0.5) ? 1 : 4), draws.uniform(180, 400), draws);
    for (let i = 0; i < word.length && at + i < out.length; i++) {
      out[at + i] = (out[at + i] ?? 0) + (word[i] ?? 0);
    }
    at += word.length;
    if (draws.chance(0.15)) at += Math.round(draws.uniform(200, 900) * SAMPLES_PER_MS);
  }
  return out;
}
