/**
 * One answer of the language model, however many requests it takes: a second model races the first where it is slow, the
 * next one takes over where one fails, also in the middle of a sentence.
 */

import type { CallInput, CallOutput, LlmUsage, Message, ToolCall } from './contract.ts';
import { faultOf, isFinalFault, type Fault } from './faults.ts';
import type { ModelOptions, Timings } from './settings.ts';
import { isSpoken, joinTexts } from './scripts.ts';
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
}

interface Attempt {
  readonly requestId: number;
  readonly model: string;
  readonly promptTokens: number;
  heardAt: number;
  chars: string;
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
    attempt.heardAt = now;
    switch (input.kind) {
      case 'llm-text':
        if (input.text === '') return [];
        this.#elect(attempt, now);
        return [{ kind: 'text', text: this.#take(attempt, input.text) }];
      case 'llm-tool-call':
        this.#elect(attempt, now);
        if (this.#calls.length < TOOL_CALLS_MAX) this.#calls.push(input.call);
        return [];
      case 'llm-usage':
        this.#spendings.push({ ...input.usage, model: attempt.model });
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
    if (hedgeAt !== undefined && hedgeAt <= now && models.hedge !== undefined) {
      this.#isHedged = true;
      this.#request(models.hedge, messages, now);
    }
    if (this.#firstTokenAt === undefined && this.#startedAt + timings.llmMsMax <= now) {
      const fault = faultOf('LLM_TIMEOUT', 'no model has answered in time');
      this.abort();
      return [{ kind: 'failed', fault }];
    }
    const events: GenerationEvent[] = [];
    for (const attempt of [...this.#attempts.values()]) {
      if (this.#patience(attempt) > now) continue;
      this.#drop(attempt);
      const fault = faultOf('LLM_TIMEOUT', `${attempt.model} is silent`);
      events.push(...this.#fail(attempt, fault, now));
    }
    return events;
  }

  /** Nothing more is wanted of it. */
  abort(): void {
    for (const attempt of [...this.#attempts.values()]) this.#drop(attempt);
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

  #hedgeAt(): number | undefined {
    const { hedge, hedgeAfterMs } = this.#parts.models;
    if (hedge === undefined || this.#isHedged || this.#winner !== undefined) return undefined;
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
    if (this.#winner === attempt) return;
    this.#winner = attempt;
    for (const other of [...this.#attempts.values()]) if (other !== attempt) this.#drop(other);
  }

  /** Gives a request up. What it has cost by then is reckoned: nobody will tell. */
  #drop(attempt: Attempt): void {
    if (!this.#attempts.delete(attempt.requestId)) return;
    this.#parts.emit({ kind: 'llm-abort', requestId: attempt.requestId });
    this.#spendings.push({
      model: attempt.model,
      promptTokens: attempt.promptTokens,
      completionTokens: tokensOf(attempt.chars),
    });
  }

  #take(attempt: Attempt, text: string): string {
    // Where another model goes on, it begins with a word, and seldom with the space before it.
    const isJoint = attempt.chars === '' && this.#text !== '';
    const joined = isJoint ? joinTexts(this.#text, text).slice(this.#text.trimEnd().length) : text;
    attempt.chars += text;
    this.#text = (isJoint ? this.#text.trimEnd() : this.#text) + joined;
    return joined;
  }

  #finish(attempt: Attempt, now: number): readonly GenerationEvent[] {
    this.#attempts.delete(attempt.requestId);
    if (!isSpoken(this.#text) && this.#calls.length === 0) {
      return this.#goOn(faultOf('LLM_EMPTY', `${attempt.model} answered nothing`), now);
    }
    this.#isOver = true;
    return this.#calls.length === 0
      ? [{ kind: 'done' }]
      : [{ kind: 'tool-calls', calls: this.#calls }];
  }

  #fail(attempt: Attempt, fault: Fault, now: number): readonly GenerationEvent[] {
    this.#attempts.delete(attempt.requestId);
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
}
