/**
 * One client of the Azure Speech stand-in: a WebSocket, its turns, and what is heard in them.
 *
 * ```
 *  client                                       service
 *  speech.config, speech.context ─────────────▶
 *  audio (RIFF header), audio, audio… ────────▶ turn.start
 *                                               speech.startDetected                 once in a turn
 *                                               speech.hypothesis… speech.phrase     for each phrase
 *  audio without a body ──────────────────────▶ speech.endDetected, speech.phrase (EndOfDictation), turn.end
 * ```
 *
 * A turn holds many phrases in conversation mode, one in interactive mode. After turn.end the SDK begins another with a
 * new request id and sends again the audio from the end of the last phrase.
 */
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import {
  hypothesisBody,
  phraseBody,
  recognitionSettings,
  speechContextSchema,
  statusBody,
  ticks,
} from './azure-wire.ts';
import type { HypothesisText, RecognitionSettings, SpeechContext } from './azure-wire.ts';
import type { Behaviour, Plan } from './faults.ts';
import { dripMs, extraDelayMs } from './faults.ts';
import { Outbox } from './outbox.ts';
import { Recogniser } from './recogniser.ts';
import type { RecognitionResult } from './recogniser.ts';
import { AudioReader, parseRiff } from './speech-audio.ts';
import type { AudioFormat } from './speech-audio.ts';
import { decodeUsp, encodeUsp } from './usp.ts';
import type { UspMessage } from './usp.ts';

/** How fast results come, counted from the arrival of the audio that brought them. */
export interface AzureLatencies {
  readonly hypothesisMs: number;
  /** Added to the silence that ends a phrase. Azure's median from end of speech to final is 1016 ms with 500 of silence. */
  readonly finalMs: number;
}

/** One turn, for the request log. */
export interface AzureTurnLog {
  readonly requestId: string;
  readonly format: AudioFormat;
  heardMs: number;
  /** DisplayText of each phrase. */
  readonly phrases: string[];
}

/** One connection, for the request log. The key is not in it. */
export interface AzureRequest {
  readonly atMs: number;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** HTTP status of the handshake; 101 when it became a WebSocket, 0 when it was cut. */
  status: number;
  hasConfig: boolean;
  context: unknown;
  readonly turns: AzureTurnLog[];
  outcome: 'open' | 'closed' | 'failed';
}

/** What a session needs from the server. */
export interface AzureSessionParts {
  readonly socket: WebSocket;
  readonly url: URL;
  readonly entry: AzureRequest;
  readonly behaviour: Behaviour<AzureLatencies>;
  readonly hypothesisText: HypothesisText;
  /** The turn is ended after so many phrases. */
  readonly phrasesPerTurn: number;
}

interface Turn {
  readonly requestId: string;
  readonly recogniser: Recogniser;
  readonly reader: AudioReader;
  readonly settings: RecognitionSettings;
  readonly log: AzureTurnLog;
  plan: Plan<AzureLatencies> | undefined;
  resultsSent: number;
  phrases: number;
  hasStarted: boolean;
}

/** Turns kept in the log of one connection. */
const TURNS_LOGGED_MAX = 100;

export class AzureSession {
  readonly #parts: AzureSessionParts;
  readonly #outbox = new Outbox();
  #context: SpeechContext = {};
  #turn: Turn | undefined;
  /** Audio of this turn is late: the service has ended it. */
  #endedRequestId = '';
  /** A fault made it silent for good. */
  #isDeaf = false;

