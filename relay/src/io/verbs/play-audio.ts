/** Plays a piece of audio to the caller, to its end or until something else takes over. */

import type { CallMedia } from '../../core/call/media.ts';
import { Playback } from '../../core/playback.ts';

/** Resolves when the last byte has been heard, or at once when `signal` is aborted. `mulaw` is µ-law at 8 kHz. */
export async function playAudio(
  media: CallMedia,
  mulaw: Uint8Array,
  times: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const ended = Promise.withResolvers<void>();
  const end = (): void => ended.resolve();
  const playback = new Playback(mulaw, times, end);
  signal.addEventListener('abort', end, { once: true });
  media.play(playback);
  await ended.promise;
  media.stopPlaying(playback);
  signal.removeEventListener('abort', end);
}
