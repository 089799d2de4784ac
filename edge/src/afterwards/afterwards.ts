/**
 * What is done with a call when it has ended: its recording into R2, its summary, the webhook, and in time its removal.
 *
 * Tasks and what came of them are in SQLite, and the object's alarm wakes it for the next one, so they outlive the process. A
 * task is forgotten only when it is done: after a crash it is done again, which each of them bears.
 */

import type { Bindings } from '../bindings.ts';
import { costOf, type CallCost } from '../billing/cost.ts';
import type { CallNotes, CallIndex } from '../calls/call-index.ts';
import type { CallReport, CallStore } from '../call/store.ts';
import { readEnv, type Env } from '../env.ts';
import { mulawWavSeconds } from '../recording/mulaw-wav.ts';
import { recordingKey, storeRecording, type RecordingStore } from '../recording/recording-store.ts';
import { redactValue } from '../redaction/redact-json.ts';
import { redact } from '../redaction/redact.ts';
import { callMetrics } from '../telemetry/call-metrics.ts';
import { callTrace } from '../telemetry/call-trace.ts';
import { exportSignal } from '../telemetry/exporter.ts';
import type { TelemeteredCall } from '../telemetry/telemetered-call.ts';
import { sentWith, unsent } from '../telemetry/unsent.ts';
import type { Signal } from '../telemetry/variables.ts';
import type { AfterwardsStore, AnalysisState } from './afterwards-store.ts';
import { analyse, isAnalysisWanted } from './analysis.ts';
import { completedEvent } from './completed-event.ts';
import { AfterwardsError, failureOf, type AfterwardsCode, type Failure } from './failure.ts';
import type { AfterwardsPlan } from './plan.ts';
import { nextAlarmAt, nextDue, retried, type Task, type TaskName } from './task.ts';
import type { AfterwardsReport } from './report.ts';
import { postWebhook } from './webhook.ts';

export interface AfterwardsParts {
  readonly storage: DurableObjectStorage;
  readonly bindings: Bindings;
  readonly calls: CallStore;
  readonly store: AfterwardsStore;
  readonly recordings: RecordingStore;
  readonly index: CallIndex;
}

/** A call whose process is gone is found after so long. */
const WATCH_MS = 600_000;
/** A stream that was lost or replaced may be followed by another one of the same call. */
const FOLLOWED_MS = 2000;
/** A call that Twilio puts through comes back when nobody takes it: somebody rings, and is told whose call it is. */
const DIALLING_MS = 60_000;
const ANALYSIS_RETRY_MS = 5000;

const CODES: Readonly<Record<TaskName, AfterwardsCode>> = {
  watch: 'REMOVAL_FAILED',
  recording: 'CALL_RECORDING_FAILED',
  analysis: 'ANALYSIS_FAILED',
  webhook: 'WEBHOOK_FAILED',
  traces: 'TELEMETRY_FAILED',
  metrics: 'TELEMETRY_FAILED',
  removal: 'REMOVAL_FAILED',
};

/** Failures that another attempt does not mend. */
const FINAL: ReadonlySet<string> = new Set([
  'WEBHOOK_REFUSED',
  'RECORDINGS_MISSING',
  'TELEMETRY_REFUSED',
]);

/** After these there is nothing new to say in the list of calls. */
const UNLISTED: ReadonlySet<TaskName> = new Set(['watch', 'webhook', 'traces', 'metrics']);

export class Afterwards {
  readonly #parts: AfterwardsParts;

  constructor(parts: AfterwardsParts) {
    this.#parts = parts;
  }

  /** A stream of the call has begun. */
  begin(plan: AfterwardsPlan, now: number): void {
    const { store } = this.#parts;
    store.put('plan', plan);
    store.dropTasks();
    store.putTask({ name: 'watch', dueAt: now + WATCH_MS, tries: 0 });
    this.#arm();
  }

  /** It has ended; all that is left is begun by the alarm. */
  end(endReason: string | undefined, now: number): void {
    const { store } = this.#parts;
    const plan = store.get('plan');
    store.dropTask('watch');
    if (plan === undefined) return;
    const dueAt = now + this.#followedMs(endReason);
    const recording = store.get('recording');
    if (recording?.status === 'recording') {
      store.put('recording', { ...recording, status: 'pending' });
      store.putTask({ name: 'recording', dueAt, tries: 0 });
    }
    if (isAnalysisWanted(plan.analysis)) store.putTask({ name: 'analysis', dueAt, tries: 0 });
    if (plan.webhookUrl !== undefined) {
      const id = store.get('webhook')?.id ?? crypto.randomUUID();
      store.put('webhook', { status: 'pending', id, tries: 0 });
      store.putTask({ name: 'webhook', dueAt, tries: 0 });
    }
    for (const name of plan.telemetry?.signals ?? []) store.putTask({ name, dueAt, tries: 0 });
    store.putTask({ name: 'removal', dueAt: now + plan.retentionMs, tries: 0 });
    this.#arm();
  }

