/** What is kept of a call, in the SQLite of its Durable Object. */

import type { AnsweredBy, CallRecord, TurnRecord } from './core/call-record.ts';

/** Which agent of the database answered. */
export interface StoredAgent {
  readonly name: string;
  readonly version: number;
}

/** What a call that Twilio is putting through comes back with, if nobody takes it. */
export interface StoredTransfer {
  /** Of this call, with this one. */
  readonly count: number;
  /** To whoever takes calls that cannot go on. */
  readonly isToFailureTarget: boolean;
  /** Custom parameters of the stream that has ended. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface StoredCall extends CallRecord {
  /** Absent: the agent of the Worker's variables. */
  readonly agent?: StoredAgent;
}

/** What is kept of a call, without what its log says in words. */
export interface CallRecords {
  readonly call: StoredCall;
  readonly turns: readonly TurnRecord[];
  readonly events: readonly {
    readonly at: number;
    readonly event: string;
    readonly code?: string;
  }[];
}

/** A call as the API answers it. Instants are ISO 8601. */
export interface CallReport {
  readonly callSid: string;
  readonly status: CallRecord['status'];
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  /** Of a call of ours: `person`, `machine` or `nobody`. */
  readonly answeredBy: AnsweredBy | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly agent: string | null;
  readonly agentVersion: number | null;
  readonly language: string | null;
  readonly notes: readonly string[];
  readonly consumption: CallRecord['consumption'] | null;
  readonly turns: readonly TurnReport[];
  readonly errors: CallRecord['errors'];
}

interface TurnReport extends Omit<TurnRecord, 'startedAt' | 'trace'> {
  readonly startedAt: string;
}

/** Events kept for each call; the oldest go. */
const EVENTS_MAX = 500;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS calls (
    call_sid TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS turns (
    turn_index INTEGER PRIMARY KEY,
    record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    event TEXT NOT NULL,
    code TEXT,
    message TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS alias (
    object_name TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS transfer (
    record TEXT NOT NULL
  ) STRICT;
`;

export class CallStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  /** A call that was going on when the object was last alive has been lost with it. Answers what became of it. */
  closeLostCall(now: number): StoredCall | undefined {
    const { call } = this;
    if (call?.status !== 'in-progress') return undefined;
    const lost = { ...call, status: 'failed', endedAt: now, endReason: 'edge-restarted' } as const;
    this.putCall(lost);
    return lost;
  }

  /** As it is known so far; undefined before its first stream. */
  get call(): StoredCall | undefined {
    const [row] = this.#sql.exec<{ record: string }>('SELECT record FROM calls').toArray();
    // Written by `putCall` alone.
    return row === undefined ? undefined : (JSON.parse(row.record) as StoredCall);
  }

  putCall(record: StoredCall): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO calls (call_sid, record) VALUES (?, ?)',
      record.callSid,
      JSON.stringify(record),
    );
  }

  putTurn(record: TurnRecord): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO turns (turn_index, record) VALUES (?, ?)',
      record.index,
      JSON.stringify(record),
    );
  }

  putEvent(
    at: number,
    entry: {
      readonly level: string;
      readonly event: string;
      readonly code?: string;
      readonly message: string;
    },
  ): void {
    this.#sql.exec(
      'INSERT INTO events (at, level, event, code, message) VALUES (?, ?, ?, ?, ?)',
      at,
      entry.level,
      entry.event,
      entry.code ?? null,
      entry.message,
    );
    this.#sql.exec('DELETE FROM events WHERE id <= (SELECT MAX(id) FROM events) - ?', EVENTS_MAX);
  }

  nextTurnIndex(): number {
    const query = 'SELECT COALESCE(MAX(turn_index) + 1, 0) AS next FROM turns';
    return this.#sql.exec<{ next: number }>(query).one().next;
  }

  /** Forgets the call. */
  clear(): void {
    for (const table of ['calls', 'turns', 'events', 'alias', 'transfer']) {
      this.#sql.exec(`DELETE FROM ${table}`);
    }
  }

  /** The object that holds the call, where it is not this one. */
  get alias(): string | undefined {
    const rows = this.#sql.exec<{ object_name: string }>('SELECT object_name FROM alias').toArray();
    return rows[0]?.object_name;
  }

  putAlias(objectName: string): void {
    this.#sql.exec('DELETE FROM alias');
    this.#sql.exec('INSERT INTO alias (object_name) VALUES (?)', objectName);
  }

  /** The latest transfer by Twilio. */
  get transfer(): StoredTransfer | undefined {
    const [row] = this.#sql.exec<{ record: string }>('SELECT record FROM transfer').toArray();
    // Written by `putTransfer` alone.
    return row === undefined ? undefined : (JSON.parse(row.record) as StoredTransfer);
  }

  putTransfer(transfer: StoredTransfer): void {
    this.#sql.exec('DELETE FROM transfer');
    this.#sql.exec('INSERT INTO transfer (record) VALUES (?)', JSON.stringify(transfer));
  }

  /** Everything, as it was recorded. */
  records(): CallRecords | undefined {
    const { call } = this;
    if (call === undefined) return undefined;
    const rows = this.#sql
      .exec<{ record: string }>('SELECT record FROM turns ORDER BY turn_index')
      .toArray();
    const events = this.#sql
      .exec<{ at: number; event: string; code: string | null }>(
        'SELECT at, event, code FROM events ORDER BY id',
      )
      .toArray();
    return {
      call,
      turns: rows.map(({ record }) => JSON.parse(record) as TurnRecord),
      events: events.map(({ at, event, code }) => ({
        at,
        event,
        ...(code === null ? {} : { code }),
      })),
    };
  }

  report(): CallReport | undefined {
    const { call } = this;
    if (call === undefined) return undefined;
    return {
      callSid: call.callSid,
      status: call.status,
      startedAt: toIso(call.startedAt),
      endedAt: call.endedAt === undefined ? null : toIso(call.endedAt),
      endReason: call.endReason ?? null,
      answeredBy: call.answeredBy ?? null,
      from: call.from ?? null,
      to: call.to ?? null,
      agent: call.agent?.name ?? null,
      agentVersion: call.agent?.version ?? null,
      language: call.language ?? null,
      notes: call.notes ?? [],
      consumption: call.consumption ?? null,
      turns: this.#turns().map((turn) => ({ ...turn, startedAt: toIso(turn.startedAt) })),
      errors: call.errors,
    };
  }

  /** What traces are made of is not for the API. */
  #turns(): Omit<TurnRecord, 'trace'>[] {
    const query = `SELECT json_remove(record, '$.trace') AS record FROM turns ORDER BY turn_index`;
    const rows = this.#sql.exec<{ record: string }>(query).toArray();
    return rows.map((row) => JSON.parse(row.record) as TurnRecord);
  }
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}
