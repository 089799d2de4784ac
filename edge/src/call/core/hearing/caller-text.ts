/**
 * What speech recognition has made of the caller's turn so far: phrases that are final, and the hypothesis after them.
 *
 * A segment of the recogniser's knows nothing of our turns. One that began in a turn that is over may bring words of the
 * next; what was used is cut off.
 */

import type { Recognition } from '../contract.ts';
import { joinTexts } from '../language/scripts.ts';
import { withoutPrefix } from './text-prefix.ts';

interface Snapshot {
  readonly phrases: readonly Recognition[];
  readonly hypothesis: Recognition | undefined;
  /** The same as it was when the turn was closed. */
  readonly closedWith: Recognition | undefined;
  readonly usedMs: number;
  readonly usedText: string;
}

export class CallerText {
  readonly #toleranceMs: number;
  #phrases: Recognition[] = [];
  #hypothesis: Recognition | undefined;
  #changedAt = 0;
  /** Text up to here, and with these last words, belongs to a turn that is over. */
  #usedMs = 0;
  #usedText = '';
  #taken: Snapshot | undefined;

  constructor(toleranceMs: number) {
    this.#toleranceMs = toleranceMs;
  }

  /** A hypothesis replaces the one before. Answers what of it is new in this turn, if anything. */
  suppose(recognition: Recognition, hasSound: boolean, now: number): Recognition | undefined {
    const own = this.#ownPart(recognition, hasSound);
    if (own === undefined) {
      this.#amend(recognition, false);
      return undefined;
    }
    this.#keepOlder(own);
    if (own.text !== this.#hypothesis?.text) this.#changedAt = now;
    this.#hypothesis = own;
    return own;
  }

  /** A phrase is final and replaces the hypothesis. */
  conclude(recognition: Recognition, hasSound: boolean, now: number): Recognition | undefined {
    const own = this.#ownPart(recognition, hasSound);
    if (own === undefined) {
      this.#amend(recognition, true);
      return undefined;
    }
    this.#keepOlder(own);
    this.#hypothesis = undefined;
    this.#phrases.push(own);
    this.#changedAt = now;
    return own;
  }

  /** The text is used, and with it whatever is still said of sound before `speechEndMs`. */
  take(speechEndMs: number): void {
    const usedMs = this.#usedMs;
    this.#taken = {
      phrases: this.#phrases,
      hypothesis: this.#hypothesis,
      closedWith: this.#hypothesis,
      usedMs,
      usedText: this.#usedText,
    };
    const text = this.since(0);
    if (text !== '') this.#usedText = text;
    this.#usedMs = Math.max(usedMs, speechEndMs, this.lastMs ?? 0);
    this.discard();
  }

  /** The text was meant for nobody here, nor is what is still said of it. */
  ignore(speechEndMs: number): void {
    this.take(speechEndMs);
    this.#taken = undefined;
  }

  /** It was not over: the next text goes on from what was taken. */
  takeBack(): void {
    if (this.#taken === undefined) return;
    const { phrases, hypothesis: older, usedMs, usedText } = this.#taken;
    this.#taken = undefined;
    this.#putBefore(phrases, older);
    this.#usedMs = usedMs;
    this.#usedText = usedText;
  }

  /** Recognition has no more say in what was taken, nor does it come back. */
  forgetTaken(): void {
    this.#taken = undefined;
  }

  /** Forgets the text, but not that more of it may come. */
  discard(): void {
    this.#phrases = [];
    this.#hypothesis = undefined;
  }

  /** Words in segments of speech that began at `sinceMs` or later. */
  since(sinceMs: number): string {
    return textOf(this.#phrases, this.#hypothesis, sinceMs);
  }

  /** Where the text ends in the call's audio; undefined while there is none. */
  get lastMs(): number | undefined {
    return this.#hypothesis?.endMs ?? this.#phrases.at(-1)?.endMs;
  }

  /** When the text became what it is. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** No part of it is a hypothesis. */
  get isFinal(): boolean {
    return this.#hypothesis === undefined;
  }

  /** The text that was taken last, as recognition understands it by now. */
  get takenText(): string {
    return this.#taken === undefined ? '' : textOf(this.#taken.phrases, this.#taken.hypothesis, 0);
  }

  /** The next segment has begun, and the one before never became final: its last hypothesis is all there is of it. */
  #keepOlder(next: Recognition): void {
    const older = this.#hypothesis;
    if (older !== undefined && older.endMs <= next.startMs) this.#phrases.push(older);
  }

  /** What was taken comes back, before what has been said since. */
  #putBefore(phrases: readonly Recognition[], older: Recognition | undefined): void {
    const newer = this.#hypothesis;
    const isNothingSince = newer === undefined && this.#phrases.length === 0;
    // The rest of the segment whose beginning was taken: the next hypothesis replaces both.
    const isRest = newer?.startMs === this.#usedMs && this.#phrases.length === 0;
    if (older === undefined) this.#phrases = [...phrases, ...this.#phrases];
    else if (isNothingSince) {
      this.#phrases = [...phrases];
      this.#hypothesis = older;
    } else if (isRest) {
      this.#phrases = [...phrases];
      const text = joinTexts(older.text, newer.text);
      this.#hypothesis = { ...newer, startMs: older.startMs, text };
    } else this.#phrases = [...phrases, older, ...this.#phrases];
  }

  /** What recognition still says of the text that was taken; it may have been a hypothesis. */
  #amend(recognition: Recognition, isFinal: boolean): void {
    const taken = this.#taken;
    const text = recognition.text.trim();
    if (taken === undefined || text === '' || recognition.startMs < taken.usedMs) return;
    if (taken.hypothesis === undefined) return;
    const own = { ...recognition, text };
    this.#taken = isFinal
      ? { ...taken, phrases: [...taken.phrases, own], hypothesis: undefined }
      : { ...taken, hypothesis: own };
  }

  /** `recognition` without what was used for an earlier turn; undefined if nothing is left. */
  #ownPart(recognition: Recognition, hasSound: boolean): Recognition | undefined {
    const text = recognition.text.trim();
    if (text === '') return undefined;
    if (recognition.startMs >= this.#usedMs) return { ...recognition, text };
    if (recognition.endMs <= this.#usedMs + this.#toleranceMs) return undefined;
    // The segment began in the old turn. Only a sound of its own makes it go on in this one: finals of the old turn
    // may end a little later than we thought, and read a little differently.
    if (!hasSound) return undefined;
    const own = withoutPrefix(text, this.#usedText);
    if (own === '') return undefined;
    const taken = this.#taken;
    // What the old turn was put right to may have been words of this one: they are not in both.
    if (taken?.hypothesis !== undefined) this.#taken = { ...taken, hypothesis: taken.closedWith };
    return { ...recognition, startMs: this.#usedMs, text: own };
  }
}

function textOf(
  phrases: readonly Recognition[],
  hypothesis: Recognition | undefined,
  sinceMs: number,
): string {
  const parts = hypothesis === undefined ? phrases : [...phrases, hypothesis];
  return parts
    .filter((part) => part.startMs >= sinceMs)
    .reduce((text, part) => joinTexts(text, part.text), '');
}
