/**
 * Loudness of µ-law audio, in dB relative to overload (dBov): 0 is the loudest square wave, silence is far below.
 *
 * @see RFC 6464 §3 (dBov of a frame)
 */

import { MULAW_TO_LINEAR } from './g711.ts';

/** What digital silence is said to be: below the quantisation noise of any telephone line. */
export const LEVEL_DBOV_MIN = -96;

const FULL_SCALE = 32_768;
const SQUARES: Float64Array = Float64Array.from(MULAW_TO_LINEAR, (sample) => sample * sample);

/** Level of all of `mulaw` in dBov, never below {@link LEVEL_DBOV_MIN}; that too for no bytes at all. */
export function levelDbov(mulaw: Uint8Array): number {
  let energy = 0;
  for (const code of mulaw) energy += SQUARES[code] as number;
  if (energy === 0) return LEVEL_DBOV_MIN;
  const level = 10 * Math.log10(energy / mulaw.length / (FULL_SCALE * FULL_SCALE));
  return Math.max(LEVEL_DBOV_MIN, level);
}
