/**
 * Stand-in for ElevenLabs text to speech: multi-context WebSocket and HTTP. What it says is tone speech of the text.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { handleControl } from './control.ts';
import type { ContextLog, ElevenLabsLatencies } from './elevenlabs-context.ts';
import { ElevenLabsSocket } from './elevenlabs-socket.ts';
import type { ElevenLabsRequest } from './elevenlabs-socket.ts';
import { httpError, timestampsAnswer } from './elevenlabs-wire.ts';
import { Behaviour, dripMs, extraDelayMs } from './faults.ts';
import {
  cut,
  listenOnLoopback,
  readJson,
  refuseUpgrade,
  requestUrl,
  sendJson,
} from './loopback-server.ts';
import { pause, stall } from './pause.ts';
import { RequestLog } from './request-log.ts';
import { joinAlignments, outputFormatOf, synthesise } from './synthesis.ts';

const DEFAULT_LATENCIES: ElevenLabsLatencies = {
  firstByteMs: 120,
  chunkMs: 20,
  leadingSilenceMs: 100,
};

const LATENCY_SHAPE = {
  firstByteMs: z.number().min(0).max(600_000),
  chunkMs: z.number().min(0).max(60_000),
  leadingSilenceMs: z.number().min(0).max(5000),
};

const MESSAGE_BYTES_MAX = 256 * 1024;

/** The format when the query names none, as documented. */
const DEFAULT_FORMAT = 'mp3_44100_128';

/** Its last part says how the answer is given: all at once, as it is voiced, or with the times of its characters. */
const SYNTHESIS_PATH = /^\/v1\/text-to-speech\/([^/]+)(?:\/(stream|with-timestamps))?$/;

interface Synthesis {
  readonly url: URL;
  readonly body: unknown;
  readonly hasTimestamps: boolean;
}

const synthesisSchema = z.looseObject({ text: z.string().min(1).max(10_000) });

export interface ElevenLabsOptions {
  readonly port?: number;
  /** Without one, any key is good. */
  readonly apiKey?: string;
  /** Without it, any voice exists. */
  readonly voices?: readonly string[];
  readonly latencies?: Partial<ElevenLabsLatencies>;
}

/** A stand-in that is listening. */
export interface ElevenLabsStandin {
  /** `http://127.0.0.1:PORT`; the WebSocket is on the same port. */
  readonly url: string;
  readonly port: number;
  /** Plans are taken by a context when it is opened, or by an HTTP synthesis; those that refuse by a request. */
  readonly behaviour: Behaviour<ElevenLabsLatencies>;
  readonly next: Behaviour<ElevenLabsLatencies>['next'];
  readonly always: Behaviour<ElevenLabsLatencies>['always'];
  /** The behaviour of sockets, in place of the general one from now on. */
  readonly ofSockets: () => Behaviour<ElevenLabsLatencies>;
  readonly requests: RequestLog<ElevenLabsRequest>;
  readonly close: () => Promise<void>;
}

