/** From the record of a call to its row in the index. */

import type { StoredCall } from '../call/store.ts';
import type { IndexedCall } from './call-index.ts';

/** What the record does not say. */
export interface CallContext {
  /** The agent that was asked for, where it is not the one that answered. */
  readonly named?: string | undefined;
  readonly direction?: string | undefined;
  readonly turns: number;
}

export function indexedCall(record: StoredCall, context: CallContext): IndexedCall {
  const { callSid, status, startedAt, endedAt, endReason, from, to, agent } = record;
  return {
    callSid,
    agent: agent?.name ?? context.named ?? null,
    agentVersion: agent?.version ?? null,
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
    language: record.language ?? null,
    hasRecording: false,
    summary: null,
  };
}
