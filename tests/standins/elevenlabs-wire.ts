/**
 * ElevenLabs' messages: what a client of multi-stream-input sends, and what it is sent.
 *
 * @see https://elevenlabs.io/docs/api-reference/text-to-speech/v-1-text-to-speech-voice-id-multi-stream-input
 */
import { z } from 'zod';

/** Most characters in one message. */
const TEXT_CHARS_MAX = 10_000;

/** Any client message; which one it is follows from the fields that are there. */
export const clientMessageSchema = z.looseObject({
  text: z.string().max(TEXT_CHARS_MAX).nullish(),
  context_id: z.string().max(256).nullish(),
  flush: z.boolean().nullish(),
  close_context: z.boolean().nullish(),
  close_socket: z.boolean().nullish(),
  xi_api_key: z.string().nullish(),
  voice_settings: z.record(z.string(), z.unknown()).nullish(),
  generation_config: z
    .looseObject({ chunk_length_schedule: z.array(z.number().min(1)).min(1).max(50).optional() })
    .nullish(),
});

export type ClientMessage = z.output<typeof clientMessageSchema>;

/** When each character begins and how long it lasts, in the chunk of audio it came with. */
export interface Alignment {
  readonly chars: readonly string[];
  readonly charStartTimesMs: readonly number[];
  readonly charDurationsMs: readonly number[];
}

export function audioMessage(
  audio: Uint8Array,
  contextId: string,
  alignment: Alignment | null,
): string {
  return JSON.stringify({
    audio: Buffer.from(audio.buffer, audio.byteOffset, audio.length).toString('base64'),
    isFinal: null,
    normalizedAlignment: alignment,
    alignment,
    contextId,
  });
}

/** The last message of a context: its name can be used again. */
export function finalMessage(contextId: string): string {
  return JSON.stringify({ isFinal: true, contextId });
}

/**
 * The answer of `with-timestamps`: all of the audio, and when each character begins and ends, in seconds.
 *
 * @see https://elevenlabs.io/docs/api-reference/text-to-speech/convert-with-timestamps
 */
export function timestampsAnswer(audio: Uint8Array, alignment: Alignment): object {
  const { chars, charStartTimesMs, charDurationsMs } = alignment;
  const timings = {
    characters: chars,
    character_start_times_seconds: charStartTimesMs.map((ms) => ms / 1000),
    character_end_times_seconds: charStartTimesMs.map(
      (ms, i) => (ms + (charDurationsMs[i] ?? 0)) / 1000,
    ),
  };
  return {
    audio_base64: Buffer.from(audio).toString('base64'),
    alignment: timings,
    normalized_alignment: timings,
  };
}

/** Errors that end the socket, with the words the service uses. All close with 1008. */
export type SocketError =
  | 'invalid_api_key'
  | 'invalid_input_message'
  | 'input_timeout_exceeded'
  | 'max_active_conversations'
  | 'unsupported_output_format'
  | 'voice_id_does_not_exist'
  | 'internal_error';

/** Close code of every error (pipecat #4114, livekit/agents #218 and agents-js #1985 show them). */
export const POLICY_VIOLATION = 1008;

const SOCKET_ERRORS: Readonly<Record<SocketError, string>> = {
  invalid_api_key: 'Invalid API key',
  invalid_input_message:
    'Could not parse input message, make sure it is a json and follows the schema outlined in protocol.',
  input_timeout_exceeded:
    'Have not received a new text input within the timeout. Streaming input terminated. Please make sure to either ' +
    'feed the input in the timely manner, or to send the end of input text (empty string "") when done.',
  max_active_conversations:
    'Maximum simultaneous contexts per WebSocket connection exceeded (5). Please close an existing context before ' +
    'opening a new one.',
  unsupported_output_format: 'The stand-in speaks ulaw_8000 and pcm_8000 only.',
  voice_id_does_not_exist: 'A voice with this voice_id does not exist.',
  internal_error: 'Internal server error',
};

/** The message before the socket is closed, and the reason of the close. */
export function socketError(
  error: SocketError,
  message: string = SOCKET_ERRORS[error],
): { readonly text: string; readonly reason: string } {
  const text = JSON.stringify({ message, error, code: POLICY_VIOLATION });
  return { text, reason: message.slice(0, 120) };
}

/** Error bodies of HTTP answers, by status. */
const HTTP_ERRORS: Readonly<Record<number, { status: string; message: string }>> = {
  400: { status: 'invalid_request', message: 'The request cannot be read.' },
  401: { status: 'invalid_api_key', message: 'Invalid API key' },
  402: { status: 'payment_required', message: 'Your plan does not include this.' },
  403: { status: 'only_for_creator+', message: 'Your subscription does not allow this.' },
  404: { status: 'voice_not_found', message: 'A voice with this voice_id was not found.' },
  429: {
    status: 'too_many_concurrent_requests',
    message: 'Too many concurrent requests. Your current subscription allows fewer of them.',
  },
  503: { status: 'system_busy', message: 'Our system is busy, please try again.' },
};

/** Body of an answer that is not 200. */
export function httpError(status: number, message?: string): object {
  const known = HTTP_ERRORS[status] ?? { status: 'internal_error', message: 'Internal error' };
  return { detail: { status: known.status, message: message ?? known.message } };
}
