/**
 * What the caller hears of the agent, and whose sample it is.
 *
 * The engine may only send views into audio it was given, so a view's buffer and offset name the piece and the byte.
 */

import type { SpeechPiece, SpokenWord } from './agent-speech.ts';

const BYTES_PER_MS = 8;

interface Chunk {
  readonly piece: SpeechPiece;
  /** Of its first byte, in the piece. */
  readonly fromByte: number;
}

/** Bytes of one piece, heard without a gap. */
export interface HeardStretch {
  readonly piece: SpeechPiece;
  /** When the first byte is heard. */
  readonly at: number;
  readonly fromByte: number;
  toByte: number;
}

/** Sound without a gap: its pieces follow each other within a millisecond. */
export interface SoundRun {
  readonly fromAt: number;
  toAt: number;
  readonly piece: SpeechPiece;
  /** Its end, in the piece. */
  toMs: number;
}

export interface LastSound {
  readonly toAt: number;
  readonly piece: SpeechPiece;
  /** It is the end of the last word of its piece. */
  readonly isEnd: boolean;
}

export class Ear {
  readonly #chunks = new Map<ArrayBufferLike, Chunk>();
  readonly stretches: HeardStretch[] = [];
  readonly runs: SoundRun[] = [];

  /** From now on views into `audio` are that part of `piece`. */
  register(audio: Uint8Array, piece: SpeechPiece, fromByte: number): void {
    this.#chunks.set(audio.buffer, { piece, fromByte: fromByte - audio.byteOffset });
  }

  /** Throws where the bytes are not a view into registered audio. */
  provenanceOf(mulaw: Uint8Array): { readonly piece: SpeechPiece; readonly fromByte: number } {
    const chunk = this.#chunks.get(mulaw.buffer);
    if (chunk === undefined) throw new Error('the engine sent audio that it was not given');
    const fromByte = chunk.fromByte + mulaw.byteOffset;
    if (fromByte < 0 || fromByte + mulaw.length > chunk.piece.lengthMs * BYTES_PER_MS) {
      throw new Error('the engine sent audio beyond the end of a piece');
    }
    return { piece: chunk.piece, fromByte };
  }

  /** The caller hears these bytes from `at` on. Calls come in order of time. */
  hear(at: number, piece: SpeechPiece, fromByte: number, toByte: number): void {
    const last = this.stretches.at(-1);
    const isNext =
      last !== undefined &&
      last.piece === piece &&
      last.toByte === fromByte &&
      Math.abs(last.at + (last.toByte - last.fromByte) / BYTES_PER_MS - at) < 0.01;
    if (isNext) last.toByte = toByte;
    else this.stretches.push({ piece, at, fromByte, toByte });
    this.#addRuns(at, piece, fromByte, toByte);
  }

  /** The last sound that is heard before `at`, cut off there. */
  lastSoundBefore(at: number): LastSound | undefined {
    for (let i = this.runs.length - 1; i >= 0; i--) {
      const run = this.runs[i];
      if (run === undefined || run.fromAt >= at) continue;
      const { piece, toAt, toMs } = run;
      const endMs = piece.words.at(-1)?.endMs ?? piece.lengthMs;
      return { toAt: Math.min(toAt, at), piece, isEnd: toAt <= at && toMs >= endMs - 1 };
    }
    return undefined;
  }

  /** The first sound from `at` on that `isWanted`; one that is going on at `at` begins there. */
  firstSoundFrom(
    at: number,
    isWanted: (piece: SpeechPiece) => boolean = () => true,
  ): { readonly at: number; readonly piece: SpeechPiece } | undefined {
    const run = this.runs.find(({ toAt, piece }) => toAt > at && isWanted(piece));
    return run === undefined ? undefined : { at: Math.max(at, run.fromAt), piece: run.piece };
  }

  isSoundingAt(at: number): boolean {
    for (let i = this.runs.length - 1; i >= 0; i--) {
      const run = this.runs[i];
      if (run === undefined || run.toAt <= at) return false;
      if (run.fromAt <= at) return true;
    }
    return false;
  }

  /** Whether all sound of the word was heard by `at`, the first time or another. */
  hasHeard(piece: SpeechPiece, { startMs, endMs }: SpokenWord, at = Infinity): boolean {
    return isCovered(this.stretches, piece, { fromMs: startMs, toMs: endMs }, at);
  }

  #addRuns(at: number, piece: SpeechPiece, fromByte: number, toByte: number): void {
    const { sounds } = piece;
    const msOf = (byte: number): number => Math.floor(byte / BYTES_PER_MS);
    for (let byte = fromByte; byte < toByte;) {
      const isSounding = sounds[msOf(byte)] === 1;
      let end = byte;
      while (end < toByte && (sounds[msOf(end)] === 1) === isSounding) {
        end = Math.min(toByte, (msOf(end) + 1) * BYTES_PER_MS);
      }
      if (isSounding) {
        const runFromAt = at + (byte - fromByte) / BYTES_PER_MS;
        const runToAt = at + (end - fromByte) / BYTES_PER_MS;
        this.#addRun({ fromAt: runFromAt, toAt: runToAt, piece, toMs: end / BYTES_PER_MS });
      }
      byte = end;
    }
  }

  #addRun(run: SoundRun): void {
    const last = this.runs.at(-1);
    const isNext = last?.piece === run.piece && Math.abs(run.fromAt - last.toAt) < 0.01;
    if (last !== undefined && isNext) {
      last.toAt = run.toAt;
      last.toMs = run.toMs;
    } else this.runs.push(run);
  }
}

/** Whether these stretches have all of a part of the piece, in one or, as after a pause, in several of them. */
export function isCovered(
  stretches: readonly HeardStretch[],
  piece: SpeechPiece,
  part: { readonly fromMs: number; readonly toMs: number },
  at = Infinity,
): boolean {
  let needed = part.fromMs * BYTES_PER_MS;
  const end = part.toMs * BYTES_PER_MS;
  for (const stretch of stretches) {
    if (stretch.piece !== piece || stretch.fromByte > needed) continue;
    const untilByte = stretch.fromByte + Math.floor((at - stretch.at) * BYTES_PER_MS);
    needed = Math.max(needed, Math.min(stretch.toByte, untilByte));
    if (needed >= end) return true;
  }
  return needed >= end;
}
