import { decodeMulaw } from '@patchcord/shared/audio/g711';

/** Frequency of the rig's human: the digital milliwatt. */
export const HUMAN_TONE_HZ = 1000;

/**
 * Share of the last half second's energy that lies at one frequency, from 0 to 1; 0 for less than 100 ms of audio. The
 * human's tone gives more than 0.9.
 */
export function toneLevel(mulaw: Uint8Array, frequencyHz: number): number {
  const samples = decodeMulaw(mulaw.subarray(-4000));
  if (samples.length < 800) return 0;
  const step = (2 * Math.PI * frequencyHz) / 8000;
  let [real, imaginary, energy] = [0, 0, 0];
  samples.forEach((sample, index) => {
    real += sample * Math.cos(step * index);
    imaginary -= sample * Math.sin(step * index);
    energy += sample * sample;
  });
  return energy === 0 ? 0 : (2 * (real * real + imaginary * imaginary)) / (samples.length * energy);
}
