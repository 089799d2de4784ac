import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { AllocationFailed, AriError } from './ari-error.ts';
import { Created, answerAri } from './ari-routes.ts';
import type { AriContext, AriRequest } from './ari-routes.ts';
import type { Faults } from './faults.ts';

/** What the HTTP side of the simulated PBX is made from. */
export interface AriServerOptions extends AriContext {
  /** MikoPBX: `asterisk`. Anything but `/{prefix}/ari` answers 404. */
  readonly prefix: string;
  readonly username: string;
  readonly password: string;
  readonly faults: Faults;
}

/** Asterisk's limit for a body, main/http.c MAX_CONTENT_LENGTH. */
const BODY_BYTES_MAX = 40_960;

const scalarSchema = z.union([z.string(), z.number(), z.boolean()]);
const bodySchema = z.record(
  z.string(),
  z.union([scalarSchema, z.array(scalarSchema), z.record(z.string(), z.string()), z.null()]),
);

/** ARI over HTTP and WebSocket on 127.0.0.1. */
export class AriServer {
  readonly #options: AriServerOptions;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  /** Every request, as `GET /channels 200`, the oldest first; the last thousand. */
  readonly requests: string[] = [];
  /** Connections refused for a wrong password. */
  refusedPasswords = 0;

  constructor(options: AriServerOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => void this.#onRequest(request, response));
    this.#http.on('connection', (socket) => {
      if (options.faults.refusesConnections) socket.destroy();
    });
    this.#http.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  async listen(): Promise<number> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    return (this.#http.address() as AddressInfo).port;
  }

  /** Cuts every event socket without a closing handshake, as a network does. */
  dropSockets(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  /** Event sockets that are open. */
  get socketCount(): number {
    return this.#sockets.clients.size;
  }

  async close(): Promise<void> {
    this.dropSockets();
    this.#http.closeAllConnections();
    if (!this.#http.listening) return;
    this.#http.close();
    await once(this.#http, 'close');
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults } = this.#options;
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    try {
      const body = await readBody(request);
      if (faults.answerDelayMs > 0) await sleep(faults.answerDelayMs);
      const path = this.#pathBelowAri(url);
      if (path === undefined) {
        respondHtml404(response);
        return;
      }
      this.#authorise(request, url);
      this.#failIfTold(method, path);
      const answer = await answerAri(parseRequest(method, path, url, body), this.#options);
      if (answer === undefined) respond(response, 204, undefined);
      else if (answer instanceof Created) respond(response, 201, answer.body);
      else respond(response, 200, answer);
    } catch (error) {
      const refusal =
        error instanceof AriError ? error : new AriError(500, `simulated PBX: ${String(error)}`);
      const key = refusal instanceof AllocationFailed ? 'error' : 'message';
      respond(response, refusal.status, { [key]: refusal.message }, refusal.statusText);
    } finally {
      this.requests.push(`${method} ${url.pathname} ${response.statusCode}`);
      if (this.requests.length > 1000) this.requests.shift();
    }
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const path = this.#pathBelowAri(url);
    const apps = (url.searchParams.get('app') ?? '').split(',').filter((name) => name !== '');
    try {
      if (path !== '/events') throw new AriError(404, 'Resource not found');
      this.#authorise(request, url);
      this.#failIfTold('GET', path);
      if (apps.length === 0) throw new AriError(400, 'Missing parameter app');
    } catch (error) {
      const status = error instanceof AriError ? error.status : 500;
      this.requests.push(`UPGRADE ${url.pathname} ${status}`);
      const text = status === 401 ? '401 Unauthorized' : `${status} Refused`;
      socket.end(`HTTP/1.1 ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.requests.push(`UPGRADE ${url.pathname} 101`);
    this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#onOpened(opened, apps));
  }

  #onOpened(socket: WebSocket, apps: readonly string[]): void {
    const { events } = this.#options.board;
    const end = { send: (text: string) => socket.send(text) };
    socket.on('close', () => events.disconnect(end));
    socket.on('error', () => {});
    events.connect(apps, end);
  }

  /** Undefined when the URL is not ARI's: another prefix, say. */
  #pathBelowAri(url: URL): string | undefined {
    const { prefix } = this.#options;
    const base = prefix === '' ? '/ari' : `/${prefix}/ari`;
    return url.pathname.startsWith(`${base}/`) ? url.pathname.slice(base.length) : undefined;
  }

  #authorise(request: IncomingMessage, url: URL): void {
    const { username, password, faults } = this.#options;
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const given =
      basic === undefined
        ? (url.searchParams.get('api_key') ?? '')
        : Buffer.from(basic, 'base64').toString('utf8');
    const wanted = Buffer.from(`${username}:${password}`);
    const isRight =
      Buffer.byteLength(given) === wanted.length && timingSafeEqual(Buffer.from(given), wanted);
    if (isRight && !faults.refusesPassword) return;
    this.refusedPasswords += 1;
    throw new AriError(401, 'Authentication required', 'Unauthorized');
  }

  #failIfTold(method: string, path: string): void {
    const { failedRoutes } = this.#options.faults;
    const failed = failedRoutes.find(
      (route) => route.method === method && route.path.test(path) && (route.times ?? 1) > 0,
    );
    if (failed === undefined) return;
    if (failed.times !== undefined) failed.times -= 1;
    throw new AriError(
      failed.status,
      'An internal error prevented this request from being handled',
    );
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let body = '';
  for await (const part of request) {
    body += String(part);
    if (body.length > BODY_BYTES_MAX) throw new AriError(413, 'Request body too large');
  }
  return body;
}

function parseRequest(method: string, path: string, url: URL, body: string): AriRequest {
  const json = parseBody(body);
  const variables = json['variables'];
  const list = (name: string): readonly string[] => {
    const inBody = json[name];
    const values = Array.isArray(inBody) ? inBody : [inBody].filter(isScalar);
    const given = inBody === undefined ? url.searchParams.getAll(name) : values;
    return given.flatMap((value) => String(value).split(','));
  };
  return {
    method,
    parts: path.split('/').slice(1).map(decodeURIComponent),
    parameter: (name) => {
      const inBody = json[name];
      if (inBody === undefined) return url.searchParams.get(name) ?? undefined;
      return isScalar(inBody) ? String(inBody) : undefined;
    },
    list,
    variables:
      typeof variables === 'object' && variables !== null && !Array.isArray(variables)
        ? variables
        : {},
  };
}

function isScalar(value: unknown): value is string | number | boolean {
  return scalarSchema.safeParse(value).success;
}

function parseBody(body: string): z.infer<typeof bodySchema> {
  if (body === '') return {};
  try {
    return bodySchema.parse(JSON.parse(body));
  } catch {
    throw new AriError(400, 'Error parsing request body', 'Bad Request');
  }
}

function respond(
  response: ServerResponse,
  status: number,
  answer: unknown,
  statusText?: string,
): void {
  if (statusText !== undefined) response.statusMessage = statusText;
  const headers: Record<string, string> = { 'Cache-Control': 'no-cache, no-store' };
  if (status === 401) headers['WWW-Authenticate'] = 'Basic realm="Asterisk REST Interface"';
  if (answer === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(answer);
  headers['Content-Type'] = 'application/json';
  headers['Content-Length'] = String(Buffer.byteLength(text));
  response.writeHead(status, headers).end(text);
}

function respondHtml404(response: ServerResponse): void {
  const text = '<html><head><title>404 Not Found</title></head><body>Not Found</body></html>';
  response.writeHead(404, { 'Content-Type': 'text/html' }).end(text);
}
