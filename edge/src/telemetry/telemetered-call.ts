/** What traces and metrics are made of: the records of a call that has ended, and its log. */

import type { CallRecord, ToolRecord, TurnRecord, TurnTrace } from '../call/core/call-record.ts';
import { STAGES, type Stage } from '../call/core/records/latency.ts';
import type { TraceParent } from './trace-context.ts';

/** A line of the call's log. Its message may hold anything, and goes nowhere. */
export interface LoggedEvent {
  readonly at: number;
  readonly event: string;
  readonly code?: string;
}

export interface TelemeteredCall {
  readonly call: CallRecord & { readonly agent?: { readonly version: number } };
  readonly agentName: string;
  /** Those that were not sent with an earlier stream of the call. */
  readonly turns: readonly TurnRecord[];
  readonly events: readonly LoggedEvent[];
  readonly parent?: TraceParent | undefined;
  readonly serviceName: string;
}

/** Of a turn that was recorded by an older version: nothing but its beginning is known. */
export function traceOfTurn({ trace, startedAt }: TurnRecord): TurnTrace {
  if (trace !== undefined) return trace;
  return { waterfallAt: startedAt, endedAt: startedAt, hasFailed: false, answers: [], toolsAt: [] };
}

/** When each stage was reached, those that were. */
export function stagesOf(turn: TurnRecord): ReadonlyMap<Stage, number> {
  const { waterfallAt } = traceOfTurn(turn);
  return new Map(
    STAGES.flatMap((stage) => {
      const ms = turn.waterfallMs[stage];
      return ms === undefined ? [] : [[stage, waterfallAt + ms]];
    }),
  );
}

/** From the caller's last sound to the first one that he hears; undefined where he had said nothing. */
export function responseMs({ waterfallMs }: TurnRecord): number | undefined {
  return waterfallMs.speechEnd === undefined ? undefined : waterfallMs.firstFrameHeard;
}

/** As its definition names it. What a model has made up may be anything, and is not passed on. */
export function toolName({ name }: ToolRecord): string {
  return /^[a-z][a-z0-9_.-]{0,63}$/iu.test(name) ? name : 'unknown';
}
