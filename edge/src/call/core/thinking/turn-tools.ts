/** The tools that one utterance of the agent's calls: what is running, what has answered, what is given up. */

import type { EndReason, ToolRecord } from '../call-record.ts';
import type { CallOutput, ToolCall } from '../contract.ts';
import type { Deadline } from '../deadline.ts';
import { faultOf, type Fault } from '../faults.ts';
import type { ToolAnswer } from './history.ts';
import type { TransferRoute } from '../settings.ts';
import type { Toolbox } from './toolbox.ts';

interface PendingTool {
  readonly call: ToolCall;
  readonly startedAt: number;
  readonly deadlineAt: number;
  result?: string;
  endedAt?: number;
}

/** What follows from a round of calls. */
export interface ToolRound {
  /** The model has to say something about it. */
  readonly isAnswerNeeded: boolean;
  readonly endReason?: EndReason;
  readonly transfer?: TransferRoute;
}

export interface TurnToolsParts {
  readonly toolbox: Toolbox;
  readonly emit: (output: CallOutput) => void;
  readonly note: (fault: Fault) => void;
  /** All tools of the round have answered. */
  readonly onAnswered: (now: number) => void;
}

export class TurnTools {
  readonly #parts: TurnToolsParts;
  readonly #tools: PendingTool[] = [];
  #isCut = false;

  constructor(parts: TurnToolsParts) {
    this.#parts = parts;
  }

  /** Starts them all; `isSilent`: the model has said nothing along with them, so that an answer is due in any case. */
  start(calls: readonly ToolCall[], isSilent: boolean, now: number): ToolRound {
    const { toolbox, emit, note } = this.#parts;
    let isAnswerNeeded = false;
    let endReason: EndReason | undefined;
    let transfer: TransferRoute | undefined;
    for (const call of calls) {
      const effect = toolbox.start(call, now);
      const deadlineAt = now + toolbox.timeoutMs(call.name);
      const tool: PendingTool = { call, startedAt: now, deadlineAt };
      this.#tools.push(tool);
      if (effect.kind === 'external') {
        isAnswerNeeded = true;
        emit({ kind: 'tool-call', call });
        continue;
      }
      if (effect.kind === 'end-call') endReason = effect.reason;
      if (effect.kind === 'transfer') transfer = effect;
      if (effect.fault !== undefined) note(effect.fault);
      isAnswerNeeded ||= effect.isAnswerNeeded || isSilent;
      tool.result = effect.result;
      tool.endedAt = now;
    }
    return {
      isAnswerNeeded,
      ...(endReason === undefined ? {} : { endReason }),
      ...(transfer === undefined ? {} : { transfer }),
    };
  }

  /** Takes a result; false for a call that is not of these, or that has answered. */
  take(toolCallId: string, result: string, now: number): boolean {
    const tool = this.#tools.find(
      ({ call, result: had }) => call.id === toolCallId && had === undefined,
    );
    if (tool === undefined) return false;
    this.#answer(tool, result, now);
    return true;
  }

  /** The utterance is over before its time: what may be given up is; the rest runs on, and its results are still taken. */
  cut(now: number): void {
    const { toolbox, emit } = this.#parts;
    this.#isCut = true;
    for (const tool of this.#tools) {
      if (tool.result !== undefined || !toolbox.isSafeToAbort(tool.call.name)) continue;
      emit({ kind: 'tool-abort', toolCallId: tool.call.id });
      tool.result = 'given up: the caller interrupted';
      tool.endedAt = now;
    }
  }

  get isWaiting(): boolean {
    return this.#tools.some(({ result }) => result === undefined);
  }

  get answers(): readonly ToolAnswer[] {
    return this.#tools.flatMap(({ call, result }) =>
      result === undefined ? [] : [{ call, result }],
    );
  }

  deadlines(now: number): readonly Deadline[] {
    if (this.#isCut) return [];
    return this.#tools
      .filter(({ result }) => result === undefined)
      .map((tool) => ({ at: tool.deadlineAt, run: () => this.#lose(tool, now) }));
  }

  toRecords(): readonly ToolRecord[] {
    return this.#tools.map(recordOf);
  }

  /** When each of them was called. */
  get startedAts(): readonly number[] {
    return this.#tools.map(({ startedAt }) => startedAt);
  }

  #lose(tool: PendingTool, now: number): void {
    this.#parts.note(faultOf('TOOL_TIMEOUT', `${tool.call.name.slice(0, 64)} did not answer`));
    this.#parts.emit({ kind: 'tool-abort', toolCallId: tool.call.id });
    this.#answer(tool, 'error: the tool did not answer in time', now);
  }

  #answer(tool: PendingTool, result: string, now: number): void {
    tool.result = result;
    tool.endedAt = now;
    if (!this.#isCut && !this.isWaiting) this.#parts.onAnswered(now);
  }
}

function recordOf({ call, result, startedAt, endedAt }: PendingTool): ToolRecord {
  const { name, argumentsJson } = call;
  const ended = endedAt === undefined ? {} : { tookMs: Math.round(endedAt - startedAt) };
  return { name, argumentsJson, ...(result === undefined ? {} : { result }), ...ended };
}
