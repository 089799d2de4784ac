/**
 * What the caller heard of one utterance: counts its audio, knows where each word ends in it, and how far it has played.
 *
 * Our relay says to the sample how far that is (`played`). Twilio only returns marks, so there one is set at each end of a
 * word. Twilio also returns marks, all at once, when a `clear` threw their audio away; what had played by then is told
 * from the rest by the clock: a mark that comes before its audio could have ended was thrown away.
 */

import type { PlayoutClock } from './playout-clock.ts';
import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';

/** Audio (possibly none) and then a mark (possibly none). */
export interface PlayoutPiece {
  readonly mulaw: Uint8Array;
  readonly mark?: string;
}

/** The end of a word: where in the audio, and what has been said by then. */
export interface SpokenWord<Place> {
  readonly atByte: number;
  readonly place: Place;
}

export interface PlayoutOptions {
  /** Unique among the utterances of a call. */
  readonly name: string;
  /** Whether the peer counts samples; else it has marks only. */
  readonly isExact: boolean;
  readonly clock: PlayoutClock;
}

/** A mark on its way: the audio before it, and when that will have played by our reckoning. */
interface PendingMark {
  readonly atByte: number;
  readonly dueAt: number;
}

interface Chunk {
  readonly mulaw: Uint8Array;
  readonly atByte: number;
}

export class Playout<Place> {
  readonly #options: PlayoutOptions;
  readonly #pending = new Map<string, PendingMark>();
  #words: SpokenWord<Place>[] = [];
  /** For {@link rewind}; kept only where the peer cannot pause. */
  #chunks: Chunk[] = [];
  #markCount = 0;
  #sentBytes = 0;
  /** Bytes before the last mark. */
  #markedBytes = 0;
  #heardBytes = 0;
  #isFinished = false;
  #isCut = false;
  #isSettled = false;
  #endsAt = 0;

  constructor(options: PlayoutOptions) {
    this.#options = options;
  }

