/**
 * When the caller has finished: joins what our own ears heard (voice activity) with what speech recognition made of it.
 *
 * A provider's "final" alone closes nothing: it is often just a breath in the middle of a sentence. A turn closes when
 * the caller has been silent for long enough, counted from the last sound, *and* the text reaches to that sound; several
 * finals are one turn. Where the text does not get there, stable hypotheses will do, and in the end whatever there is.
 *
 * Positions are milliseconds of audio pushed since the call began, `At` are instants.
 */

import type { SpeechRun } from '@patchcord/shared/audio/voice-activity';
import type { Recognition } from './contract.ts';
import { joinTexts } from './scripts.ts';

export interface EndpointingOptions {
  /** The least silence after the last sound, even when the text is complete. */
  readonly silenceMs: number;
  /** The same when all there is are hypotheses: they may still change. */
  readonly hypothesisSilenceMs: number;
  /** A hypothesis is stable that has not changed for so long. */
  readonly stableMs: number;
  /** Text that does not reach the last sound (a breath, a door) closes the turn when nothing has come for so long. */
  readonly uncoveredMs: number;
  /** After so much silence the turn closes with whatever text there is. */
  readonly waitMsMax: number;
  /** Text reaches the last sound if it ends no more than this before it. */
  readonly coverToleranceMs: number;
  /** So much speech without a single recognised word means that recognition is deaf. */
  readonly deafSpeechMs: number;
}

export type EndpointDecision =
  /** Nothing to decide until the caller makes a sound or says a word. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'closed' }
  /** There was sound but there are no words; `isDeaf` when there should have been some. */
  | { readonly kind: 'wordless'; readonly isDeaf: boolean };

/** Frames come every 20 ms; without another one the stirring is old. */
const STIR_MS = 40;

export interface CallerTurn {
  readonly text: string;
  /** When the caller's last sound arrived. */
  readonly speechEndAt: number;
}

export class Endpointing {
  readonly #options: EndpointingOptions;
  #positionMs = 0;
  #isSpeaking = false;
  #run: SpeechRun | undefined;
  #stirredAt = -Infinity;
  /** Sound up to here belongs to a turn that is over. */
  #usedSpeechMs = 0;
  /** Text up to here does. */
  #usedTextMs = 0;
  #usedText = '';

  #speechStartMs: number | undefined;
  #speechEndMs = 0;
  #speechEndAt = 0;
  #phrases: Recognition[] = [];
  #hypothesis: Recognition | undefined;
  #changedAt = 0;

  constructor(options: EndpointingOptions) {
    this.#options = options;
  }

