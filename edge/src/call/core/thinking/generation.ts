/**
 * One answer of the language model, however many requests it takes: a second model races the first where it is slow, the
 * next one takes over where one fails, also in the middle of a sentence.
 */

import type { AnswerTrace } from '../call-record.ts';
import type { CallInput, CallOutput, Message, ToolCall } from '../contract.ts';
import type { LlmUsage } from '../llm-usage.ts';
import { faultOf, isFinalFault, type Fault } from '../faults.ts';
import type { ModelOptions, Timings } from '../settings.ts';
import { continuationOf, isSpoken } from '../language/scripts.ts';
import { tokensOf } from './tokens.ts';

export type LlmInput = Extract<
  CallInput,
  { kind: 'llm-text' | 'llm-tool-call' | 'llm-usage' | 'llm-done' | 'llm-error' }
>;

export type GenerationEvent =
  | { readonly kind: 'text'; readonly text: string }
  /** Complete, and more tools than none are to be called before there is more to say. */
  | { readonly kind: 'tool-calls'; readonly calls: readonly ToolCall[] }
  | { readonly kind: 'done' }
  /** Something went wrong and was made up for. */
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'failed'; readonly fault: Fault };

export interface GenerationParts {
  readonly messages: readonly Message[];
  readonly models: ModelOptions;
  readonly timings: Pick<Timings, 'llmFirstTokenMsMax' | 'llmStallMsMax' | 'llmMsMax'>;
  readonly nextRequestId: () => number;
  readonly emit: (output: CallOutput) => void;
  /** Takes back, and answers, the end of the text so far that is a part of a word and that nobody will hear. */
  readonly takeBackWord: () => string;
}

interface Attempt {
  readonly requestId: number;
  readonly model: string;
  readonly promptTokens: number;
  heardAt: number;
  /** When it began to answer. */
  begunAt?: number;
  chars: string;
  /** By the provider's own account. */
  usage?: LlmUsage;
}

/** A request and what it has cost, by the provider's own account or, where it was cut off, by our reckoning. */
export interface Spending extends LlmUsage {
  readonly model: string;
}

const CONTINUE =
  'Your answer broke off here. Go on with exactly the next word, in the same language, and repeat nothing.';

const TOOL_CALLS_MAX = 8;

export class Generation {
  readonly #parts: GenerationParts;
  readonly #startedAt: number;
  /** Models still to be tried, in order. */
  readonly #chain: string[];
  readonly #attempts = new Map<number, Attempt>();
  readonly #spendings: Spending[] = [];
  #winner: Attempt | undefined;
  #calls: ToolCall[] = [];
  #text = '';
  #isHedged = false;
  #isOver = false;
  #firstTokenAt: number | undefined;

  constructor(parts: GenerationParts, now: number) {
    const { primary, fallbacks } = parts.models;
    this.#parts = parts;
    this.#startedAt = now;
    // Where there is nobody else, the same model gets a second chance.
    this.#chain = fallbacks.length === 0 ? [primary] : [...fallbacks];
    this.#request(primary, parts.messages, now);
  }

  /** Whether `requestId` is one of this answer's, running. */
  owns(requestId: number): boolean {
    return this.#attempts.has(requestId);
  }

