/** A language model that answers from a script, token by token. */

import type {
  CallInput,
  CallOutput,
  Message,
  ToolCall,
} from '@patchcord/edge/src/call/core/contract.ts';
import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import { faultOf, Troubles, type Trouble, type WeatheredWorld } from './trouble.ts';

/** How the model answers one request. */
export interface Answer {
  readonly text?: string;
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
  readonly endCall?: boolean;
  /** Calls of tools, after the text. */
  readonly calls?: readonly ToolCall[];
  /** Fails after so many tokens. */
  readonly failsAfter?: { readonly tokens: number; readonly code: FaultCode };
  /** Says nothing more after so many tokens. */
  readonly stallsAfter?: number;
  /** For the second request with the same messages, and those after it. */
  readonly retry?: Answer;
  /** Goes on as if nobody had aborted it. */
  readonly ignoresAbort?: boolean;
}

export type Brain = (messages: readonly Message[]) => Answer;

const FIRST_TOKEN_MS = 300;
const TOKEN_MS = 20;

export class ScriptedModel {
  readonly #world: WeatheredWorld;
  readonly #answers: Answer[] | Brain;
  readonly #troubles: Troubles<number>;
  /** Requests that are running: whether they have said anything. */
  readonly #running = new Map<number, boolean>();
  readonly #aborted = new Set<number>();
  #latest: { readonly key: string; readonly text: string; readonly answer: Answer } | undefined;

  /** `answers` are used up one after the other; after the last it says "Yes.". */
  constructor(world: WeatheredWorld, answers: Answer[] | Brain) {
    this.#world = world;
    this.#answers = answers;
    this.#troubles = new Troubles(world);
  }

  ask({ requestId, model, messages }: Extract<CallOutput, { kind: 'llm-request' }>): void {
    const answer = this.#answerTo(messages);
    this.#running.set(requestId, false);
    const isAnswering = this.#meet(this.#world.weather.llm?.(model), requestId);
    if (isAnswering) this.#answer(requestId, answer);
  }

  abort(requestId: number): void {
    this.#aborted.add(requestId);
    this.#running.delete(requestId);
  }

  /** Every request that is running meets this. `isFresh`: those that have said nothing yet; else the others. */
  strike(trouble: Trouble, isFresh: boolean): boolean {
    const ids = [...this.#running].flatMap(([id, hasSpoken]) => (hasSpoken !== isFresh ? id : []));
    for (const requestId of ids) this.#meet(trouble, requestId);
    return ids.length > 0;
  }

  #meet(trouble: Trouble | undefined, requestId: number): boolean {
    return this.#troubles.meet(trouble, requestId, (fault) => {
      if (this.#running.delete(requestId))
        this.#world.feed({ kind: 'llm-error', requestId, fault });
    });
  }

  /** Requests to the same end get the same answer: a retry, a second model, a draft of what is said in full later. */
  #answerTo(messages: readonly Message[]): Answer {
    if (typeof this.#answers === 'function') return this.#answers(messages);
    const key = JSON.stringify(messages);
    const text = messages.at(-1)?.content ?? '';
    const last = this.#latest;
    if (last?.key === key) return last.answer.retry ?? last.answer;
    const isMore = last !== undefined && text !== '' && text.startsWith(`${last.text} `);
    const answer = isMore ? last.answer : (this.#answers.shift() ?? { text: 'Yes.' });
    this.#latest = { key, text, answer };
    return answer;
  }

  #answer(requestId: number, answer: Answer): void {
    const tokens = (answer.text ?? '').match(/\s?\S{1,6}|\s+/gu) ?? [];
    const send = (at: number, input: CallInput): void => this.#send(at, requestId, answer, input);
    let at = this.#world.now + (answer.firstTokenMs ?? FIRST_TOKEN_MS);
    for (const [index, text] of tokens.entries()) {
      if (answer.stallsAfter === index) return;
      if (answer.failsAfter?.tokens === index) break;
      send(at, { kind: 'llm-text', requestId, text });
      at += answer.tokenMs ?? TOKEN_MS;
    }
    if (answer.stallsAfter !== undefined) return;
    if (answer.failsAfter !== undefined) {
      return send(at, { kind: 'llm-error', requestId, fault: faultOf(answer.failsAfter.code) });
    }
    for (const call of callsOf(answer)) send(at, { kind: 'llm-tool-call', requestId, call });
    send(at, { kind: 'llm-done', requestId });
  }

  #send(at: number, requestId: number, answer: Answer, input: CallInput): void {
    const isOff = (): boolean => this.#aborted.has(requestId) && answer.ignoresAbort !== true;
    const say = (): void => {
      if (isOff()) return;
      if (input.kind === 'llm-text') this.#running.set(requestId, true);
      else if (input.kind !== 'llm-tool-call') this.#running.delete(requestId);
      this.#world.feed(input);
    };
    this.#world.at(at, () => {
      if (!isOff()) this.#troubles.afterLateness(requestId, say);
    });
  }
}

function callsOf({ calls = [], endCall = false }: Answer): readonly ToolCall[] {
  return endCall ? [...calls, { id: 'end', name: 'end_call', argumentsJson: '{}' }] : calls;
}
