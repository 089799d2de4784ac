/** Tools under way, each with its abort signal. A tool that fails answers the model with what went wrong. */

import type { CallInput, ToolCall } from './core/contract.ts';

/** Answers the model in text; an abort of `signal` gives it up. */
export type RunTool = (call: ToolCall, signal: AbortSignal) => Promise<string>;

export class ToolRuns {
  readonly #run: RunTool;
  readonly #feed: (input: CallInput) => void;
  readonly #aborts = new Map<string, AbortController>();

  constructor(run: RunTool, feed: (input: CallInput) => void) {
    this.#run = run;
    this.#feed = feed;
  }

  start(call: ToolCall): void {
    const abort = new AbortController();
    this.#aborts.set(call.id, abort);
    void this.#follow(call, abort.signal).finally(() => this.#aborts.delete(call.id));
  }

  abort(toolCallId: string): void {
    this.#aborts.get(toolCallId)?.abort();
  }

  abortAll(): void {
    for (const abort of this.#aborts.values()) abort.abort();
  }

  async #follow(call: ToolCall, signal: AbortSignal): Promise<void> {
    const result = await this.#run(call, signal).catch(() => 'error: the tool failed');
    if (!signal.aborted) this.#feed({ kind: 'tool-result', toolCallId: call.id, result });
  }
}
