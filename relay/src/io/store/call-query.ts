import type { CallFilter, PageRequest } from '@patchcord/shared/twilio/call-control';

/** A statement and what goes into its question marks. */
export interface Query {
  readonly sql: string;
  readonly values: readonly (string | number)[];
  /** The rows come oldest first and must be turned round. */
  readonly isBackwards: boolean;
}

/** A condition and its value. */
export type Condition = readonly [sql: string, value: string | number];

/** Conditions of a list of calls. A call that is dialled and does not ring yet is `ringing` in the REST interface. */
export function callConditions(filter: CallFilter): Condition[] {
  const { status } = filter;
  const all: [string, string | number | undefined][] = [
    ['to_address = ?', filter.to],
    ['from_address = ?', filter.from],
    [status === 'ringing' ? "status IN (?, 'initiated')" : 'status = ?', status],
    ['parent_sid = ?', filter.parentCallSid],
    ['started_at >= ?', filter.startedFrom],
    ['started_at <= ?', filter.startedUntil],
    ['ended_at >= ?', filter.endedFrom],
    ['ended_at <= ?', filter.endedUntil],
  ];
  return all.flatMap(([sql, value]) => (value === undefined ? [] : [[sql, value] as const]));
}

const INDEXES = { calls: 'calls_filter', recordings: 'recordings_call' } as const;

/** A part of a table that answers one row more than the page holds, where there is one. */
export function pageQuery(
  table: 'calls' | 'recordings',
  conditions: readonly Condition[],
  { size, after, before }: PageRequest,
): Query {
  const isBackwards = after === undefined && before !== undefined;
  const place = `(SELECT seq FROM ${table} WHERE sid = ?)`;
  const all: Condition[] = [...conditions];
  if (after !== undefined) all.push([`seq < ${place}`, after]);
  else if (before !== undefined) all.push([`seq > ${place}`, before]);
  const where = all.length === 0 ? '' : `WHERE ${all.map(([sql]) => sql).join(' AND ')}`;
  const order = isBackwards ? 'ASC' : 'DESC';
  return {
    // The inner part reads the index only (database.ts).
    sql: `SELECT record FROM ${table} WHERE seq IN (
            SELECT seq FROM ${table} INDEXED BY ${INDEXES[table]} ${where} ORDER BY seq ${order} LIMIT ?
          ) ORDER BY seq ${order}`,
    values: [...all.map(([, value]) => value), size + 1],
    isBackwards,
  };
}
