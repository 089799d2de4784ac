/**
 * The calls and recordings that the REST interface knows, in SQLite.
 *
 * All methods are synchronous: a write takes 0.05 ms, a list from 50,000 calls up to 20 ms (measured, one page of 50); a checkpoint,
 * every some hundred calls, waits for the disk. Nothing that fails while calls run is thrown: it is reported, and a record that
 * could not be written is kept in memory. What was remembered longest is forgotten, in bounds of number and age.
 */

import { rmSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CallFilter, PageOf, PageRequest } from '@patchcord/shared/twilio/call-control';
import {
  FINAL_STATUSES,
  type CallRecord,
  type RecordingRecord,
} from '@patchcord/shared/twilio/call-record';
import type { z } from 'zod';
import { describeError, RelayError } from '../../core/error.ts';
import { callConditions, pageQuery, type Query } from './call-query.ts';
import { openDatabase } from './database.ts';
import {
  callRecordSchema,
  recordingRecordSchema,
  recordingRowSchema,
  recordRowSchema,
} from './record-schemas.ts';

export interface CallStoreOptions {
  /** Calls that are remembered, and as many recordings: 50,000. */
  readonly recordsMax?: number;
  /** Days after which a call, and a recording with its file, is forgotten: 90. */
  readonly ageDaysMax?: number;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Told of `STORE_BROKEN` and `STORE_FAILED`. */
  readonly report?: (error: RelayError) => void;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** New records between two looks at the bounds. */
const PRUNE_EVERY = 100;

/** Forgotten at a time, so that calls do not wait for the disk. */
const PRUNED_MAX = 200;

/** Records that could not be written. */
const UNWRITTEN_MAX = 1000;

const UPSERT_CALL = `
  INSERT INTO calls (sid, to_address, from_address, parent_sid, status, created_at, started_at, ended_at, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (sid) DO UPDATE SET
    to_address = excluded.to_address, from_address = excluded.from_address, parent_sid = excluded.parent_sid,
    status = excluded.status, started_at = excluded.started_at, ended_at = excluded.ended_at, record = excluded.record`;

const UPSERT_RECORDING = `
  INSERT INTO recordings (sid, call_sid, status, started_at, path, record) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (sid) DO UPDATE SET status = excluded.status, path = excluded.path, record = excluded.record`;

const FINAL_LIST = [...FINAL_STATUSES].map((status) => `'${status}'`).join(', ');

export class CallStore {
  readonly #directory: string;
  readonly #database: DatabaseSync;
  readonly #recordsMax: number;
  readonly #ageMsMax: number;
  readonly #now: () => number;
  readonly #report: (error: RelayError) => void;
  readonly #statements = new Map<string, StatementSync>();
  readonly #unwritten = new Map<string, CallRecord>();
  #writes = 0;

