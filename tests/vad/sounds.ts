/**
 * What is heard on telephone lines besides speech, synthesised: linear samples at 8 kHz, full scale 32768, through the
 * telephone's band. None of it is a recording.
 */

import { atLevel, SAMPLES_PER_MS, silence, telephoneBand, tone, withNoise } from '../amd/line.ts';
import type { RandomSource } from '../sim/random.ts';

export const between = (random: RandomSource, min: number, max: number): number =>
  min + random() * (max - min);

/** Adds `sound` into `whole` from an instant on; what goes beyond its end is lost. */
export function mixInto(whole: Float64Array, sound: Float64Array, atMs: number, gain = 1): void {
  const from = Math.round(atMs * SAMPLES_PER_MS);
  const length = Math.min(sound.length, whole.length - from);
  for (let i = Math.max(0, -from); i < length; i++) {
    whole[from + i] = (whole[from + i] ?? 0) + (sound[i] ?? 0) * gain;
  }
}

/** The same, with all of it at a level: pauses count, unlike in `atLevel`. */
function atMean(samples: Float64Array, levelDbov: number): Float64Array {
  const rms = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  const gain = (32_768 * 10 ** (levelDbov / 20)) / rms;
  return samples.map((one) => one * gain);
}

export function stationary(
  noise: 'white' | 'pink' | 'hum',
  ms: number,
  levelDbov: number,
  random: RandomSource,
): Float64Array {
  return withNoise(silence(ms), noise, levelDbov, 0, random);
}

/** Mains hum as a badly made handset adds it behind the band filter: 50 Hz and its multiples, falling. */
export function rawHum(ms: number, levelDbov: number, random: RandomSource): Float64Array {
  const phase = random() * 6;
  return atMean(
    silence(ms).map((_, i) => {
      const angle = (2 * Math.PI * 50 * i) / 8000;
      return [1, 2, 3, 5, 7, 9].reduce((sum, n) => sum + Math.sin(angle * n + phase * n) / n, 0);
    }),
    levelDbov,
  );
}

/** Rolling and engine: noise that falls by 6 dB per octave, engine harmonics that wander, slow changes of level. */
export function car(ms: number, levelDbov: number, random: RandomSource): Float64Array {
  let [brown, angle, hz, swell] = [0, 0, 90, 0];
  const raw = silence(ms).map(() => {
    brown = 0.98 * brown + (random() - 0.5);
    swell = 0.9999 * swell + (random() - 0.5) * 0.01;
    hz = Math.min(120, Math.max(70, hz + (random() - 0.5) * 0.05));
    angle += (2 * Math.PI * hz) / 8000;
    const engine = [2, 3, 4, 6].reduce((sum, n) => sum + Math.sin(angle * n) / n, 0);
    return (brown + engine * 0.5) * (1 + Math.max(-0.6, Math.min(0.6, swell)));
  });
  return atMean(telephoneBand(raw), levelDbov);
}

/** Many talkers at once, from speech of others laid over itself. */
export function babble(
  ms: number,
  levelDbov: number,
  voices: readonly Float64Array[],
  random: RandomSource,
): Float64Array {
  const whole = silence(ms);
  for (const voice of voices) {
    for (let at = -between(random, 0, 3000); at < ms; at += voice.length / 8 + 300 * random()) {
      mixInto(whole, voice, at, between(random, 0.5, 1));
    }
  }
  return atMean(whole, levelDbov);
}

/** Noise whose level steps up and down by 12 dB every four seconds. */
export function steps(ms: number, levelDbov: number, random: RandomSource): Float64Array {
  const phase = random() * 8000;
  return stationary('pink', ms, levelDbov, random).map((one, i) =>
    (i / SAMPLES_PER_MS + phase) % 8000 < 4000 ? one : one / 4,
  );
}

export type EventKind = 'click' | 'typing' | 'door' | 'cough' | 'breath' | 'dtmf' | 'beep';

const DTMF_LOW = [697, 770, 852, 941];
const DTMF_HIGH = [1209, 1336, 1477, 1633];

/** One sound of a kind. Its level is that of its loudest 20 ms or so. */
export function soundOf(kind: EventKind, levelDbov: number, random: RandomSource): Float64Array {
  const pick = (items: readonly number[]): number =>
    items[Math.floor(random() * items.length)] ?? 0;
  if (kind === 'dtmf') {
    const frequenciesHz = [pick(DTMF_LOW), pick(DTMF_HIGH)];
    return tone({ frequenciesHz, ms: between(random, 60, 300), levelDbov });
  }
  if (kind === 'beep') {
    const ms = between(random, 100, 1000);
    return tone({ frequenciesHz: [pick([425, 440, 950, 1000, 1400])], ms, levelDbov });
  }
  const made = telephoneBand(shaped(kind, random));
  const peak = made.reduce((most, one) => Math.max(most, Math.abs(one)), 1);
  // A crest of 12 dB.
  return made.map((one) => (one * 4 * 32_768 * 10 ** (levelDbov / 20)) / peak);
}

