/**
 * One utterance of the agent from the thought to the last word heard: the model's answer, its tools, its voice.
 *
 * It may be made ahead of its time, held back, and released when the caller has really finished; until then nothing of it
 * can be heard and no tool is called.
 */

import type { EndReason, TurnKind, TurnRecord } from '../call-record.ts';
import type { CallInput, Message } from '../contract.ts';
import type { Deadline } from '../deadline.ts';
import { faultOf, type Fault } from '../faults.ts';
import type { LlmInput, Spending } from '../thinking/generation.ts';
import type { ToolAnswer } from '../thinking/history.ts';
import type { Language } from '../language/language.ts';
import { Waterfall } from '../records/latency.ts';
import { isSpoken } from '../language/scripts.ts';
import type { TransferRoute } from '../settings.ts';
import { Thought, type Spokesman } from '../thinking/thought.ts';
import type { GateVerdict } from '../thinking/turn-gate.ts';
import type { ToolRound } from '../thinking/turn-tools.ts';
import { Trickle } from './trickle.ts';
import type { TurnParts } from './turn-parts.ts';
import { Voicing } from './voicing.ts';
import { WaitingWords } from './waiting-words.ts';
import { Wording } from './wording.ts';

export interface AgentTurnOptions {
  readonly kind: TurnKind;
  readonly language: Language;
  /** What is answered. */
  readonly understood?: string;
  /** When the caller's last sound arrived. */
  readonly speechEndAt?: number;
  readonly isHeld: boolean;
  readonly hasGate: boolean;
}

type TtsInput = Extract<CallInput, { kind: 'tts-audio' | 'tts-done' | 'tts-error' }>;

export class AgentTurn {
  readonly kind: TurnKind;
  readonly waterfall = new Waterfall();
  readonly errors: Fault[] = [];
  readonly #parts: TurnParts;
  readonly #options: AgentTurnOptions;
  readonly #name: string;
  readonly #voicing: Voicing;
  readonly #wording: Wording;
  readonly #waitingWords: WaitingWords;
  readonly #trickle: Trickle;
  readonly #thought: Thought;
  readonly #startedAt: number;
  #isHeld: boolean;
  #wasHeld: boolean;
  #releasedAt: number | undefined;
  #index: number | undefined;
  #endedAt: number | undefined;
  #understood: string | undefined;
  #isMuteTold = false;
  #falseAlarms = 0;
  #pausedAt: number | undefined;
  #isCut = false;
  /** Set when the call ends once this has been heard. */
  endReason: EndReason | undefined;
  /** The caller is to be connected to this target once the turn has been heard. */
  transfer: TransferRoute | undefined;

