/**
 * How much of a stretch of audio is one tone, by Goertzel's algorithm.
 */
import { SAMPLE_RATE_HZ } from './symbols.ts';

/**
 * Mean square that a tone of `frequencyHz` contributes to `samples[start .. start + length)`, in squared sample units.
 *
 * A sine of amplitude A over the whole stretch gives A²/2; over the part r of it, r² as much. The answer is exact for
 * tones that make a whole number of periods in `length`.
 */
export function tonePower(
  samples: Float32Array,
  start: number,
  length: number,
  frequencyHz: number,
): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
  let previous = 0;
  let beforePrevious = 0;
  for (let i = start; i < start + length; i++) {
    const next = (samples[i] as number) + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = next;
  }
  const squared =
    previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
  return (2 * squared) / (length * length);
}

/** Mean square of a stretch of audio, in squared sample units. */
export function meanSquare(samples: Float32Array, start: number, length: number): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += (samples[i] as number) ** 2;
  return sum / length;
}