  constructor(parts: AzureSessionParts) {
    this.#parts = parts;
    const { socket, entry } = parts;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => {
      this.#outbox.clear();
      this.#turn = undefined;
      if (entry.outcome === 'open') entry.outcome = 'closed';
    });
    socket.on('error', () => socket.terminate());
  }

  #receive(data: RawData, isBinary: boolean): void {
    const message = decodeUsp(bytesOf(data), isBinary);
    if (typeof message === 'string') return this.#fail(1002, message);
    switch (message.path) {
      case 'speech.config':
        this.#parts.entry.hasConfig = true;
        return undefined;
      case 'speech.context':
        return this.#takeContext(message);
      case 'audio':
        return this.#takeAudio(message);
      default:
        return undefined; // telemetry and whatever else a client tells
    }
  }

  #takeContext(message: UspMessage): void {
    if (message.body.kind !== 'text') return this.#fail(1007, 'speech.context is not text');
    try {
      const json: unknown = JSON.parse(message.body.text);
      this.#parts.entry.context = json;
      this.#context = speechContextSchema.parse(json);
    } catch {
      return this.#fail(1007, 'speech.context cannot be read');
    }
    return undefined;
  }

  #takeAudio(message: UspMessage): void {
    if (message.body.kind !== 'binary') return this.#fail(1007, 'audio is not binary');
    const { bytes } = message.body;
    if (message.requestId === this.#endedRequestId) return undefined;
    const turn = this.#turn;
    if (turn === undefined || turn.requestId !== message.requestId) {
      return this.#startTurn(message.requestId, bytes);
    }
    if (bytes.length === 0) return this.#endOfAudio(turn);
    return this.#hear(turn, turn.reader.read(bytes));
  }

  /** A new request id begins a turn; what was still to be said about the one before is forgotten. */
  #startTurn(requestId: string, bytes: Uint8Array): void {
    if (bytes.length === 0) return undefined; // The end of a turn that never was.
    if (!this.#parts.entry.hasConfig) return this.#fail(1007, 'audio before speech.config');
    const header = parseRiff(bytes);
    if ('problem' in header) return this.#fail(1007, header.problem);
    this.#outbox.clear();
    const settings = recognitionSettings(this.#parts.url, this.#context);
    const log: AzureTurnLog = { requestId, format: header.format, heardMs: 0, phrases: [] };
    const { turns } = this.#parts.entry;
    turns.push(log);
    if (turns.length > TURNS_LOGGED_MAX) turns.shift();
    const turn: Turn = {
      requestId,
      recogniser: new Recogniser(settings.segmentation),
      reader: new AudioReader(header.format),
      settings,
      log,
      plan: undefined,
      resultsSent: 0,
      phrases: 0,
      hasStarted: false,
    };
    this.#turn = turn;
    this.#send(turn, 0, 'turn.start', { context: { serviceTag: randomUUID() } });
    const rest = bytes.subarray(header.dataOffset);
    if (rest.length > 0) this.#hear(turn, turn.reader.read(rest));
    return undefined;
  }

  #hear(turn: Turn, linear: Int16Array): void {
    const results = turn.recogniser.push(linear);
    turn.log.heardMs = turn.recogniser.heardSamples / 8;
    for (const result of results) {
      if (this.#turn !== turn) return;
      this.#report(turn, result);
    }
  }

  #endOfAudio(turn: Turn): void {
    for (const result of turn.recogniser.end()) this.#report(turn, result);
    if (this.#turn === turn) this.#endTurn(turn);
  }

  #report(turn: Turn, result: RecognitionResult): void {
    const { settings } = turn;
    switch (result.kind) {
      case 'start':
        turn.plan = this.#parts.behaviour.takePlan();
        turn.resultsSent = 0;
        if (!turn.hasStarted) {
          turn.hasStarted = true;
          this.#send(turn, 0, 'speech.startDetected', { Offset: ticks(result.startSample) });
        }
        return;
      case 'hypothesis': {
        const body = hypothesisBody(result, settings, this.#parts.hypothesisText);
        this.#sendResult(turn, 'speech.hypothesis', body);
        return;
      }
      case 'phrase':
        turn.phrases += 1;
        turn.log.phrases.push(result.text);
        this.#sendResult(turn, 'speech.phrase', phraseBody(result, settings));
        if (settings.isInteractive || turn.phrases >= this.#parts.phrasesPerTurn) {
          this.#endTurn(turn);
        }
        return;
      case 'initial-silence':
        this.#send(turn, 0, 'speech.phrase', statusBody('InitialSilenceTimeout', result.endSample));
        this.#endTurn(turn);
        return;
      default:
        throw new Error(`unknown result ${JSON.stringify(result satisfies never)}`);
    }
  }

  #endTurn(turn: Turn): void {
    const endSample = turn.recogniser.heardSamples;
    this.#send(turn, 0, 'speech.endDetected', { Offset: ticks(endSample) });
    if (!turn.settings.isInteractive) {
      this.#send(turn, 0, 'speech.phrase', statusBody('EndOfDictation', endSample));
    }
    this.#send(turn, 0, 'turn.end', {});
    this.#endedRequestId = turn.requestId;
    this.#turn = undefined;
  }

  /** A hypothesis or phrase: it has a latency, and may meet the plan's fault. */
  #sendResult(turn: Turn, path: 'speech.hypothesis' | 'speech.phrase', body: object): void {
    turn.plan ??= this.#parts.behaviour.takePlan();
    const { fault, hypothesisMs, finalMs } = turn.plan;
    const isDue = fault !== undefined && 'after' in fault && fault.after === turn.resultsSent;
    const slowMs = turn.resultsSent === 0 ? extraDelayMs(fault) : dripMs(fault, turn.resultsSent);
    turn.resultsSent += 1;
    const delayMs = slowMs + (path === 'speech.phrase' ? finalMs : hypothesisMs);
    if (isDue) this.#outbox.put(delayMs, () => this.#doFault(fault));
    this.#send(turn, delayMs, path, body);
  }

  #doFault(fault: Plan<AzureLatencies>['fault']): void {
    switch (fault?.kind) {
      case 'stall':
        this.#isDeaf = true;
        break;
      case 'error':
        this.#fail(fault.code ?? 1011, fault.message ?? 'Internal server error');
        break;
      case 'disconnect':
        this.#parts.entry.outcome = 'failed';
        this.#parts.socket.terminate();
        break;
      case 'garbage':
        this.#parts.socket.send('X-RequestId:0\r\nPath:speech.phrase\r\n\r\n{"RecognitionStatus":');
        break;
      case 'refuse':
      case 'status':
      case 'slow':
      case 'drip':
      case undefined:
        break;
      default:
        throw new Error(`unknown fault ${JSON.stringify(fault satisfies never)}`);
    }
  }

  #send(turn: Turn, delayMs: number, path: string, body: object): void {
    const message = encodeUsp(path, turn.requestId, body);
    this.#outbox.put(delayMs, () => {
      const { socket } = this.#parts;
      if (!this.#isDeaf && socket.readyState === socket.OPEN) socket.send(message);
    });
  }

  #fail(code: number, reason: string): void {
    this.#parts.entry.outcome = 'failed';
    this.#parts.socket.close(code, reason.slice(0, 120));
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
