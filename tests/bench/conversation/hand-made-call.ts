/** A finished call put together by hand, for tests of what the figures mean: who spoke when is written down, not simulated. */

import type { TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type { Message } from '@patchcord/edge/src/call/core/contract.ts';
import { makePiece, type SpeechPiece } from '../../virtual-call/agent-speech.ts';
import type { Utterance } from '../../virtual-call/caller.ts';
import { Draws } from '../../virtual-call/draws.ts';
import { Ear } from '../../virtual-call/ear.ts';
import type { AnswerKind, ModelRequest } from '../../virtual-call/model.ts';
import { planCall } from '../../virtual-call/plan.ts';
import type { CallResult, ClearEvent } from '../../virtual-call/call-result.ts';
import { CallFloor } from './floor.ts';

/** Each way takes 50 ms, 10 of them between peer and edge. */
const NETWORK = { mouthToPeerMs: 40, peerToEdgeMs: 10, edgeToPeerMs: 10, peerToEarMs: 40 };

export class HandMadeCall {
  readonly #ear = new Ear();
  readonly #utterances: Utterance[] = [];
  readonly #requests: ModelRequest[] = [];
  readonly #requestOf = new Map<SpeechPiece, ModelRequest>();
  readonly #clears: ClearEvent[] = [];
  readonly #turns: TurnRecord[] = [];
  readonly #arrivals = new Map<SpeechPiece, number>();
  #pieces = 0;

  /** The caller makes himself heard from `startAt` to `endAt`, at his mouth. */
  caller(
    startAt: number,
    endAt: number,
    as: Partial<Pick<Utterance, 'kind' | 'isInterrupting' | 'isCut'>> = {},
  ): this {
    this.#utterances.push({
      kind: 'turn',
      turnIndex: this.#utterances.length,
      attempt: 0,
      said: undefined,
      noise: undefined,
      keys: undefined,
      startAt,
      endAt,
      isInterrupting: false,
      isCut: false,
      ...as,
    });
    return this;
  }

  /** The model is asked and writes `text`. */
  request(
    text: string,
    at: number,
    messages: readonly Message[] = [],
    kind: AnswerKind = 'scripted',
  ): this {
    const requestId = this.#requests.length;
    this.#requests.push({
      requestId,
      at,
      model: 'primary',
      messages,
      answer: { kind, text },
      promptTokens: 100,
      completionTokens: 10,
      abortedAt: undefined,
    });
    return this;
  }

  /** Text for a context, of the latest request; without a context it is a clip. */
  piece(text: string, contextId?: string): SpeechPiece {
    const piece = makePiece(text, {
      id: ++this.#pieces,
      ...(contextId === undefined ? {} : { contextId }),
      leadingSilenceMs: 0,
      draws: new Draws(1),
    });
    const request = this.#requests.findLast(({ answer }) => answer.text.includes(text.trim()));
    if (contextId !== undefined && request !== undefined) this.#requestOf.set(piece, request);
    return piece;
  }

  /** The caller hears the piece from `at` on, from one of its milliseconds to another. */
  hears(piece: SpeechPiece, at: number, fromMs = 0, toMs = piece.lengthMs): this {
    if (!this.#arrivals.has(piece)) this.#arrivals.set(piece, at - NETWORK.peerToEarMs);
    this.#ear.hear(at, piece, fromMs * 8, toMs * 8);
    return this;
  }

  clear(sentAt: number, threwBytes = 8000): this {
    this.#clears.push({ sentAt, arrivedAt: sentAt + 10, threwBytes });
    return this;
  }

  record(record: Partial<TurnRecord> & Pick<TurnRecord, 'agent' | 'heard' | 'startedAt'>): this {
    this.#turns.push({
      index: this.#turns.length,
      kind: 'reply',
      interrupted: true,
      falseAlarms: 0,
      isSpeculative: false,
      tools: [],
      waterfallMs: {},
      errors: [],
      ...record,
    });
    return this;
  }

  floor(): CallFloor {
    const result: CallResult = {
      plan: planCall(1, 'en'),
      network: NETWORK,
      utterances: this.#utterances,
      ear: this.#ear,
      requests: this.#requests,
      contexts: [],
      requestOf: this.#requestOf,
      clears: this.#clears,
      pauses: 0,
      turns: this.#turns,
      call: undefined,
      arrivals: this.#arrivals,
      startedAt: 0,
      endedAt: 60_000,
      endedBy: 'caller',
      warnings: [],
      events: [],
      trace: undefined,
    };
    return new CallFloor(result);
  }
}

/** When a word of the piece has sounded, in milliseconds of the piece. */
export function endOfWord(piece: SpeechPiece, index: number): number {
  const word = piece.words[index];
  if (word === undefined) throw new Error(`"${piece.text}" has no word ${index}`);
  return word.endMs;
}
