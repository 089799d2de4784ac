import { decodeMulaw } from '@patchcord/shared/audio/g711';
import { levelDbov } from '@patchcord/shared/audio/level';
import { VoiceActivity } from '@patchcord/shared/audio/voice-activity';
import { expect, test } from 'vitest';
import { Draws } from './draws.ts';
import { Mouth } from './mouth.ts';
import { noiseSound } from './noise-sound.ts';
import { amplitudeOf, voiceOf, wordSound } from './speech-sound.ts';

/** The largest normalised autocorrelation at a lag of a pitch from 70 to 300 Hz: near 1 for a voice, low for noise. */
function periodicity(samples: Float32Array): number {
  let best = 0;
  for (let lag = 27; lag <= 114; lag++) {
    let cross = 0;
    let a = 1e-9;
    let b = 1e-9;
    for (let i = lag; i < samples.length; i++) {
      const x = samples[i] ?? 0;
      const y = samples[i - lag] ?? 0;
      cross += x * y;
      a += x * x;
      b += y * y;
    }
    best = Math.max(best, cross / Math.sqrt(a * b));
  }
  return best;
}

test.each([0, 1, 2, 3, 4, 5])('the vowels of voice %i are periodic, as a voice is', (index) => {
  const { vowels, fricatives } = voiceOf(index);
  for (const vowel of vowels) expect(periodicity(vowel.subarray(1000, 1400))).toBeGreaterThan(0.7);
  for (const each of fricatives) expect(periodicity(each.subarray(0, 400))).toBeLessThan(0.5);
});

test('a cough is loud and has no pitch', () => {
  const cough = noiseSound('cough', 300, new Draws(4));
  expect(periodicity(cough.subarray(0, 600))).toBeLessThan(0.6);
});

test('speech and the floor have the levels they were given', () => {
  const draws = new Draws(9);
  const mouth = new Mouth(new Draws(3), amplitudeOf(-60));
  const quiet = Array.from({ length: 100 }, () => levelDbov(mouth.next()));
  for (const level of quiet) expect(level).toBeGreaterThan(-66);
  for (const level of quiet) expect(level).toBeLessThan(-54);

  for (let i = 0; i < 8; i++) {
    mouth.add(2000 + i * 250, wordSound(voiceOf(0), 250, draws), amplitudeOf(-22));
  }
  const all = Array.from({ length: 100 }, () => mouth.next());
  const samples = all.flatMap((frame) => [...decodeMulaw(frame)]);
  const power = samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length;
  const level = 10 * Math.log10(power);
  expect(level).toBeGreaterThan(-26);
  expect(level).toBeLessThan(-19);
});

test('the detector of the edge takes it for speech, from its beginning to its end, and a door for none', () => {
  const draws = new Draws(21);
  for (let voice = 0; voice < 6; voice++) {
    const mouth = new Mouth(new Draws(voice), amplitudeOf(-60));
    const activity = new VoiceActivity();
    mouth.add(1500, noiseSound('door', 120, draws), amplitudeOf(-20));
    for (let i = 0; i < 12; i++) {
      mouth.add(3000 + i * 240, wordSound(voiceOf(voice), 240, draws), amplitudeOf(-22));
    }
    const endMs = 3000 + 12 * 240;
    const runs = new Map<number, number>();
    while (activity.positionMs < endMs + 1000) {
      activity.push(mouth.next());
      if (activity.run !== undefined) runs.set(activity.run.startMs, activity.run.endMs);
    }
    const [start, end] = [Math.min(...runs.keys()), Math.max(...runs.values())];
    expect(start).toBeGreaterThan(2950);
    expect(start).toBeLessThan(3100);
    expect(end).toBeGreaterThan(endMs - 130);
    expect(end).toBeLessThan(endMs + 60);
  }
});

test('a frame is known by its place, and a copy by its content', () => {
  const mouth = new Mouth(new Draws(3), 30);
  const frames = Array.from({ length: 120 }, () => mouth.next());
  expect(mouth.frameOf(frames[70] ?? new Uint8Array(0))).toBe(70);
  expect(mouth.frameOf((frames[70] ?? new Uint8Array(0)).slice())).toBeUndefined();
  expect(mouth.frameOf(new Uint8Array(160))).toBeUndefined();
});
