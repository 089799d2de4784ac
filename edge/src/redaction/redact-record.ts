/** Redaction of what is kept of a call. */

import type { CallRecord, TurnRecord } from '../call/core/call-record.ts';
import { redactJson } from './redact-json.ts';
import { redact } from './redact.ts';

export function redactCall(record: CallRecord): CallRecord {
  return { ...record, notes: record.notes.map(redact) };
}

export function redactTurn(record: TurnRecord): TurnRecord {
  const { understood, agent, heard, opener, tools } = record;
  return {
    ...record,
    agent: redact(agent),
    heard: redact(heard),
    ...(understood === undefined ? {} : { understood: redact(understood) }),
    ...(opener === undefined ? {} : { opener: redact(opener) }),
    tools: tools.map((tool) => ({
      ...tool,
      argumentsJson: redactJson(tool.argumentsJson),
      ...(tool.result === undefined ? {} : { result: redactJson(tool.result) }),
    })),
  };
}
