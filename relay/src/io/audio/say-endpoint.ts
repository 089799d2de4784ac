/** A server that speaks: `POST {"text", "language", "voice"}`, and audio back. */

import type { SayVoice } from '../../core/say-voice.ts';
import type { EncodedAudio } from './decode-audio.ts';
import { readBody } from './read-body.ts';
import { SayError } from './say-error.ts';

const BODY_BYTES_MAX = 32 * 1024 * 1024;

export interface SayEndpoint {
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
}

/** The answer's body and content type. Rejects with a {@link SayError} for another status than 2xx, and as fetch does. */
export async function askSayEndpoint(
  { url, token }: SayEndpoint,
  text: string,
  { voice, language }: SayVoice,
  signal: AbortSignal,
): Promise<EncodedAudio> {
  const headers = new Headers({
    'Content-Type': 'application/json',
    Accept: 'audio/wav, audio/basic, audio/mpeg',
  });
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
  const body = JSON.stringify({ text, language, voice });
  // The token is for this address only.
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new SayError(`the voice's server answered ${response.status}`);
  }
  const bytes = await readBody(response, BODY_BYTES_MAX);
  return { bytes, contentType: response.headers.get('content-type') ?? '' };
}
