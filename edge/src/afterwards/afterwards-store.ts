/** What is known and left to do of a call after its end, in the SQLite of its Durable Object. */

import type { LlmUsage } from '../call/core/llm-usage.ts';
import type { Sent } from '../telemetry/unsent.ts';
import type { Signal } from '../telemetry/variables.ts';
import type { Failure } from './failure.ts';
import type { AfterwardsPlan } from './plan.ts';
import type { Task, TaskName } from './task.ts';

export interface RecordingState {
  readonly status: 'recording' | 'pending' | 'stored' | 'failed';
  /** After the beginning of the stream. */
  readonly startsMs: number;
  readonly durationMs?: number;
  readonly error?: Failure;
}

export interface AnalysisState {
  readonly summary: string | null;
  readonly extraction: unknown;
  /** Of every request, also of those whose answer was of no use. */
  readonly usages: readonly LlmUsage[];
  readonly error?: Failure;
}

export interface WebhookState {
  readonly status: 'pending' | 'delivered' | 'failed';
  /** The same at every attempt. */
  readonly id: string;
  readonly tries: number;
  readonly error?: Failure;
}

/** What was sent: a second stream of the call sends the rest. */
export type TelemetryState = Readonly<Partial<Record<Signal, Sent>>>;

/** Values by their key; each is written by this class alone. */
interface Values {
  plan: AfterwardsPlan;
  recording: RecordingState;
  analysis: AnalysisState;
  webhook: WebhookState;
  telemetry: TelemetryState;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS afterwards_values (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS afterwards_tasks (
    name TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL
  ) STRICT;
`;

export class AfterwardsStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  get<Key extends keyof Values>(key: Key): Values[Key] | undefined {
    const query = 'SELECT value FROM afterwards_values WHERE key = ?';
    const [row] = this.#sql.exec<{ value: string }>(query, key).toArray();
    // Written by `put` alone.
    return row === undefined ? undefined : (JSON.parse(row.value) as Values[Key]);
  }

  put<Key extends keyof Values>(key: Key, value: Values[Key]): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO afterwards_values (key, value) VALUES (?, ?)',
      key,
      JSON.stringify(value),
    );
  }

  tasks(): Task[] {
    const query = 'SELECT name, due_at AS dueAt, tries FROM afterwards_tasks';
    return this.#sql.exec<{ name: TaskName; dueAt: number; tries: number }>(query).toArray();
  }

  putTask({ name, dueAt, tries }: Task): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO afterwards_tasks (name, due_at, tries) VALUES (?, ?, ?)',
      name,
      Math.round(dueAt),
      tries,
    );
  }

  dropTask(name: TaskName): void {
    this.#sql.exec('DELETE FROM afterwards_tasks WHERE name = ?', name);
  }

  dropTasks(): void {
    this.#sql.exec('DELETE FROM afterwards_tasks');
  }

  clear(): void {
    this.dropTasks();
    this.#sql.exec('DELETE FROM afterwards_values');
  }
}
