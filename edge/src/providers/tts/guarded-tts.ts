/**
 * A voice behind the circuit of the way to it.
 *
 * One context is one request. Whether its audio is late the session decides, and closes it; that it had given none for as
 * long as the session is patient counts as a failure.
 */

import type { Fault } from '../../call/core/faults.ts';
import type { Attempt, Breaker, Endpoint } from '../breaker.ts';
import type { Tts, TtsListener } from '../tts.ts';

export interface GuardedTtsOptions {
  readonly breaker: Breaker;
  readonly endpoint: Endpoint;
  /** The ways that are tried after this one. */
  readonly others: readonly Endpoint[];
  readonly firstAudioMsMax: number;
}

/** The session reads its clock a moment before the text is handed over. */
const CLOCKS_APART_MS = 50;

interface Utterance {
  readonly attempt: Attempt;
  hasAudio: boolean;
}

export class GuardedTts implements Tts {
  readonly #options: GuardedTtsOptions;
  readonly #listener: TtsListener;
  readonly #tts: Tts;
  readonly #utterances = new Map<string, Utterance>();
  /** Contexts that another way has taken over. */
  readonly #refused = new Set<string>();

  constructor(
    open: (listener: TtsListener) => Tts,
    options: GuardedTtsOptions,
    listener: TtsListener,
  ) {
    this.#options = options;
    this.#listener = listener;
    this.#tts = open({
      onAudio: (contextId, mulaw, alignment) => {
        const utterance = this.#utterances.get(contextId);
        if (utterance !== undefined && mulaw.length > 0) utterance.hasAudio = true;
        listener.onAudio(contextId, mulaw, alignment);
      },
      onDone: (contextId) => {
        this.#end(contextId);
        listener.onDone(contextId);
      },
      onFault: (contextId, fault) => {
        this.#fail(contextId, fault);
        listener.onFault(contextId, fault);
      },
    });
  }

  speak(contextId: string, text: string): void {
    if (this.#refused.has(contextId)) return;
    if (!this.#utterances.has(contextId) && !this.#begin(contextId)) return;
    this.#tts.speak(contextId, text);
  }

  flush(contextId: string): void {
    if (!this.#refused.has(contextId)) this.#tts.flush(contextId);
  }

  closeContext(contextId: string): void {
    if (this.#refused.delete(contextId)) return;
    this.#end(contextId);
    this.#tts.closeContext(contextId);
  }

  close(): void {
    for (const { attempt } of this.#utterances.values()) attempt.abandon();
    this.#utterances.clear();
    this.#refused.clear();
    this.#tts.close();
  }

  #begin(contextId: string): boolean {
    const { breaker, endpoint, others } = this.#options;
    const attempt = breaker.begin(endpoint, others);
    if (attempt === undefined) {
      this.#refused.add(contextId);
      const fault = breaker.refusal(endpoint);
      queueMicrotask(() => this.#listener.onFault(contextId, fault));
      return false;
    }
    this.#utterances.set(contextId, { attempt, hasAudio: false });
    return true;
  }

  #end(contextId: string): void {
    const utterance = this.#utterances.get(contextId);
    if (utterance === undefined) return;
    this.#utterances.delete(contextId);
    const { attempt, hasAudio } = utterance;
    if (hasAudio) attempt.succeed();
    else if (attempt.ageMs >= this.#options.firstAudioMsMax - CLOCKS_APART_MS) attempt.expire();
    else attempt.abandon();
  }

  /** A connection takes all its contexts with it: one failure. One that nobody waits for is none at all. */
  #fail(contextId: string | undefined, fault: Fault): void {
    const ids = contextId === undefined ? [...this.#utterances.keys()] : [contextId];
    const [first, ...rest] = ids.flatMap((id) => this.#utterances.get(id)?.attempt ?? []);
    first?.fail(fault);
    for (const attempt of rest) attempt.abandon();
    for (const id of ids) this.#utterances.delete(id);
  }
}
