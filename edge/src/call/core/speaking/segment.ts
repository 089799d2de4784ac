/** Part of an utterance that one context of the voice says, or one clip: its text as written and as spoken. */

import type { VoiceRoute } from '../contract.ts';
import type { Language } from '../language/language.ts';
import { toSpoken, type SpokenText } from '../language/spoken/spoken-text.ts';
import { WordAlignment } from './word-alignment.ts';

interface Piece {
  readonly text: string;
  /** Where it begins in the segment, as written and as spoken. */
  readonly from: number;
  readonly spokenFrom: number;
  readonly spoken: SpokenText;
}

export interface SegmentVoice {
  readonly contextId: string;
  readonly route: VoiceRoute;
}

export class Segment {
  /** None for a clip. */
  readonly voice: SegmentVoice | undefined;
  readonly words = new WordAlignment();
  readonly #language: Language;
  readonly #pieces: Piece[] = [];
  #text = '';
  /** No more text will come. */
  isTextComplete = false;
  /** All audio has come. */
  isVoiced = false;
  hasAudio = false;
  /** The end of the silence before the first word: a soft beginning may be in it. */
  leadIn: Uint8Array | undefined;
  /** When the voice was last given text it had not said yet, and when it last gave audio. */
  spokenAt = 0;
  lastAudioAt: number | undefined;

  constructor(language: Language, voice?: SegmentVoice) {
    this.#language = language;
    this.voice = voice;
  }

  /** Takes more text; answers it as it is to be spoken. */
  append(text: string): string {
    const spoken = toSpoken(text, this.#language);
    const spokenFrom = this.words.text.length;
    this.#pieces.push({ text, from: this.#text.length, spokenFrom, spoken });
    this.#text += text;
    this.words.append(spoken.spoken);
    return spoken.spoken;
  }

  /** As written. */
  get text(): string {
    return this.#text;
  }

  /** The beginning of the text, as written, that has been said after `chars` of it as spoken. */
  textUpTo(chars: number): string {
    const piece = this.#pieces.findLast(({ spokenFrom }) => spokenFrom < chars);
    if (piece === undefined) return '';
    return this.#text.slice(0, piece.from + piece.spoken.sourceEndOf(chars - piece.spokenFrom));
  }

  /** The voice broke off: the text ends with the last word it has said. Answers the rest. */
  breakOff(): string {
    const said = this.textUpTo(this.words.wordChars);
    const rest = this.#text.slice(said.length);
    this.#text = said;
    this.isTextComplete = true;
    this.isVoiced = true;
    return rest;
  }

  /** Text was given to the voice, and not all of its audio has come. */
  get isAwaitingVoice(): boolean {
    return !this.isVoiced && this.#text !== '' && !this.words.isNearlyCovered;
  }
}
