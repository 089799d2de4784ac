/**
 * Stand-in for OpenRouter: chat completions over HTTP and server-sent events, so that the `openai` SDK works unchanged.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Brain, BrainReply } from './brain.ts';
import { receptionist } from './brain.ts';
import { handleControl } from './control.ts';
import { Behaviour, dripMs, extraDelayMs } from './faults.ts';
import type { Plan } from './faults.ts';
import {
  cut,
  listenOnLoopback,
  readJson,
  refuseUpgrade,
  requestUrl,
  sendJson,
} from './loopback-server.ts';
import {
  brainMessages,
  brainTools,
  completionBody,
  completionRequestSchema,
  endChunks,
  errorBody,
  errorChunk,
  replyChunks,
  roleChunk,
} from './openrouter-wire.ts';
import type { CompletionRequest, Generation } from './openrouter-wire.ts';
import { pause, stall } from './pause.ts';
import { RequestLog } from './request-log.ts';

/** How fast it answers. */
export interface OpenRouterLatencies {
  /** Request to the first content token. */
  readonly firstTokenMs: number;
  /** Token to token. */
  readonly tokenMs: number;
}

const DEFAULT_LATENCIES: OpenRouterLatencies = { firstTokenMs: 150, tokenMs: 15 };

const LATENCY_SHAPE = {
  firstTokenMs: z.number().min(0).max(600_000),
  tokenMs: z.number().min(0).max(60_000),
};

/** A comment goes out at once and then as often as this until the first token. */
const COMMENT_EVERY_MS = 500;

/** What was asked and how it ended. */
export interface OpenRouterRequest {
  readonly atMs: number;
  readonly path: string;
  readonly body: unknown;
  /** HTTP status answered; 0 while there is none. */
  status: number;
  /** Tokens (chunks of the reply) sent so far. */
  tokensSent: number;
  reply: BrainReply | undefined;
  outcome: 'open' | 'done' | 'aborted' | 'failed';
}

export interface OpenRouterOptions {
  readonly port?: number;
  /** Without one, any key is good. */
  readonly apiKey?: string;
  readonly brain?: Brain;
  readonly latencies?: Partial<OpenRouterLatencies>;
}

/** A stand-in that is listening. */
export interface OpenRouterStandin {
  /** Base URL for the SDK: `http://127.0.0.1:PORT/api/v1`. */
  readonly url: string;
  readonly port: number;
  readonly behaviour: Behaviour<OpenRouterLatencies>;
  readonly next: Behaviour<OpenRouterLatencies>['next'];
  readonly always: Behaviour<OpenRouterLatencies>['always'];
  /** The behaviour of one model, in place of the general one from now on. */
  readonly ofModel: (model: string) => Behaviour<OpenRouterLatencies>;
  readonly requests: RequestLog<OpenRouterRequest>;
  /** Completions that the client gave up before their end. */
  readonly abortedCount: number;
  readonly close: () => Promise<void>;
}

export async function startOpenRouterStandin(
  options: OpenRouterOptions = {},
): Promise<OpenRouterStandin> {
  const standin = new Standin(options);
  const { port, close } = await listenOnLoopback(options.port ?? 0, {
    request: (request, response) => standin.handle(request, response),
    upgrade: (_, socket) => refuseUpgrade(socket, 404, JSON.stringify(errorBody(404))),
  });
  return {
    url: `http://127.0.0.1:${port}/api/v1`,
    port,
    behaviour: standin.behaviour,
    next: (...plans) => standin.behaviour.next(...plans),
    always: (plan) => standin.behaviour.always(plan),
    ofModel: (model) => standin.ofModel(model),
    requests: standin.log,
    get abortedCount() {
      return standin.abortedCount;
    },
    close,
  };
}

class Standin {
  readonly behaviour: Behaviour<OpenRouterLatencies>;
  readonly log = new RequestLog<OpenRouterRequest>();
  abortedCount = 0;
  readonly #apiKey: string | undefined;
  readonly #brain: Brain;
  readonly #latencies: OpenRouterLatencies;
  readonly #models = new Map<string, Behaviour<OpenRouterLatencies>>();

