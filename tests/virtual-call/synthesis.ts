/** The voice: each text of a context becomes a piece of speech, one after the other, faster than it plays. */

import type { CallInput, CallOutput } from '@patchcord/edge/src/call/core/contract.ts';
import { alignmentOf, audioOf, makePiece, type SpeechPiece } from './agent-speech.ts';
import type { Draws } from './draws.ts';
import type { Latencies } from './latencies.ts';

type AudioInput = Extract<CallInput, { kind: 'tts-audio' | 'tts-done' }>;
type Speak = Extract<CallOutput, { kind: 'tts-speak' }>;

const BYTES_PER_MS = 8;

export interface SynthesisPorts {
  readonly draws: Draws;
  readonly latencies: Latencies;
  nextPieceId(): number;
  register(audio: Uint8Array, piece: SpeechPiece, fromByte: number): void;
  schedule(at: number, run: () => void): void;
  answer(input: AudioInput): void;
}

export interface VoiceContext {
  readonly contextId: string;
  /** All text given to it. */
  text: string;
  readonly pieces: SpeechPiece[];
  /** When the last of the audio asked for so far will have come. */
  readyAt: number;
  isClosed: boolean;
}

export class Synthesis {
  readonly #ports: SynthesisPorts;
  readonly contexts = new Map<string, VoiceContext>();

  constructor(ports: SynthesisPorts) {
    this.#ports = ports;
  }

  speak({ contextId, text }: Speak, now: number): SpeechPiece {
    const { draws, latencies } = this.#ports;
    const context = this.#open(contextId);
    if (context.isClosed) throw new Error(`text for a context that was closed: ${contextId}`);
    const isFirst = context.pieces.length === 0;
    const isIdle = context.readyAt <= now;
    const firstByteMs = draws.lognormal(latencies.firstByteMs);
    const leadingSilenceMs = draws.uniform(...latencies.leadingSilenceMs);
    const piece = makePiece(text, {
      id: this.#ports.nextPieceId(),
      contextId,
      leadingSilenceMs: isFirst ? leadingSilenceMs : 0,
      draws,
    });
    context.text += text;
    context.pieces.push(piece);
    let at = isIdle ? now + firstByteMs : context.readyAt;
    for (let fromMs = 0; fromMs < piece.lengthMs;) {
      const toMs = Math.min(piece.lengthMs, fromMs + Math.round(draws.uniform(100, 200)));
      this.#deliver(context, piece, fromMs, toMs, at);
      at += (toMs - fromMs) / latencies.synthesisSpeed;
      fromMs = toMs;
    }
    context.readyAt = at;
    return piece;
  }

  /** Over HTTP each text is a request of its own, whose end is known; the socket says nothing when it has said all. */
  flush(contextId: string, isHttp: boolean, now: number): void {
    const context = this.#open(contextId);
    if (!isHttp) return;
    this.#ports.schedule(Math.max(now, context.readyAt), () => {
      if (!context.isClosed) this.#ports.answer({ kind: 'tts-done', contextId });
    });
  }

  /** The connection breaks: nothing more comes of what was asked for. */
  breakOff(): void {
    for (const context of this.contexts.values()) context.isClosed = true;
  }

  close(contextId: string): void {
    this.#open(contextId).isClosed = true;
  }

  #open(contextId: string): VoiceContext {
    let context = this.contexts.get(contextId);
    if (context === undefined) {
      context = { contextId, text: '', pieces: [], readyAt: 0, isClosed: false };
      this.contexts.set(contextId, context);
    }
    return context;
  }

  #deliver(
    context: VoiceContext,
    piece: SpeechPiece,
    fromMs: number,
    toMs: number,
    at: number,
  ): void {
    this.#ports.schedule(at, () => {
      if (context.isClosed) return;
      const mulaw = audioOf(piece, fromMs, toMs);
      this.#ports.register(mulaw, piece, fromMs * BYTES_PER_MS);
      const alignment = alignmentOf(piece, fromMs, toMs);
      this.#ports.answer({ kind: 'tts-audio', contextId: context.contextId, mulaw, alignment });
    });
  }
}
