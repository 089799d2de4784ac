/**
 * When the caller has finished: joins what our own ears heard (voice activity) with what speech recognition made of it.
 *
 * A provider's "final" alone closes nothing: it is often just a breath in the middle of a sentence. A turn closes when
 * the caller has been silent for long enough, counted from the last sound, *and* the text reaches to that sound; several
 * finals are one turn. How long is enough depends on the text (a question is complete, "my number is" is not, digits come
 * in groups) and on this caller, who may think in mid-sentence. Where the text does not get there, stable hypotheses will
 * do, and in the end whatever there is.
 *
 * Positions are milliseconds of audio pushed since the call began, `At` are instants.
 */

import type { SpeechRun } from '@patchcord/shared/audio/voice-activity';
import { Answers, type WordlessSound } from './answers.ts';
import { CallerText } from './caller-text.ts';
import type { Recognition } from '../contract.ts';
import type { EndpointingOptions } from './endpointing-options.ts';
import { completenessOf, type Completeness } from '../language/unfinished.ts';
import { PauseHabit } from './pause-habit.ts';
import type { Surroundings } from './surroundings.ts';
import type { GateVerdict } from '../thinking/turn-gate.ts';

export type EndpointDecision =
  /** Nothing to decide until the caller makes a sound or says a word. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'closed' }
  /** There was sound but there are no words. */
  | { readonly kind: 'wordless'; readonly sound: WordlessSound };

/** Frames come every 20 ms; without another one the stirring is old. */
const STIR_MS = 40;

/** Audio that is behind by more is on its way: the process stood still, and its timers run before its sockets are read. */
const BEHIND_MS = 60;
/** For so long it is waited for; what has not come then was never sent, or was lost. */
const CATCH_UP_MS = 40;

/** Between two words that come late. */
const LATE_MS = 400;

/** Sound without words for so long is not the caller's; hypotheses come 200-400 ms after the word. */
const DIN_GAP_MS = 1300;
const DIN_LATE_MS = 900;
/** The same once it is known that there is more to hear than the caller. */
const DIN_GAP_NOISY_MS = 800;
const DIN_LATE_NOISY_MS = 500;

/** What the model's own verdict adds, from the last sound: cut off, still thinking. */
const GATE_MS = { complete: 0, 'cut-off': 2000, thinking: 5000 } as const;

export interface CallerTurn {
  readonly text: string;
  /** When the caller's last sound arrived. */
  readonly speechEndAt: number;
}

export class Endpointing {
  readonly answers: Answers;
  readonly #options: EndpointingOptions;
  readonly #text: CallerText;
  readonly #surroundings: Surroundings;
  #positionMs = 0;
  #isSpeaking = false;
  #run: SpeechRun | undefined;
  #stirredAt = -Infinity;
  /** Since when audio has been behind. */
  #behindSince: number | undefined;
  /** Sound up to here belongs to a turn that is over. */
  #usedSpeechMs = 0;

  #speechStartMs: number | undefined;
  #speechEndMs = 0;
  #speechEndAt = -Infinity;
  readonly #habit = new PauseHabit();
  /** When a sound was last found to have no words. */
  #wordlessAt = -Infinity;
  /** The detector is deaf to this caller: all there is are words. */
  #isByWords = false;
  /** The sound that goes on was found to be something else than the caller. */
  #isDinned = false;
  #gate: GateVerdict | undefined;
  #completeness: { readonly text: string; readonly is: Completeness } = { text: '', is: 'open' };
  #taken: { readonly startMs: number; readonly usedSpeechMs: number } | undefined;

