/** Silence around synthesised speech: voices begin with 150-250 ms of it (facts section 3), and end with some. */

import { levelDbov } from '@patchcord/shared/audio/level';
import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';

const WINDOW_BYTES = 10 * BYTES_PER_MS;

/** Breath and the beginnings of "f" and "h" are louder than this. */
const SILENCE_DBOV_MAX = -50;

/** Kept, so that no soft beginning is cut. */
export const LEAD_IN_BYTES = 10 * BYTES_PER_MS;

/** Bytes at the beginning of `mulaw` that need not be played; all of them where nothing is audible. */
export function leadingSilenceBytes(mulaw: Uint8Array): number {
  for (let at = 0; at < mulaw.length; at += WINDOW_BYTES) {
    if (levelDbov(mulaw.subarray(at, at + WINDOW_BYTES)) > SILENCE_DBOV_MAX) {
      return Math.max(0, at - LEAD_IN_BYTES);
    }
  }
  return mulaw.length;
}

/** `mulaw` without the silence at its end. */
export function withoutTrailingSilence(mulaw: Uint8Array): Uint8Array {
  for (let end = mulaw.length; end > 0; end -= WINDOW_BYTES) {
    const window = mulaw.subarray(Math.max(0, end - WINDOW_BYTES), end);
    if (levelDbov(window) > SILENCE_DBOV_MAX) return mulaw.subarray(0, end);
  }
  return mulaw;
}
