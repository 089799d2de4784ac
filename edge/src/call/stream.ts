/** One Media Streams socket from `connected` to its end. */

import { decodeRelayMessage, decodeTwilioMessage } from '@patchcord/shared/media-streams/decode';
import type { DtmfSent } from '@patchcord/shared/media-streams/extensions';
import type { TwilioMessage } from '@patchcord/shared/media-streams/messages';
import type { AnsweredBy } from '@patchcord/shared/twilio/call-record';
import type { Afterwards } from '../afterwards/afterwards.ts';
import { afterwardsPlan, telemetryPlan, type AfterwardsPlan } from '../afterwards/plan.ts';
import { AGENT_PARAMETER } from '../agents/agent-shape.ts';
import type { Agent } from '../agents/agent.ts';
import { fillTemplate } from '../agents/template.ts';
import type { Bindings } from '../bindings.ts';
import type { IndexedCall } from '../calls/call-index.ts';
import { indexedCall } from '../calls/indexed-call.ts';
import type { ClipLibrary } from '../clips/clip-library.ts';
import { withinMs } from '../clips/clip-shelf.ts';
import { isOwnVariable, missingProviders, type Env } from '../env.ts';
import { START_RECORDING, withConsentTool } from '../recording/consent-tool.ts';
import { Recorder } from '../recording/recorder.ts';
import type { RecordingStore } from '../recording/recording-store.ts';
import { redactCall, redactTurn } from '../redaction/redact-record.ts';
import { redact } from '../redaction/redact.ts';
import { TRACEPARENT } from '../telemetry/trace-context.ts';
import { CallTools } from '../tools/call-tools.ts';
import { inLanguage, noteTransfer, returnedCall } from '../transfer/call-transfers.ts';
import { TRANSFER_PARAMETER } from '../transfer/returned-call.ts';
import { Transfers, type TransferRequest } from '../transfer/transfers.ts';
import { ANSWERED_BY_PARAMETER, answeredByOf } from './answered-by.ts';
import { answeringAgent, type AnsweringAgent } from './answering-agent.ts';
import type { CallRecord, EndReason } from './core/call-record.ts';
import type { CallInput } from './core/contract.ts';
import { CallSession } from './core/session.ts';
import { planOfAgent } from './plan-of-agent.ts';
import type { CallPlan } from './plan.ts';
import { createProviders } from './providers.ts';
import { CallRunner } from './runner.ts';
import type { CallStore, StoredAgent } from './store.ts';
import { inputOf } from './stream-input.ts';
import { wholeCall } from './whole-call.ts';

/** Broken messages of one stream that are logged; all are counted. */
const FAILURES_LOGGED_MAX = 10;

/** Twilio sends `start` within milliseconds of the handshake. */
const START_MS_MAX = 10_000;

/**
 * For the greeting from R2, which has it in some ten milliseconds; the voice begins three hundred after it is asked. For
 * nothing else does a call wait.
 */
const GREETING_MS_MAX = 150;

/** While the agent is looked up: 50 frames a second for longer than that may take. */
const WAITING_MAX = 200;

interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly code?: string;
  readonly message: string;
}

export interface CallStreamOptions {
  readonly bindings: Bindings;
  readonly env: Env;
  /** Of the URL. */
  readonly callSid: string | undefined;
  /** Where Twilio reaches this Worker, such as `https://agent.example`. */
  readonly origin: string;
  /** The peer is our relay, and both sides have said so. */
  readonly isPatchcord: boolean;
  readonly clips: ClipLibrary;
  readonly recordings: RecordingStore;
  readonly afterwards: Afterwards;
  onStart(callSid: string): void;
  onIndex(call: IndexedCall): void;
}

type Start = Extract<TwilioMessage, { event: 'start' }>['start'];

export class CallStream {
  readonly #socket: WebSocket;
  readonly #store: CallStore;
  readonly #options: CallStreamOptions;
  readonly #openedAt = Date.now();
  readonly #startTimer: ReturnType<typeof setTimeout>;
  /** From the moment the agent is known. */
  #runner: CallRunner | undefined;
  /** What came between `start` and that moment. */
  #waiting: CallInput[] = [];
  #parameters: Readonly<Record<string, string>> = {};
  #agent: StoredAgent | undefined;
  /** The call as an earlier stream of it has left it. */
  #before: CallRecord | undefined;
  #indexed: CallRecord['status'] | undefined;
  #startedSid: string | undefined;
  #streamSid: string | undefined;
  #isRedacted = false;
  /** Twilio has another document for the call: the stream will end. */
  #isRedirected = false;
  #isClosed = false;
  #failures = 0;

