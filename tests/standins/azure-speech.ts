/**
 * Stand-in for Azure Speech recognition: the Speech protocol over WebSocket, so that Microsoft's SDK works unchanged.
 *
 * What it recognises is what it decodes from the audio it is sent (`tests/speech`); nobody tells it the text.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { AzureSession } from './azure-session.ts';
import type { AzureLatencies, AzureRequest } from './azure-session.ts';
import type { HypothesisText } from './azure-wire.ts';
import { handleControl } from './control.ts';
import { Behaviour } from './faults.ts';
import { listenOnLoopback, refuseUpgrade, requestUrl, sendJson } from './loopback-server.ts';
import { RequestLog } from './request-log.ts';

const DEFAULT_LATENCIES: AzureLatencies = { hypothesisMs: 100, finalMs: 300 };

const LATENCY_SHAPE = {
  hypothesisMs: z.number().min(0).max(600_000),
  finalMs: z.number().min(0).max(600_000),
};

const PATHS = [
  '/stt/speech/universal/v2',
  '/speech/recognition/conversation/cognitiveservices/v1',
  '/speech/recognition/interactive/cognitiveservices/v1',
  '/speech/recognition/dictation/cognitiveservices/v1',
];

/** A client sends 100 ms of audio at a time, a few kB; the service's own bound is 8 kB. */
const MESSAGE_BYTES_MAX = 1024 * 1024;

const KEY_NAME = 'ocp-apim-subscription-key';

export interface AzureSpeechOptions {
  readonly port?: number;
  /** Without one, any key is good. */
  readonly key?: string;
  readonly latencies?: Partial<AzureLatencies>;
  /** Whether hypotheses are written as spoken (default) or, as by Azure, in lower case without punctuation. */
  readonly hypothesisText?: HypothesisText;
  /** Ends a turn after so many phrases, so that the SDK begins another; never by default. */
  readonly phrasesPerTurn?: number;
}

/** A stand-in that is listening. */
export interface AzureSpeechStandin {
  /** `ws://127.0.0.1:PORT`; the SDK wants a full path, such as `/stt/speech/universal/v2`, behind it. */
  readonly url: string;
  readonly port: number;
  /** Plans are taken by an utterance when it begins; those that refuse by a connection. */
  readonly behaviour: Behaviour<AzureLatencies>;
  readonly next: Behaviour<AzureLatencies>['next'];
  readonly always: Behaviour<AzureLatencies>['always'];
  readonly requests: RequestLog<AzureRequest>;
  readonly close: () => Promise<void>;
}

export async function startAzureSpeechStandin(
  options: AzureSpeechOptions = {},
): Promise<AzureSpeechStandin> {
  const latencies = { ...DEFAULT_LATENCIES, ...options.latencies };
  const behaviour = new Behaviour<AzureLatencies>(latencies, LATENCY_SHAPE);
  const requests = new RequestLog<AzureRequest>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const url = requestUrl(request);
    const entry = requests.add(newEntry(url));
    const refusal = refusalOf(request, url, options.key, behaviour);
    if (refusal === 'cut') {
      entry.outcome = 'failed';
      socket.destroy();
      return;
    }
    if (refusal !== undefined) {
      entry.status = refusal.status;
      entry.outcome = 'failed';
      refuseUpgrade(socket, refusal.status, refusal.body, refusal.headers);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      entry.status = 101;
      void new AzureSession({
        socket: webSocket,
        url,
        entry,
        behaviour,
        hypothesisText: options.hypothesisText ?? 'display',
        phrasesPerTurn: options.phrasesPerTurn ?? Number.POSITIVE_INFINITY,
      });
    });
  };

  const server = await listenOnLoopback(options.port ?? 0, {
    upgrade,
    request: async (request, response) => {
      if (await handleControl(request, response, behaviour, requests)) return;
      sendJson(response, 404, { error: { code: '404', message: 'Resource not found' } });
    },
  });
  return {
    url: `ws://127.0.0.1:${server.port}`,
    port: server.port,
    behaviour,
    next: (...plans) => behaviour.next(...plans),
    always: (plan) => behaviour.always(plan),
    requests,
    close: async () => {
      sockets.close();
      await server.close();
    },
  };
}

interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

function refusalOf(
  request: IncomingMessage,
  url: URL,
  key: string | undefined,
  behaviour: Behaviour<AzureLatencies>,
): Refusal | 'cut' | undefined {
  if (!PATHS.includes(url.pathname)) return refuse(404, 'Resource not found');
  const query = [...url.searchParams].find(([name]) => name.toLowerCase() === KEY_NAME)?.[1];
  if (key !== undefined && (query ?? request.headers[KEY_NAME]) !== key) {
    return refuse(
      401,
      'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an ' +
        'active subscription and use a correct regional API endpoint for your resource.',
    );
  }
  const fault = behaviour.takeRefusal();
  if (fault === undefined) return undefined;
  if (fault.kind === 'refuse') return 'cut';
  const retryAfter =
    fault.retryAfterS === undefined ? {} : { 'retry-after': String(fault.retryAfterS) };
  return refuse(
    fault.status,
    fault.message ?? `The request failed with ${fault.status}`,
    retryAfter,
  );
}

function refuse(status: number, message: string, headers: Record<string, string> = {}): Refusal {
  return { status, body: JSON.stringify({ error: { code: String(status), message } }), headers };
}

function newEntry(url: URL): AzureRequest {
  const query = [...url.searchParams].filter(([name]) => name.toLowerCase() !== KEY_NAME);
  return {
    atMs: Date.now(),
    path: url.pathname,
    query: Object.fromEntries(query),
    status: 0,
    hasConfig: false,
    context: undefined,
    turns: [],
    outcome: 'open',
  };
}
