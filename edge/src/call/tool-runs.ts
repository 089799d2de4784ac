/** Tools under way, each with its abort signal. A tool that fails answers the model with what went wrong. */

import type { CallInput, ToolCall } from './core/contract.ts';

/** The tools of a call. */
export interface ToolRunner {
  /** Answers the model in text; an abort of `signal` gives it up. */
  run(call: ToolCall, signal: AbortSignal): Promise<string>;
  isSafeToAbort(name: string): boolean;
  /** Nothing runs any more. Never rejects. */
  close(): Promise<void>;
}

interface ToolRun {
  readonly name: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class ToolRuns {
  readonly #tools: ToolRunner;
  readonly #feed: (input: CallInput) => void;
  readonly #runs = new Map<string, ToolRun>();

  constructor(tools: ToolRunner, feed: (input: CallInput) => void) {
    this.#tools = tools;
    this.#feed = feed;
  }

  start(call: ToolCall): void {
    const abort = new AbortController();
    const done = this.#follow(call, abort.signal).finally(() => this.#runs.delete(call.id));
    this.#runs.set(call.id, { name: call.name, abort, done });
  }

  abort(toolCallId: string): void {
    this.#runs.get(toolCallId)?.abort.abort();
  }

  /** The call is over. A tool that must not be given up, such as a booking, goes on to its own end. */
  async end(): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const { name, abort } of runs) if (this.#tools.isSafeToAbort(name)) abort.abort();
    await Promise.all(runs.map(({ done }) => done));
    await this.#tools.close();
  }

  async #follow(call: ToolCall, signal: AbortSignal): Promise<void> {
    const result = await this.#tools.run(call, signal).catch(() => 'error: the tool failed');
    if (!signal.aborted) this.#feed({ kind: 'tool-result', toolCallId: call.id, result });
  }
}
