/**
 * What the caller heard of one turn: cuts its audio at the ends of words, sets a mark at each, and counts the marks that
 * come back.
 *
 * Twilio returns a mark when the audio before it has played, but also, all at once, when a `clear` threw that audio
 * away. So from {@link TurnPlayout.cut} on no mark counts any more: what is heard stays as it was when `clear` was sent.
 */

import type { Alignment } from './contract.ts';
import { isCjk, isSpace, isSpoken, isWordEnd } from './scripts.ts';

/** Audio (possibly none) and then a mark (possibly none). */
export interface PlayoutPiece {
  readonly mulaw: Uint8Array;
  readonly mark?: string;
}

/** Where a word ends: in the text, and in the audio of the push at hand. */
interface WordEnd {
  readonly chars: number;
  readonly atByte: number;
}

interface PendingMark {
  readonly chars: number;
  readonly audioMs: number;
}

const BYTES_PER_MS = 8;

/** Times are whole milliseconds: an end so little behind the audio is its end. */
const ROUNDING_BYTES = 10 * BYTES_PER_MS;

/**
 * Pace of speech where the provider does not say when each character sounds: 15 letters or 4.5 Chinese characters a
 * second, on the slow side so that more is taken for unheard than was.
 */
const LETTER_MS = 67;
const CJK_MS = 222;

/** How far ahead a character of the alignment is looked for when it is not the next one of the text. */
const ALIGN_LOOKAHEAD = 12;

export class TurnPlayout {
  readonly #turnIndex: number;
  readonly #pending = new Map<string, PendingMark>();
  #markCount = 0;
  #sentBytes = 0;
  /** Bytes sent when the last mark was set: what came later is not covered by any mark. */
  #markedBytes = 0;
  /** Characters of the text whose audio has been sent. */
  #voicedChars = 0;
  /** Where the last whole word of it ends. */
  #wordChars = 0;
  /** Ends of words that are in audio still to come. */
  #carried: WordEnd[] = [];
  #isAligned = false;
  #unalignedMs = 0;
  #heardChars = 0;
  #isCut = false;
  #endsAt = 0;

  constructor(turnIndex: number) {
    this.#turnIndex = turnIndex;
  }

  /**
   * Takes the next audio of the turn, whose text so far is `text`. Answers what to send, in order; the audio is views
   * into `mulaw`.
   */
  push(
    mulaw: Uint8Array,
    alignment: Alignment | undefined,
    text: string,
    now: number,
  ): PlayoutPiece[] {
    this.#endsAt = Math.max(this.#endsAt, now) + mulaw.length / BYTES_PER_MS;
    return alignment === undefined || alignment.chars.length === 0
      ? this.#pushUnaligned(mulaw, text)
      : this.#pushAligned(mulaw, alignment, text);
  }

