import { toneLevel } from './tone-level.ts';

/** Half a second in steps of a tenth. */
const WINDOW = 4000;
const STEP = 800;

/** {@link toneLevel} of the half second that has most of a frequency. */
export function loudest(mulaw: Uint8Array, frequencyHz: number): number {
  let best = mulaw.length < WINDOW ? toneLevel(mulaw, frequencyHz) : 0;
  for (let end = WINDOW; end <= mulaw.length; end += STEP) {
    best = Math.max(best, toneLevel(mulaw.subarray(0, end), frequencyHz));
  }
  return best;
}
