/**
 * One client of the ElevenLabs stand-in's multi-stream-input: a WebSocket with up to five contexts.
 */
import type { RawData, WebSocket } from 'ws';
import { Context } from './elevenlabs-context.ts';
import type { ContextLog, ElevenLabsLatencies } from './elevenlabs-context.ts';
import { POLICY_VIOLATION, clientMessageSchema, socketError } from './elevenlabs-wire.ts';
import type { ClientMessage, SocketError } from './elevenlabs-wire.ts';
import type { Behaviour, Fault } from './faults.ts';
import { outputFormatOf } from './synthesis.ts';
import type { OutputFormat } from './synthesis.ts';

/** As the service has it. */
const CONTEXTS_MAX = 5;

/** inactivity_timeout of the query, in seconds: default and most. */
const INACTIVITY_S = { default: 20, max: 180 } as const;

/** Contexts kept in the log of one socket. */
const CONTEXTS_LOGGED_MAX = 500;

/** One connection or HTTP request, for the request log. Keys are not in it. */
export interface ElevenLabsRequest {
  readonly atMs: number;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** HTTP status; 101 for a WebSocket, 0 when it was cut. */
  status: number;
  /** Of a socket: its contexts. Of an HTTP synthesis: one. */
  readonly contexts: ContextLog[];
  outcome: 'open' | 'closed' | 'failed';
}

/** What a socket needs from the server. */
export interface SocketParts {
  readonly socket: WebSocket;
  readonly url: URL;
  readonly entry: ElevenLabsRequest;
  readonly behaviour: Behaviour<ElevenLabsLatencies>;
  /** Key of the handshake; the first message may bring it in its place. */
  readonly handshakeKey: string | undefined;
  readonly isGoodKey: (key: string | undefined) => boolean;
  readonly hasVoice: boolean;
}

export class ElevenLabsSocket {
  readonly #parts: SocketParts;
  readonly #contexts = new Map<string, Context>();
  readonly #format: OutputFormat | undefined;
  readonly #inactivityMs: number;
  #isAuthorised: boolean;
  #isClosing = false;
  #inactivity: NodeJS.Timeout | undefined;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    const { searchParams } = parts.url;
    this.#isAuthorised = parts.isGoodKey(parts.handshakeKey);
    this.#format = outputFormatOf(searchParams.get('output_format'));
    const seconds = Number(searchParams.get('inactivity_timeout') ?? INACTIVITY_S.default);
    this.#inactivityMs =
      1000 * Math.min(INACTIVITY_S.max, seconds > 0 ? seconds : INACTIVITY_S.default);

    const { socket, entry } = parts;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(this.#inactivity);
      for (const context of this.#contexts.values()) context.destroy();
      this.#contexts.clear();
      if (entry.outcome === 'open') entry.outcome = 'closed';
    });
    const problem = this.#handshakeProblem();
    if (problem === undefined) this.#watch();
    else this.#fail(problem);
  }

  #handshakeProblem(): SocketError | undefined {
    if (this.#parts.handshakeKey !== undefined && !this.#isAuthorised) return 'invalid_api_key';
    if (!this.#parts.hasVoice) return 'voice_id_does_not_exist';
    return this.#format === undefined ? 'unsupported_output_format' : undefined;
  }

  #watch(): void {
    clearTimeout(this.#inactivity);
    this.#inactivity = setTimeout(() => this.#fail('input_timeout_exceeded'), this.#inactivityMs);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return undefined;
    this.#watch();
    const message = isBinary ? undefined : parseMessage(data);
    if (message === undefined) return this.#fail('invalid_input_message');
    if (!this.#isAuthorised) {
      this.#isAuthorised = this.#parts.isGoodKey(message.xi_api_key ?? undefined);
      if (!this.#isAuthorised) return this.#fail('invalid_api_key');
    }
    if (message.close_socket === true) return this.#closeSocket();
    const contextId = message.context_id ?? 'default';
    if (message.close_context === true) {
      this.#contexts.get(contextId)?.close();
      return undefined;
    }
    // Without a context this was the end of the input once; the multi-context service refuses it.
    if (message.text === '' && message.context_id == null)
      return this.#fail('invalid_input_message');
    // As with the service, a flush or a keep-alive for an unknown context opens it (pipecat #4126).
    const context = this.#contexts.get(contextId) ?? this.#open(contextId, message);
    if (context === undefined) return undefined;
    if (message.text != null && message.text !== '') context.addText(message.text);
    if (message.flush === true) context.flush();
    return undefined;
  }

  #open(contextId: string, message: ClientMessage): Context | undefined {
    const { searchParams } = this.#parts.url;
    if (this.#contexts.size >= CONTEXTS_MAX) {
      this.#fail('max_active_conversations');
      return undefined;
    }
    const log: ContextLog = {
      contextId,
      text: '',
      audioBytes: 0,
      isCancelled: false,
      isFinal: false,
    };
    const { contexts } = this.#parts.entry;
    contexts.push(log);
    if (contexts.length > CONTEXTS_LOGGED_MAX) contexts.shift();
    const context = new Context({
      log,
      plan: this.#parts.behaviour.takePlan(),
      format: this.#format ?? 'ulaw_8000',
      isAutoMode: searchParams.get('auto_mode') === 'true',
      hasSyncAlignment: searchParams.get('sync_alignment') === 'true',
      chunkLengthSchedule: message.generation_config?.chunk_length_schedule,
      send: (text) => this.#send(text),
      fail: (fault) => this.#doFault(fault),
      onFinal: () => {
        this.#contexts.delete(contextId);
        if (this.#isClosing && this.#contexts.size === 0) this.#parts.socket.close(1000);
      },
    });
    this.#contexts.set(contextId, context);
    return context;
  }

  /** Contexts end first; the last of them closes the socket. */
  #closeSocket(): void {
    this.#isClosing = true;
    clearTimeout(this.#inactivity);
    for (const context of this.#contexts.values()) context.close();
    if (this.#contexts.size === 0) this.#parts.socket.close(1000);
  }

  #doFault(fault: Extract<Fault, { kind: 'error' | 'disconnect' | 'garbage' }>): void {
    switch (fault.kind) {
      case 'disconnect':
        this.#parts.entry.outcome = 'failed';
        this.#parts.socket.terminate();
        break;
      case 'garbage':
        this.#send('{"audio": "AAAA", "contextId":');
        break;
      case 'error':
        this.#fail('internal_error', fault.message, fault.code);
        break;
      default:
        throw new Error(`unknown fault ${JSON.stringify(fault satisfies never)}`);
    }
  }

  #send(text: string): void {
    const { socket } = this.#parts;
    if (socket.readyState === socket.OPEN) socket.send(text);
  }

  #fail(error: SocketError, message?: string, closeCode = POLICY_VIOLATION): undefined {
    const { text, reason } = socketError(error, message);
    this.#isClosing = true;
    this.#parts.entry.outcome = 'failed';
    clearTimeout(this.#inactivity);
    for (const context of this.#contexts.values()) context.destroy();
    this.#send(text);
    this.#parts.socket.close(closeCode, reason);
    return undefined;
  }
}

function parseMessage(data: RawData): ClientMessage | undefined {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Uint8Array);
    return clientMessageSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}
