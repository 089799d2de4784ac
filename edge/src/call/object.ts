/**
 * One call: the Durable Object that holds its stream.
 *
 * The socket is accepted plainly, not for hibernation: with 50 messages a second there is nothing to sleep through, and
 * hibernation costs a third more CPU per message (facts/edge-runtime.md section 3).
 */

import { DurableObject } from 'cloudflare:workers';
import { decodeRelayMessage, decodeTwilioMessage } from '@patchcord/shared/media-streams/decode';
import {
  isPatchcord,
  PATCHCORD_HEADER,
  PATCHCORD_VERSION,
  type DtmfSent,
  type PatchcordFromRelay,
} from '@patchcord/shared/media-streams/extensions';
import type { TwilioMessage } from '@patchcord/shared/media-streams/messages';
import { planOf } from '../agent.ts';
import { AGENT_PARAMETER } from '../agents/agent-shape.ts';
import type { Bindings } from '../bindings.ts';
import { CallIndex, type IndexedCall } from '../calls/call-index.ts';
import { indexedCall } from '../calls/indexed-call.ts';
import { openDatabase } from '../database.ts';
import { missingProviders, readEnv, type Env } from '../env.ts';
import { HttpError } from '../errors.ts';
import { ClipLibrary } from './clip-library.ts';
import type { CallRecord, EndReason } from './core/call-record.ts';
import type { CallInput } from './core/contract.ts';
import { CallSession } from './core/session.ts';
import { createProviders } from './providers.ts';
import { CallRunner } from './runner.ts';
import { CallStore, type CallReport } from './store.ts';

/** Broken messages of one stream that are logged; all are counted. */
const FAILURES_LOGGED_MAX = 10;

interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly code?: string;
  readonly message: string;
}

export class CallObject extends DurableObject<Bindings> {
  readonly #store: CallStore;
  readonly #index: CallIndex;
  #stream: CallStream | undefined;

  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings);
    this.#store = new CallStore(state.storage.sql);
    this.#index = new CallIndex({
      open: () => openDatabase(bindings),
      onFailure: (message) => {
        const code = 'CALL_INDEX_FAILED';
        console.error(JSON.stringify({ level: 'error', event: 'call-index', code, message }));
      },
    });
    const lost = this.#store.closeLostCall(Date.now());
    if (lost === undefined) return;
    this.#putIndex(indexedCall(lost, { turns: this.#store.nextTurnIndex() }));
  }

  /** A Media Streams socket; the Worker has checked its signature. `X-Patchcord-Call` names the call if the URL did. */
  override async fetch(request: Request): Promise<Response> {
    const parsed = readEnv(this.env);
    if (!parsed.isValid) {
      return new HttpError('EDGE_MISCONFIGURED', 'the configuration is not valid').toResponse();
    }
    // A peer that dials again has lost the old socket, whether we know it yet or not.
    this.#stream?.end('stream-replaced');
    const { 0: client, 1: server } = new WebSocketPair();
    const callSid = request.headers.get(CALL_SID_HEADER) ?? undefined;
    const isOurRelay = isPatchcord(request.headers.get(PATCHCORD_HEADER));
    this.#stream = new CallStream(server, parsed.env, this.#store, {
      callSid,
      isPatchcord: isOurRelay,
      clips: new ClipLibrary(parsed.env, (work) => this.ctx.waitUntil(work)),
      onStart: (startedSid) => this.#tellName(callSid, startedSid),
      onIndex: (call) => this.#putIndex(call),
    });
    const headers = isOurRelay ? { [PATCHCORD_HEADER]: PATCHCORD_VERSION } : {};
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** The call so far, or undefined where there never was one. */
  async report(): Promise<CallReport | undefined> {
    const { alias } = this.#store;
    if (alias === undefined) return this.#store.report();
    return await this.env.CALL.get(this.env.CALL.idFromString(alias)).report();
  }

  /** The call of this object's name is held by the object `id`. */
  putAlias(id: string): void {
    this.#store.putAlias(id);
  }

  /** Beside the call: nothing waits for it. */
  #putIndex(call: IndexedCall): void {
    this.ctx.waitUntil(this.#index.put(call));
  }

  /** A stream without the call's SID in its URL: the object of that name is told where the call is. */
  #tellName(known: string | undefined, callSid: string): void {
    if (known !== undefined) return;
    const told = this.env.CALL.getByName(callSid).putAlias(this.ctx.id.toString());
    this.ctx.waitUntil(Promise.resolve(told));
  }
}

/** Carries the call's SID from the route to the object. */
export const CALL_SID_HEADER = 'X-Patchcord-Call';

interface CallStreamOptions {
  /** Of the URL. */
  readonly callSid: string | undefined;
  /** The peer is our relay, and both sides have said so. */
  readonly isPatchcord: boolean;
  readonly clips: ClipLibrary;
  onStart(callSid: string): void;
  onIndex(call: IndexedCall): void;
}

/** One Media Streams socket from `connected` to its end. */
class CallStream {
  readonly #env: Env;
  readonly #store: CallStore;
  readonly #runner: CallRunner;
  readonly #callSid: string | undefined;
  readonly #isPatchcord: boolean;
  readonly #onStart: (callSid: string) => void;
  readonly #onIndex: (call: IndexedCall) => void;
  #parameters: Readonly<Record<string, string>> = {};
  #indexed: CallRecord['status'] | undefined;
  #startedSid: string | undefined;
  #streamSid: string | undefined;
  #failures = 0;

