/** Requests to the model under way, by number, each with its abort signal. */

import { faultOf } from '../providers/error.ts';
import type { Llm } from '../providers/llm.ts';
import type { CallInput, CallOutput } from './core/contract.ts';

type Request = Extract<CallOutput, { kind: 'llm-request' }>;

export class LlmRequests {
  readonly #llm: Llm;
  readonly #feed: (input: CallInput) => void;
  readonly #aborts = new Map<number, AbortController>();

  constructor(llm: Llm, feed: (input: CallInput) => void) {
    this.#llm = llm;
    this.#feed = feed;
  }

  start(request: Request): void {
    const abort = new AbortController();
    const { requestId } = request;
    this.#aborts.set(requestId, abort);
    void this.#follow(request, abort.signal).finally(() => this.#aborts.delete(requestId));
  }

  abort(requestId: number): void {
    this.#aborts.get(requestId)?.abort();
  }

  abortAll(): void {
    for (const abort of this.#aborts.values()) abort.abort();
  }

  async #follow({ requestId, model, messages }: Request, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of this.#llm.stream({ model, messages }, signal)) {
        if (signal.aborted) return;
        switch (event.kind) {
          case 'text':
            this.#feed({ kind: 'llm-text', requestId, text: event.text });
            break;
          case 'tool-call':
            this.#feed({ kind: 'llm-tool-call', requestId, call: event.call });
            break;
          case 'usage':
            this.#feed({ kind: 'llm-usage', requestId, usage: event.usage });
            break;
        }
      }
      if (!signal.aborted) this.#feed({ kind: 'llm-done', requestId });
    } catch (error) {
      if (signal.aborted) return;
      this.#feed({ kind: 'llm-error', requestId, fault: faultOf(error, 'LLM_BROKEN') });
    }
  }
}