  handle(input: LlmInput, now: number): readonly GenerationEvent[] {
    const attempt = this.#attempts.get(input.requestId);
    if (attempt === undefined) return [];
    switch (input.kind) {
      case 'llm-text':
        // A stream that is kept alive with nothing says nothing.
        if (input.text === '') return [];
        attempt.heardAt = now;
        this.#elect(attempt, now);
        return [{ kind: 'text', text: this.#take(attempt, input.text) }];
      case 'llm-tool-call':
        attempt.heardAt = now;
        this.#elect(attempt, now);
        if (this.#calls.length < TOOL_CALLS_MAX) this.#calls.push(input.call);
        return [];
      case 'llm-usage':
        attempt.usage = input.usage;
        return [];
      case 'llm-done':
        return this.#finish(attempt, now);
      case 'llm-error':
        return this.#fail(attempt, input.fault, now);
    }
  }

  /** When {@link expire} is to be called. */
  deadline(): number | undefined {
    if (this.#isOver) return undefined;
    return Math.min(
      this.#hedgeAt() ?? Infinity,
      this.#firstTokenAt === undefined ? this.#startedAt + this.#parts.timings.llmMsMax : Infinity,
      ...[...this.#attempts.values()].map((attempt) => this.#patience(attempt)),
    );
  }

  expire(now: number): readonly GenerationEvent[] {
    if (this.#isOver) return [];
    const { timings, models, messages } = this.#parts;
    const hedgeAt = this.#hedgeAt();
    if (hedgeAt !== undefined && hedgeAt <= now) {
      this.#isHedged = true;
      for (const model of models.hedges) this.#request(model, messages, now);
    }
    if (this.#firstTokenAt === undefined && this.#startedAt + timings.llmMsMax <= now) {
      const fault = faultOf('LLM_TIMEOUT', 'no model has answered in time');
      this.abort();
      return [{ kind: 'failed', fault }];
    }
    const events: GenerationEvent[] = [];
    for (const attempt of this.#attempts.values()) {
      if (this.#patience(attempt) > now) continue;
      this.#drop(attempt);
      const fault = faultOf('LLM_TIMEOUT', `${attempt.model} is silent`);
      events.push(...this.#fail(attempt, fault, now));
    }
    return events;
  }

  /**
   * The caller hears nothing because it writes so slowly, or does not go on: somebody else does, where anybody is left.
   * `isLast`: it has failed otherwise.
   */
  replaceSlow(isLast: boolean, now: number): readonly GenerationEvent[] {
    if (this.#isOver || (!isLast && this.#chain.length === 0)) return [];
    const events: GenerationEvent[] = [];
    for (const attempt of Array.from(this.#attempts.values())) {
      this.#drop(attempt);
      const fault = faultOf('LLM_TIMEOUT', `${attempt.model} is too slow`);
      events.push(...this.#fail(attempt, fault, now));
    }
    return events;
  }

  /** Nothing more is wanted of it. */
  abort(): void {
    for (const attempt of this.#attempts.values()) this.#drop(attempt);
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  get firstTokenAt(): number | undefined {
    return this.#firstTokenAt;
  }

  /** Since when the model that goes on has been writing; undefined while it is waited for. */
  get writingSince(): number | undefined {
    return this.#winner?.begunAt;
  }

  /** Of the model that answers. */
  get model(): string | undefined {
    return this.#winner?.model;
  }

  /** All text so far. */
  get text(): string {
    return this.#text;
  }

  get spendings(): readonly Spending[] {
    return this.#spendings;
  }

  toTrace(): AnswerTrace {
    const winner = this.#winner;
    const firstTokenAt = this.#firstTokenAt;
    return {
      requestedAt: this.#startedAt,
      ...(winner === undefined ? {} : { model: winner.model, lastTokenAt: winner.heardAt }),
      ...(firstTokenAt === undefined ? {} : { firstTokenAt }),
      usages: [...this.#spendings],
    };
  }

  #hedgeAt(): number | undefined {
    const { hedges, hedgeAfterMs } = this.#parts.models;
    if (hedges.length === 0 || this.#isHedged || this.#winner !== undefined) return undefined;
    return this.#startedAt + hedgeAfterMs;
  }

  /** Until when an attempt may be silent. */
  #patience(attempt: Attempt): number {
    const { llmFirstTokenMsMax, llmStallMsMax } = this.#parts.timings;
    return attempt.heardAt + (attempt === this.#winner ? llmStallMsMax : llmFirstTokenMsMax);
  }

  #request(model: string, messages: readonly Message[], now: number): void {
    const requestId = this.#parts.nextRequestId();
    const promptTokens = messages.reduce((sum, { content }) => sum + tokensOf(content), 0);
    const attempt: Attempt = { requestId, model, promptTokens, heardAt: now, chars: '' };
    this.#attempts.set(requestId, attempt);
    this.#parts.emit({ kind: 'llm-request', requestId, model, messages });
  }

  /** The first to say anything answers; the others are given up. */
  #elect(attempt: Attempt, now: number): void {
    this.#firstTokenAt ??= now;
    // Once something was said, only who knows of it can go on.
    this.#isHedged = true;
    if (this.#winner === attempt) return;
    this.#winner = attempt;
    attempt.begunAt = now;
    for (const other of this.#attempts.values()) if (other !== attempt) this.#drop(other);
  }

  /** Gives a request up. */
  #drop(attempt: Attempt): void {
    if (!this.#settle(attempt)) return;
    this.#parts.emit({ kind: 'llm-abort', requestId: attempt.requestId });
  }

  /** Nothing more will come of a request. Where nobody has told what it has cost, that is reckoned. */
  #settle(attempt: Attempt): boolean {
    if (!this.#attempts.delete(attempt.requestId)) return false;
    const { model, promptTokens, chars, usage } = attempt;
    const reckoned = { promptTokens, completionTokens: tokensOf(chars) };
    this.#spendings.push({ ...(usage ?? reckoned), model });
    return true;
  }

  #take(attempt: Attempt, text: string): string {
    // Where another model goes on, it begins with a word, and seldom with the space before it.
    const isJoint = attempt.chars.trim() === '' && this.#text !== '';
    const joined = isJoint ? continuationOf(this.#text, text) : text;
    attempt.chars += text;
    this.#text += joined;
    return joined;
  }

  #finish(attempt: Attempt, now: number): readonly GenerationEvent[] {
    this.#settle(attempt);
    if (!isSpoken(this.#text) && this.#calls.length === 0) {
      return this.#goOn(faultOf('LLM_EMPTY', `${attempt.model} answered nothing`), now);
    }
    this.#isOver = true;
    return this.#calls.length === 0
      ? [{ kind: 'done' }]
      : [{ kind: 'tool-calls', calls: this.#calls }];
  }

  #fail(attempt: Attempt, fault: Fault, now: number): readonly GenerationEvent[] {
    // A request that is refused before its first token costs nothing.
    if (attempt.chars === '' && attempt.usage === undefined) {
      this.#attempts.delete(attempt.requestId);
    } else this.#settle(attempt);
    if (isFinalFault(fault.code)) {
      this.abort();
      return [{ kind: 'failed', fault }];
    }
    return this.#goOn(fault, now);
  }

  /** Somebody else is answering, or is asked now, or nobody is left. */
  #goOn(fault: Fault, now: number): readonly GenerationEvent[] {
    if (this.#attempts.size > 0) return [{ kind: 'fault', fault }];
    const next = this.#chain.shift();
    if (next === undefined) {
      this.#isOver = true;
      return [{ kind: 'failed', fault }];
    }
    this.#calls = [];
    this.#winner = undefined;
    const { messages } = this.#parts;
    this.#takeBackWord();
    const isBroken = isSpoken(this.#text);
    this.#request(
      next,
      isBroken
        ? [
            ...messages,
            { role: 'assistant', content: this.#text },
            { role: 'system', content: CONTINUE },
          ]
        : messages,
      now,
    );
    return [{ kind: 'fault', fault }];
  }

  /** A model goes on with a word, and does not end one that another has begun. */
  #takeBackWord(): void {
    const word = this.#parts.takeBackWord();
    if (word !== '' && this.#text.endsWith(word)) this.#text = this.#text.slice(0, -word.length);
  }
}
