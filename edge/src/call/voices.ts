/** The connections to the voice provider of one call: one for each way, voice and language, opened when first needed. */

import type { Tts, TtsListener } from '../providers/tts.ts';
import type { CallInput, CallOutput, VoiceRoute } from './core/contract.ts';

type Speak = Extract<CallOutput, { kind: 'tts-speak' }>;

export interface VoiceOptions extends VoiceRoute {
  /** ISO 639-1. */
  readonly language: string;
}

export type OpenVoice = (options: VoiceOptions, listener: TtsListener) => Tts;

export class Voices {
  readonly #open: OpenVoice;
  readonly #feed: (input: CallInput) => void;
  readonly #voices = new Map<string, Tts>();
  /** Which of them says what; a context is forgotten when it is closed. */
  readonly #contexts = new Map<string, Tts>();

  constructor(open: OpenVoice, feed: (input: CallInput) => void) {
    this.#open = open;
    this.#feed = feed;
  }

  speak({ contextId, route, language, text }: Speak): void {
    const voice = this.#contexts.get(contextId) ?? this.#voiceOf({ ...route, language });
    this.#contexts.set(contextId, voice);
    voice.speak(contextId, text);
  }

  flush(contextId: string): void {
    this.#contexts.get(contextId)?.flush(contextId);
  }

  closeContext(contextId: string): void {
    this.#contexts.get(contextId)?.closeContext(contextId);
    this.#contexts.delete(contextId);
  }

  closeAll(): void {
    for (const voice of this.#voices.values()) voice.close();
    this.#voices.clear();
    this.#contexts.clear();
  }

  #voiceOf(options: VoiceOptions): Tts {
    const { transport, voice: number, language } = options;
    const key = `${transport} ${number} ${language}`;
    const open = this.#voices.get(key);
    if (open !== undefined) return open;
    const route: VoiceRoute = { transport, voice: number };
    const voice = this.#open(options, {
      onAudio: (contextId, mulaw, alignment) =>
        this.#feed({
          kind: 'tts-audio',
          contextId,
          mulaw,
          ...(alignment === undefined ? {} : { alignment }),
        }),
      onDone: (contextId) => this.#feed({ kind: 'tts-done', contextId }),
      onFault: (contextId, fault, isUnasked = false) =>
        this.#feed({
          kind: 'tts-error',
          route,
          fault,
          ...(contextId === undefined ? {} : { contextId }),
          ...(isUnasked ? { isUnasked } : {}),
        }),
    });
    this.#voices.set(key, voice);
    return voice;
  }
}
