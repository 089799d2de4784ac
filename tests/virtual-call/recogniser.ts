/**
 * Speech recognition as Azure does it: hypotheses word by word, lower case and without punctuation, and a phrase for each
 * segment. A segment ends with enough silence in the audio that was pushed, however fast it was pushed.
 *
 * It works on what it is given: a word whose frames were not pushed is not recognised, and positions count from the first
 * byte after `stt-open`. About one word in sixteen is wrong at first and put right with the next word or the phrase;
 * hesitations are left out half of the time; positions are right to some 40 ms. Noise gives nothing.
 */

import type { Recognition } from '@patchcord/edge/src/call/core/contract.ts';
import type { Draws } from './draws.ts';
import type { AudibleWord, HeardWords } from './heard-words.ts';
import type { Latencies } from './latencies.ts';
import { FRAME_BYTES, FRAME_MS, type Mouth } from './mouth.ts';
import { joinDisplay, joinLexical } from './words.ts';

const BYTES_PER_MS = 8;
const WRONG_PROBABILITY = 0.06;
const HESITATIONS: ReadonlySet<string> = new Set(['um', 'em', 'uh', 'eh']);
const HESITATION_LOST = 0.5;
const POSITION_ERROR_MS_MAX = 40;
/** So much of a word must have been pushed. */
const COVERAGE_MIN = 0.6;
/** Frames back that are searched for audio that was copied, as from a buffer of ten seconds. */
const COPY_FRAMES_MAX = 600;
/** Silence in a stream of silence: a frame that nobody recorded. */
const UNKNOWN = -1;

export interface RecogniserPorts {
  readonly mouth: Mouth;
  readonly words: HeardWords;
  readonly draws: Draws;
  readonly latencies: Latencies;
  /** Given where the engine asked for several languages. */
  readonly language: string | undefined;
  schedule(at: number, run: () => void): void;
  answer(kind: 'stt-hypothesis' | 'stt-phrase', recognition: Recognition): void;
}

interface SegmentWord {
  readonly word: AudibleWord;
  /** What it was taken for at first. */
  readonly wrong: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
}

export class Recogniser {
  readonly #ports: RecogniserPorts;
  #positionMs = 0;
  #nextWord = 0;
  #isClosed = false;
  /** Where each of the latest frames went, by its number. */
  readonly #framePositions = new Map<number, number>();
  #segment: SegmentWord[] = [];
  /** Arrival of the last word's end, for the latency of the phrase. */
  #speechEndAt = 0;
  #lastAnswerAt = 0;

  constructor(ports: RecogniserPorts) {
    this.#ports = ports;
  }

  get positionMs(): number {
    return this.#positionMs;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** More of the audio, in one piece or frame by frame. */
  push(mulaw: Uint8Array, now: number): void {
    if (this.#isClosed) return;
    const from = this.#startOf(mulaw);
    // A copy may begin in the middle of a frame.
    const skipped = from === undefined ? 0 : (FRAME_BYTES - (from % FRAME_BYTES)) % FRAME_BYTES;
    this.#positionMs += Math.min(skipped, mulaw.length) / BYTES_PER_MS;
    for (let offset = skipped; offset < mulaw.length; offset += FRAME_BYTES) {
      const bytes = Math.min(FRAME_BYTES, mulaw.length - offset);
      const isKnown = from !== undefined && bytes === FRAME_BYTES;
      this.#pushFrame(bytes, isKnown ? (from + offset) / FRAME_BYTES : UNKNOWN, now);
    }
  }

  #pushFrame(bytes: number, index: number, now: number): void {
    const startMs = this.#positionMs;
    this.#positionMs += bytes / BYTES_PER_MS;
    if (index !== UNKNOWN) {
      this.#framePositions.set(index, startMs);
      if (this.#framePositions.size > 2 * COPY_FRAMES_MAX) this.#forget(index);
      this.#recognise(index, now);
    }
    const last = this.#segment.at(-1);
    const silenceMs = last === undefined ? 0 : this.#positionMs - last.endMs;
    const isSilence = !this.#isSpeechIn(index);
    if (isSilence && silenceMs >= this.#ports.latencies.segmentationSilenceMs) this.#conclude(now);
  }

  /** A word has begun that has not ended yet. */
  #isSpeechIn(index: number): boolean {
    const next = this.#ports.words.at(this.#nextWord);
    return index !== UNKNOWN && next !== undefined && next.startMs < (index + 1) * FRAME_MS;
  }

  /** Where the audio begins in the caller's, in bytes; undefined for silence that nobody recorded. */
  #startOf(mulaw: Uint8Array): number | undefined {
    const { mouth } = this.#ports;
    const index = mouth.frameOf(mulaw);
    if (index !== undefined) return index * FRAME_BYTES;
    if (mulaw.length < FRAME_BYTES || mulaw.every((byte) => byte === 0xff)) return undefined;
    return mouth.findCopy(mulaw, COPY_FRAMES_MAX);
  }

  #forget(index: number): void {
    for (const each of this.#framePositions.keys()) {
      if (each < index - COPY_FRAMES_MAX) this.#framePositions.delete(each);
    }
  }

