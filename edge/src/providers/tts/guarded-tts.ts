/**
 * A voice behind the circuit of the way to it.
 *
 * One context is one request. Whether its audio is late the session decides, by how long the caller has been hearing nothing,
 * and closes it. What that says about the voice is told by how long it had been silent then.
 */

import type { Fault } from '../../call/core/faults.ts';
import type { Attempt, Breaker, Endpoint } from '../breaker.ts';
import type { Tts, TtsListener } from '../tts.ts';

export interface GuardedTtsOptions {
  readonly breaker: Breaker;
  readonly endpoint: Endpoint;
  /** The ways that are tried after this one. */
  readonly others: readonly Endpoint[];
}

/**
 * A voice that was closed earlier says nothing: the model, or the caller, had taken the time. One that works begins within
 * 440 ms wherever it is (facts/voice-conversation.md section 3), after a quarter of a second for the connection; a silent one
 * the session gives up after some 900 where the model was quick.
 */
const SILENT_MS = 700;

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
      queueMicrotask(() => this.#listener.onFault(contextId, fault, true));
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
    else if (attempt.ageMs >= SILENT_MS) attempt.expire();
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
