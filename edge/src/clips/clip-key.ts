/** By what a clip is found again: all that changes its sound. */

import type { ElevenLabsOptions } from '../providers/tts/elevenlabs-options.ts';
import { OUTPUT_FORMAT } from '../providers/tts/elevenlabs-options.ts';
import { CLIP_VERSION } from './clip-file.ts';

export interface WantedClip {
  readonly text: string;
  readonly options: ElevenLabsOptions;
}

/** Within an isolate. */
export function clipKey({ text, options }: WantedClip): string {
  const { url, voiceId, modelId, languageCode } = options;
  return JSON.stringify([url, voiceId, modelId, languageCode, OUTPUT_FORMAT, text]);
}

/** In R2, from the key within the isolate: a SHA-256, for texts are long, and are nobody's business in a list of names. */
export async function clipObjectName(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return `clips/v${CLIP_VERSION}/${new Uint8Array(digest).toHex()}`;
}