  /** Words that end in the frame with this number or before it. */
  #recognise(index: number, now: number): void {
    const { words, draws } = this.#ports;
    const untilMs = (index + 1) * FRAME_MS;
    for (;;) {
      const word = words.at(this.#nextWord);
      if (word === undefined || word.endMs > untilMs) return;
      this.#nextWord++;
      const isWrong = draws.chance(WRONG_PROBABILITY);
      const isLost = draws.chance(HESITATION_LOST) && HESITATIONS.has(word.lexical);
      const errorMs = draws.normal() * (POSITION_ERROR_MS_MAX / 2);
      const latencyMs = draws.lognormal(this.#ports.latencies.hypothesisMs);
      const span = this.#spanOf(word);
      if (span === undefined || isLost) continue;
      const bounded = Math.max(-POSITION_ERROR_MS_MAX, Math.min(POSITION_ERROR_MS_MAX, errorMs));
      this.#segment.push({
        word,
        wrong: isWrong ? mishear(word.lexical) : undefined,
        startMs: Math.max(0, span.startMs + bounded),
        endMs: span.endMs,
      });
      this.#speechEndAt = now - (untilMs - word.endMs);
      this.#suppose(now, this.#speechEndAt + latencyMs, bounded);
    }
  }

  /** Where the word is in what was pushed; undefined where too little of it was. */
  #spanOf(word: AudibleWord): { readonly startMs: number; readonly endMs: number } | undefined {
    const first = Math.floor(word.startMs / FRAME_MS);
    const last = Math.max(first, Math.ceil(word.endMs / FRAME_MS) - 1);
    let found = 0;
    let startMs: number | undefined;
    let endMs = 0;
    for (let frame = first; frame <= last; frame++) {
      const position = this.#framePositions.get(frame);
      if (position === undefined) continue;
      found++;
      startMs ??= position + Math.max(0, word.startMs - frame * FRAME_MS);
      endMs = position + Math.min(FRAME_MS, word.endMs - frame * FRAME_MS);
    }
    if (startMs === undefined || found / (last - first + 1) < COVERAGE_MIN) return undefined;
    return { startMs, endMs };
  }

  #suppose(now: number, at: number, errorMs: number): void {
    const words = this.#segment.map(({ word, wrong }, i) =>
      // What came before has been put right by now.
      i === this.#segment.length - 1 ? (wrong ?? word.lexical) : word.lexical,
    );
    this.#answer('stt-hypothesis', Math.max(now, at), joinLexical(words), errorMs);
  }

  #conclude(now: number): void {
    const { draws, latencies } = this.#ports;
    const { finalMs, segmentationSilenceMs } = latencies;
    const latencyMs = draws.lognormal(finalMs);
    // The latency is that of audio in real time; silence that was pushed faster ends the segment sooner.
    const restMs = Math.max(0, latencyMs - segmentationSilenceMs);
    const text = finalText(this.#segment.map(({ word }) => word));
    this.#answer('stt-phrase', now + restMs, text, draws.uniform(-20, 20));
    this.#segment = [];
  }

  #answer(kind: 'stt-hypothesis' | 'stt-phrase', at: number, text: string, errorMs: number): void {
    const first = this.#segment[0];
    const last = this.#segment.at(-1);
    if (first === undefined || last === undefined) return;
    const { language } = this.#ports;
    const recognition: Recognition = {
      text,
      startMs: Math.round(first.startMs),
      endMs: Math.round(last.endMs + errorMs),
      ...(language === undefined ? {} : { language }),
    };
    this.#lastAnswerAt = Math.max(this.#lastAnswerAt, at);
    this.#ports.schedule(this.#lastAnswerAt, () => {
      if (!this.#isClosed) this.#ports.answer(kind, recognition);
    });
  }
}

/** Something like it: the letters in the middle turned around, or another character. */
function mishear(word: string): string {
  if (/\p{Script=Han}/u.test(word)) return word === '是' ? '事' : '是';
  return word.length < 3 ? `${word}h` : `${word.slice(0, 1)}${word.slice(2)}${word.slice(1, 2)}`;
}

const QUESTION = /[?？]$/u;
const HAN = /\p{Script=Han}/u;

/** Azure ends every phrase like a sentence, whether it is one or not. */
function finalText(words: readonly AudibleWord[]): string {
  const text = joinDisplay(words);
  const bare = text.replace(/[^\p{L}\p{N}]+$/u, '');
  const isHan = HAN.test(bare.at(-1) ?? '');
  const mark = QUESTION.test(text) ? (isHan ? '？' : '?') : isHan ? '。' : '.';
  return bare.slice(0, 1).toUpperCase() + bare.slice(1) + mark;
}