  constructor(socket: WebSocket, env: Env, store: CallStore, options: CallStreamOptions) {
    this.#env = env;
    this.#store = store;
    this.#callSid = options.callSid;
    this.#isPatchcord = options.isPatchcord;
    this.#onStart = options.onStart.bind(options);
    this.#onIndex = options.onIndex.bind(options);
    socket.accept();
    // The default of newer compatibility dates is Blob; binary frames are refused anyway.
    socket.binaryType = 'arraybuffer';
    const plan = planOf(env);
    const session = new CallSession(plan.settings, {
      openedAt: Date.now(),
      firstTurnIndex: store.nextTurnIndex(),
    });
    this.#runner = new CallRunner(session, {
      providers: createProviders(env, plan),
      runTool: async (call) => `error: there is no tool ${call.name}`,
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
      recordCall: (record) => this.#record(record),
      recordTurn: (record) => store.putTurn(record),
      log: (entry) => this.#log(entry),
    });
    options.clips.load(plan, (clip) => this.#runner.feed({ kind: 'clip', ...clip }));
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', () => this.end('stream-lost'));
    socket.addEventListener('error', () => this.end('stream-lost'));
  }

  end(reason: EndReason): void {
    this.#runner.feed({ kind: 'stop', reason });
  }

  #receive(data: unknown): void {
    if (typeof data !== 'string') return this.#refuse('STREAM_BINARY', 'a message is text');
    const decoded = this.#isPatchcord ? decodeRelayMessage(data) : decodeTwilioMessage(data);
    if (decoded.kind === 'failure') return this.#refuse(decoded.code, decoded.rule);
    const { message } = decoded;
    if (message.event === 'connected') return;
    if (message.event === 'start') return this.#start(message);
    if (message.streamSid !== this.#streamSid) {
      return this.#refuse('STREAM_WRONG_SID', 'streamSid must be the one of start');
    }
    if (message.event === 'dtmf-sent') return this.#noteDigits(message.dtmf);
    const input = inputOf(message);
    if (input === undefined)
      return this.#refuse('STREAM_NOT_BASE64', 'media.payload is not base64');
    this.#runner.feed(input);
  }

  #start(message: Extract<TwilioMessage, { event: 'start' }>): void {
    const { callSid, streamSid, customParameters } = message.start;
    if (this.#callSid !== undefined && callSid !== this.#callSid) {
      this.#refuse('STREAM_WRONG_CALL', 'start.callSid must be the one of the URL');
      return this.end('protocol-error');
    }
    this.#startedSid = callSid;
    this.#streamSid = streamSid;
    this.#parameters = customParameters;
    this.#onStart(callSid);
    this.#runner.feed({
      kind: 'start',
      callSid,
      streamSid,
      customParameters,
      missing: missingProviders(this.#env),
      isPatchcord: this.#isPatchcord,
    });
  }

  #noteDigits({ status, reason }: DtmfSent): void {
    if (status === 'sent') return;
    const message = `the keys were not pressed: ${reason ?? 'no reason given'}`;
    this.#log({ level: 'warn', event: 'dtmf', message });
  }

  /** The index is told when the call begins and when it ends, not of every fault. */
  #record(record: CallRecord): void {
    this.#store.putCall(record);
    if (this.#indexed === record.status) return;
    this.#indexed = record.status;
    const { Direction: direction, [AGENT_PARAMETER]: agent } = this.#parameters;
    const language = this.#env.AGENT_LANGUAGE;
    const turns = this.#store.nextTurnIndex();
    this.#onIndex(indexedCall(record, { agent, direction, language, turns }));
  }

  /** What cannot be understood is dropped, as Twilio does; the stream goes on. */
  #refuse(code: string, rule: string): void {
    if (++this.#failures > FAILURES_LOGGED_MAX) return;
    this.#log({ level: 'warn', event: 'stream-message', code, message: rule });
  }

  #log({ level, event, code, message }: LogEntry): void {
    const entry = { level, event, ...(code === undefined ? {} : { code }), message };
    this.#store.putEvent(Date.now(), entry);
    console[level](
      JSON.stringify({
        callSid: this.#startedSid ?? this.#callSid,
        streamSid: this.#streamSid,
        ...entry,
      }),
    );
  }
}

/** Undefined for a payload that is not base64. */
function inputOf(
  message: Exclude<
    TwilioMessage | PatchcordFromRelay,
    { event: 'connected' | 'start' | 'dtmf-sent' }
  >,
): CallInput | undefined {
  switch (message.event) {
    case 'media':
      try {
        return { kind: 'media', mulaw: Uint8Array.fromBase64(message.media.payload) };
      } catch {
        return undefined;
      }
    case 'mark':
      return { kind: 'mark', name: message.mark.name };
    case 'dtmf':
      return { kind: 'dtmf', digit: message.dtmf.digit };
    case 'stop':
      return { kind: 'stop', reason: 'caller-hangup' };
    case 'played': {
      const { samples, cleared } = message.played;
      const played = { kind: 'played', samples: Number(samples) } as const;
      return cleared === undefined ? played : { ...played, cleared: Number(cleared) };
    }
    case 'transferred': {
      const { id, status, reason } = message.transferred;
      const progress = { kind: 'transfer-progress', transferId: id, status } as const;
      return reason === undefined ? progress : { ...progress, reason };
    }
  }
}
