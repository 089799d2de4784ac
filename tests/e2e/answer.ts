/** Long answers whose every byte tells where it belongs, cut and timed as handlers cut and time theirs. */

import type { RandomSource } from '../sim/random.ts';

/**
 * How a handler sends an answer.
 *
 * - `burst`: all at once.
 * - `ahead`: in step with time, 200 to 2000 ms before it is heard.
 * - `model`: two to eight times as fast as it is heard, as speech models do.
 * - `in-step`: one frame of 20 ms every 20 ms. The relay waits for a cushion of up to 40 ms (docs/decisions/0003).
 */
export type Pace = 'burst' | 'ahead' | 'model' | 'in-step';

export interface AnswerPlan {
  readonly id: number;
  readonly pace: Pace;
  readonly lengthMs: number;
  /** A mark behind every so many milliseconds of audio. */
  readonly markMs: number;
  /** Who interrupts: the handler by itself, or the caller's voice when the handler hears it. */
  readonly trigger: 'handler' | 'caller';
  /** When, from the first byte on. */
  readonly afterMs: number;
  /** Rest before the answer, so that it begins anywhere between two frames. */
  readonly pauseMs: number;
}

/** What is sent at one time: audio, or the mark behind what has been sent. */
export type Piece =
  | { readonly kind: 'audio'; readonly mulaw: Uint8Array; readonly dueMs: number }
  | { readonly kind: 'mark'; readonly positionMs: number; readonly dueMs: number };

export const SILENCE = 0xff;
/** Begins an answer and is nowhere else in it; its number follows in two bytes. */
const FIRST = 0xfe;
const HEADER_BYTES = 3;
const VALUES = 0xfe;

const BYTES_PER_MS = 8;
const FRAME_BYTES = 160;
const PAYLOAD_BYTES_MAX = 12_000;
/** The first payload of a model is longer than the relay's cushion, as the deltas of speech models are. */
const MODEL_FIRST_BYTES = 800;

export function planAnswer(id: number, pace: Pace, random: RandomSource): AnswerPlan {
  const between = (min: number, max: number): number => min + Math.floor(random() * (max - min));
  const lengthMs = between(2000, 6000);
  // Half of the interruptions come early, where people interrupt most.
  const afterMsMax = random() < 0.5 ? 1000 : lengthMs - 500;
  return {
    id,
    pace,
    lengthMs,
    markMs: 20 * between(3, 26),
    trigger: random() < 0.5 ? 'handler' : 'caller',
    afterMs: between(100, afterMsMax),
    pauseMs: random() * 300,
  };
}

export function answerBytes({ id, lengthMs }: AnswerPlan): Uint8Array {
  // Steps that share nothing with 254: the row repeats only after minutes.
  const bytes = Uint8Array.from(
    { length: lengthMs * BYTES_PER_MS },
    (_, i) => (i * 7 + Math.floor(i / 251) * 13 + id * 31) % VALUES,
  );
  bytes.set([FIRST, id % VALUES, Math.floor(id / VALUES)]);
  return bytes;
}

/** Payloads of 3 to 12,000 bytes that end where a mark is due, and the marks. */
export function answerPieces(plan: AnswerPlan, random: RandomSource): Piece[] {
  const { pace, markMs } = plan;
  const bytes = answerBytes(plan);
  const leadMs = 200 + random() * 1800;
  const speed = 2 + random() * 6;
  const dueMs = (offset: number): number => {
    const heardMs = offset / BYTES_PER_MS;
    if (pace === 'burst') return 0;
    if (pace === 'ahead') return Math.max(0, heardMs - leadMs);
    return pace === 'model' ? heardMs / speed : heardMs;
  };
  const sizeAt = (offset: number): number => {
    if (pace === 'in-step') return FRAME_BYTES;
    if (pace === 'model' && offset === 0) return MODEL_FIRST_BYTES;
    const sizeMax = random() < 0.5 ? 400 : PAYLOAD_BYTES_MAX;
    return HEADER_BYTES + Math.floor(random() * (sizeMax - HEADER_BYTES));
  };
  const pieces: Piece[] = [];
  for (let offset = 0; offset < bytes.length;) {
    let end = Math.min(bytes.length, offset + sizeAt(offset));
    const due = dueMs(offset);
    // One delta of a model with marks in it: cut at the marks, sent at once.
    while (offset < end) {
      const markAt = (Math.floor(offset / (markMs * BYTES_PER_MS)) + 1) * markMs * BYTES_PER_MS;
      const cut = Math.min(end, markAt);
      pieces.push({ kind: 'audio', mulaw: bytes.subarray(offset, cut), dueMs: due });
      if (cut === markAt) pieces.push({ kind: 'mark', positionMs: cut / BYTES_PER_MS, dueMs: due });
      offset = cut;
    }
  }
  return pieces;
}

/** What of one answer was heard. */
export interface HeardAnswer {
  /** Sound of it, without the holes. */
  readonly bytes: Uint8Array;
  /** Silence between its first and its last byte. */
  readonly holeMs: number;
}

/** Finds the answers in what a phone received, by number. */
export function heardAnswers(received: Uint8Array): Map<number, HeardAnswer> {
  const answers = new Map<number, HeardAnswer>();
  for (let start = received.indexOf(FIRST); start !== -1;) {
    const next = received.indexOf(FIRST, start + 1);
    const part = received.subarray(start, next === -1 ? undefined : next);
    const bytes = part.filter((byte) => byte !== SILENCE);
    const id = (bytes[1] ?? 0) + (bytes[2] ?? 0) * VALUES;
    const length = part.findLastIndex((byte) => byte !== SILENCE) + 1;
    answers.set(id, { bytes, holeMs: (length - bytes.length) / BYTES_PER_MS });
    start = next;
  }
  return answers;
}