  constructor(socket: WebSocket, store: CallStore, options: CallStreamOptions) {
    this.#socket = socket;
    this.#store = store;
    this.#options = options;
    socket.accept();
    // The default of newer compatibility dates is Blob; binary frames are refused anyway.
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', () => this.#lose());
    socket.addEventListener('error', () => this.#lose());
    this.#startTimer = setTimeout(() => this.end('protocol-error'), START_MS_MAX);
  }

  end(reason: EndReason): void {
    if (this.#startedSid !== undefined) return this.#feed({ kind: 'stop', reason });
    // Without `start` there is no call to end.
    this.#close(1000, reason);
  }

  /** The verdict on who took the call; before `start` too. */
  answeredBy(answeredBy: AnsweredBy): void {
    this.#feed({ kind: 'answered-by', answeredBy });
  }

  #lose(): void {
    this.#isClosed = true;
    clearTimeout(this.#startTimer);
    if (this.#startedSid === undefined) return;
    this.end(this.#isRedirected ? 'transferred' : 'stream-lost');
  }

  #receive(data: unknown): void {
    if (this.#isClosed) return;
    if (typeof data !== 'string') return this.#refuse('STREAM_BINARY', 'a message is text');
    const { isPatchcord } = this.#options;
    const decoded = isPatchcord ? decodeRelayMessage(data) : decodeTwilioMessage(data);
    if (decoded.kind === 'failure') return this.#refuse(decoded.code, decoded.rule);
    const { message } = decoded;
    if (message.event === 'connected') return;
    if (message.event === 'start') return this.#start(message.start);
    if (message.streamSid !== this.#streamSid) {
      return this.#refuse('STREAM_WRONG_SID', 'streamSid must be the one of start');
    }
    if (message.event === 'dtmf-sent') return this.#noteDigits(message.dtmf);
    const input = inputOf(message);
    if (input === undefined)
      return this.#refuse('STREAM_NOT_BASE64', 'media.payload is not base64');
    this.#feed(input);
  }

  #start(start: Start): void {
    const { callSid, streamSid, customParameters } = start;
    const { callSid: named } = this.#options;
    if (this.#startedSid !== undefined) return;
    if (named !== undefined && callSid !== named) {
      this.#refuse('STREAM_WRONG_CALL', 'start.callSid must be the one of the URL');
      return this.end('protocol-error');
    }
    clearTimeout(this.#startTimer);
    this.#startedSid = callSid;
    this.#streamSid = streamSid;
    this.#parameters = customParameters;
    this.#before = this.#store.call;
    this.#options.onStart(callSid);
    const verdict = answeredByOf(customParameters[ANSWERED_BY_PARAMETER]);
    if (verdict !== undefined) this.answeredBy(verdict);
    this.#begin(start).catch((error: unknown) => this.#giveUp(error));
  }

  /** A bug of ours before the conversation could begin: the next TwiML verb runs. */
  #giveUp(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log({ level: 'error', event: 'bug', code: 'CALL_BUG', message });
    this.#close(1011, 'internal-error');
  }

  async #begin({ callSid, streamSid, customParameters }: Start): Promise<void> {
    const { bindings, env, isPatchcord } = this.#options;
    const answering = await answeringAgent(bindings, env, customParameters[AGENT_PARAMETER]);
    const { problem } = answering;
    this.#agent = answering.stored;
    if (problem !== undefined) this.#log({ level: 'error', event: 'agent', ...problem });
    const { runner, greeting } = this.#createRunner(callSid, answering);
    await withinMs(greeting, GREETING_MS_MAX);
    this.#runner = runner;
    const missing = missingProviders(env);
    runner.feed({ kind: 'start', callSid, streamSid, customParameters, missing, isPatchcord });
    for (const input of this.#waiting.splice(0)) runner.feed(input);
  }

  /** `greeting` is resolved when it is known whether there is a clip of it. */
  #createRunner(
    callSid: string,
    { agent: given }: AnsweringAgent,
  ): { readonly runner: CallRunner; readonly greeting: Promise<void> } {
    const { env, clips, isPatchcord } = this.#options;
    const startedAt = Date.now();
    const returned = returnedCall(this.#store, this.#parameters[TRANSFER_PARAMETER]);
    const agent = returned === undefined ? given : inLanguage(given, returned.locale);
    const missing = new Set<string>();
    const after = this.#planAfterwards(agent);
    const recorder = this.#createRecorder(after);
    const agentPlan = planOfAgent(agent, {
      env,
      parameters: this.#parameters,
      startedAt,
      canPressKeys: isPatchcord,
      returned,
      secret: (name) => this.#secret(name, missing),
    });
    const plan = withConsentTool(agentPlan, after.recording);
    for (const name of missing) {
      const message = `${name} is not set, but the headers of a tool want it`;
      this.#log({ level: 'error', event: 'agent', code: 'SECRET_MISSING', message });
    }
    const tools = new CallTools(plan, {
      authToken: env.AUTH_TOKEN,
      callSid,
      log: (code, message) => this.#log({ level: 'warn', event: 'tool', code, message }),
    });
    const session = new CallSession(
      { ...plan.settings, tools: tools.options },
      { openedAt: this.#openedAt, firstTurnIndex: this.#store.nextTurnIndex() },
    );
    const runner = new CallRunner(session, {
      providers: createProviders(env, plan, {
        moreTools: () => tools.definitions(),
        onCircuit: ({ state, message }) => {
          const level = state === 'open' ? 'warn' : 'info';
          this.#log({ level, event: 'circuit', message });
        },
      }),
      tools: {
        run: async (call, signal) => {
          if (call.name !== START_RECORDING) return await tools.run(call, signal);
          return recorder.allow() ? 'the call is recorded now' : 'error: it cannot be recorded';
        },
        isSafeToAbort: (name) => tools.isSafeToAbort(name),
        close: () => tools.close(),
      },
      send: (text) => this.#send(text),
      close: (code, reason) => this.#close(code, reason),
      transfer: (request) => this.#transfer(plan, callSid, request),
      recordCall: (record) => this.#record(record),
      recordTurn: (record) => this.#store.putTurn(this.#isRedacted ? redactTurn(record) : record),
      log: (entry) => this.#log(entry),
      observer: after.recording.isOn ? recorder : undefined,
    });
    const greeting = clips.load(plan, (clip) => runner.feed({ kind: 'clip', ...clip }));
    return { runner, greeting };
  }

  async #transfer(
    { reachable, settings }: CallPlan,
    callSid: string,
    request: TransferRequest,
  ): Promise<string | undefined> {
    const { env, origin } = this.#options;
    const isToFailureTarget = settings.failureTarget?.target === request.target;
    const begin = (): boolean =>
      noteTransfer(this.#store, { isToFailureTarget, parameters: this.#parameters });
    const transfers = new Transfers({ env, origin, callSid, targets: reachable, begin });
    const reason = await transfers.connect(request);
    this.#isRedirected ||= reason === undefined;
    return reason;
  }

  #planAfterwards(agent: Agent): AfterwardsPlan {
    const { env, afterwards } = this.#options;
    const variable = (name: string): string | undefined =>
      this.#parameters[name] ?? agent.variables[name]?.default;
    const fill = (text: string): string =>
      fillTemplate(text, { variable, secret: () => undefined });
    const telemetry = telemetryPlan(env, this.#parameters[TRACEPARENT]);
    const plan = { ...afterwardsPlan(agent, env, fill), telemetry };
    this.#isRedacted = plan.isRedacted;
    afterwards.begin(plan, Date.now());
    return plan;
  }

  #createRecorder({ recording }: AfterwardsPlan): Recorder {
    const { recordings, afterwards } = this.#options;
    return new Recorder(recording, {
      keep: (stereo) => recordings.put(stereo),
      begun: (startsMs) => afterwards.recordingBegun(startsMs),
      failed: (error) => {
        const message = error instanceof Error ? error.name : typeof error;
        const code = 'CALL_RECORDING_FAILED';
        this.#log({ level: 'error', event: 'recording', code, message: `unexpected ${message}` });
      },
    });
  }

  /** A secret or variable of the Worker that is not one of the edge's own. */
  #secret(name: string, missing: Set<string>): string | undefined {
    const value = isOwnVariable(name) ? undefined : this.#options.bindings[name];
    if (typeof value === 'string' && value !== '') return value;
    missing.add(name);
    return undefined;
  }

  #feed(input: CallInput): void {
    if (this.#runner !== undefined) return this.#runner.feed(input);
    // Sound may be lost, the end of the call may not.
    if (this.#waiting.length < WAITING_MAX || input.kind !== 'media') this.#waiting.push(input);
  }

  #send(text: string): void {
    if (!this.#isClosed) this.#socket.send(text);
  }

  #close(code: number, reason: string): void {
    clearTimeout(this.#startTimer);
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close(code, reason);
  }

  #noteDigits({ status, reason }: DtmfSent): void {
    if (status === 'sent') return;
    const message = `the keys were not pressed: ${reason ?? 'no reason given'}`;
    this.#log({ level: 'warn', event: 'dtmf', message });
  }

  /** The index is told when the call begins and when it ends, not of every fault. */
  #record(record: CallRecord): void {
    const whole = wholeCall(this.#before, record);
    const kept = this.#isRedacted ? redactCall(whole) : whole;
    const stored = this.#agent === undefined ? kept : { ...kept, agent: this.#agent };
    this.#store.putCall(stored);
    if (record.status !== 'in-progress') {
      this.#options.afterwards.end(record.endReason, Date.now());
    }
    if (this.#indexed === record.status) return;
    this.#indexed = record.status;
    const { Direction: direction, [AGENT_PARAMETER]: named } = this.#parameters;
    const turns = this.#store.nextTurnIndex();
    this.#options.onIndex(indexedCall(stored, { named, direction, turns }));
  }

  /** What cannot be understood is dropped, as Twilio does; the stream goes on. */
  #refuse(code: string, rule: string): void {
    if (++this.#failures > FAILURES_LOGGED_MAX) return;
    this.#log({ level: 'warn', event: 'stream-message', code, message: rule });
  }

  #log({ level, event, code, message: said }: LogEntry): void {
    const message = this.#isRedacted ? redact(said) : said;
    const entry = { level, event, ...(code === undefined ? {} : { code }), message };
    this.#store.putEvent(Date.now(), entry);
    console[level](
      JSON.stringify({
        callSid: this.#startedSid ?? this.#options.callSid,
        streamSid: this.#streamSid,
        ...entry,
      }),
    );
  }
}
