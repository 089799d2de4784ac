/**
 * A Twilio Media Streams handler for tests: a real WebSocket server that records everything and does what it is told.
 */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Played, Transferred } from '@patchcord/shared/media-streams/extensions';
import { EventLog } from './event-log.ts';

export interface HandlerMessage {
  readonly event: string;
  readonly streamSid?: string;
  readonly sequenceNumber?: string;
  readonly start?: { readonly callSid: string; readonly customParameters: Record<string, string> };
  readonly media?: { readonly payload: string; readonly timestamp: string; readonly chunk: string };
  readonly mark?: { readonly name: string };
  readonly dtmf?: { readonly digit?: string; readonly digits?: string; readonly status?: string };
  readonly played?: Played;
  readonly transferred?: Transferred;
}

/** One stream, from the handler's side. */
export class HandlerStream {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  readonly messages = new EventLog<HandlerMessage>();
  /** Close code, once. */
  readonly closed = new EventLog<number>();
  streamSid = '';

  constructor(request: IncomingMessage, socket: WebSocket) {
    this.request = request;
    this.socket = socket;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify({ streamSid: this.streamSid, ...message }));
  }

  play(mulaw: Uint8Array): void {
    this.send({ event: 'media', media: { payload: Buffer.from(mulaw).toString('base64') } });
  }

  mark(name: string): void {
    this.send({ event: 'mark', mark: { name } });
  }

  /** The caller's audio so far. */
  get heard(): Buffer {
    const media = this.messages.all.flatMap((message) => message.media ?? []);
    return Buffer.concat(media.map(({ payload }) => Buffer.from(payload, 'base64')));
  }
}

export interface HandlerOptions {
  /** Says in its 101 that it is our edge. */
  readonly isOurEdge?: boolean;
  /** Called with each message of each stream, after it was recorded. */
  readonly onMessage?: (message: HandlerMessage, stream: HandlerStream) => void;
  /** Answers the upgrade with this status in place of 101. */
  readonly upgradeStatus?: number;
  /** Accepts the upgrade, sends these bytes, and then neither reads nor ends the TCP connection. */
  readonly bytesAfterUpgrade?: Buffer;
  /** Answers every request that is no upgrade; `path` without its query, whose parameters are in the form of a GET. */
  readonly voice?: VoiceAnswer | ((form: URLSearchParams, path: string) => VoiceAnswer);
}

export interface VoiceAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string | Uint8Array;
}

export class TestHandler {
  readonly streams = new EventLog<HandlerStream>();
  /** Requests of the voice webhook: headers and form. */
  readonly webhooks = new EventLog<{ request: IncomingMessage; form: URLSearchParams }>();
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #lingering = new Set<Duplex>();

  private constructor(server: Server, sockets: WebSocketServer) {
    this.#server = server;
    this.#sockets = sockets;
  }

  static async start(options: HandlerOptions = {}): Promise<TestHandler> {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    const handler = new TestHandler(server, sockets);
    if (options.isOurEdge === true) {
      sockets.on('headers', (headers) => headers.push('X-Patchcord: 1'));
    }
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://handler');
        const form = request.method === 'GET' ? searchParams : new URLSearchParams(body);
        handler.webhooks.add({ request, form });
        const { voice = { body: '' } } = options;
        const answered = typeof voice === 'function' ? voice(form, pathname) : voice;
        const { status = 200, type = 'text/xml', body: answer } = answered;
        response.writeHead(status, { 'Content-Type': type }).end(answer);
      });
    });
    server.on('upgrade', (request, socket, head) => {
      if (options.upgradeStatus !== undefined) {
        socket.end(`HTTP/1.1 ${options.upgradeStatus} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      if (options.bytesAfterUpgrade !== undefined) {
        handler.#lingering.add(socket);
        const accept = acceptKey(String(request.headers['sec-websocket-key']));
        const answer = `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
        socket.on('error', () => {});
        socket.write(Buffer.concat([Buffer.from(answer), options.bytesAfterUpgrade]));
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const stream = new HandlerStream(request, webSocket);
        handler.streams.add(stream);
        webSocket.on('message', (data: Buffer) => {
          const message: HandlerMessage = JSON.parse(data.toString('utf8'));
          if (message.event === 'start') stream.streamSid = message.streamSid ?? '';
          stream.messages.add(message);
          options.onMessage?.(message, stream);
        });
        webSocket.on('close', (code) => stream.closed.add(code));
        webSocket.on('error', () => {});
      });
    });
    server.listen(0, '127.0.0.1');
    const { promise, resolve } = Promise.withResolvers<void>();
    server.once('listening', resolve);
    await promise;
    return handler;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get streamUrl(): string {
    return `ws://127.0.0.1:${this.port}/media`;
  }

  get voiceUrl(): string {
    return `http://127.0.0.1:${this.port}/voice`;
  }

  /** The first stream's `start` has come. */
  async started(): Promise<HandlerStream> {
    const stream = await this.streams.until('a stream', () => true);
    await stream.messages.until('start', ({ event }) => event === 'start');
    return stream;
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    for (const socket of this.#lingering) socket.destroy();
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** RFC 6455 §4.2.2. */
function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** Sends every frame of the caller straight back. */
export function echo(message: HandlerMessage, stream: HandlerStream): void {
  if (message.media !== undefined) {
    stream.send({ event: 'media', media: { payload: message.media.payload } });
  }
}