  constructor(options: OpenRouterOptions) {
    this.#apiKey = options.apiKey;
    this.#brain = options.brain ?? receptionist;
    this.#latencies = { ...DEFAULT_LATENCIES, ...options.latencies };
    this.behaviour = new Behaviour(this.#latencies, LATENCY_SHAPE);
  }

  ofModel(model: string): Behaviour<OpenRouterLatencies> {
    const known = this.#models.get(model);
    if (known !== undefined) return known;
    const behaviour = new Behaviour(this.#latencies, LATENCY_SHAPE);
    this.#models.set(model, behaviour);
    return behaviour;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await handleControl(request, response, this.behaviour, this.log)) return;
    const { pathname } = requestUrl(request);
    const body = request.method === 'POST' ? await readJson(request) : undefined;
    const entry = this.log.add({
      atMs: Date.now(),
      path: pathname,
      body,
      status: 0,
      tokensSent: 0,
      reply: undefined,
      outcome: 'open',
    });
    response.on('finish', () => {
      entry.status = response.statusCode;
      if (entry.outcome === 'open') entry.outcome = response.statusCode < 400 ? 'done' : 'failed';
    });

    if (!this.#isAuthorised(request)) return sendJson(response, 401, errorBody(401));
    const refusal = this.#behaviourOf(body).takeRefusal();
    if (refusal?.kind === 'refuse') {
      entry.outcome = 'failed';
      request.socket.destroy();
      return undefined;
    }
    if (refusal !== undefined) {
      const retryAfter =
        refusal.retryAfterS === undefined ? {} : { 'retry-after': String(refusal.retryAfterS) };
      return sendJson(
        response,
        refusal.status,
        errorBody(refusal.status, refusal.message),
        retryAfter,
      );
    }
    if (pathname === '/api/v1/chat/completions' && request.method === 'POST') {
      return this.#complete(body, response, entry);
    }
    if (pathname === '/api/v1/models') return sendJson(response, 200, { data: [MODEL] });
    if (pathname === '/api/v1/key') return sendJson(response, 200, { data: KEY });
    return sendJson(response, 404, errorBody(404, 'Not Found'));
  }

  #behaviourOf(body: unknown): Behaviour<OpenRouterLatencies> {
    const { data } = z.looseObject({ model: z.string() }).safeParse(body);
    return this.#models.get(data?.model ?? '') ?? this.behaviour;
  }

  #isAuthorised(request: IncomingMessage): boolean {
    const { authorization } = request.headers;
    if (authorization?.startsWith('Bearer ') !== true) return false;
    return this.#apiKey === undefined || authorization === `Bearer ${this.#apiKey}`;
  }

  async #complete(
    body: unknown,
    response: ServerResponse,
    entry: OpenRouterRequest,
  ): Promise<void> {
    const parsed = completionRequestSchema.safeParse(body);
    if (!parsed.success) {
      return sendJson(response, 400, errorBody(400, z.prettifyError(parsed.error)));
    }
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished && entry.outcome === 'open') {
        entry.outcome = 'aborted';
        this.abortedCount += 1;
      }
      gone.abort();
    });
    const completion = parsed.data;
    const generation: Generation = {
      id: `gen-${Math.floor(Date.now() / 1000)}-${randomBytes(10).toString('hex')}`,
      model: completion.model ?? completion.models?.[0] ?? 'openrouter/auto',
      createdS: Math.floor(Date.now() / 1000),
    };
    const plan = this.#behaviourOf(body).takePlan();
    const reply = this.#brain(brainMessages(completion), brainTools(completion));
    entry.reply = reply;
    response.setHeader('x-generation-id', generation.id);
    if (completion.stream === true) {
      return new Stream({ response, entry, generation, plan, signal: gone.signal }).run(
        completion,
        reply,
      );
    }
    if (!(await pause(plan.firstTokenMs + extraDelayMs(plan.fault), gone.signal))) return undefined;
    if (plan.fault?.kind === 'stall') return stall(gone.signal);
    if (plan.fault?.kind === 'disconnect') return void response.socket?.destroy();
    if (plan.fault?.kind === 'error') {
      return sendJson(response, 200, errorBody(plan.fault.code ?? 502, plan.fault.message));
    }
    if (plan.fault?.kind === 'garbage') return void response.end('{"id": "gen-');
    entry.tokensSent = replyChunks(generation, reply).length;
    return sendJson(response, 200, completionBody(generation, completion, reply));
  }
}

