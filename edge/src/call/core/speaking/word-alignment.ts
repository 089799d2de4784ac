/**
 * Where in a stretch of synthesised audio each word of its text ends: by the provider's own times of characters, or by
 * reckoning where it gives none.
 */

import type { Alignment } from '../contract.ts';
import { isCjk, isSoundEnd, isSpace, isSpoken, isWordEnd } from '../language/scripts.ts';

/** Where a word ends: in the text, and in the audio at hand. */
export interface WordEnd {
  readonly chars: number;
  readonly atByte: number;
}

const BYTES_PER_MS = 8;

/** Times are whole milliseconds: the end of the text, where it is so little behind the audio, is its end. */
const ROUNDING_BYTES = 2 * BYTES_PER_MS;

/**
 * Pace of speech where the provider does not say when each character sounds: 15 letters or 4.5 Chinese characters a
 * second, on the slow side so that more is taken for unheard than was.
 */
const LETTER_MS = 67;
const CJK_MS = 222;
const MARK_MS = 30;

const NO_CHARACTERS: Alignment = { chars: [], startsMs: [], durationsMs: [] };

/** How far ahead a character of the alignment is looked for when it is not the next one of the text. */
const ALIGN_LOOKAHEAD = 12;

export class WordAlignment {
  #text = '';
  /** Characters of the text whose audio has come. */
  #voicedChars = 0;
  /** Where the last whole word of it ends. */
  #wordChars = 0;
  /** Ends of words that are in audio still to come. */
  #carried: WordEnd[] = [];
  #isAligned = false;
  #unalignedMs = 0;

  /** More text is to be voiced. */
  append(text: string): void {
    this.#text += text;
  }

  get text(): string {
    return this.#text;
  }

  /** The next `bytes` of audio: which words end in it, in order. */
  advance(bytes: number, alignment: Alignment | undefined): readonly WordEnd[] {
    // A chunk in which no character begins says nothing against the others.
    const times = alignment ?? (this.#isAligned ? NO_CHARACTERS : undefined);
    const ends = times === undefined ? this.#estimate(bytes) : this.#follow(bytes, times);
    this.#wordChars = ends.at(-1)?.chars ?? this.#wordChars;
    return ends;
  }

  /** `bytes` of audio are all of the text: its words share them by their length. */
  spread(bytes: number): readonly WordEnd[] {
    const text = this.#text;
    const total = weigh(text, text.length);
    this.#voicedChars = text.length;
    this.#wordChars = text.length;
    const ends: WordEnd[] = [];
    for (let chars = 1; chars <= text.length; chars++) {
      if (!isWordEnd(text, chars) && !isSoundEnd(text, chars)) continue;
      ends.push({ chars, atByte: Math.round((weigh(text, chars) / Math.max(1, total)) * bytes) });
    }
    return ends;
  }

  /** No more audio will come: the words that should have ended in it end where it does. */
  finish(): readonly WordEnd[] {
    const ends = this.#carried.map(({ chars }) => ({ chars, atByte: 0 }));
    this.#carried = [];
    this.#wordChars = ends.at(-1)?.chars ?? this.#wordChars;
    return ends;
  }

  /** Whether the voice has said all of the text. Only an alignment can tell, an estimate cannot. */
  get isCovered(): boolean {
    const isSaid = this.#text.slice(this.#voicedChars).trim() === '';
    return this.#isAligned && this.#carried.length === 0 && isSaid;
  }

  /** The same but for marks, pictures and the end of the last sound, which the voice may leave out, and may not. */
  get isNearlyCovered(): boolean {
    return this.#isAligned && !isSpoken(this.#text.slice(this.#voicedChars));
  }

  /** The provider says where characters sound, as of its latest audio. */
  get isAligned(): boolean {
    return this.#isAligned;
  }

  /** Where another voice goes on: a word that was begun is begun again, as people do. */
  get wordChars(): number {
    const isSpaceOnly = this.#text.slice(this.#wordChars, this.#voicedChars).trim() === '';
    return isSpaceOnly ? Math.max(this.#wordChars, this.#voicedChars) : this.#wordChars;
  }

  #follow(bytes: number, alignment: Alignment): readonly WordEnd[] {
    this.#isAligned = true;
    const ends = this.#carried;
    alignment.chars.forEach((char, i) => {
      this.#voicedChars = advance(this.#text, this.#voicedChars, char);
      // White space sounds like nothing: the word before it has ended already.
      if (isSpace(char)) return;
      const chars = this.#voicedChars;
      if (!isWordEnd(this.#text, chars) && !isSoundEnd(this.#text, chars)) return;
      const endMs = (alignment.startsMs[i] ?? 0) + (alignment.durationsMs[i] ?? 0);
      const before = ends.at(-1);
      // A character that is said to end before the one before it ends with it; one that is not in the text ends nothing.
      const atByte = Math.max(before?.atByte ?? 0, Math.round(endMs * BYTES_PER_MS));
      if (before?.chars === this.#voicedChars) ends[ends.length - 1] = { ...before, atByte };
      else if (this.#voicedChars > (before?.chars ?? this.#wordChars))
        ends.push({ chars: this.#voicedChars, atByte });
    });
    const isHere = ({ chars, atByte }: WordEnd): boolean => {
      const isLast = this.#text.slice(chars).trim() === '';
      return atByte <= bytes + (isLast ? ROUNDING_BYTES : 0);
    };
    // A character may go on in the next audio, and so does its word.
    this.#carried = ends
      .filter((end) => !isHere(end))
      .map(({ chars, atByte }) => ({ chars, atByte: atByte - bytes }));
    return ends.filter(isHere);
  }

  #estimate(bytes: number): readonly WordEnd[] {
    this.#isAligned = false;
    this.#carried = [];
    const text = this.#text;
    const budgetMs = this.#unalignedMs + bytes / BYTES_PER_MS;
    const from = this.#voicedChars;
    let spentMs = 0;
    let wordEnd = from;
    let spentAtWordMs = 0;
    for (let chars = from; chars < text.length;) {
      spentMs += charMs(text[chars] ?? '');
      if (spentMs > budgetMs) break;
      chars++;
      if (!isWordEnd(text, chars)) continue;
      wordEnd = chars;
      spentAtWordMs = spentMs;
    }
    // The part of a word that was reckoned off goes back to the account.
    this.#unalignedMs = budgetMs - spentAtWordMs;
    this.#voicedChars = wordEnd;
    return wordEnd === from ? [] : [{ chars: wordEnd, atByte: bytes }];
  }
}

function charMs(char: string): number {
  if (!isSpoken(char)) return MARK_MS;
  return isCjk(char) ? CJK_MS : LETTER_MS;
}

function weigh(text: string, chars: number): number {
  let ms = 0;
  for (let i = 0; i < chars; i++) ms += charMs(text[i] ?? '');
  return ms;
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