  private constructor(directory: string, options: CallStoreOptions) {
    this.#directory = directory;
    this.#recordsMax = options.recordsMax ?? 50_000;
    this.#ageMsMax = (options.ageDaysMax ?? 90) * DAY_MS;
    this.#now = options.now ?? Date.now;
    this.#report = options.report ?? (() => {});
    this.#database = openDatabase(directory, (cause) => {
      const message = 'calls.sqlite was broken, is now calls.sqlite.broken, and begun anew';
      this.#report(new RelayError('STORE_BROKEN', message, { cause }));
    });
  }

  /**
   * Opens the store in `directory`, which is made if it is missing. Calls that were living when the process died are `completed` if
   * they had been answered, else `failed`, and recordings that ran are `failed`. Throws `STORE_UNUSABLE`.
   */
  static open(directory: string, options: CallStoreOptions = {}): CallStore {
    const store = new CallStore(directory, options);
    store.#attempt(() => store.#recover());
    store.#prune();
    return store;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  upsert(call: CallRecord): void {
    const isWritten = this.#attempt(() => this.#write(call));
    if (isWritten === true) {
      this.#unwritten.delete(call.sid);
      return;
    }
    this.#unwritten.set(call.sid, call);
    const [oldest] = this.#unwritten.keys();
    if (this.#unwritten.size > UNWRITTEN_MAX && oldest !== undefined) {
      this.#unwritten.delete(oldest);
    }
  }

  fetch(callSid: string): CallRecord | undefined {
    const unwritten = this.#unwritten.get(callSid);
    if (unwritten !== undefined) return unwritten;
    return this.#one('SELECT record FROM calls WHERE sid = ?', callSid, callRecordSchema);
  }

  /** Newest first. An `after` or `before` that was forgotten gives an empty page. */
  list(filter: CallFilter, page: PageRequest): PageOf<CallRecord> {
    return this.#page(pageQuery('calls', callConditions(filter), page), page, callRecordSchema);
  }

  /** Its recordings stay, as with Twilio. */
  remove(callSid: string): void {
    this.#unwritten.delete(callSid);
    this.#attempt(() => this.#statement('DELETE FROM calls WHERE sid = ?').run(callSid));
  }

  /** `path` is the WAV file's; one below the store's directory is remembered relative to it. */
  saveRecording(recording: RecordingRecord, path: string): void {
    const inside = relative(this.#directory, path);
    const isInside = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
    const { sid, callSid, status, startedAt } = recording;
    this.#attempt(() => {
      this.#statement(UPSERT_RECORDING).run(
        sid,
        callSid,
        status,
        Math.round(startedAt),
        isInside ? inside : path,
        JSON.stringify(recording),
      );
      this.#count();
    });
  }

  fetchRecording(recordingSid: string): RecordingRecord | undefined {
    const sql = 'SELECT record FROM recordings WHERE sid = ?';
    return this.#one(sql, recordingSid, recordingRecordSchema);
  }

  /** Newest first. */
  recordings(callSid: string, page: PageRequest): PageOf<RecordingRecord> {
    const query = pageQuery('recordings', [['call_sid = ?', callSid]], page);
    return this.#page(query, page, recordingRecordSchema);
  }

  /** Where its WAV file is, or would be. */
  recordingPath(recordingSid: string): string | undefined {
    return this.#attempt(() => {
      const row = this.#statement('SELECT path FROM recordings WHERE sid = ?').get(recordingSid);
      return row === undefined ? undefined : this.#resolve(recordingRowSchema.parse(row).path);
    });
  }

  /** Forgets it and deletes its file. */
  removeRecording(recordingSid: string): void {
    const path = this.recordingPath(recordingSid);
    this.#attempt(() => {
      if (path !== undefined) rmSync(path, { force: true });
      this.#statement('DELETE FROM recordings WHERE sid = ?').run(recordingSid);
    });
  }

  #write(call: CallRecord): true {
    this.#statement(UPSERT_CALL).run(
      call.sid,
      call.to,
      call.from,
      call.parentCallSid ?? null,
      call.status,
      Math.round(call.createdAt),
      call.startedAt === undefined ? null : Math.round(call.startedAt),
      call.endedAt === undefined ? null : Math.round(call.endedAt),
      JSON.stringify(call),
    );
    this.#count();
    return true;
  }

  #recover(): void {
    const now = this.#now();
    const living = this.#all(
      { sql: `SELECT record FROM calls WHERE status NOT IN (${FINAL_LIST})`, values: [] },
      callRecordSchema,
    );
    const running = this.#all(
      { sql: "SELECT record FROM recordings WHERE status = 'in-progress'", values: [] },
      recordingRecordSchema,
    );
    for (const call of living) {
      const status = call.answeredAt === undefined ? 'failed' : 'completed';
      this.#write({ ...call, status, updatedAt: now, endedAt: call.endedAt ?? now });
    }
    for (const recording of running) {
      const path = this.recordingPath(recording.sid);
      const failed: RecordingRecord = { ...recording, status: 'failed', updatedAt: now };
      if (path !== undefined) this.saveRecording(failed, path);
    }
  }

  #count(): void {
    if (++this.#writes % PRUNE_EVERY === 0) this.#prune();
  }

  /** Forgets what is too old or too many, a part at a time. */
  #prune(): void {
    this.#attempt(() => {
      const oldestAt = this.#now() - this.#ageMsMax;
      const isOver = `status IN (${FINAL_LIST})`;
      const calls = `DELETE FROM calls WHERE seq IN (SELECT seq FROM calls WHERE ${isOver} AND`;
      this.#statement(`${calls} created_at < ? LIMIT ${PRUNED_MAX})`).run(oldestAt);
      this.#statement(
        `${calls} seq <= (SELECT max(seq) FROM calls) - ? ORDER BY seq LIMIT ${PRUNED_MAX})`,
      ).run(this.#recordsMax);
      const recordings = "SELECT sid AS record FROM recordings WHERE status != 'in-progress' AND";
      const old = [
        ...this.#statement(`${recordings} started_at < ? LIMIT ${PRUNED_MAX}`).all(oldestAt),
        ...this.#statement(
          `${recordings} seq <= (SELECT max(seq) FROM recordings) - ? ORDER BY seq LIMIT ${PRUNED_MAX}`,
        ).all(this.#recordsMax),
      ];
      for (const row of old) this.removeRecording(recordRowSchema.parse(row).record);
    });
  }

  #one<T>(sql: string, sid: string, schema: z.ZodType<T>): T | undefined {
    return this.#attempt(() => this.#all({ sql, values: [sid] }, schema)[0]);
  }

  #page<T>(query: Query, { size }: PageRequest, schema: z.ZodType<T>): PageOf<T> {
    const found = this.#attempt(() => this.#all(query, schema)) ?? [];
    const items = found.slice(0, size);
    if (query.isBackwards) items.reverse();
    return { items, hasMore: found.length > size };
  }

  #all<T>({ sql, values }: Pick<Query, 'sql' | 'values'>, schema: z.ZodType<T>): T[] {
    return this.#statement(sql)
      .all(...values)
      .map((row) => schema.parse(JSON.parse(recordRowSchema.parse(row).record)));
  }

  /** Statements are prepared once; their texts are few. */
  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #resolve(path: string): string {
    return isAbsolute(path) ? path : join(this.#directory, path);
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      const message = `the store of calls failed: ${describeError(error)}`;
      this.#report(new RelayError('STORE_FAILED', message, { cause: error }));
      return undefined;
    }
  }
}