  /** Nothing is here but the way to another object: to be removed in time. */
  removeAt(at: number): void {
    this.#parts.store.putTask({ name: 'removal', dueAt: at, tries: 0 });
    this.#arm();
  }

  recordingBegun(startsMs: number): void {
    const { store } = this.#parts;
    // A second stream of the call goes on with the same file.
    const before = store.get('recording');
    store.put('recording', { status: 'recording', startsMs: before?.startsMs ?? startsMs });
  }

  /** The alarm: does all that is due. Never rejects. */
  async run(): Promise<void> {
    const { store } = this.#parts;
    for (;;) {
      const task = nextDue(store.tasks(), Date.now());
      if (task === undefined) return this.#arm();
      await this.#attempt(task);
    }
  }

  report(call: CallReport): AfterwardsReport {
    const { store } = this.#parts;
    const analysis = store.get('analysis');
    const { extraction = null } = analysis ?? {};
    return {
      cost: this.#cost(call),
      summary: analysis?.summary ?? null,
      extractionJson: extraction === null ? null : JSON.stringify(extraction),
      recording: store.get('recording') ?? null,
      webhook: store.get('webhook') ?? null,
      analysisError: analysis?.error ?? null,
    };
  }

  /** For the list of calls. */
  notes(call: CallReport): CallNotes {
    const { cost, summary, recording } = this.report(call);
    return {
      costMicros: cost?.totalMicros ?? null,
      currency: cost?.currency ?? null,
      hasRecording: recording?.status === 'stored',
      summary,
    };
  }