export async function startElevenLabsStandin(
  options: ElevenLabsOptions = {},
): Promise<ElevenLabsStandin> {
  const standin = new Standin(options);
  const server = await listenOnLoopback(options.port ?? 0, {
    request: (request, response) => standin.handle(request, response),
    upgrade: (request, socket, head) => standin.upgrade(request, socket, head),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    behaviour: standin.behaviour,
    next: (...plans) => standin.behaviour.next(...plans),
    always: (plan) => standin.behaviour.always(plan),
    ofSockets: () => standin.ofSockets(),
    requests: standin.log,
    close: async () => {
      standin.sockets.close();
      await server.close();
    },
  };
}

class Standin {
  readonly behaviour: Behaviour<ElevenLabsLatencies>;
  readonly log = new RequestLog<ElevenLabsRequest>();
  readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  });
  readonly #options: ElevenLabsOptions;
  readonly #latencies: ElevenLabsLatencies;
  #socketBehaviour: Behaviour<ElevenLabsLatencies> | undefined;

  constructor(options: ElevenLabsOptions) {
    this.#options = options;
    this.#latencies = { ...DEFAULT_LATENCIES, ...options.latencies };
    this.behaviour = new Behaviour(this.#latencies, LATENCY_SHAPE);
  }

  ofSockets(): Behaviour<ElevenLabsLatencies> {
    return (this.#socketBehaviour ??= new Behaviour(this.#latencies, LATENCY_SHAPE));
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = requestUrl(request);
    const entry = this.#newEntry(url);
    const voiceId = /^\/v1\/text-to-speech\/([^/]+)\/multi-stream-input$/.exec(url.pathname)?.[1];
    if (voiceId === undefined) {
      entry.status = 404;
      entry.outcome = 'failed';
      refuseUpgrade(socket, 404, JSON.stringify(httpError(404, 'Not Found')));
      return;
    }
    const behaviour = this.#socketBehaviour ?? this.behaviour;
    const refusal = behaviour.takeRefusal();
    if (refusal !== undefined) {
      entry.outcome = 'failed';
      if (refusal.kind === 'refuse') {
        socket.destroy();
        return;
      }
      entry.status = refusal.status;
      const body = JSON.stringify(httpError(refusal.status, refusal.message));
      refuseUpgrade(socket, refusal.status, body, retryAfter(refusal.retryAfterS));
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      entry.status = 101;
      void new ElevenLabsSocket({
        socket: webSocket,
        url,
        entry,
        behaviour,
        handshakeKey: headerKey(request) ?? url.searchParams.get('xi_api_key') ?? undefined,
        isGoodKey: (key) => this.#isGoodKey(key),
        hasVoice: this.#hasVoice(voiceId),
      });
    });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await handleControl(request, response, this.behaviour, this.log)) return undefined;
    const url = requestUrl(request);
    const body = request.method === 'POST' ? await readJson(request) : undefined;
    const entry = this.#newEntry(url);
    response.on('finish', () => {
      entry.status = response.statusCode;
      if (entry.outcome === 'open') entry.outcome = response.statusCode < 400 ? 'closed' : 'failed';
    });
    if (!this.#isGoodKey(headerKey(request))) return sendJson(response, 401, httpError(401));
    const refusal = this.behaviour.takeRefusal();
    if (refusal?.kind === 'refuse') {
      entry.outcome = 'failed';
      request.socket.destroy();
      return undefined;
    }
    if (refusal !== undefined) {
      const { status, message, retryAfterS } = refusal;
      return sendJson(response, status, httpError(status, message), retryAfter(retryAfterS));
    }
    if (url.pathname === '/v1/voices') return sendJson(response, 200, { voices: this.#voices() });
    if (url.pathname === '/v1/user/subscription') return sendJson(response, 200, SUBSCRIPTION);
    const [, voiceId, manner] = SYNTHESIS_PATH.exec(url.pathname) ?? [];
    if (voiceId === undefined || request.method !== 'POST') {
      return sendJson(response, 404, { detail: 'Not Found' });
    }
    if (!this.#hasVoice(voiceId)) return sendJson(response, 404, httpError(404));
    const hasTimestamps = manner === 'with-timestamps';
    return this.#synthesise({ url, body, hasTimestamps }, response, entry);
  }

  async #synthesise(
    { url, body, hasTimestamps }: Synthesis,
    response: ServerResponse,
    entry: ElevenLabsRequest,
  ): Promise<void> {
    const parsed = synthesisSchema.safeParse(body);
    if (!parsed.success) return sendJson(response, 422, unprocessable('body', 'text is missing'));
    const name = url.searchParams.get('output_format') ?? DEFAULT_FORMAT;
    const format = outputFormatOf(name);
    if (format === undefined) {
      const problem = `the stand-in speaks ulaw_8000 and pcm_8000, not ${name}`;
      return sendJson(response, 422, unprocessable('output_format', problem));
    }
    const { text } = parsed.data;
    const log: ContextLog = {
      contextId: '',
      text,
      audioBytes: 0,
      isCancelled: false,
      isFinal: false,
    };
    entry.contexts.push(log);
    const gone = new AbortController();
    response.on('close', () => {
      log.isCancelled = !response.writableFinished;
      gone.abort();
    });
    const plan = this.behaviour.takePlan();
    const { fault } = plan;
    if (!(await pause(plan.firstByteMs + extraDelayMs(fault), gone.signal))) return undefined;
    if (hasTimestamps) {
      if (fault !== undefined && 'after' in fault && fault.kind !== 'drip') {
        return fault.kind === 'stall' ? stall(gone.signal) : cut(response);
      }
      const chunks = synthesise(text, format, plan.leadingSilenceMs);
      const audio = Buffer.concat(chunks.map((chunk) => chunk.audio));
      log.audioBytes = audio.length;
      log.isFinal = true;
      return sendJson(response, 200, timestampsAnswer(audio, joinAlignments(chunks, format)));
    }
    response.writeHead(200, {
      'content-type': format === 'ulaw_8000' ? 'audio/basic' : 'audio/pcm',
      'request-id': randomUUID(),
      'character-cost': String(text.length),
      'current-concurrent-requests': '1',
      'maximum-concurrent-requests': '10',
    });
    for (const [index, { audio }] of synthesise(text, format, plan.leadingSilenceMs).entries()) {
      if (!(await pause(dripMs(fault, index), gone.signal))) return undefined;
      const isDue = fault !== undefined && 'after' in fault && fault.after === index;
      if (isDue && fault.kind !== 'drip') {
        if (fault.kind === 'stall') return stall(gone.signal);
        // Audio over HTTP has no place for an error: the service can only cut it.
        if (fault.kind !== 'garbage') return cut(response);
        response.write(Buffer.from('<html>502 Bad Gateway</html>'));
      }
      response.write(audio);
      log.audioBytes += audio.length;
      if (!(await pause(plan.chunkMs, gone.signal))) return undefined;
    }
    log.isFinal = true;
    response.end();
    return undefined;
  }

  #isGoodKey(key: string | undefined): boolean {
    return key !== undefined && (this.#options.apiKey ?? key) === key;
  }

  #hasVoice(voiceId: string): boolean {
    return this.#options.voices?.includes(voiceId) ?? true;
  }

  #voices(): object[] {
    return (this.#options.voices ?? [DEFAULT_VOICE]).map((voiceId) => ({
      voice_id: voiceId,
      name: `Tone ${voiceId}`,
      category: 'premade',
      labels: { language: 'en' },
      preview_url: null,
      available_for_tiers: [],
      settings: null,
    }));
  }

  #newEntry(url: URL): ElevenLabsRequest {
    const query = [...url.searchParams].filter(([name]) => !/key|authorization/i.test(name));
    return this.log.add({
      atMs: Date.now(),
      path: url.pathname,
      query: Object.fromEntries(query),
      status: 0,
      contexts: [],
      outcome: 'open',
    });
  }
}

function headerKey(request: IncomingMessage): string | undefined {
  const key = request.headers['xi-api-key'];
  return Array.isArray(key) ? key[0] : key;
}

function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

/** FastAPI's body for a request that is well-formed but wrong. */
function unprocessable(field: string, message: string): object {
  return { detail: [{ loc: ['body', field], msg: message, type: 'value_error' }] };
}

const DEFAULT_VOICE = '21m00Tcm4TlvDq8ikWAM';

const SUBSCRIPTION = {
  tier: 'creator',
  character_count: 0,
  character_limit: 100_000,
  can_extend_character_limit: true,
  allowed_to_extend_character_limit: true,
  next_character_count_reset_unix: 1_800_000_000,
  voice_limit: 30,
  max_voice_add_edits: 95,
  voice_add_edit_counter: 0,
  professional_voice_limit: 1,
  can_extend_voice_limit: false,
  can_use_instant_voice_cloning: true,
  can_use_professional_voice_cloning: true,
  currency: 'usd',
  status: 'active',
};
