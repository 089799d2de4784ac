/**
 * A Twilio handler on a bare TCP server: keeps every byte of what comes, and can answer with any.
 *
 * No HTTP or WebSocket library is between the relay and the tests: those put headers in order and forgive what they can.
 */

import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { EventLog } from '../relay/event-log.ts';

export interface RawRequest {
  /** Request line and headers as they came, with the empty line. */
  readonly head: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  /** `null`: none at all. */
  readonly type?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly reservedBits: number;
  readonly isMasked: boolean;
  readonly payload: Buffer;
}

export interface Message {
  readonly text: string;
  readonly event: string;
  /** Empty where there is none. */
  readonly sequenceNumber: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What to do with an upgrade: `wait` leaves it to {@link RawStream.accept}; an answer refuses it. */
export type Upgrade = 'accept' | 'wait' | 'drop' | Answer;

export interface RawHandlerOptions {
  answer(request: RawRequest): Answer;
  upgrade?(request: RawRequest): Upgrade;
  readonly onMessage?: (message: Message, stream: RawStream) => void;
}

const OPCODES = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export function headerOf(request: RawRequest, name: string): string {
  const found = request.headers.find(([each]) => each.toLowerCase() === name.toLowerCase());
  return found?.[1] ?? '';
}

/** The parameters of a form or, without a body, of a query; in the order in which they came. */
export function parametersOf({ body, target }: RawRequest): [name: string, value: string][] {
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  return [...new URLSearchParams(body === '' ? query : body)];
}

/** One socket of the relay, from the handler's side. */
export class RawStream {
  readonly request: RawRequest;
  readonly frames = new EventLog<Frame>();
  readonly messages = new EventLog<Message>();
  /** The TCP connection has ended. */
  readonly ended = new EventLog<true>();
  readonly #socket: Socket;
  readonly #onMessage: (message: Message) => void;
  #received = Buffer.alloc(0);

  constructor(
    request: RawRequest,
    socket: Socket,
    onMessage: (message: Message, stream: RawStream) => void,
  ) {
    this.request = request;
    this.#socket = socket;
    this.#onMessage = (message) => onMessage(message, this);
    socket.on('close', () => this.ended.add(true));
  }

  get streamSid(): string {
    const start = this.messages.all.find(({ event }) => event === 'start');
    return /"streamSid":"([^"]*)"/.exec(start?.text ?? '')?.[1] ?? '';
  }

  /** Answers 101. */
  accept(): void {
    const key = headerOf(this.request, 'Sec-WebSocket-Key');
    const accept = createHash('sha1')
      .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    this.#socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
  }

  /** A frame, from a server: not masked. */
  sendFrame(
    opcode: number,
    payload: Uint8Array,
    { isFinal = true, reservedBits = 0 }: { isFinal?: boolean; reservedBits?: number } = {},
  ): void {
    const first = (isFinal ? 0x80 : 0) | (reservedBits << 4) | opcode;
    const length = payload.length;
    let head: Buffer;
    if (length < 126) head = Buffer.from([first, length]);
    else if (length < 65_536) head = Buffer.from([first, 126, length >> 8, length & 0xff]);
    else {
      head = Buffer.alloc(10);
      head.writeUInt16BE((first << 8) | 127);
      head.writeBigUInt64BE(BigInt(length), 2);
    }
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat([head, payload]));
  }

  sendText(text: string): void {
    this.sendFrame(OPCODES.text, Buffer.from(text));
  }

  sendBinary(bytes: Uint8Array): void {
    this.sendFrame(OPCODES.binary, bytes);
  }

  /** A message with this stream's SID, unless it has one of its own. */
  send(message: Readonly<Record<string, unknown>>): void {
    this.sendText(JSON.stringify({ streamSid: this.streamSid, ...message }));
  }

  play(mulaw: Uint8Array): void {
    this.send({ event: 'media', media: { payload: Buffer.from(mulaw).toString('base64') } });
  }

  mark(name: string): void {
    this.send({ event: 'mark', mark: { name } });
  }

  close(code = 1000): void {
    this.sendFrame(OPCODES.close, Buffer.from([code >> 8, code & 0xff]));
  }

  /** Ends the connection without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits for a message, past or to come. */
  until(what: string, isIt: (message: Message) => boolean): Promise<Message> {
    return this.messages.until(what, isIt);
  }

  untilEvent(event: string): Promise<Message> {
    return this.until(event, (message) => message.event === event);
  }

  untilMark(name: string): Promise<Message> {
    return this.until(`mark ${name}`, ({ json }) => isNamed(json['mark'], name));
  }

  /** Names of the marks that came back. */
  get marks(): string[] {
    return this.messages.all.flatMap(({ json }) => nameOf(json['mark']) ?? []);
  }

  get events(): string[] {
    return this.messages.all.map(({ event }) => event);
  }

  /** Texts of all messages of an event. */
  texts(event: string): string[] {
    return this.messages.all.filter((each) => each.event === event).map(({ text }) => text);
  }

  /** `media` of all media messages. */
  get media(): Readonly<Record<string, string>>[] {
    return this.messages.all.flatMap(({ event, json }) =>
      event === 'media' ? [json['media'] as Record<string, string>] : [],
    );
  }

  /** The close code that came; undefined without a close frame or a code. */
  get closeCode(): number | undefined {
    const close = this.frames.all.find(({ opcode }) => opcode === OPCODES.close);
    return close === undefined || close.payload.length < 2
      ? undefined
      : close.payload.readUInt16BE(0);
  }

  receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const frame = this.#takeFrame();
      if (frame === undefined) return;
      this.frames.add(frame);
      if (frame.opcode === OPCODES.close) {
        this.sendFrame(OPCODES.close, frame.payload);
        this.#socket.end();
      } else if (frame.opcode === OPCODES.ping) this.sendFrame(OPCODES.pong, frame.payload);
      else if (frame.opcode === OPCODES.text) this.#read(frame.payload.toString('utf8'));
    }
  }

  #read(text: string): void {
    const json: Record<string, unknown> = JSON.parse(text);
    const { event = '', sequenceNumber = '' } = json;
    if (typeof event !== 'string' || typeof sequenceNumber !== 'string') throw new Error(text);
    const message = { text, event, sequenceNumber, json };
    this.messages.add(message);
    this.#onMessage(message);
  }

  #takeFrame(): Frame | undefined {
    const bytes = this.#received;
    if (bytes.length < 2) return undefined;
    const [first = 0, second = 0] = bytes;
    const isMasked = (second & 0x80) !== 0;
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const headLength = 2 + lengthBytes + (isMasked ? 4 : 0);
    if (bytes.length < headLength) return undefined;
    const length =
      lengthBytes === 0
        ? short
        : bytes.readUIntBE(2 + Math.max(0, lengthBytes - 6), Math.min(6, lengthBytes));
    if (bytes.length < headLength + length) return undefined;
    const payload = Buffer.from(bytes.subarray(headLength, headLength + length));
    if (isMasked) {
      const mask = bytes.subarray(headLength - 4, headLength);
      for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
    }
    this.#received = bytes.subarray(headLength + length);
    return {
      opcode: first & 0x0f,
      isFinal: (first & 0x80) !== 0,
      reservedBits: (first >> 4) & 7,
      isMasked,
      payload,
    };
  }
}

