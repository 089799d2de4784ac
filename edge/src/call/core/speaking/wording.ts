/** The text of one utterance on its way to the voice: from several hands, in clauses, as one text. */

import type { Clip } from './clips.ts';
import { SENTENCE_DEFAULTS, SentenceSplitter } from '../language/sentences.ts';
import { plainOf } from '../language/words.ts';
import { continuationOf } from '../language/scripts.ts';
import type { Voicing } from './voicing.ts';

/** "Sure," may go first: the voice begins while the model is still writing. */
const PIECES = { ...SENTENCE_DEFAULTS, firstWeightMin: 4 };

const GAP = /^[\s,.!，。！]+/u;
const GAP_OR_END = /[\s,.!，。！]/u;

export class Wording {
  readonly #voicing: Voicing;
  readonly #onClause: (now: number) => void;
  #splitter = new SentenceSplitter(PIECES);
  #opener: string | undefined;
  /** What comes next is no continuation of what was said last. */
  #isJoint = false;

  constructor(voicing: Voicing, onClause: (now: number) => void) {
    this.#voicing = voicing;
    this.#onClause = onClause;
  }

  /** Text as it is written; what is a clause by now is spoken. */
  write(text: string, now: number): void {
    this.#say(this.#splitter.push(text), now);
  }

  /** What has been written is spoken, also where it is no whole clause. */
  flush(now: number): void {
    this.#say(this.#splitter.flush(), now);
  }

  /** Some of what has been written is not spoken, and at least a word. */
  get hasWords(): boolean {
    return this.#splitter.hasWords;
  }

  /** Whole words that have been written are spoken, also where they are no clause. */
  writeWords(now: number): void {
    this.#say(this.#splitter.flushWords(), now);
  }

  /** What has been written of a word and is not spoken yet is taken back, and answered: another hand begins with it. */
  takeBackWord(): string {
    return this.#splitter.takeBackWord();
  }

  /** Another hand goes on, or the same one after it has done something else. */
  beginAnew(): void {
    this.#isJoint = true;
    this.#splitter = new SentenceSplitter(PIECES);
  }

  /** A phrase among what is written: from the cache where its audio is there. */
  interject(text: string, clip: Clip | undefined, now: number): void {
    this.#isJoint = true;
    if (clip === undefined) this.#voicing.say(this.#glued(text), now);
    else this.#sayClip(text, clip, now);
    this.#isJoint = true;
  }

  /** A phrase of our own behind all that has been flushed. */
  conclude(text: string, clip: Clip | undefined, now: number): void {
    this.#isJoint = true;
    if (clip === undefined) this.write(text, now);
    else this.#sayClip(text, clip, now);
  }

  /** The first words, while nothing has been written or at least not been heard. */
  open(opener: string, clip: Clip, now: number): void {
    this.#opener = opener;
    this.#sayClip(opener, clip, now);
  }

  #say(pieces: readonly string[], now: number): void {
    for (const piece of pieces) {
      const text = this.#withoutOpener(piece);
      if (text === '') continue;
      this.#onClause(now);
      this.#voicing.say(this.#glued(text), now);
    }
  }

  /** Before what is still to be voiced: apart from that too. */
  #sayClip(text: string, clip: Clip, now: number): void {
    const { before, after } = this.#voicing.clipPlace;
    const said = continuationOf(before, text);
    const isApart = after === '' || continuationOf(said, after) === after;
    this.#voicing.sayClip(isApart ? said : `${said} `, clip, now);
    this.#isJoint = after === '';
  }

  /** With a space where two texts that do not know of each other would run together. */
  #glued(text: string): string {
    if (!this.#isJoint) return text;
    this.#isJoint = false;
    return continuationOf(this.#voicing.text, text);
  }

  /** The model begins with the very words that were said while it was thinking. */
  #withoutOpener(piece: string): string {
    if (this.#opener === undefined || this.#voicing.text !== this.#opener) return piece;
    const opener = plainOf(this.#opener);
    for (let end = 1; end <= piece.length; end++) {
      const plain = plainOf(piece.slice(0, end));
      if (!opener.startsWith(plain)) return piece;
      const isWhole = plain === opener && GAP_OR_END.test(piece[end] ?? ' ');
      if (isWhole) return piece.slice(end).replace(GAP, '');
    }
    return piece;
  }
}
