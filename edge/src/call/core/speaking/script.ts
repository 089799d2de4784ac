/** The text of one utterance, in segments as they are heard one after the other. */

import type { Language } from '../language/language.ts';
import { Segment, type SegmentVoice } from './segment.ts';

/** A place in the text as spoken. */
export interface Place {
  readonly segment: Segment;
  /** Of the segment's text as spoken. */
  readonly chars: number;
}

export class Script {
  readonly #language: Language;
  #segments: Segment[] = [];

  constructor(language: Language) {
    this.#language = language;
  }

  /** A segment behind all others, for this context of the voice. */
  begin(voice: SegmentVoice): Segment {
    const segment = new Segment(this.#language, voice);
    this.#segments.push(segment);
    return segment;
  }

  /** A segment whose audio is there: behind what has audio, before what is still to be voiced. */
  insertClip(text: string): Segment {
    const segment = new Segment(this.#language);
    segment.append(text);
    segment.isTextComplete = true;
    segment.isVoiced = true;
    segment.hasAudio = true;
    this.#segments.splice(this.#withAudio, 0, segment);
    return segment;
  }

  remove(segment: Segment): void {
    this.#segments = this.#segments.filter((each) => each !== segment);
  }

  /** What has not been voiced is not going to be. */
  breakOff(): void {
    for (const segment of this.#segments) if (!segment.isVoiced) segment.breakOff();
  }

  /** The one that a context of the voice says. */
  of(contextId: string): Segment | undefined {
    return this.#segments.find(({ voice }) => voice?.contextId === contextId);
  }

  /** The last one, where the voice says it. */
  get open(): Segment | undefined {
    const last = this.#segments.at(-1);
    return last?.voice === undefined ? undefined : last;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** A clip would come behind all there is. */
  get isHeardToTheEnd(): boolean {
    return this.#withAudio === this.#segments.length;
  }

  get isVoiced(): boolean {
    return this.#segments.every(({ isVoiced }) => isVoiced);
  }

  /** The voice has text of it to say that nobody has heard. */
  get isAwaitingVoice(): boolean {
    return this.#segments.some(({ isAwaitingVoice }) => isAwaitingVoice);
  }

  /** Nothing of it is in the middle of being said. */
  get isBetweenSegments(): boolean {
    const last = this.#segments.findLast(({ hasAudio }) => hasAudio);
    return last === undefined || last.isVoiced || !last.isAwaitingVoice;
  }

  /** The contexts that have audio to give. */
  get openVoices(): readonly SegmentVoice[] {
    return this.#segments.flatMap(({ voice, isVoiced }) =>
      voice === undefined || isVoiced ? [] : [voice],
    );
  }

  /** As written. */
  get text(): string {
    return textOf(this.#segments);
  }

  /** The beginning of {@link text} before a clip that is inserted now. */
  get textBeforeClip(): string {
    return textOf(this.#segments.slice(0, this.#withAudio));
  }

  textUpTo({ segment, chars }: Place): string {
    const before = this.#segments.slice(0, this.#segments.indexOf(segment));
    return textOf(before) + segment.textUpTo(chars);
  }

  /** So many segments from the first have audio, or have one behind them that has. */
  get #withAudio(): number {
    return this.#segments.findLastIndex(({ hasAudio }) => hasAudio) + 1;
  }
}

function textOf(segments: readonly Segment[]): string {
  return segments.map(({ text }) => text).join('');
}
