/** Watches a call from outside: what was opened must be closed, and nothing follows the end. */

import type { CallInput, CallOutput } from '@patchcord/edge/src/call/core/contract.ts';
import type { Conversation } from './conversation.ts';

/** How somebody else's systems answer. */
export interface Others {
  /** How long a tool takes; undefined: for ever. */
  readonly toolMs: number | undefined;
  /** What it answers; else `ok`. */
  readonly toolResult?: string;
  readonly transfer: 'answered' | 'failed' | 'silent';
}

export class Audit {
  /** Requests, contexts, recognisers and tools that nobody has ended. */
  readonly open = new Set<string>();
  /** Kinds of outputs after the socket was closed, but for what is written down. */
  readonly late: string[] = [];
  #isClosed = false;
  readonly #call: Conversation;
  readonly #others: Others;

  constructor(call: Conversation, others: Others) {
    this.#call = call;
    this.#others = others;
    const { session } = call;
    const poll = session.poll.bind(session);
    const handle = session.handle.bind(session);
    session.poll = (now) => {
      const output = poll(now);
      this.#see(output);
      return output;
    };
    session.handle = (input, now) => {
      this.#hear(input);
      handle(input, now);
    };
  }

  #see(output: CallOutput): void {
    const isWritten = ['idle', 'log', 'record-call', 'record-turn'].includes(output.kind);
    if (this.#isClosed && !isWritten) this.late.push(output.kind);
    switch (output.kind) {
      case 'close-socket':
        this.#isClosed = true;
        return;
      case 'llm-request':
        return void this.open.add(`llm ${output.requestId}`);
      case 'llm-abort':
        return void this.open.delete(`llm ${output.requestId}`);
      case 'tts-speak':
        return void this.open.add(`tts ${output.contextId}`);
      case 'tts-close':
        return void this.open.delete(`tts ${output.contextId}`);
      case 'stt-open':
        return void this.open.add(`stt ${output.sttId}`);
      case 'stt-close':
        return void this.open.delete(`stt ${output.sttId}`);
      case 'tool-call':
        return this.#doTool(output.call.id);
      case 'transfer':
        return this.#connect(output.transferId);
      default:
        return;
    }
  }

  #hear(input: CallInput): void {
    if (input.kind === 'llm-done' || input.kind === 'llm-error') {
      this.open.delete(`llm ${input.requestId}`);
    }
    if (input.kind === 'stt-error') this.open.delete(`stt ${input.sttId}`);
  }

  #doTool(toolCallId: string): void {
    const { toolMs, toolResult: result = 'ok' } = this.#others;
    const call = this.#call;
    if (toolMs === undefined) return;
    call.at(call.now + toolMs, () => call.feed({ kind: 'tool-result', toolCallId, result }));
  }

  #connect(transferId: string): void {
    const { transfer: status } = this.#others;
    const call = this.#call;
    if (status === 'silent') return;
    call.at(call.now + 3000, () => call.feed({ kind: 'transfer-progress', transferId, status }));
  }
}