  constructor(parts: TurnParts, options: AgentTurnOptions, now: number) {
    this.kind = options.kind;
    this.#parts = parts;
    this.#options = options;
    this.#name = parts.nextTurnName();
    this.#isHeld = options.isHeld;
    this.#wasHeld = options.isHeld;
    this.#startedAt = now;
    this.#understood = options.understood;
    this.#voicing = new Voicing(
      {
        name: this.#name,
        language: options.language,
        outlet: parts.outlet,
        clock: parts.clock,
        routes: parts.routes,
        timings: parts.settings.timings,
        emit: parts.emit,
        waitingSince: options.speechEndAt ?? now,
        hasFiller: () => this.#waitingWords.hasFiller,
      },
      options.isHeld,
    );
    this.#wording = new Wording(this.#voicing, (at) => this.waterfall.reach('firstClause', at));
    const { language, speechEndAt } = options;
    this.#waitingWords = new WaitingWords({
      turn: parts,
      language,
      speechEndAt,
      voicing: this.#voicing,
      wording: this.#wording,
      waterfall: this.waterfall,
    });
    const { isHeld, hasGate } = options;
    this.#thought = new Thought({ ...parts, isHeld, hasGate, voice: this.#spokesman() });
    this.#trickle = new Trickle({
      speechEndAt,
      thought: this.#thought,
      voicing: this.#voicing,
      wording: this.#wording,
      waitingWords: this.#waitingWords,
    });
    if (!isHeld) this.#releasedAt = now;
    if (speechEndAt !== undefined) this.waterfall.reach('speechEnd', speechEndAt);
  }

  // What it says

  /** Asks the model. */
  ask(messages: readonly Message[], now: number): void {
    this.#thought.ask(messages, now);
  }

  /** A phrase of our own, from the cache where it is there. */
  sayOwn(text: string, now: number): void {
    this.#wording.flush(now);
    // Behind what the voice has still to say.
    const clip = this.#voicing.isAwaitingVoice ? undefined : this.#parts.clips.find(text);
    this.#wording.conclude(text, clip, now);
    this.#completeText(now);
  }

  handleLlm(input: LlmInput, now: number): void {
    this.#thought.handleLlm(input, now);
  }

  handleTts(input: TtsInput, now: number): void {
    const { contextId } = input;
    switch (input.kind) {
      case 'tts-audio': {
        const isOurs = this.#voicing.takeAudio(input.contextId, input.mulaw, input.alignment, now);
        if (isOurs) this.waterfall.reach('ttsFirstAudio', now);
        return this.#noteSent(now);
      }
      case 'tts-done': {
        const fault = this.#voicing.takeDone(input.contextId);
        if (fault !== undefined) this.#failVoice(fault, now);
        return;
      }
      case 'tts-error':
        if (this.#voicing.isUsing(contextId, input.route)) {
          return this.#failVoice(input.fault, now, input.isUnasked);
        }
        // A connection that was idle: the next utterance opens another one.
        return this.#parts.journal.log(
          'warn',
          'tts-connection',
          input.fault.message,
          input.fault.code,
        );
    }
  }

  takeToolResult(toolCallId: string, result: string, now: number): boolean {
    return this.#thought.takeToolResult(toolCallId, result, now);
  }

  // Its time

  /** The caller has finished, and this is the answer. */
  release(now: number): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#releasedAt = now;
    this.#voicing.release(now);
    this.#noteSent(now);
    this.#heedVoice(now);
    this.#thought.release(now);
  }

  /** The caller goes on: nothing of it was heard, and perhaps it is still the answer in a moment. */
  hold(): void {
    this.#isHeld = true;
    this.#releasedAt = undefined;
    this.#thought.hold();
    this.#voicing.hold();
  }

  /** Ends it before it is over: model, then voice, then playout where `isCleared`. */
  cut(isCleared: boolean, now: number): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#thought.cut(now);
    this.#voicing.cut(isCleared);
  }

  /** Silence, for a sound that may be an interruption. */
  pause(now: number): void {
    if (this.#pausedAt !== undefined) return;
    this.#pausedAt = now;
    this.#voicing.pause();
  }

  /** It was none. */
  resume(now: number): void {
    if (this.#pausedAt === undefined) return;
    this.#voicing.resume(now - this.#pausedAt, now);
    this.#pausedAt = undefined;
    this.#falseAlarms++;
    this.#noteSent(now);
  }

  /** In place of the answer, or after what there is of it. */
  apologise(text: string, now: number): void {
    this.#thought.end();
    this.sayOwn(text, now);
  }

  /** There is no way to say anything: what is on its way is heard, and that is all. */
  endQuietly(): void {
    this.#thought.end();
    this.#voicing.abandonText();
  }

  hearMark(name: string, now: number): boolean {
    const audioMs = this.#voicing.hearMark(name, now);
    if (audioMs === undefined) return false;
    const sentAt = this.waterfall.at('firstFrameSent') ?? now;
    this.waterfall.reach('firstFrameHeard', Math.max(sentAt, now - audioMs));
    return true;
  }

  deadlines(now: number): readonly Deadline[] {
    const thought = this.#thought.deadlines(now);
    return this.isPaused ? thought : [...thought, ...this.#voiceDeadlines(now)];
  }

  // What is known of it

  /** All the agent says or was to say. */
  get text(): string {
    return this.#voicing.text;
  }

  /** The beginning of it that the caller has heard. */
  get heard(): string {
    return this.#voicing.heard;
  }

  get understood(): string | undefined {
    return this.#understood;
  }

  /** Recognition has thought better of what the caller said. */
  set understood(text: string | undefined) {
    this.#understood = text;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get isAudible(): boolean {
    return this.#voicing.isAudible;
  }

  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Everything has been said and heard. */
  get isOver(): boolean {
    return this.#thought.isOver && this.#voicing.isOver && !this.isPaused;
  }

  /** All that will ever be known of what was heard is known. */
  get isSettled(): boolean {
    return !this.#voicing.isAudible || this.#voicing.isSettled;
  }

  /** When what was sent of it will have been heard. */
  get endsAt(): number {
    return this.#voicing.endsAt;
  }

  get isMute(): boolean {
    return this.#voicing.isDead;
  }

  get spendings(): readonly Spending[] {
    return this.#thought.spendings;
  }

  get characters(): number {
    return this.#voicing.characters;
  }

  get gateVerdict(): GateVerdict | undefined {
    return this.#thought.gateVerdict;
  }

  /** What tools answered, for the history. */
  get toolAnswers(): readonly ToolAnswer[] {
    return this.#thought.toolAnswers;
  }

  /** Tools run on although the turn was cut. */
  get isWaitingForTools(): boolean {
    return this.#thought.isWaitingForTools;
  }

  /** It has been part of the conversation: gets its number. */
  count(now: number): void {
    this.#endedAt ??= now;
    this.#index ??= this.#parts.nextTurnIndex();
  }

  giveUpMarks(): void {
    this.#voicing.giveUpMarks();
  }

  toRecord(): TurnRecord {
    const { opener } = this.#waitingWords;
    const { model, answers, toolRecords, toolsAt } = this.#thought;
    return {
      index: this.#index ?? -1,
      kind: this.kind,
      startedAt: this.#startedAt,
      ...(this.#understood === undefined ? {} : { understood: this.#understood }),
      agent: this.text.trim(),
      heard: this.heard.trim(),
      interrupted: this.#isCut,
      falseAlarms: this.#falseAlarms,
      isSpeculative: this.#wasHeld,
      ...(opener === undefined ? {} : { opener }),
      ...(model === undefined ? {} : { model }),
      tools: toolRecords,
      waterfallMs: this.waterfall.toMs(),
      errors: [...this.errors],
      trace: {
        waterfallAt: this.waterfall.originAt ?? this.#startedAt,
        endedAt: this.#endedAt ?? this.#startedAt,
        hasFailed: this.#thought.hasFailed || this.#voicing.isDead,
        answers,
        toolsAt,
      },
    };
  }

  // What it thinks

  #spokesman(): Spokesman {
    const [voicing, wording, waterfall] = [this.#voicing, this.#wording, this.waterfall];
    return {
      get text() {
        return voicing.text;
      },
      noteRequest: (now) => waterfall.reach('llmRequest', now),
      noteFirstToken: (now) => waterfall.reach('llmFirstToken', now),
      write: (text, now) => this.#takeText(text, now),
      rest: (now) => {
        wording.flush(now);
        this.#heedVoice(now);
      },
      beginAnew: () => wording.beginAnew(),
      takeBackWord: () => wording.takeBackWord(),
      complete: (now) => this.#completeText(now),
      conclude: (round, now) => this.#conclude(round, now),
      note: (fault) => this.#note(fault),
      fail: (fault, now) => this.#parts.onFailed(this, fault, now),
    };
  }

  /** The call is about to end: with the model's last words, or with ours. */
  #conclude({ endReason, transfer }: ToolRound, now: number): void {
    this.endReason = endReason ?? this.endReason;
    this.transfer = transfer ?? this.transfer;
    if (isSpoken(this.text)) return this.#completeText(now);
    const phrases = this.#parts.phrases(this.#options.language);
    this.sayOwn(this.transfer === undefined ? phrases.goodbye : (phrases.fillers[0] ?? ''), now);
  }

  #note(fault: Fault): void {
    this.errors.push(fault);
    this.#parts.journal.turnFault(this.#name, fault);
  }

  // The voice

  #takeText(text: string, now: number): void {
    this.#wording.write(text, now);
    this.#heedVoice(now);
  }

  #completeText(now: number): void {
    this.#wording.flush(now);
    this.#heedVoice(now);
    this.#voicing.completeText();
    this.#noteSent(now);
  }

  #failVoice(fault: Fault, now: number, isUnasked = false): void {
    this.#note(fault);
    if (!this.#voicing.goOn(fault, now, isUnasked)) this.#heedVoice(now);
  }

  /** No voice can be had, also where there was none to begin with: told once, when its time has come. */
  #heedVoice(now: number): void {
    if (!this.#voicing.isDead || this.#isHeld || this.#isMuteTold) return;
    this.#isMuteTold = true;
    this.#thought.end();
    this.#parts.onMute(this, now);
  }

  #noteSent(now: number): void {
    if (!this.#voicing.isAudible) return;
    this.waterfall.reach('firstFrameSent', now);
  }

  #voiceDeadlines(now: number): Deadline[] {
    const deadlines: Deadline[] = [];
    const voice = this.#voicing.deadline(now);
    if (voice !== undefined) {
      const run = (): void => {
        const fault = this.#voicing.expire(voice.what);
        if (fault !== undefined) this.#failVoice(fault, now);
      };
      deadlines.push({ at: voice.at, run });
    }
    if (!this.#isHeld) {
      const releasedAt = this.#releasedAt ?? 0;
      deadlines.push(...this.#waitingWords.deadlines(releasedAt, now));
      deadlines.push(...this.#trickle.deadlines(releasedAt, now));
    }
    if (this.#voicing.isSaid && !this.#voicing.isOver) {
      const at = this.#voicing.endsAt + this.#parts.settings.timings.marksLateMsMax;
      deadlines.push({ at, run: () => this.#missMarks() });
    }
    return deadlines;
  }

  #missMarks(): void {
    this.#note(faultOf('MARKS_MISSING', 'marks of audio that was sent did not come back'));
    this.#voicing.giveUpMarks();
  }
}