  /** All audio has been sent. Answers the mark that closes the turn, unless the last audio already has one. */
  finish(text: string): string | undefined {
    this.#voicedChars = text.length;
    if (this.#sentBytes === this.#markedBytes) {
      const last = [...this.#pending].at(-1);
      if (last === undefined) this.#heardChars = this.#sentBytes > 0 ? text.length : 0;
      else this.#pending.set(last[0], { ...last[1], chars: text.length });
      return undefined;
    }
    return this.#mark(text.length);
  }

  /** A mark came back: how much audio went before it. Undefined for a mark that is not waited for. */
  hear(name: string): { readonly audioMs: number } | undefined {
    const mark = this.#pending.get(name);
    if (mark === undefined || this.#isCut) return undefined;
    this.#pending.delete(name);
    this.#heardChars = Math.max(this.#heardChars, mark.chars);
    return mark;
  }

  /** `clear` is about to be sent: the marks still to come belong to audio that will not be heard. */
  cut(): void {
    this.#isCut = true;
    this.#pending.clear();
  }

  /** The beginning of `text` that the caller has heard, to the end of a word. */
  heardOf(text: string): string {
    return text.slice(0, this.#heardChars).trimEnd();
  }

  /** Whether the voice has said all of `text`. Only an alignment can tell, an estimate cannot. */
  isCovered(text: string): boolean {
    const isSaid = text.slice(this.#voicedChars).trim() === '';
    return this.#isAligned && this.#carried.length === 0 && isSaid;
  }

  /** The same but for marks, pictures and the end of the last sound, which the voice may leave out, and may not. */
  isNearlyCovered(text: string): boolean {
    return this.#isAligned && !isSpoken(text.slice(this.#voicedChars));
  }

  /**
   * The voice broke off and is to go on elsewhere: where in the text. A word that was begun is begun again, as people
   * do.
   */
  resume(): number {
    this.#voicedChars = this.#wordChars;
    this.#unalignedMs = 0;
    this.#carried = [];
    return this.#voicedChars;
  }

  /** The provider says where characters sound, as of its latest audio. */
  get isAligned(): boolean {
    return this.#isAligned;
  }

  get hasAudio(): boolean {
    return this.#sentBytes > 0;
  }

  /** Nothing is waited for: all marks are back. */
  get isDrained(): boolean {
    return this.#pending.size === 0;
  }

  /** When the audio sent so far will have played, if it plays without a gap; 0 before the first. */
  get endsAt(): number {
    return this.#endsAt;
  }

  #pushAligned(mulaw: Uint8Array, alignment: Alignment, text: string): PlayoutPiece[] {
    this.#isAligned = true;
    const ends = this.#carried;
    alignment.chars.forEach((char, i) => {
      this.#voicedChars = advance(text, this.#voicedChars, char);
      // White space sounds like nothing: the mark of the word before it has been set already.
      if (isSpace(char) || !isWordEnd(text, this.#voicedChars)) return;
      const endMs = (alignment.startsMs[i] ?? 0) + (alignment.durationsMs[i] ?? 0);
      ends.push({ chars: this.#voicedChars, atByte: Math.round(endMs * BYTES_PER_MS) });
    });
    const isHere = ({ atByte }: WordEnd): boolean => atByte <= mulaw.length + ROUNDING_BYTES;
    // A character may go on in the next audio, and so does its word.
    this.#carried = ends
      .filter((end) => !isHere(end))
      .map(({ chars, atByte }) => ({ chars, atByte: atByte - mulaw.length }));
    return this.#cutAt(ends.filter(isHere), mulaw);
  }

  /** `mulaw` in pieces, each with the mark of the word that ends with it; the last one perhaps with none. */
  #cutAt(ends: readonly WordEnd[], mulaw: Uint8Array): PlayoutPiece[] {
    const pieces: PlayoutPiece[] = [];
    let cutBytes = 0;
    for (const { chars, atByte } of ends) {
      const end = Math.min(mulaw.length, Math.max(cutBytes, atByte));
      const piece = mulaw.subarray(cutBytes, end);
      cutBytes = end;
      this.#sentBytes += piece.length;
      pieces.push({ mulaw: piece, mark: this.#mark(chars) });
    }
    const rest = mulaw.subarray(cutBytes);
    this.#sentBytes += rest.length;
    if (rest.length > 0) pieces.push({ mulaw: rest });
    return pieces;
  }

  #pushUnaligned(mulaw: Uint8Array, text: string): PlayoutPiece[] {
    this.#isAligned = false;
    this.#carried = [];
    this.#unalignedMs += mulaw.length / BYTES_PER_MS;
    this.#sentBytes += mulaw.length;
    let chars = this.#voicedChars;
    let wordEnd = chars;
    while (chars < text.length) {
      const charMs = isCjk(text[chars] ?? '') ? CJK_MS : LETTER_MS;
      if (charMs > this.#unalignedMs) break;
      this.#unalignedMs -= charMs;
      chars++;
      if (isWordEnd(text, chars)) wordEnd = chars;
    }
    // The part of a word that was reckoned off goes back to the account.
    for (let i = wordEnd; i < chars; i++) {
      this.#unalignedMs += isCjk(text[i] ?? '') ? CJK_MS : LETTER_MS;
    }
    this.#voicedChars = wordEnd;
    return [{ mulaw, mark: this.#mark(wordEnd) }];
  }

  #mark(chars: number): string {
    const name = `${this.#turnIndex}:${++this.#markCount}:${chars}`;
    this.#markedBytes = this.#sentBytes;
    this.#wordChars = chars;
    this.#pending.set(name, { chars, audioMs: this.#sentBytes / BYTES_PER_MS });
    return name;
  }
}

/**
 * Index after `char` of the alignment, which is at or behind `cursor` of the text: providers swallow or add white space
 * and leave out what they cannot say.
 */
function advance(text: string, cursor: number, char: string): number {
  if (isSpace(char)) return isSpace(text[cursor] ?? '') ? cursor + 1 : cursor;
  const found = text.slice(cursor, cursor + ALIGN_LOOKAHEAD).indexOf(char);
  return Math.min(text.length, found < 0 ? cursor : cursor + found + char.length);
}
