/**
 * One burst as it is heard, symbol by symbol, and what became of it.
 */
import { HIGH_TONES_HZ, LOW_TONES_HZ, MARKERS_HZ, burstChecksum } from './symbols.ts';
import type { SyncKind } from './symbols.ts';
import { meanSquare, tonePower } from './tones.ts';

/** One symbol as heard. */
export type HeardSymbol =
  | { readonly kind: 'byte'; readonly byte: number }
  | { readonly kind: 'tail'; readonly byte: number }
  /** Nothing was said: the burst was cut off. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'illegible' };

/** Below this part of the sync's power it is silence: a symbol of which less than an eighth is left. */
const SILENCE_RATIO = 0.06;

/** Part of the power that the two tones of a byte must make up together. Noise and misaligned symbols stay below. */
const LEGIBLE_PURITY = 0.55;

/** Part of the power that each of the two tones must have; clean ones have a half, in a tail a third. */
const TONE_PURITY_MIN = 0.15;

/** How much stronger than the next tone of its group a tone must be. */
const TONE_DOMINANCE = 3;

/** The marker's part of a tail is a third, of a byte nothing. */
const TAIL_PURITY_MIN = 0.12;

/**
 * Reads the symbol whose analysed part is `samples[start .. start + length)`.
 *
 * `syncPower` is the mean square of the burst's sync, against which silence is judged.
 */
export function readSymbol(
  samples: Float32Array,
  start: number,
  length: number,
  syncPower: number,
): HeardSymbol {
  const power = meanSquare(samples, start, length);
  if (power < syncPower * SILENCE_RATIO) return { kind: 'silence' };
  const low = strongest(samples, start, length, LOW_TONES_HZ);
  const high = strongest(samples, start, length, HIGH_TONES_HZ);
  const marker = tonePower(samples, start, length, MARKERS_HZ.middle);
  const isClear = [low, high].every(
    (tone) => tone.power > TONE_PURITY_MIN * power && tone.power > TONE_DOMINANCE * tone.runnerUp,
  );
  const isTail = marker > TAIL_PURITY_MIN * power;
  const purity = (low.power + high.power + (isTail ? marker : 0)) / power;
  if (!isClear || purity < LEGIBLE_PURITY) return { kind: 'illegible' };
  return { kind: isTail ? 'tail' : 'byte', byte: (low.index << 4) | high.index };
}

function strongest(
  samples: Float32Array,
  start: number,
  length: number,
  tonesHz: readonly number[],
): { index: number; power: number; runnerUp: number } {
  let best = { index: 0, power: -1, runnerUp: -1 };
  tonesHz.forEach((frequencyHz, index) => {
    const power = tonePower(samples, start, length, frequencyHz);
    if (power > best.power) best = { index, power, runnerUp: best.power };
    else if (power > best.runnerUp) best.runnerUp = power;
  });
  return best;
}

/** Text of UTF-8 bytes of which the last character may be missing its end; what is not UTF-8 becomes U+FFFD. */
export function decodeHeardBytes(bytes: readonly number[]): string {
  // `stream` holds back an unfinished last character in place of giving U+FFFD for it.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes), {
    stream: true,
  });
}

/** True when a tail's checksum is that of the bytes before it. */
export function isIntact(kind: SyncKind, bytes: readonly number[], checksum: number): boolean {
  return bytes.length > 0 && burstChecksum(kind, bytes) === checksum;
}