function shaped(
  kind: 'click' | 'typing' | 'door' | 'cough' | 'breath',
  random: RandomSource,
): Float64Array {
  const white = (): number => random() + random() + random() + random() - 2;
  const decay = (i: number, ms: number): number => Math.exp(-i / (ms * SAMPLES_PER_MS));
  if (kind === 'click')
    return silence(12).map((_, i) => white() * decay(i, between(random, 0.5, 2)));
  if (kind === 'typing') {
    // The key goes down and, a moment later, up.
    const upAt = between(random, 50, 110) * SAMPLES_PER_MS;
    const hz = between(random, 1200, 2800);
    return silence(140).map((_, i) => {
      const ring = Math.sin((2 * Math.PI * hz * i) / 8000);
      const down = decay(i, 4) * (white() + 0.5 * ring);
      return down + (i < upAt ? 0 : 0.5 * decay(i - upAt, 3) * (white() + 0.5 * ring));
    });
  }
  if (kind === 'door') {
    const modes = [0, 1, 2, 3].map(() => between(random, 90, 700));
    return silence(500).map((_, i) => {
      const body = modes.reduce((sum, hz) => sum + Math.sin((2 * Math.PI * hz * i) / 8000), 0);
      return white() * decay(i, 30) * 1.5 + body * decay(i, 45) + white() * 0.2 * decay(i, 120);
    });
  }
  const low = { value: 0 };
  const dull = (): number => (low.value = 0.7 * low.value + white());
  if (kind === 'breath') {
    const ms = between(random, 300, 900);
    return silence(ms).map((_, i) => dull() * Math.sin((Math.PI * i) / (ms * SAMPLES_PER_MS)) ** 2);
  }
  // A burst, then a phase in which the voice takes part, then a smaller burst.
  const f0 = between(random, 110, 260);
  const voicedMs = between(random, 80, 200);
  return silence(voicedMs + 180).map((_, i) => {
    const ms = i / SAMPLES_PER_MS;
    const pulse = ((i * f0) / 8000) % 1 < 0.12 ? 1 : -0.13;
    if (ms < 60) return dull() * Math.min(1, ms / 8);
    if (ms < 60 + voicedMs) return dull() * 0.35 + pulse * 1.6 * decay(i - 480, voicedMs);
    return dull() * 0.5 * decay(i - (60 + voicedMs) * 8, 40);
  });
}

/** Sounds of one kind at random instants, `gapMs` apart on the average. */
export function events(
  kind: EventKind,
  ms: number,
  levelDbov: number,
  gapMs: number,
  random: RandomSource,
): Float64Array {
  const whole = silence(ms);
  for (let at = 400; at < ms; at += between(random, 0.3, 1.7) * gapMs) {
    const level = levelDbov + between(random, -6, 6);
    const sound = soundOf(kind, level, random);
    mixInto(whole, sound, at);
    at += sound.length / SAMPLES_PER_MS;
  }
  return whole;
}

/** Music on hold: chords, a melody with overtones and a drum, at a steady beat. */
export function music(ms: number, levelDbov: number, random: RandomSource): Float64Array {
  const whole = silence(ms);
  const beatMs = between(random, 380, 620);
  const root = between(random, 180, 260);
  const hz = (semitones: number): number => root * 2 ** (semitones / 12);
  const chords = [
    [0, 4, 7],
    [5, 9, 12],
    [7, 11, 14],
    [-3, 0, 4],
  ];
  const scale = [0, 2, 4, 5, 7, 9, 11, 12, 14, 16];
  const note = (frequency: number, lengthMs: number, fallMs: number): Float64Array =>
    silence(lengthMs).map((_, i) => {
      const angle = (2 * Math.PI * frequency * i) / 8000;
      const envelope = Math.min(1, i / 80, (lengthMs * 8 - i) / 160);
      const wave = Math.sin(angle) + 0.5 * Math.sin(2 * angle) + 0.25 * Math.sin(3 * angle);
      return wave * envelope * Math.exp(-i / (8 * fallMs));
    });
  for (let beat = 0; beat * beatMs < ms; beat++) {
    const atMs = beat * beatMs;
    const chord = chords[Math.floor(beat / 4) % 4] ?? [];
    if (beat % 4 === 0)
      for (const one of chord) mixInto(whole, note(hz(one), beatMs * 4, 1500), atMs, 0.5);
    const halves = random() < 0.4 ? 2 : 1;
    for (let half = 0; half < halves; half++) {
      const step = scale[Math.floor(random() * scale.length)] ?? 0;
      mixInto(whole, note(2 * hz(step), beatMs / halves, 400), atMs + (half * beatMs) / halves);
    }
    if (beat % 2 === 1) mixInto(whole, shaped('click', random), atMs, 0.6);
  }
  return atLevel(telephoneBand(whole), levelDbov);
}