  /** What the detector makes of the audio up to `positionMs`, which has just arrived. */
  hear(
    activity: {
      readonly positionMs: number;
      readonly isSpeaking: boolean;
      readonly isStirring: boolean;
      readonly run: SpeechRun | undefined;
    },
    now: number,
  ): void {
    this.#positionMs = activity.positionMs;
    this.#isSpeaking = activity.isSpeaking;
    this.#run = activity.run;
    if (activity.isStirring) this.#stirredAt = now;
    const run = activity.run;
    if (run === undefined || run.endMs <= this.#usedSpeechMs || run.endMs <= this.#speechEndMs)
      return;
    this.#speechStartMs ??= Math.max(run.startMs, this.#usedSpeechMs);
    this.#speechEndMs = run.endMs;
    this.#speechEndAt = now - (activity.positionMs - run.endMs);
  }

  /** A hypothesis replaces the one before. Answers false for what belongs to a turn that is over. */
  suppose(recognition: Recognition, now: number): boolean {
    const own = this.#ownPart(recognition);
    if (own === undefined) return false;
    if (own.text !== this.#hypothesis?.text) this.#changedAt = now;
    this.#hypothesis = own;
    this.#noteText(own, now);
    return true;
  }

  /** A phrase is final and replaces the hypothesis. Answers false for what belongs to a turn that is over. */
  conclude(recognition: Recognition, now: number): boolean {
    const own = this.#ownPart(recognition);
    if (own === undefined) return false;
    this.#hypothesis = undefined;
    this.#phrases.push(own);
    this.#changedAt = now;
    this.#noteText(own, now);
    return true;
  }

  decide(now: number): EndpointDecision {
    if (this.#speechStartMs === undefined) return { kind: 'quiet' };
    // A sound that is just beginning may be the caller going on: it is known within one onset of the detector.
    const closesAt = Math.max(this.#closesAt(), this.#stirredAt + STIR_MS);
    if (now < closesAt) return { kind: 'wait', until: closesAt };
    if (this.text !== '') return { kind: 'closed' };
    const speechMs = this.#speechEndMs - this.#speechStartMs;
    return { kind: 'wordless', isDeaf: speechMs >= this.#options.deafSpeechMs };
  }

  /** Takes the turn that was closed and begins a new one. What recognition still says of it will be dropped. */
  take(): CallerTurn {
    const turn = { text: this.text, speechEndAt: this.#speechEndAt };
    this.#usedText = this.text;
    this.#usedTextMs = Math.max(
      this.#speechEndMs,
      this.#hypothesis?.endMs ?? 0,
      this.#phrases.at(-1)?.endMs ?? 0,
    );
    this.discard();
    return turn;
  }

  /** Forgets sound without words. Text that comes for it late is welcome still. */
  discard(): void {
    this.#usedSpeechMs = Math.max(this.#usedSpeechMs, this.#speechEndMs);
    this.#speechStartMs = undefined;
    this.#phrases = [];
    this.#hypothesis = undefined;
  }

  /** All that is understood of the turn so far. */
  get text(): string {
    return this.#textSince(0);
  }

  /** The caller is making himself heard, or has and the turn is not closed. */
  get isActive(): boolean {
    return this.#speechStartMs !== undefined;
  }

  get speechEndAt(): number {
    return this.#speechEndAt;
  }

  /** Words of this turn in segments of speech that began at `sinceMs` or later. */
  #textSince(sinceMs: number): string {
    const parts =
      this.#hypothesis === undefined ? this.#phrases : [...this.#phrases, this.#hypothesis];
    return parts
      .filter((part) => part.startMs >= sinceMs)
      .reduce((text, part) => joinTexts(text, part.text), '');
  }

  /** What speaks for a barge-in, counting from `sinceMs`. */
  evidenceSince(sinceMs: number): { readonly speechMs: number; readonly words: string } {
    const run = this.#isSpeaking ? this.#run : undefined;
    const startMs = Math.max(run?.startMs ?? 0, sinceMs, this.#usedSpeechMs);
    const speechMs = run === undefined ? 0 : Math.max(0, run.endMs - startMs);
    return { speechMs, words: this.#textSince(sinceMs) };
  }

  #closesAt(): number {
    const options = this.#options;
    const silence = (ms: number): number => this.#speechEndAt + ms;
    const lastMs = this.#hypothesis?.endMs ?? this.#phrases.at(-1)?.endMs;
    if (lastMs === undefined) return silence(options.waitMsMax);

    const isCovered = lastMs >= this.#speechEndMs - options.coverToleranceMs;
    const isFinal = this.#hypothesis === undefined;
    const minimumMs = isFinal ? options.silenceMs : options.hypothesisSilenceMs;
    const settledMs = isCovered ? (isFinal ? 0 : options.stableMs) : options.uncoveredMs;
    const readyAt = Math.max(silence(minimumMs), this.#changedAt + settledMs);
    // Text that comes very late still comes word by word.
    const latestAt = Math.max(silence(options.waitMsMax), this.#changedAt + options.stableMs);
    return Math.max(silence(options.silenceMs), Math.min(readyAt, latestAt));
  }

  /** Words prove speech, also where the detector has heard none. */
  #noteText(recognition: Recognition, now: number): void {
    if (this.#speechStartMs !== undefined) return;
    this.#speechStartMs = recognition.startMs;
    this.#speechEndMs = Math.min(recognition.endMs, this.#positionMs);
    this.#speechEndAt = now - (this.#positionMs - this.#speechEndMs);
  }

  /** `recognition` without what was used for an earlier turn; undefined if nothing is left. */
  #ownPart(recognition: Recognition): Recognition | undefined {
    const text = recognition.text.trim();
    if (text === '') return undefined;
    if (recognition.startMs >= this.#usedTextMs) return { ...recognition, text };
    if (recognition.endMs <= this.#usedTextMs + this.#options.coverToleranceMs) return undefined;
    // The segment began in the old turn. Only a sound of its own makes it go on in this one: finals of the old turn
    // may end a little later than we thought, and read a little differently.
    if (this.#speechStartMs === undefined) return undefined;
    const own = withoutPrefix(text, this.#usedText);
    return own === '' ? undefined : { ...recognition, startMs: this.#usedTextMs, text: own };
  }
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** Fewer letters than these in common are chance. */
const COMMON_LETTERS_MIN = 4;

/**
 * What of `text` goes beyond `used`, punctuation and capitals aside; all of it where it does not begin with the end of
 * `used`. The segment may hold only the last of several phrases of the old turn.
 */
function withoutPrefix(text: string, used: string): string {
  const wanted = plain(used);
  const commonMin = Math.min(COMMON_LETTERS_MIN, wanted.length);
  for (let length = text.length; length > 0; length--) {
    const head = plain(text.slice(0, length));
    if (head.length < commonMin) return text;
    if (wanted.endsWith(head)) return text.slice(length).trim();
  }
  return text;
}