  constructor(options: EndpointingOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#text = new CallerText(options.coverToleranceMs);
    this.answers = new Answers(options, surroundings);
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
    if (!activity.isSpeaking) this.#isDinned = false;
    if (this.#isDinned) return;
    if (run === undefined || run.endMs <= this.#usedSpeechMs || run.endMs <= this.#speechEndMs)
      return;
    if (this.#speechStartMs !== undefined && run.startMs > this.#speechEndMs) {
      this.#habit.learn(run.startMs - this.#speechEndMs);
    }
    this.#speechStartMs ??= Math.max(run.startMs, this.#usedSpeechMs);
    const newMs = Math.max(run.startMs, this.#usedSpeechMs, this.#speechEndMs);
    this.answers.hear(newMs, run.endMs);
    this.#isByWords = false;
    this.#speechEndMs = run.endMs;
    this.#speechEndAt = now - (activity.positionMs - run.endMs);
    this.#gate = undefined;
  }

  /** A hypothesis replaces the one before. Answers false for what belongs to a turn that is over. */
  suppose(recognition: Recognition, now: number): boolean {
    this.answers.note(recognition.endMs);
    const own = this.#text.suppose(recognition, this.isActive, now);
    if (own !== undefined) this.#noteText(own, now);
    return own !== undefined;
  }

  /** A phrase is final and replaces the hypothesis. Answers false for what belongs to a turn that is over. */
  conclude(recognition: Recognition, now: number): boolean {
    this.answers.note(recognition.endMs);
    const own = this.#text.conclude(recognition, this.isActive, now);
    if (own !== undefined) this.#noteText(own, now);
    return own !== undefined;
  }

  /** When another recogniser is to be asked what was said; undefined while this one may be trusted. */
  doubtAt(now: number): number | undefined {
    const isOver = this.#speechStartMs !== undefined && !this.#isSpeaking;
    return isOver && this.answers.isMissing(this.text !== '', now)
      ? this.#speechEndAt + this.#options.doubtMs
      : undefined;
  }

  /** What the model thinks of `text`: nothing if the caller has said more since. */
  judge(verdict: GateVerdict, text: string): void {
    if (text === this.text) this.#gate = verdict;
  }

  decide(now: number): EndpointDecision {
    if (this.#speechStartMs === undefined) return { kind: 'quiet' };
    // A sound that is just beginning may be the caller going on: it is known within one onset of the detector.
    const closesAt = Math.min(
      Math.max(this.#closesAt(now), this.#stirredAt + STIR_MS),
      this.#closesInDinAt(now),
    );
    if (now < closesAt) return { kind: 'wait', until: closesAt };
    const caughtUpAt = this.#caughtUpAt(now);
    if (now < caughtUpAt) return { kind: 'wait', until: caughtUpAt };
    if (this.text !== '') return { kind: 'closed' };
    return { kind: 'wordless', sound: this.answers.wordlessSound(now) };
  }

  /** Takes the turn that was closed and begins a new one. What recognition still says of it will be dropped. */
  take(now: number): CallerTurn {
    const isDin = this.#isSpeaking && now >= this.#closesInDinAt(now);
    const speechEndAt = isDin ? this.#wordsEndAt(now) : this.#speechEndAt;
    const turn = { text: this.text, speechEndAt };
    if (isDin) this.#surroundings.noteWordless(now);
    else this.#surroundings.noteWords(now);
    this.#isDinned = isDin;
    this.#taken = { startMs: this.#speechStartMs ?? 0, usedSpeechMs: this.#usedSpeechMs };
    this.#text.take(this.#speechEndMs);
    this.#close();
    return turn;
  }

  /** The caller goes on before an answer could be heard: the turn that was taken was not over. */
  takeBack(): void {
    if (this.#taken === undefined) return;
    this.#text.takeBack();
    this.#speechStartMs = this.#taken.startMs;
    this.#usedSpeechMs = this.#taken.usedSpeechMs;
    this.#taken = undefined;
  }

  /** What is answered next is nothing that was said: keys that were pressed, a transfer that failed. */
  forgetTaken(): void {
    this.#taken = undefined;
    this.#text.forgetTaken();
  }

  /** What is being answered was said, and may still be put right or gone on with. */
  get hasTaken(): boolean {
    return this.#taken !== undefined;
  }

  /** Forgets sound without words. Text that comes for it late is welcome still. */
  discard(now: number): void {
    // Sounds that follow one another so closely are one noise.
    if (now >= this.#wordlessAt + this.#options.maxMs) this.#surroundings.noteWordless(now);
    this.#wordlessAt = now;
    this.answers.giveUp();
    this.#text.discard();
    this.#close();
  }

  /** Forgets sound and words that were not meant for the agent, and what recognition still says of them. */
  ignore(): void {
    this.#text.ignore(Math.max(this.#speechEndMs, this.#run?.endMs ?? 0));
    this.#close();
  }

  /** The caller was answered too early: he spoke on within moments. */
  answeredTooEarly(pauseMs: number): void {
    this.#habit.learn(pauseMs);
  }

  /** All that is understood of the turn so far. */
  get text(): string {
    return this.#text.since(0);
  }

  /** The text of the turn that was taken last, as recognition understands it by now. */
  get takenText(): string {
    return this.#text.takenText;
  }

  /** All that is known of the caller's speech are its words: where it ends is a guess. */
  get isByWords(): boolean {
    return this.#isByWords;
  }

  /** The caller is making himself heard, or has and the turn is not closed. */
  get isActive(): boolean {
    return this.#speechStartMs !== undefined;
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** When the caller's last sound arrived; -Infinity before the first. */
  get speechEndAt(): number {
    return this.#speechEndAt;
  }

  /** Where the sounds of the turn begin and end; undefined while there are none. */
  get speech(): SpeechRun | undefined {
    if (this.#speechStartMs === undefined) return undefined;
    return { startMs: this.#speechStartMs, endMs: this.#speechEndMs };
  }

  /** The text reaches the caller's last sound, or ends no more than `toleranceMs` before it. */
  isCovered(toleranceMs: number): boolean {
    const lastMs = this.#text.lastMs;
    return lastMs !== undefined && lastMs >= this.#speechEndMs - toleranceMs;
  }

  /** For how long the text has been what it is. */
  unchangedMs(now: number): number {
    return now - this.#text.changedAt;
  }

  get completeness(): Completeness {
    const { text } = this;
    if (text !== this.#completeness.text) this.#completeness = { text, is: completenessOf(text) };
    return this.#completeness.is;
  }

  /** What speaks for an interruption, counting from `sinceMs`. */
  evidenceSince(
    sinceMs: number,
    now: number,
  ): {
    readonly speechMs: number;
    readonly silenceMs: number;
    readonly unchangedMs: number;
    readonly words: string;
  } {
    const run = this.#isSpeaking ? this.#run : undefined;
    const startMs = Math.max(run?.startMs ?? 0, sinceMs, this.#usedSpeechMs);
    return {
      speechMs: run === undefined ? 0 : Math.max(0, run.endMs - startMs),
      silenceMs: now - this.#speechEndAt,
      unchangedMs: this.unchangedMs(now),
      words: this.#text.since(sinceMs),
    };
  }

  /**
   * When the turn closes although there is still something to hear: words have stopped coming, for longer than they are
   * ever late, and what goes on is a television.
   */
  #closesInDinAt(now: number): number {
    const { lastMs, changedAt } = this.#text;
    if (lastMs === undefined || !this.#isSpeaking) return Infinity;
    const gapMs = this.#surroundings.isNoisy(now) ? DIN_GAP_NOISY_MS : DIN_GAP_MS;
    const lateMs = this.#surroundings.isNoisy(now) ? DIN_LATE_NOISY_MS : DIN_LATE_MS;
    const wordlessSince = this.#at(Math.max(lastMs, this.#run?.startMs ?? 0), now);
    return Math.max(
      this.#wordsEndAt(now) + this.#wantedMs(),
      // Whoever goes on after a pause has not said a word yet that could be known.
      wordlessSince + gapMs,
      changedAt + lateMs,
    );
  }

  /** Silence that nobody has heard yet ends nothing: the caller may be speaking in it. */
  #caughtUpAt(now: number): number {
    const heardMs = this.#positionMs - this.#speechEndMs;
    const isBehind = now - this.#speechEndAt - heardMs > BEHIND_MS;
    this.#behindSince = isBehind ? (this.#behindSince ?? now) : undefined;
    return this.#behindSince === undefined ? now : this.#behindSince + CATCH_UP_MS;
  }

  /** When the last word arrived. */
  #wordsEndAt(now: number): number {
    return this.#at(this.#text.lastMs ?? this.#positionMs, now);
  }

  /** When the audio at `positionMs` arrived. */
  #at(positionMs: number, now: number): number {
    return now - (this.#positionMs - positionMs);
  }

  #closesAt(now: number): number {
    const options = this.#options;
    const silence = (ms: number): number => this.#speechEndAt + ms;
    const { lastMs, changedAt, isFinal } = this.#text;
    if (lastMs === undefined) return silence(options.wordlessMs);

    const wantedMs = this.#wantedMs();
    const isCovered = this.isCovered(options.coverToleranceMs);
    const isSettled = isCovered && !this.#isByWords;
    const settledMs = isSettled ? (isFinal ? 0 : options.stableMs) : options.uncoveredMs;
    const readyAt = Math.max(silence(wantedMs), changedAt + settledMs);
    // Text that comes very late still comes word by word.
    const latestAt = Math.max(silence(Math.max(wantedMs, options.maxMs)), changedAt + LATE_MS);
    const closesAt = Math.max(silence(options.minMs), Math.min(readyAt, latestAt));
    // A sentence that breaks off is not answered before another recogniser has had its say.
    const doubtAt = this.doubtAt(now);
    return doubtAt === undefined ? closesAt : Math.max(closesAt, doubtAt + options.secondOpinionMs);
  }

  /** How much silence this text needs, of this caller. */
  #wantedMs(): number {
    const options = this.#options;
    if (this.#gate !== undefined) return Math.max(options.minMs, GATE_MS[this.#gate]);
    switch (this.completeness) {
      case 'complete':
        return options.minMs;
      case 'digits':
        return Math.max(options.digitsMs, this.#habitMs());
      case 'unfinished':
        return Math.max(options.unfinishedMs, this.#habitMs());
      case 'doubtful':
        return Math.max(options.doubtfulMs, this.#habitMs());
      case 'open':
        return Math.max(options.openMs, this.#habitMs());
    }
  }

  #habitMs(): number {
    return this.#options.isAdaptive ? this.#habit.silenceMs : 0;
  }

  #close(): void {
    this.#usedSpeechMs = Math.max(this.#usedSpeechMs, this.#speechEndMs);
    this.#behindSince = undefined;
    this.#speechStartMs = undefined;
    this.answers.forget();
    this.#isByWords = false;
    this.#gate = undefined;
  }

  /** Words prove speech, also where the detector has heard none. */
  #noteText(recognition: Recognition, now: number): void {
    this.answers.noteWords();
    if (this.#speechStartMs !== undefined && !this.#isByWords) return;
    this.#isByWords = true;
    this.#speechStartMs ??= recognition.startMs;
    this.#speechEndMs = Math.min(recognition.endMs, this.#positionMs);
    this.#speechEndAt = now - (this.#positionMs - this.#speechEndMs);
  }
}
