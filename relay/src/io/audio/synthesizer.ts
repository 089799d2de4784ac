/** The voice of `<Say>`: a program or a server that the operator chose, and a memory of what was said before. */

import { createHash } from 'node:crypto';
import { ByteCache } from '../../core/byte-cache.ts';
import { describeError } from '../../core/error.ts';
import { resolveVoice, type SayVoice } from '../../core/say-voice.ts';
import type { Log } from '../log.ts';
import { AudioDecoder } from './audio-decoder.ts';
import { AudioDirectory } from './audio-directory.ts';
import type { EncodedAudio } from './decode-audio.ts';
import { runSayCommand } from './say-command.ts';
import { askSayEndpoint, type SayEndpoint } from './say-endpoint.ts';
import { SayError } from './say-error.ts';
import { SingleFlight } from './single-flight.ts';

export type SayEngine =
  /** See `command-template.ts`. */
  | { readonly kind: 'command'; readonly template: string }
  | ({ readonly kind: 'http' } & SayEndpoint);

export interface SynthesizerOptions {
  /** Undefined: nothing is said. */
  readonly engine: SayEngine | undefined;
  readonly log: Pick<Log, 'warn'>;
  /** Shared with the audio library; one of its own otherwise. */
  readonly decoder?: AudioDecoder;
  /** Of µ-law in memory, 8,000 bytes a second. */
  readonly cacheBytesMax?: number;
  /** Where what was said outlives the process. */
  readonly cacheDirectory?: string | undefined;
  readonly directoryBytesMax?: number;
  readonly timeoutMs?: number;
  /** Texts being spoken at the same time; one more fails. */
  readonly concurrentMax?: number;
}

export interface Utterance {
  readonly text: string;
  /** As in the document. */
  readonly voice?: string | undefined;
  readonly language?: string | undefined;
}

const CACHE_BYTES_MAX = 32 * 1024 * 1024;
const DIRECTORY_BYTES_MAX = 256 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const CONCURRENT_MAX = 16;
/** Twilio's own limit. */
const TEXT_LENGTH_MAX = 4096;

export class Synthesizer {
  readonly #engine: SayEngine | undefined;
  readonly #log: Pick<Log, 'warn'>;
  readonly #decoder: AudioDecoder;
  readonly #cache: ByteCache<Uint8Array>;
  readonly #directory: AudioDirectory | undefined;
  readonly #timeoutMs: number;
  readonly #concurrentMax: number;
  readonly #flights = new SingleFlight<Uint8Array>();
  #atWork = 0;
  readonly #warned = new Set<string>();

  constructor(options: SynthesizerOptions) {
    this.#engine = options.engine;
    this.#log = options.log;
    this.#decoder = options.decoder ?? new AudioDecoder();
    this.#cache = new ByteCache(
      options.cacheBytesMax ?? CACHE_BYTES_MAX,
      (mulaw: Uint8Array) => mulaw.length,
    );
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#concurrentMax = options.concurrentMax ?? CONCURRENT_MAX;
    if (options.cacheDirectory !== undefined) {
      const bytesMax = options.directoryBytesMax ?? DIRECTORY_BYTES_MAX;
      this.#directory = new AudioDirectory(options.cacheDirectory, bytesMax);
    }
  }

  /**
   * The text as µ-law at 8 kHz, in an array that is shared with other calls: it must not be written to. No bytes for no text.
   * Undefined where no engine is configured, with one `SAY_UNAVAILABLE` in the log.
   *
   * Rejects with a {@link SayError}, or with the signal's reason.
   */
  async say(utterance: Utterance, signal: AbortSignal): Promise<Uint8Array | undefined> {
    // Control characters mean nothing to a voice, and end an argument.
    const text = utterance.text.replaceAll(/\p{Cc}+/gu, ' ').trim();
    const engine = this.#engine;
    if (engine === undefined) {
      this.#warnOnce('SAY_UNAVAILABLE', 'nothing is said: no voice is configured');
      return undefined;
    }
    if (text === '') return new Uint8Array(0);
    if (text.length > TEXT_LENGTH_MAX) {
      throw new SayError(`a text has at most ${TEXT_LENGTH_MAX} characters`);
    }
    const voice = resolveVoice(utterance.voice, utterance.language);
    const key = keyOf(engine, voice, text);
    return (
      this.#cache.get(key) ??
      this.#flights.run(key, signal, (shared) => this.#speak(engine, voice, text, key, shared))
    );
  }

  async #speak(
    engine: SayEngine,
    voice: SayVoice,
    text: string,
    key: string,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const said = await this.#recall(key);
    const mulaw = said ?? (await this.#synthesize(engine, voice, text, signal));
    this.#cache.set(key, mulaw);
    if (said === undefined) await this.#remember(key, mulaw);
    return mulaw;
  }

  async #synthesize(
    engine: SayEngine,
    voice: SayVoice,
    text: string,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (this.#atWork >= this.#concurrentMax) {
      throw new SayError(`${this.#concurrentMax} texts are being spoken already`);
    }
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const either = AbortSignal.any([signal, timeout]);
    this.#atWork++;
    try {
      return await this.#decoder.decode(await ask(engine, text, voice, either), either);
    } catch (cause) {
      signal.throwIfAborted();
      if (timeout.aborted) throw new SayError(`not spoken within ${this.#timeoutMs / 1000} s`);
      if (cause instanceof SayError) throw cause;
      throw new SayError('the engine gave no audio', { cause });
    } finally {
      this.#atWork--;
    }
  }

  async #recall(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#directory?.read(key);
    } catch (error) {
      this.#warnOnce('SAY_CACHE', describeError(error));
      return undefined;
    }
  }

  async #remember(key: string, mulaw: Uint8Array): Promise<void> {
    try {
      await this.#directory?.write(key, mulaw);
    } catch (error) {
      this.#warnOnce('SAY_CACHE', describeError(error));
    }
  }

  #warnOnce(code: 'SAY_UNAVAILABLE' | 'SAY_CACHE', message: string): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.#log.warn({ code }, message);
  }
}

function ask(
  engine: SayEngine,
  text: string,
  voice: SayVoice,
  signal: AbortSignal,
): Promise<EncodedAudio> {
  switch (engine.kind) {
    case 'command':
      return runSayCommand(engine.template, text, voice, signal);
    case 'http':
      return askSayEndpoint(engine, text, voice, signal);
  }
}

/** The token is no part of it: a new one speaks with the same voice. */
function keyOf(engine: SayEngine, { voice, language }: SayVoice, text: string): string {
  const source = engine.kind === 'command' ? engine.template : engine.url;
  return createHash('sha256')
    .update(JSON.stringify([engine.kind, source, voice, language, text]))
    .digest('hex');
}
