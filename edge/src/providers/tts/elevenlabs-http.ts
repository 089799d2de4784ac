/**
 * ElevenLabs over plain HTTP with the `elevenlabs` package: the way round a socket that fails. Slower, as every piece of
 * text is a request of its own, and without the times of characters.
 *
 * The package is loaded when first needed: it costs some 70 ms of start-up (facts/edge-runtime.md section 7).
 */

import { faultOf, ProviderError } from '../error.ts';
import type { Tts, TtsListener } from '../tts.ts';
import { OUTPUT_FORMAT, type ElevenLabsOptions } from './elevenlabs-options.ts';
import { codeOfRefusal } from './elevenlabs-refusal.ts';

interface HttpContext {
  readonly abort: AbortController;
  /** Ends when all pieces so far have been voiced. */
  last: Promise<void>;
}

export class ElevenLabsHttp implements Tts {
  readonly #options: ElevenLabsOptions;
  readonly #listener: TtsListener;
  readonly #contexts = new Map<string, HttpContext>();

  constructor(options: ElevenLabsOptions, listener: TtsListener) {
    this.#options = options;
    this.#listener = listener;
  }

  speak(contextId: string, text: string): void {
    const context = this.#contexts.get(contextId) ?? this.#open(contextId);
    this.#chain(contextId, context, () => this.#voice(contextId, context, text));
  }

  flush(contextId: string): void {
    const context = this.#contexts.get(contextId);
    if (context === undefined) return;
    this.#chain(contextId, context, () => {
      this.#contexts.delete(contextId);
      this.#listener.onDone(contextId);
    });
  }

  closeContext(contextId: string): void {
    this.#contexts.get(contextId)?.abort.abort();
    this.#contexts.delete(contextId);
  }

  close(): void {
    for (const contextId of this.#contexts.keys()) this.closeContext(contextId);
  }

  #open(contextId: string): HttpContext {
    const context: HttpContext = { abort: new AbortController(), last: Promise.resolve() };
    this.#contexts.set(contextId, context);
    return context;
  }

  #chain(contextId: string, context: HttpContext, run: () => Promise<void> | void): void {
    context.last = context.last.then(async () => {
      if (context.abort.signal.aborted) return;
      try {
        await run();
      } catch (error) {
        if (context.abort.signal.aborted) return;
        this.closeContext(contextId);
        this.#listener.onFault(contextId, faultOf(error, 'TTS_UNAVAILABLE'));
      }
    });
  }

  async #voice(contextId: string, context: HttpContext, text: string): Promise<void> {
    const { signal } = context.abort;
    for await (const mulaw of stream(this.#options, text, signal)) {
      if (signal.aborted) return;
      this.#listener.onAudio(contextId, mulaw, undefined);
    }
  }
}

async function* stream(
  { apiKey, url, voiceId, modelId, languageCode }: ElevenLabsOptions,
  text: string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const { ElevenLabsClient, ElevenLabsError } = await import('elevenlabs');
  const client = new ElevenLabsClient({ apiKey, environment: { base: url, wss: url } });
  try {
    const audio = await client.textToSpeech.convertAsStream(
      voiceId,
      {
        text,
        model_id: modelId,
        language_code: languageCode,
        output_format: OUTPUT_FORMAT,
      },
      { maxRetries: 0, abortSignal: signal },
    );
    for await (const chunk of audio) yield new Uint8Array(chunk as Uint8Array);
  } catch (cause) {
    if (!(cause instanceof ElevenLabsError) || cause.statusCode === undefined) throw cause;
    const code = codeOfRefusal(cause.statusCode, await beginningOf(cause.body));
    throw new ProviderError(code, `the voice answered ${cause.statusCode}`, { cause });
  }
}

/** Where audio was asked for, the package hands over the body of an error unread. */
async function beginningOf(body: unknown): Promise<string> {
  if (!(body instanceof ReadableStream)) return JSON.stringify(body ?? '');
  const reader: ReadableStreamDefaultReader<unknown> = body.getReader();
  try {
    const { value } = await reader.read();
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
  } catch {
    return '';
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
