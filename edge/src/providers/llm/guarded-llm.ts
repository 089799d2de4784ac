/**
 * A language model behind a circuit for each of its names.
 *
 * Whether an answer is late the session decides, and gives the request up. What that says about the model is told by how
 * long it had been silent then: as long as the session is patient, or less.
 */

import type { ModelOptions, Timings } from '../../call/core/settings.ts';
import type { Attempt, Breaker, Endpoint } from '../breaker.ts';
import { ProviderError } from '../error.ts';
import type { Llm, LlmEvent, LlmRequest } from '../llm.ts';

export interface GuardedLlmOptions {
  /** Where the models are: another URL, other circuits. */
  readonly url: string;
  readonly models: ModelOptions;
  readonly timings: Pick<Timings, 'llmFirstTokenMsMax' | 'llmStallMsMax'>;
}

/** The session reads its clock a moment before the request is made. */
const CLOCKS_APART_MS = 50;

export class GuardedLlm implements Llm {
  readonly #llm: Llm;
  readonly #breaker: Breaker;
  readonly #options: GuardedLlmOptions;

  constructor(llm: Llm, breaker: Breaker, options: GuardedLlmOptions) {
    this.#llm = llm;
    this.#breaker = breaker;
    this.#options = options;
  }

  async *stream(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmEvent> {
    const endpoint = this.#endpointOf(request.model);
    const attempt = this.#breaker.begin(endpoint, this.#othersAfter(request.model));
    if (attempt === undefined) {
      const { code, message } = this.#breaker.refusal(endpoint);
      throw new ProviderError(code, message);
    }
    const answer = new Answer(attempt, this.#options.timings);
    const giveUp = (): void => answer.giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      for await (const event of this.#llm.stream(request, signal)) {
        answer.take(event);
        yield event;
      }
      answer.end();
    } catch (error) {
      attempt.fail(error instanceof ProviderError ? error : { code: 'LLM_BROKEN' });
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
      answer.giveUp();
    }
  }

  #endpointOf(model: string): Endpoint {
    return { name: model, key: `${this.#options.url} ${model}` };
  }

  /**
   * Who is asked where `model` fails: those behind it in the chain. A model that only races the others has all of them; the
   * others do not count on it, for it may not have been asked.
   */
  #othersAfter(model: string): Endpoint[] {
    const { primary, fallbacks } = this.#options.models;
    const chain = [primary, ...fallbacks];
    return chain.slice(chain.lastIndexOf(model) + 1).map((other) => this.#endpointOf(other));
  }
}

/** What is heard of a request, and when last. */
class Answer {
  readonly #attempt: Attempt;
  readonly #timings: GuardedLlmOptions['timings'];
  #heardAt = Date.now();
  #hasBegun = false;

  constructor(attempt: Attempt, timings: GuardedLlmOptions['timings']) {
    this.#attempt = attempt;
    this.#timings = timings;
  }

  take(event: LlmEvent): void {
    // A stream that is kept alive with nothing says nothing.
    if (event.kind === 'usage' || (event.kind === 'text' && event.text === '')) return;
    this.#heardAt = Date.now();
    this.#hasBegun = true;
  }

  /** An answer of nothing may be the question's fault. */
  end(): void {
    if (this.#hasBegun) this.#attempt.succeed();
    else this.#attempt.abandon();
  }

  giveUp(): void {
    const { llmFirstTokenMsMax, llmStallMsMax } = this.#timings;
    const patienceMs = this.#hasBegun ? llmStallMsMax : llmFirstTokenMsMax;
    if (Date.now() - this.#heardAt >= patienceMs - CLOCKS_APART_MS) this.#attempt.expire();
    else this.end();
  }
}
