/** The index of calls in D1: one row for each, for lists. The call itself is in its Durable Object. */

/** A row; instants are milliseconds since 1970. What is not known is null. */
export interface IndexedCall {
  readonly callSid: string;
  readonly agent: string | null;
  readonly agentVersion: number | null;
  readonly status: 'in-progress' | 'completed' | 'failed';
  readonly direction: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly durationMs: number | null;
  readonly endReason: string | null;
  /** Utterances of the agent. */
  readonly turns: number;
  /** Millionths of `currency`. */
  readonly costMicros: number | null;
  readonly currency: string | null;
  readonly language: string | null;
  readonly hasRecording: boolean;
  readonly summary: string | null;
}

/** Texts of callers and models are cut to these; a row stays small. */
const SID_CHARS_MAX = 64;
const TEXT_CHARS_MAX = 256;
const SUMMARY_CHARS_MAX = 8000;

/** How the call stands is replaced; what is known besides stays where a later row does not know it. */
const PUT = `INSERT INTO calls (
  call_sid, agent, agent_version, status, direction, "from", "to", started_at, ended_at, duration_ms,
  end_reason, turns, cost_micros, currency, language, has_recording, summary
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (call_sid) DO UPDATE SET
  status = excluded.status, started_at = excluded.started_at, ended_at = excluded.ended_at,
  duration_ms = excluded.duration_ms, end_reason = excluded.end_reason, turns = excluded.turns,
  agent = COALESCE(excluded.agent, agent), agent_version = COALESCE(excluded.agent_version, agent_version),
  direction = COALESCE(excluded.direction, direction), "from" = COALESCE(excluded."from", "from"),
  "to" = COALESCE(excluded."to", "to"), cost_micros = COALESCE(excluded.cost_micros, cost_micros),
  currency = COALESCE(excluded.currency, currency), language = COALESCE(excluded.language, language),
  has_recording = MAX(excluded.has_recording, has_recording), summary = COALESCE(excluded.summary, summary)`;

/** What is known only after a call has ended. */
export type CallNotes = Pick<IndexedCall, 'costMicros' | 'currency' | 'hasRecording' | 'summary'>;

const ANNOTATE = `UPDATE calls SET cost_micros = COALESCE(?, cost_micros), currency = COALESCE(?, currency),
  has_recording = ?, summary = COALESCE(?, summary) WHERE call_sid = ?`;

/** The call stays in the list: when it was and how it ended, but neither who nor what. */
const FORGET = `UPDATE calls SET "from" = NULL, "to" = NULL, has_recording = 0, summary = NULL WHERE call_sid = ?`;

/** What is used of D1. */
interface WritableDatabase {
  prepare(sql: string): {
    bind(...values: (string | number | null)[]): { run(): Promise<unknown> };
  };
}

export interface CallIndexOptions {
  /** Undefined where none is bound. Asked for at each write: D1 may be back. */
  open(): Promise<WritableDatabase | undefined>;
  /** Told once, however often it fails. */
  onFailure(message: string): void;
}

/** Writes rows one after another, in the order they are put. Never rejects: a call goes on without an index. */
export class CallIndex {
  readonly #options: CallIndexOptions;
  #last: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(options: CallIndexOptions) {
    this.#options = options;
  }

  /** Puts the row of the call, new or over its older one. Settles when it is written or has failed. */
  put(call: IndexedCall): Promise<void> {
    return this.#run(PUT, valuesOf(call));
  }

  /** Adds to the row what is known after the call. */
  annotate(callSid: string, notes: CallNotes): Promise<void> {
    const { costMicros, currency, hasRecording, summary } = notes;
    const shortened = shorten(summary, SUMMARY_CHARS_MAX);
    return this.#run(ANNOTATE, [costMicros, currency, hasRecording ? 1 : 0, shortened, callSid]);
  }

  /** Takes out of the row what is no longer kept. */
  forget(callSid: string): Promise<void> {
    return this.#run(FORGET, [callSid]);
  }

  #run(sql: string, values: (string | number | null)[]): Promise<void> {
    this.#last = this.#last.then(() => this.#write(sql, values));
    return this.#last;
  }

  async #write(sql: string, values: (string | number | null)[]): Promise<void> {
    try {
      const database = await this.#options.open();
      if (database === undefined) throw new Error('no database is bound as DB');
      await database
        .prepare(sql)
        .bind(...values)
        .run();
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#options.onFailure(error instanceof Error ? error.message : String(error));
    }
  }
}

function valuesOf(call: IndexedCall): (string | number | null)[] {
  return [
    call.callSid.slice(0, SID_CHARS_MAX),
    shorten(call.agent, TEXT_CHARS_MAX),
    call.agentVersion,
    call.status,
    shorten(call.direction, TEXT_CHARS_MAX),
    shorten(call.from, TEXT_CHARS_MAX),
    shorten(call.to, TEXT_CHARS_MAX),
    call.startedAt,
    call.endedAt,
    call.durationMs,
    call.endReason,
    call.turns,
    call.costMicros,
    call.currency,
    call.language,
    call.hasRecording ? 1 : 0,
    shorten(call.summary, SUMMARY_CHARS_MAX),
  ];
}

function shorten(text: string | null, charsMax: number): string | null {
  return text === null ? null : text.slice(0, charsMax);
}
