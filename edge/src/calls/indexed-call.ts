/** From the record of a call to its row in the index. */

import type { CallRecord } from '../call/core/call-record.ts';
import type { IndexedCall } from './call-index.ts';

/** What the record does not say. */
export interface CallContext {
  readonly agent?: string | undefined;
  readonly direction?: string | undefined;
  readonly language?: string | undefined;
  readonly turns: number;
}

export function indexedCall(record: CallRecord, context: CallContext): IndexedCall {
  const { callSid, status, startedAt, endedAt, endReason, from, to } = record;
  return {
    callSid,
    agent: context.agent ?? null,
    agentVersion: null,
    status,
    direction: context.direction ?? null,
    from: from ?? null,
    to: to ?? null,
    startedAt,
    endedAt: endedAt ?? null,
    durationMs: endedAt === undefined ? null : endedAt - startedAt,
    endReason: endReason ?? null,
    turns: context.turns,
    costMicros: null,
    currency: null,
    language: context.language ?? null,
    hasRecording: false,
    summary: null,
  };
}