/** One answer that streams. */
class Stream {
  readonly #response: ServerResponse;
  readonly #entry: OpenRouterRequest;
  readonly #generation: Generation;
  readonly #plan: Plan<OpenRouterLatencies>;
  readonly #signal: AbortSignal;

  constructor(parts: {
    response: ServerResponse;
    entry: OpenRouterRequest;
    generation: Generation;
    plan: Plan<OpenRouterLatencies>;
    signal: AbortSignal;
  }) {
    this.#response = parts.response;
    this.#entry = parts.entry;
    this.#generation = parts.generation;
    this.#plan = parts.plan;
    this.#signal = parts.signal;
  }

  async run(request: CompletionRequest, reply: BrainReply): Promise<void> {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
    });
    if (!(await this.#wait())) return;
    this.#send(roleChunk(this.#generation));
    const tokens = replyChunks(this.#generation, reply);
    for (let index = 0; index <= tokens.length; index++) {
      if (!(await this.#survives(index))) return;
      const token = tokens[index];
      if (token === undefined) break;
      this.#send(token);
      this.#entry.tokensSent += 1;
      if (!(await pause(this.#plan.tokenMs, this.#signal))) return;
    }
    for (const end of endChunks(this.#generation, request, reply)) this.#send(end);
    this.#response.end('data: [DONE]\n\n');
  }

  /** Comments until the first token is due; false when the client has gone. */
  async #wait(): Promise<boolean> {
    let leftMs = this.#plan.firstTokenMs + extraDelayMs(this.#plan.fault);
    do {
      this.#response.write(': OPENROUTER PROCESSING\n\n');
      if (!(await pause(Math.min(leftMs, COMMENT_EVERY_MS), this.#signal))) return false;
      leftMs -= COMMENT_EVERY_MS;
    } while (leftMs > 0);
    return true;
  }

  /** Does what the plan's fault says when it is due before token `index`; false when that was the end. */
  async #survives(index: number): Promise<boolean> {
    const { fault } = this.#plan;
    if (!(await pause(dripMs(fault, index), this.#signal))) return false;
    if (fault === undefined || !('after' in fault) || fault.after !== index) return true;
    switch (fault.kind) {
      case 'drip':
        return true;
      case 'stall':
        await stall(this.#signal);
        return false;
      case 'disconnect':
        this.#entry.outcome = 'failed';
        cut(this.#response);
        return false;
      case 'error':
        this.#entry.outcome = 'failed';
        this.#send(
          errorChunk(
            this.#generation,
            fault.code ?? 502,
            fault.message ?? 'Provider disconnected unexpectedly',
          ),
        );
        this.#response.end('data: [DONE]\n\n');
        return false;
      case 'garbage':
        this.#response.write('data: {"id": "gen-", "choices": [{\n\n');
        return true;
      default:
        throw new Error(`unknown fault ${JSON.stringify(fault satisfies never)}`);
    }
  }

  #send(event: object): void {
    this.#response.write(`data: ${JSON.stringify(event)}\n\n`);
  }
}

const MODEL = {
  id: 'stand-in/receptionist',
  name: 'Stand-in: Receptionist',
  created: 1_763_769_600,
  context_length: 128_000,
  architecture: { modality: 'text->text', input_modalities: ['text'], output_modalities: ['text'] },
  pricing: { prompt: '0.0000005', completion: '0.0000015' },
  supported_parameters: ['tools', 'temperature', 'max_tokens'],
};

const KEY = {
  label: 'stand-in',
  limit: null,
  limit_remaining: null,
  usage: 0,
  is_free_tier: false,
};
