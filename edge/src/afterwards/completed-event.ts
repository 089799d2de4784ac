/** What the operator's own system is told of a call that has ended: `call.completed`. docs/afterwards.md describes it. */

import type { CallReport } from '../call/store.ts';
import type { AfterwardsReport } from './report.ts';

/** The body, as JSON. The same call gives the same text: every attempt sends the same. */
export function completedEvent(id: string, call: CallReport, after: AfterwardsReport): string {
  const { recording } = after;
  return JSON.stringify({
    id,
    type: 'call.completed',
    call: {
      callSid: call.callSid,
      agent: call.agent,
      agentVersion: call.agentVersion,
      status: call.status,
      endReason: call.endReason,
      answeredBy: call.answeredBy,
      startedAt: call.startedAt,
      endedAt: call.endedAt,
      from: call.from,
      to: call.to,
      language: call.language,
      notes: call.notes,
      errors: call.errors,
    },
    turns: call.turns.map((turn) => ({
      index: turn.index,
      kind: turn.kind,
      startedAt: turn.startedAt,
      understood: turn.understood ?? null,
      agent: turn.agent,
      heard: turn.heard,
      interrupted: turn.interrupted,
      tools: turn.tools,
    })),
    summary: after.summary,
    extraction: extractionOf(after),
    cost: after.cost,
    recording:
      recording?.status === 'stored'
        ? {
            path: recordingPath(call.callSid),
            startsMs: recording.startsMs,
            durationMs: recording.durationMs,
          }
        : null,
  });
}

/** What the model drew out of the call, by the agent's schema; null where it drew nothing. */
export function extractionOf({
  extractionJson,
}: Pick<AfterwardsReport, 'extractionJson'>): unknown {
  return extractionJson === null ? null : JSON.parse(extractionJson);
}

export function recordingPath(callSid: string): string {
  return `/api/v1/calls/${callSid}/recording`;
}