  /** Takes the next audio and the words that end in it, `atByte` of it. Answers what to send: views into `mulaw`. */
  push(mulaw: Uint8Array, words: readonly SpokenWord<Place>[], now: number): PlayoutPiece[] {
    const atByte = this.#sentBytes;
    this.#endsAt = Math.max(this.#endsAt, now) + mulaw.length / BYTES_PER_MS;
    let latest = 0;
    // Words end one after the other, whatever a voice says of its characters.
    const ends = words.map(({ atByte: at, place }) => {
      latest = Math.min(mulaw.length, Math.max(latest, at));
      return { atByte: atByte + latest, place };
    });
    this.#words.push(...ends);
    this.#sentBytes += mulaw.length;
    if (!this.#options.isExact) {
      this.#chunks.push({ mulaw, atByte });
      return this.#cutAtWords(mulaw, atByte, ends);
    }
    // The first one tells when the caller began to hear; the samples tell the rest.
    return atByte === 0 && mulaw.length > 0
      ? [{ mulaw, mark: this.#mark(this.#sentBytes) }]
      : [{ mulaw }];
  }

  /** All audio has been sent. Answers the mark that closes it, unless the last audio has one. */
  finish(): string | undefined {
    this.#isFinished = true;
    return this.#sentBytes === this.#markedBytes ? undefined : this.#mark(this.#sentBytes);
  }

  /** A mark came back. Answers the audio before it, in milliseconds; undefined for a mark of somebody else's. */
  hearMark(name: string, now: number): number | undefined {
    const mark = this.#pending.get(name);
    if (mark === undefined) return undefined;
    this.#pending.delete(name);
    const { atByte, dueAt } = mark;
    const { clock, isExact, name: utterance } = this.#options;
    if (!this.#isCut) {
      clock.mark(utterance, dueAt, now);
      this.#hear(atByte);
      return atByte / BYTES_PER_MS;
    }
    if (isExact) return undefined;
    if (clock.couldHavePlayed(utterance, dueAt, now)) this.#hear(atByte);
    if (this.#pending.size === 0) this.#isSettled = true;
    return undefined;
  }

  /** The peer has played so many bytes of this utterance. */
  hearBytes(bytes: number): void {
    if (this.#isSettled) return;
    this.#hear(Math.min(bytes, this.#sentBytes));
  }

  /** `clear` is about to be sent: what is still to come will not be heard. */
  cut(): void {
    this.#isCut = true;
    if (this.#pending.size === 0 && !this.#options.isExact) this.#isSettled = true;
    if (this.#sentBytes === 0) this.#isSettled = true;
  }

  /** Nothing more will be known of what was heard. */
  settle(): void {
    this.#isSettled = true;
    this.#pending.clear();
  }

  /**
   * After a `clear` that turned out to be for nothing, where the peer cannot pause: the audio from the end of the last
   * word that was heard, to be sent again. The word that was cut is said again from its beginning, as people do.
   */
  rewind(now: number): PlayoutPiece[] {
    const from = this.#lastHeardWord?.atByte ?? 0;
    const words = this.#words.filter(({ atByte }) => atByte > from);
    const chunks = this.#chunks;
    this.#words = this.#words.filter(({ atByte }) => atByte <= from);
    this.#chunks = [];
    this.#pending.clear();
    this.#isCut = false;
    this.#isSettled = false;
    this.#sentBytes = from;
    this.#markedBytes = from;
    this.#heardBytes = from;
    this.#endsAt = now;
    const pieces = chunks.flatMap(({ mulaw, atByte }) => {
      const end = atByte + mulaw.length;
      if (end <= from) return [];
      const start = Math.max(atByte, from);
      const own = words
        .filter((word) => word.atByte > start && word.atByte <= end)
        .map((word) => ({ atByte: word.atByte - start, place: word.place }));
      return this.push(mulaw.subarray(start - atByte), own, now);
    });
    if (!this.#isFinished) return pieces;
    const mark = this.finish();
    return mark === undefined ? pieces : [...pieces, { mulaw: new Uint8Array(0), mark }];
  }

  /** Playout stood still for so long. */
  delay(delayMs: number): void {
    this.#endsAt += delayMs;
  }

  /** What has been said by the last word that was wholly heard: its place, `all`, or undefined for nothing. */
  get heard(): Place | 'all' | undefined {
    const isAll = this.#isFinished && this.#sentBytes > 0 && this.#heardBytes >= this.#sentBytes;
    if (isAll) return 'all';
    return this.#lastHeardWord?.place;
  }

  /** All that will ever be known of what was heard is known. */
  get isSettled(): boolean {
    return this.#isSettled || (this.#isFinished && this.isDrained);
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

  get #lastHeardWord(): SpokenWord<Place> | undefined {
    return this.#words.findLast(({ atByte }) => atByte <= this.#heardBytes);
  }

  #hear(atByte: number): void {
    if (atByte <= this.#heardBytes) return;
    this.#heardBytes = atByte;
    // What was heard to the end of a word is never sent again.
    const from = this.#lastHeardWord?.atByte ?? 0;
    while (endOf(this.#chunks[0]) <= from) this.#chunks.shift();
  }

  #cutAtWords(
    mulaw: Uint8Array,
    base: number,
    words: readonly SpokenWord<Place>[],
  ): PlayoutPiece[] {
    const pieces: PlayoutPiece[] = [];
    let from = 0;
    for (const { atByte } of words) {
      const to = Math.max(from, atByte - base);
      pieces.push({ mulaw: mulaw.subarray(from, to), mark: this.#mark(atByte) });
      from = to;
    }
    if (from < mulaw.length) pieces.push({ mulaw: mulaw.subarray(from) });
    return pieces;
  }

  #mark(atByte: number): string {
    const name = `${this.#options.name}:${++this.#markCount}`;
    this.#markedBytes = atByte;
    const dueAt = this.#endsAt - (this.#sentBytes - atByte) / BYTES_PER_MS;
    this.#pending.set(name, { atByte, dueAt });
    return name;
  }
}

function endOf(chunk: Chunk | undefined): number {
  return chunk === undefined ? Infinity : chunk.atByte + chunk.mulaw.length;
}
