/** Reads the index of calls: filtered, the newest first, page by page. */

import type { IndexedCall } from './call-index.ts';

/** Each that is given must fit. `since` is in, `until` is not; milliseconds since 1970. */
export interface CallFilter {
  readonly status?: string | undefined;
  readonly agent?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly direction?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** The last call of a page: the next page begins behind it, whatever has come since. */
export interface CallCursor {
  readonly startedAt: number;
  readonly callSid: string;
}

interface Row extends Omit<IndexedCall, 'hasRecording'> {
  readonly hasRecording: number;
}

const CONDITIONS = {
  status: 'status = ?',
  agent: 'agent = ?',
  from: '"from" = ?',
  to: '"to" = ?',
  direction: 'direction = ?',
  since: 'started_at >= ?',
  until: 'started_at < ?',
} as const satisfies Record<keyof CallFilter, string>;

const COLUMNS = `call_sid AS callSid, agent, agent_version AS agentVersion, status, direction, "from", "to",
  started_at AS startedAt, ended_at AS endedAt, duration_ms AS durationMs, end_reason AS endReason, turns,
  cost_micros AS costMicros, currency, language, has_recording AS hasRecording, summary`;

/** Up to `limit` calls, and where the next page begins if there is one. */
export async function listCalls(
  database: D1Database,
  filter: CallFilter,
  limit: number,
  cursor: CallCursor | undefined,
): Promise<{ readonly calls: readonly IndexedCall[]; readonly next: CallCursor | undefined }> {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  for (const key of Object.keys(CONDITIONS) as (keyof CallFilter)[]) {
    const value = filter[key];
    if (value === undefined) continue;
    conditions.push(CONDITIONS[key]);
    values.push(value);
  }
  if (cursor !== undefined) {
    conditions.push('(started_at, call_sid) < (?, ?)');
    values.push(cursor.startedAt, cursor.callSid);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { results } = await database
    .prepare(
      `SELECT ${COLUMNS} FROM calls ${where} ORDER BY started_at DESC, call_sid DESC LIMIT ?`,
    )
    .bind(...values, limit + 1)
    .all<Row>();
  const calls = results
    .slice(0, limit)
    .map((row) => ({ ...row, hasRecording: row.hasRecording === 1 }));
  const last = calls.at(-1);
  return { calls, next: results.length > limit ? last : undefined };
}

/** For a URL: opaque to whoever gets it. */
export function encodeCursor({ startedAt, callSid }: CallCursor): string {
  return `${startedAt.toString(36)}-${callSid}`;
}

/** Undefined for what is no cursor of ours. */
export function decodeCursor(text: string): CallCursor | undefined {
  const [, startedAt, callSid] = /^([0-9a-z]{1,11})-(\S{1,64})$/u.exec(text) ?? [];
  if (startedAt === undefined || callSid === undefined) return undefined;
  return { startedAt: Number.parseInt(startedAt, 36), callSid };
}