function nameOf(mark: unknown): string | undefined {
  return typeof mark === 'object' &&
    mark !== null &&
    'name' in mark &&
    typeof mark.name === 'string'
    ? mark.name
    : undefined;
}

function isNamed(mark: unknown, name: string): boolean {
  return nameOf(mark) === name;
}

export class RawHandler {
  /** All requests but upgrades, in the order in which they came. */
  readonly requests = new EventLog<RawRequest>();
  readonly upgrades = new EventLog<RawRequest>();
  readonly streams = new EventLog<RawStream>();
  readonly #server: Server;
  readonly #options: RawHandlerOptions;
  readonly #connections = new Set<Socket>();

  private constructor(server: Server, options: RawHandlerOptions) {
    this.#server = server;
    this.#options = options;
  }

  static async start(options: RawHandlerOptions): Promise<RawHandler> {
    const server = createServer((socket) => handler.#connected(socket));
    const handler = new RawHandler(server, options);
    server.listen(0, '127.0.0.1');
    const { promise, resolve } = Promise.withResolvers<void>();
    server.once('listening', resolve);
    await promise;
    return handler;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #connected(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => {});
    let stream: RawStream | undefined;
    let received = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      if (stream !== undefined) return stream.receive(bytes);
      received = Buffer.concat([received, bytes]);
      // No HTTP, such as a TLS handshake: what every HTTP server says to that.
      if (!/^[A-Z]/.test(received.subarray(0, 1).toString('latin1'))) {
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        return undefined;
      }
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        if (end === -1) return undefined;
        const head = received.subarray(0, end + 4).toString('latin1');
        const request = parseHead(head);
        const length = Number(headerOf(request, 'Content-Length'));
        if (received.length < end + 4 + length) return undefined;
        const body = received.subarray(end + 4, end + 4 + length).toString('utf8');
        received = received.subarray(end + 4 + length);
        if (headerOf(request, 'Upgrade') !== '') {
          stream = this.#upgrade(request, socket);
          return undefined;
        }
        this.#request({ ...request, body }, socket);
      }
    });
  }

  #request(request: RawRequest, socket: Socket): void {
    this.requests.add(request);
    const {
      status = 200,
      type = 'text/xml',
      headers = {},
      body = '',
    } = this.#options.answer(request);
    const lines = [
      `HTTP/1.1 ${status} X`,
      ...(type === null ? [] : [`Content-Type: ${type}`]),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  }

  #upgrade(request: RawRequest, socket: Socket): RawStream | undefined {
    this.upgrades.add(request);
    const upgrade = this.#options.upgrade?.(request) ?? 'accept';
    if (upgrade === 'drop') {
      socket.destroy();
      return undefined;
    }
    if (upgrade !== 'accept' && upgrade !== 'wait') {
      socket.end(`HTTP/1.1 ${upgrade.status} X\r\nContent-Length: 0\r\n\r\n`);
      return undefined;
    }
    const onMessage = this.#options.onMessage ?? (() => {});
    const stream = new RawStream(request, socket, (message, each) => onMessage(message, each));
    if (upgrade === 'accept') stream.accept();
    this.streams.add(stream);
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}

function parseHead(head: string): RawRequest {
  const [line = '', ...lines] = head.trimEnd().split('\r\n');
  const [method = '', target = ''] = line.split(' ');
  const headers = lines.map((each) => {
    const colon = each.indexOf(': ');
    return [each.slice(0, colon), each.slice(colon + 2)] as const;
  });
  return { head, method, target, headers, body: '' };
}
