/**
 * ElevenLabs' multi-context socket: one connection for a call, one context for each utterance.
 *
 * No SDK has it. Text goes in as `{text, context_id}`, audio comes out as base64 with the time of every character;
 * `auto_mode` voices each piece at once, as ours are whole clauses. The connection is made with the first text and again
 * whenever there is none.
 *
 * @see https://elevenlabs.io/docs/api-reference/text-to-speech/v-1-text-to-speech-voice-id-multi-stream-input
 */

import { z } from 'zod';
import type { Alignment } from '../../call/core/contract.ts';
import type { FaultCode } from '../../call/core/faults.ts';
import { isCjk, isSpace } from '../../call/core/language/scripts.ts';
import { faultOf, ProviderError } from '../error.ts';
import type { Tts, TtsListener } from '../tts.ts';
import { OUTPUT_FORMAT, type ElevenLabsOptions } from './elevenlabs-options.ts';
import { codeOfRefusal } from './elevenlabs-refusal.ts';

/** The longest the service allows a silent socket to live (documentation); its default is 20 s. */
const INACTIVITY_TIMEOUT_S = 180;
const KEEPALIVE_MS = 15_000;
/** The service's own bound: contexts that are open at the same time. */
const CONTEXTS_MAX = 5;
const MESSAGE_CHARS_MAX = 4 * 1024 * 1024;

const alignmentSchema = z.object({
  chars: z.array(z.string()),
  charStartTimesMs: z.array(z.number()),
  charDurationsMs: z.array(z.number()).optional(),
  charsDurationsMs: z.array(z.number()).optional(),
});

const messageSchema = z.object({
  contextId: z.string().nullish(),
  audio: z.string().nullish(),
  alignment: alignmentSchema.nullish(),
  isFinal: z.boolean().nullish(),
  error: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
});

type ServiceMessage = z.infer<typeof messageSchema>;

export class ElevenLabsSocket implements Tts {
  readonly #options: ElevenLabsOptions;
  readonly #listener: TtsListener;
  #connection: Connection | undefined;

  constructor(options: ElevenLabsOptions, listener: TtsListener) {
    this.#options = options;
    this.#listener = listener;
  }

  speak(contextId: string, text: string): void {
    this.#connection ??= this.#connect();
    this.#connection.speak(contextId, text);
  }

  flush(contextId: string): void {
    this.#connection?.flush(contextId);
  }

  closeContext(contextId: string): void {
    this.#connection?.closeContext(contextId);
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #connect(): Connection {
    const connection = new Connection(this.#options, this.#listener, () => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    return connection;
  }
}

/** One connection, from its first message to its end. Messages wait while it is being made. */
class Connection {
  readonly #listener: TtsListener;
  readonly #onEnd: () => void;
  readonly #contexts = new Set<string>();
  readonly #abort = new AbortController();
  readonly #keepalive: ReturnType<typeof setInterval>;
  #waiting: string[] | undefined = [];
  #socket: WebSocket | undefined;
  #isEnded = false;

  constructor(options: ElevenLabsOptions, listener: TtsListener, onEnd: () => void) {
    this.#listener = listener;
    this.#onEnd = onEnd;
    this.#keepalive = setInterval(() => this.#keepAlive(), KEEPALIVE_MS);
    this.#open(options).catch((error: unknown) => this.#fail(error));
  }

