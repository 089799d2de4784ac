/** Plays a sound of the PBX (`sound:NAME`) to the caller: Asterisk reads the file and sends it itself. */

import { randomUUID } from 'node:crypto';
import type { Line } from './line.ts';

/** Rejects when Asterisk does not take the request. A sound it does not have ends at once, and Asterisk's log says so. */
export async function playSound(media: string, line: Line, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { channelId, context } = line;
  const id = randomUUID();
  const ended = Promise.withResolvers<void>();
  const end = (): void => ended.resolve();
  const off = line.onPlaybackFinished((playbackId) => {
    if (playbackId === id) end();
  });
  signal.addEventListener('abort', end, { once: true });
  try {
    await context.ari().post(`/channels/${channelId}/play/${id}`, { media });
    await ended.promise;
    if (signal.aborted) {
      // Deferred: the next verb must not wait for it.
      line.defer(context.ari().deleteIfThere(`/playbacks/${id}`));
    }
  } finally {
    off();
    signal.removeEventListener('abort', end);
  }
}
