/**
 * A whole phrase of ElevenLabs' at once, with the times of its characters: for clips.
 *
 * @see https://elevenlabs.io/docs/api-reference/text-to-speech/convert-with-timestamps
 */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import { z } from 'zod';
import { alignmentWithin, type Clip } from '../../call/core/speaking/clips.ts';
import type { Alignment } from '../../call/core/contract.ts';
import { leadingSilenceBytes } from '../../call/core/speaking/leading-silence.ts';
import { isSpoken } from '../../call/core/language/scripts.ts';
import { CLIP_AUDIO_BYTES_MAX } from '../../clips/clip-file.ts';
import type { WantedClip } from '../../clips/clip-key.ts';
import { OUTPUT_FORMAT } from './elevenlabs-options.ts';

const answerSchema = z.object({
  audio_base64: z.base64().max(2 * CLIP_AUDIO_BYTES_MAX),
  alignment: z
    .object({
      characters: z.array(z.string()),
      character_start_times_seconds: z.array(z.number()),
      character_end_times_seconds: z.array(z.number()),
    })
    .nullish(),
});

type Timings = z.infer<typeof answerSchema>['alignment'];

/** Without the silence before its first word; undefined where nothing can be heard. Rejects when it cannot be had. */
export async function voiceClip(
  { text, options }: WantedClip,
  signal: AbortSignal,
): Promise<Clip | undefined> {
  // Loaded when first needed: it costs some 70 ms of start-up (facts/edge-runtime.md section 7).
  const { ElevenLabsClient } = await import('elevenlabs');
  const { apiKey, url, voiceId, modelId, languageCode } = options;
  const client = new ElevenLabsClient({ apiKey, environment: { base: url, wss: url } });
  const answer = await client.textToSpeech.convertWithTimestamps(
    voiceId,
    { text, model_id: modelId, language_code: languageCode, output_format: OUTPUT_FORMAT },
    { maxRetries: 0, abortSignal: signal },
  );
  const { audio_base64, alignment } = answerSchema.parse(answer);
  return clipOf(text, Uint8Array.fromBase64(audio_base64), alignmentOf(alignment));
}

/** `alignment` is of `mulaw` from its first byte. */
export function clipOf(
  text: string,
  mulaw: Uint8Array,
  alignment: Alignment | undefined,
): Clip | undefined {
  const silent = leadingSilenceBytes(mulaw);
  if (silent === mulaw.length || mulaw.length > CLIP_AUDIO_BYTES_MAX) return undefined;
  const first = alignment?.chars.findIndex(isSpoken) ?? -1;
  const startMs = alignment?.startsMs[first] ?? 0;
  // What the voice says is the beginning of a word is not cut, however soft. Some give all the silence to the first
  // character: that says nothing.
  const cut = startMs > 0 ? Math.min(silent, Math.floor(startMs * BYTES_PER_MS)) : silent;
  const audible = mulaw.slice(cut);
  const times = alignmentWithin(text, audible.length, shifted(alignment, cut / BYTES_PER_MS));
  return times === undefined ? { mulaw: audible } : { mulaw: audible, alignment: times };
}

function shifted(alignment: Alignment | undefined, cutMs: number): Alignment | undefined {
  if (alignment === undefined) return undefined;
  const { chars, startsMs, durationsMs } = alignment;
  const starts = startsMs.map((ms) => Math.max(0, ms - cutMs));
  // A character that began before the cut ends where it ended.
  const durations = durationsMs.map((ms, i) =>
    Math.max(0, (startsMs[i] ?? 0) + ms - cutMs - (starts[i] ?? 0)),
  );
  return { chars, startsMs: starts, durationsMs: durations };
}

function alignmentOf(timings: Timings): Alignment | undefined {
  if (!timings) return undefined;
  const { characters, character_start_times_seconds, character_end_times_seconds } = timings;
  const startsMs = character_start_times_seconds.map((seconds) => Math.max(0, 1000 * seconds));
  const endsMs = character_end_times_seconds.map((seconds) => 1000 * seconds);
  const { length } = characters;
  if (startsMs.length !== length || endsMs.length !== length) return undefined;
  const durationsMs = startsMs.map((startMs, i) => Math.max(0, (endsMs[i] ?? 0) - startMs));
  return { chars: characters, startsMs, durationsMs };
}