  speak(contextId: string, text: string): void {
    if (!this.#contexts.has(contextId)) {
      // The oldest one was forgotten by everybody; the service would refuse a sixth.
      const [oldest] = this.#contexts;
      if (this.#contexts.size >= CONTEXTS_MAX && oldest !== undefined) this.closeContext(oldest);
      this.#contexts.add(contextId);
      this.#send({ text: ' ', context_id: contextId });
    }
    // The service wants a space after every piece, to end the last word; Chinese needs none. Flushed, because a clause
    // that is no sentence would wait for the rest of it.
    const last = text.at(-1) ?? ' ';
    const piece = isSpace(last) || isCjk(last) ? text : `${text} `;
    this.#send({ text: piece, context_id: contextId, flush: true });
  }

  flush(contextId: string): void {
    if (this.#contexts.has(contextId)) this.#send({ context_id: contextId, flush: true });
  }

  closeContext(contextId: string): void {
    if (!this.#contexts.delete(contextId)) return;
    this.#send({ context_id: contextId, close_context: true });
  }

  close(): void {
    if (this.#isEnded) return;
    if (this.#socket !== undefined) this.#send({ close_socket: true });
    this.#end();
  }

  async #open(options: ElevenLabsOptions): Promise<void> {
    const response = await fetch(urlOf(options), {
      headers: { Upgrade: 'websocket', 'xi-api-key': options.apiKey },
      signal: this.#abort.signal,
    });
    const socket = response.webSocket;
    if (!socket) throw await refusalOf(response);
    socket.accept();
    if (this.#isEnded) return socket.close(1000);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', () => this.#fail(brokenOff()));
    socket.addEventListener('error', () => this.#fail(brokenOff()));
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const text of waiting) socket.send(text);
  }

  #receive(data: unknown): void {
    if (this.#isEnded) return;
    const message = parseMessage(data);
    if (message === undefined) {
      return this.#fail(new ProviderError('TTS_BROKEN', 'a message that is not understood'));
    }
    const contextId = message.contextId ?? undefined;
    if (message.error) {
      const code = codeOfServiceError(message.error);
      return this.#fail(
        new ProviderError(code, `the voice refused: ${message.error.slice(0, 64)}`),
      );
    }
    if (contextId === undefined || !this.#contexts.has(contextId)) return;
    if (message.audio) {
      const mulaw = bytesOf(message.audio);
      if (mulaw === undefined) {
        return this.#fail(new ProviderError('TTS_BROKEN', 'audio that is not base64'));
      }
      this.#listener.onAudio(contextId, mulaw, alignmentOf(message.alignment));
    }
    if (message.isFinal === true) {
      this.#contexts.delete(contextId);
      this.#listener.onDone(contextId);
    }
  }

  #send(message: object): void {
    const text = JSON.stringify(message);
    if (this.#waiting !== undefined) this.#waiting.push(text);
    else if (!this.#isEnded) this.#socket?.send(text);
  }

  #keepAlive(): void {
    // Empty text resets the service's timer, but only within a context.
    const [contextId] = this.#contexts;
    if (contextId !== undefined) this.#send({ text: '', context_id: contextId });
  }

  #fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#end();
    this.#listener.onFault(undefined, faultOf(error, 'TTS_UNAVAILABLE'));
  }

  #end(): void {
    this.#isEnded = true;
    clearInterval(this.#keepalive);
    this.#abort.abort();
    this.#socket?.close(1000);
    this.#onEnd();
  }
}

function brokenOff(): ProviderError {
  return new ProviderError('TTS_UNAVAILABLE', 'the connection to the voice is gone');
}

function urlOf({ url, voiceId, modelId, languageCode }: ElevenLabsOptions): URL {
  const target = new URL(`/v1/text-to-speech/${voiceId}/multi-stream-input`, url);
  target.search = new URLSearchParams({
    model_id: modelId,
    language_code: languageCode,
    output_format: OUTPUT_FORMAT,
    auto_mode: 'true',
    sync_alignment: 'true',
    inactivity_timeout: String(INACTIVITY_TIMEOUT_S),
  }).toString();
  return target;
}

async function refusalOf(response: Response): Promise<ProviderError> {
  const { status } = response;
  const text = await response.text().catch(() => '');
  const code = codeOfRefusal(status, text);
  return new ProviderError(code, `the voice answered ${status}`);
}

/** Names of errors, from the documentation and facts/voice-conversation.md section 6. */
function codeOfServiceError(error: string): FaultCode {
  if (/quota/iu.test(error)) return 'TTS_QUOTA';
  if (/api_key|unauthori[sz]ed|authentication/iu.test(error)) return 'TTS_AUTH';
  if (/too_many|concurrent|busy|rate/iu.test(error)) return 'TTS_RATE_LIMITED';
  if (/not_found|invalid|voice/iu.test(error)) return 'TTS_BAD_REQUEST';
  return 'TTS_BROKEN';
}

function parseMessage(data: unknown): ServiceMessage | undefined {
  if (typeof data !== 'string' || data.length > MESSAGE_CHARS_MAX) return undefined;
  try {
    return messageSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
}

function alignmentOf(alignment: ServiceMessage['alignment']): Alignment | undefined {
  if (!alignment) return undefined;
  // The documentation spells it both ways.
  const durationsMs = alignment.charDurationsMs ?? alignment.charsDurationsMs ?? [];
  return { chars: alignment.chars, startsMs: alignment.charStartTimesMs, durationsMs };
}
