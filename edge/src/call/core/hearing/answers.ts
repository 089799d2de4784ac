/**
 * What recognition has said of the sounds of a turn: that there are words in them, that there are none, or nothing at all. A recogniser
 * that says nothing may have nothing to say of a cough, or hear nothing any more.
 *
 * Positions are milliseconds of the call's audio.
 */

import type { EndpointingOptions } from './endpointing-options.ts';
import { Sounds } from './sounds.ts';
import type { Surroundings } from './surroundings.ts';

export type WordlessSound =
  /** A cough, a door, a television. */
  | 'noise'
  /** Somebody speaks, and recognition has made no word of it. */
  | 'unintelligible'
  /** Recognition has not said anything about it, not even that there is nothing in it. */
  | 'unheard'
  /** The same, of a single sound so short that it may be a word or a cough. */
  | 'doubtful';

/** In a noisy place sounds without words are no wonder; so many in a row are, and nothing else. */
const DEAF_IN_A_ROW = 2;
/** Recognition that has not said anything about so many sounds in a row hears nothing. */
const UNHEARD_IN_A_ROW = 2;

export class Answers {
  readonly #options: EndpointingOptions;
  readonly #surroundings: Surroundings;
  /** Of the turn. */
  readonly #sounds = new Sounds();
  /** Up to here recognition has said what there is to hear, if only that it is nothing. */
  #answeredMs = 0;
  /** Sounds of which it has not, one after the other. */
  #unheardInARow = 0;
  /** Recognition says nothing of short sounds that have no words in them, although it hears well. */
  #isTacit = false;
  /** Speech in which not a word was recognised, one after the other. */
  #deafInARow = 0;

  constructor(options: EndpointingOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
  }

  /** The caller is heard, from the end of what was heard already or later. */
  hear(startMs: number, endMs: number): void {
    this.#sounds.add(startMs, endMs);
  }

  /** Recognition has heard the audio up to `endMs`, with or without words in it. */
  note(endMs: number): void {
    this.#answeredMs = Math.max(this.#answeredMs, endMs);
    this.#unheardInARow = 0;
  }

  noteWords(): void {
    this.#deafInARow = 0;
  }

  /** Recognition has passed over a short sound without a word of its own, and is well. */
  noteTacit(): void {
    this.#isTacit = true;
  }

  /** The sounds of the turn are forgotten: no words came of them. */
  giveUp(): void {
    const { deafSpeechMs, wordSpeechMs } = this.#options;
    const { lengthMs } = this.#sounds;
    if (lengthMs >= deafSpeechMs) this.#deafInARow++;
    if (lengthMs >= wordSpeechMs && this.#unansweredMs === lengthMs) this.#unheardInARow++;
    this.#sounds.forget();
  }

  /** The turn is over. */
  forget(): void {
    this.#sounds.forget();
  }

  /** Recognition has not said anything about so many sounds in a row that it hears nothing. */
  get isDeaf(): boolean {
    return this.#unheardInARow >= UNHEARD_IN_A_ROW;
  }

  /** There was speech, or what may have been a word, of which recognition has not said anything. `hasWords`: of the turn. */
  isMissing(hasWords: boolean, now: number): boolean {
    if (this.#isNoise(now)) return false;
    const { deafSpeechMs, wordSpeechMs, restSpeechMs } = this.#options;
    const unansweredMs = this.#unansweredMs;
    if (unansweredMs >= (hasWords ? restSpeechMs : deafSpeechMs)) return true;
    const isAlone = !hasWords && unansweredMs === this.#sounds.lengthMs;
    const isCough = this.#isTacit && this.#unheardInARow === 0;
    return isAlone && unansweredMs >= wordSpeechMs && !isCough;
  }

  /** What sounds are that have no words. */
  wordlessSound(now: number): WordlessSound {
    const isSpeech = this.#sounds.lengthMs >= this.#options.deafSpeechMs;
    if (this.isMissing(false, now)) {
      return isSpeech || this.#unheardInARow > 0 ? 'unheard' : 'doubtful';
    }
    return isSpeech && !this.#isNoise(now) ? 'unintelligible' : 'noise';
  }

  get #unansweredMs(): number {
    return this.#sounds.afterMs(this.#answeredMs);
  }

  #isNoise(now: number): boolean {
    return this.#surroundings.isNoisy(now) && this.#deafInARow < DEAF_IN_A_ROW;
  }
}
