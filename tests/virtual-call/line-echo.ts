/** The agent's own voice, given back by the line: 120 ms later and 28 dB weaker, and sometimes understood. */

import { MULAW_TO_LINEAR } from '@patchcord/shared/audio/g711';
import { audioOf, type SpeechPiece } from './agent-speech.ts';
import type { Draws } from './draws.ts';
import type { HeardWords } from './heard-words.ts';
import { FRAME_BYTES, FRAME_MS } from './mouth.ts';
import { isHan } from './words.ts';

const DELAY_MS = 120;
const DELAY_FRAMES = DELAY_MS / FRAME_MS;
const GAIN = 10 ** (-28 / 20);
const BYTES_PER_MS = 8;
/** Of an utterance that is understood in the echo: which of its words. */
const WORDS_FROM = 1;
const WORDS_TO = 3;

export class LineEcho {
  readonly #words: HeardWords;
  readonly #draws: Draws;
  readonly #wordsProbability: number;
  readonly #audio = new Map<SpeechPiece, Uint8Array>();
  readonly #pieces = new Set<SpeechPiece>();
  /** Linear samples of the slots to come, the next one first. */
  readonly #slots: (Float32Array | undefined)[] = Array.from({ length: DELAY_FRAMES });
  #slot: Float32Array | undefined;
  #fill = 0;

  constructor(words: HeardWords, draws: Draws, wordsProbability: number) {
    this.#words = words;
    this.#draws = draws;
    this.#wordsProbability = wordsProbability;
  }

  /** The slot at `atMs` of the caller's audio plays this. */
  hear(piece: SpeechPiece, fromByte: number, toByte: number, atMs: number): void {
    if (!this.#pieces.has(piece)) this.#begin(piece, fromByte, atMs);
    let audio = this.#audio.get(piece);
    if (audio === undefined) {
      audio = audioOf(piece, 0, piece.lengthMs);
      this.#audio.set(piece, audio);
    }
    this.#slot ??= new Float32Array(FRAME_BYTES);
    for (let byte = fromByte; byte < toByte && this.#fill < FRAME_BYTES; byte++) {
      this.#slot[this.#fill++] = (MULAW_TO_LINEAR[audio[byte] ?? 0xff] ?? 0) * GAIN;
    }
  }

  /** The echo in the frame of this slot. */
  take(): Float32Array | undefined {
    this.#slots.push(this.#slot);
    this.#slot = undefined;
    this.#fill = 0;
    return this.#slots.shift();
  }

  #begin(piece: SpeechPiece, fromByte: number, atMs: number): void {
    this.#pieces.add(piece);
    if (!this.#draws.chance(this.#wordsProbability)) return;
    const fromMs = atMs + DELAY_MS - fromByte / BYTES_PER_MS;
    for (const { word, startMs, endMs } of piece.words.slice(WORDS_FROM, WORDS_TO)) {
      const span = { startMs: fromMs + startMs, endMs: fromMs + endMs };
      this.#words.add({
        display: word,
        lexical: word,
        isJoined: isHan(word),
        speaker: 'echo',
        ...span,
      });
    }
  }
}