  #cost({ consumption, startedAt, endedAt }: CallReport): CallCost | null {
    const { store } = this.#parts;
    const prices = store.get('plan')?.prices;
    if (prices === undefined || consumption === null || consumption === undefined) return null;
    if (endedAt === null) return null;
    const durationMs = Date.parse(endedAt) - Date.parse(startedAt);
    return costOf({ consumption, durationMs, later: store.get('analysis')?.usages ?? [] }, prices);
  }

  /** How long another stream of the same call may take to follow. */
  #followedMs(endReason: string | undefined): number {
    if (endReason === 'stream-replaced' || endReason === 'stream-lost') return FOLLOWED_MS;
    const isDialling = endReason === 'transferred' && this.#parts.calls.transfer !== undefined;
    return isDialling ? DIALLING_MS : 0;
  }

  #arm(): void {
    const { storage, store } = this.#parts;
    const at = nextAlarmAt(store.tasks());
    // Settled with the writes around it: the object answers for nothing before it is on disk.
    void (at === undefined ? storage.deleteAlarm() : storage.setAlarm(at));
  }

  async #attempt(task: Task): Promise<void> {
    const { store, calls, index, bindings } = this.#parts;
    const { name } = task;
    try {
      const parsed = readEnv(bindings);
      if (!parsed.isValid) throw new AfterwardsError(CODES[name], 'the configuration is not valid');
      await this.#perform(task, parsed.env);
      if (name !== 'watch') store.dropTask(name);
    } catch (error) {
      this.#fail(task, error);
    }
    const call = calls.report();
    if (call === undefined || UNLISTED.has(name)) return;
    await index.annotate(call.callSid, this.notes(call));
  }

  async #perform({ name, tries }: Task, env: Env): Promise<void> {
    const call = this.#parts.calls.report();
    switch (name) {
      case 'watch':
        return this.#watch(call);
      case 'removal':
        return await this.#remove(call);
      case 'recording':
        return call === undefined ? undefined : await this.#storeRecording(call);
      case 'analysis':
        return call === undefined ? undefined : await this.#analyse(call, tries, env);
      case 'webhook':
        return call === undefined ? undefined : await this.#tell(call, tries, env);
      case 'traces':
      case 'metrics':
        return await this.#export(name, env);
    }
  }

  #fail(task: Task, error: unknown): void {
    const { store, calls, bindings } = this.#parts;
    const failure = failureOf(error, CODES[task.name]);
    const parsed = readEnv(bindings);
    const delayMs =
      task.name !== 'analysis' && parsed.isValid ? parsed.env.WEBHOOK_RETRY_MS : ANALYSIS_RETRY_MS;
    const now = Date.now();
    const again = FINAL.has(failure.code) ? undefined : retried(task, now, delayMs);
    const retryAfterMs = error instanceof AfterwardsError ? error.retryAfterMs : 0;
    const next = again && { ...again, dueAt: Math.max(again.dueAt, now + retryAfterMs) };
    // A new stream of the call may have begun meanwhile, and all of this with it.
    const isStillWanted = store.tasks().some(({ name }) => name === task.name);
    if (next === undefined) store.dropTask(task.name);
    else if (isStillWanted) store.putTask(next);
    this.#noteFailure(task, failure, next === undefined);
    const { callSid } = calls.report() ?? {};
    const level = next === undefined ? 'error' : 'warn';
    console[level](
      JSON.stringify({ callSid, level, event: task.name, ...failure, tries: task.tries + 1 }),
    );
  }

  #noteFailure({ name, tries }: Task, error: Failure, isFinal: boolean): void {
    const { store } = this.#parts;
    const { recording, analysis, webhook } = {
      recording: store.get('recording'),
      analysis: store.get('analysis'),
      webhook: store.get('webhook'),
    };
    if (name === 'recording' && recording !== undefined) {
      store.put('recording', { ...recording, status: isFinal ? 'failed' : 'pending', error });
    } else if (name === 'analysis') {
      store.put('analysis', { ...(analysis ?? NO_ANALYSIS), error });
    } else if (name === 'webhook' && webhook !== undefined) {
      const status = isFinal ? 'failed' : 'pending';
      store.put('webhook', { ...webhook, status, tries: tries + 1, error });
    }
  }

  /** The object has been woken; what was lost with an older one was found when it was made. */
  #watch(call: CallReport | undefined): void {
    const { store } = this.#parts;
    if (call?.status !== 'in-progress') return store.dropTask('watch');
    store.putTask({ name: 'watch', dueAt: Date.now() + WATCH_MS, tries: 0 });
  }

  async #storeRecording({ callSid }: CallReport): Promise<void> {
    const { store, recordings, bindings } = this.#parts;
    const state = store.get('recording');
    const { bytes } = recordings;
    // Done already, but for the note of it; or there was not a frame.
    if (state === undefined || bytes === 0) return;
    const bucket = bindings.RECORDINGS;
    if (typeof bucket !== 'object') {
      throw new AfterwardsError('RECORDINGS_MISSING', 'no R2 bucket is bound as RECORDINGS');
    }
    await storeRecording(bucket, callSid, recordings);
    const durationMs = Math.round(mulawWavSeconds(bytes) * 1000);
    store.put('recording', { status: 'stored', startsMs: state.startsMs, durationMs });
    recordings.clear();
  }

  async #analyse({ turns }: CallReport, attempt: number, env: Env): Promise<void> {
    const { store } = this.#parts;
    const plan = store.get('plan');
    if (plan === undefined || !turns.some(({ understood }) => understood !== undefined)) return;
    if (env.OPENROUTER_API_KEY === undefined) {
      throw new AfterwardsError('ANALYSIS_FAILED', 'OPENROUTER_API_KEY is not set');
    }
    const { summary, extraction } = await analyse({
      plan: plan.analysis,
      attempt,
      turns,
      apiKey: env.OPENROUTER_API_KEY,
      url: env.OPENROUTER_URL,
      onUsage: (usage) => {
        const state = store.get('analysis') ?? NO_ANALYSIS;
        store.put('analysis', { ...state, usages: [...state.usages, usage] });
      },
    });
    const { usages } = store.get('analysis') ?? NO_ANALYSIS;
    const kept = plan.isRedacted
      ? { summary: summary === null ? null : redact(summary), extraction: redactValue(extraction) }
      : { summary, extraction };
    store.put('analysis', { ...kept, usages });
  }

  async #tell(call: CallReport, tries: number, env: Env): Promise<void> {
    const { store } = this.#parts;
    const url = store.get('plan')?.webhookUrl;
    const state = store.get('webhook');
    if (url === undefined || state === undefined) return;
    await postWebhook({
      url,
      body: completedEvent(state.id, call, this.report(call)),
      id: state.id,
      authToken: env.AUTH_TOKEN,
      now: Date.now(),
      isPrivateAllowed: env.WEBHOOK_PRIVATE_HOSTS === 'on',
    });
    store.put('webhook', { status: 'delivered', id: state.id, tries: tries + 1 });
  }

  async #export(signal: Signal, env: Env): Promise<void> {
    const { store, calls } = this.#parts;
    const plan = store.get('plan');
    const records = calls.records();
    if (plan === undefined || records === undefined) return;
    const source: TelemeteredCall = {
      ...unsent(records, store.get('telemetry')?.[signal]),
      agentName: plan.agent,
      parent: plan.telemetry?.parent,
      serviceName: env.OTEL_SERVICE_NAME,
    };
    const body = signal === 'traces' ? callTrace(source) : callMetrics(source);
    await exportSignal(env, signal, body);
    store.put('telemetry', { ...store.get('telemetry'), [signal]: sentWith(records) });
  }

  /** Everything that was said, and everything that was heard. */
  async #remove(call: CallReport | undefined): Promise<void> {
    const { calls, store, recordings, bindings, index } = this.#parts;
    if (call !== undefined) {
      if (typeof bindings.RECORDINGS === 'object') {
        await bindings.RECORDINGS.delete(recordingKey(call.callSid));
      }
      await index.forget(call.callSid);
    }
    recordings.clear();
    store.clear();
    calls.clear();
  }
}

const NO_ANALYSIS: AnalysisState = { summary: null, extraction: null, usages: [] };
