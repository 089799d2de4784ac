/**
 * One utterance of the agent from the thought to the last word heard: the model's answer, its tools, its voice.
 *
 * It may be made ahead of its time, held back, and released when the caller has really finished; until then nothing of it
 * can be heard and no tool is called.
 */

import type { EndReason, ToolRecord, TurnKind, TurnRecord } from './call-record.ts';
import type { CallInput, Message, ToolCall } from './contract.ts';
import { faultOf, type Fault } from './faults.ts';
import { Generation, type GenerationEvent, type LlmInput, type Spending } from './generation.ts';
import { toolMessages, type ToolAnswer } from './history.ts';
import type { Language } from './language/language.ts';
import { SENTENCE_DEFAULTS, SentenceSplitter } from './language/sentences.ts';
import { plainOf } from './language/words.ts';
import { Waterfall } from './latency.ts';
import { withoutTrailingSilence } from './leading-silence.ts';
import { continuationOf, isSpoken } from './scripts.ts';
import type { ToolEffect } from './toolbox.ts';
import { TurnGate, type GateVerdict } from './turn-gate.ts';
import type { TurnParts } from './turn-parts.ts';
import { Voicing } from './voicing.ts';

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

export interface Deadline {
  readonly at: number;
  /** Doing it must remove or postpone it. */
  readonly run: () => void;
}

type TtsInput = Extract<CallInput, { kind: 'tts-audio' | 'tts-done' | 'tts-error' }>;

interface PendingTool {
  readonly call: ToolCall;
  readonly startedAt: number;
  readonly deadlineAt: number;
  result?: string;
  endedAt?: number;
}

/**
 * The model has begun, or the voice: the answer is there so soon (p75 of clause and first byte, of first byte alone) that
 * an opener would only be in its way.
 */
const MODEL_GRACE_MS = 380;
const VOICE_GRACE_MS = 300;

/** "Sure," may go first: the voice begins while the model is still writing. */
const PIECES = { ...SENTENCE_DEFAULTS, firstWeightMin: 4 };

/** In one wait. */
const FILLERS_MAX = 3;

export class AgentTurn {
  readonly kind: TurnKind;
  readonly waterfall = new Waterfall();
  readonly errors: Fault[] = [];
  readonly #parts: TurnParts;
  readonly #options: AgentTurnOptions;
  readonly #name: string;
  readonly #voicing: Voicing;
  readonly #startedAt: number;
  readonly #gate: TurnGate | undefined;
  #splitter = new SentenceSplitter(PIECES);
  #generation: Generation | undefined;
  #messages: readonly Message[] = [];
  #spendings: Spending[] = [];
  #tools: PendingTool[] = [];
  /** Tools that wait until the turn is released. */
  #heldCalls: readonly ToolCall[] | undefined;
  #steps = 0;
  #isHeld: boolean;
  #wasHeld: boolean;
  #releasedAt: number | undefined;
  #index: number | undefined;
  #understood: string | undefined;
  #opener: string | undefined;
  #fillers = 0;
  #filledAt = 0;
  #isMuteTold = false;
  /** What comes next is no continuation of what was said last. */
  #isJoint = false;
  #falseAlarms = 0;
  #pausedAt: number | undefined;
  #isCut = false;
  #hasFailed = false;
  #heldFailure: Fault | undefined;
  /** Set when the call ends once this has been heard. */
  endReason: EndReason | undefined;
  /** The caller is to be connected to this target once the turn has been heard. */
  transfer: Extract<ToolEffect, { kind: 'transfer' }> | undefined;

  constructor(parts: TurnParts, options: AgentTurnOptions, now: number) {
    this.kind = options.kind;
    this.#parts = parts;
    this.#options = options;
    this.#name = parts.nextTurnName();
    this.#isHeld = options.isHeld;
    this.#wasHeld = options.isHeld;
    this.#startedAt = now;
    this.#understood = options.understood;
    this.#gate = options.hasGate ? new TurnGate() : undefined;
    this.#voicing = new Voicing(
      {
        name: this.#name,
        language: options.language,
        outlet: parts.outlet,
        clock: parts.clock,
        routes: parts.routes,
        timings: parts.settings.timings,
        emit: parts.emit,
      },
      options.isHeld,
    );
    if (!options.isHeld) this.#begin(now);
    const { speechEndAt } = options;
    if (speechEndAt !== undefined) this.waterfall.reach('speechEnd', speechEndAt);
  }

  // What it says

  /** Asks the model. */
  ask(messages: readonly Message[], now: number): void {
    this.#messages = messages;
    this.#generate(messages, now);
  }

  /** A phrase of our own, from the cache where it is there. */
  sayOwn(text: string, now: number): void {
    this.#sayPieces(this.#splitter.flush(), now);
    this.#isJoint = true;
    // Behind what the voice has still to say.
    const clip = this.#voicing.isAwaitingVoice ? undefined : this.#parts.clips.find(text);
    if (clip === undefined) this.#takeText(text, now);
    else this.#voicing.sayClip(this.#glued(text), clip, now);
    this.#completeText(now);
  }

  handleLlm(input: LlmInput, now: number): void {
    if (this.#generation?.owns(input.requestId) !== true) return;
    this.#follow(this.#generation.handle(input, now), now);
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
        if (this.#voicing.isUsing(contextId, input.route)) return this.#failVoice(input.fault, now);
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
    const tool = this.#tools.find(
      ({ call, result: before }) => call.id === toolCallId && before === undefined,
    );
    if (tool === undefined) return false;
    this.#answerTool(tool, result, now);
    return true;
  }

  // Its time

  /** The caller has finished, and this is the answer. */
  release(now: number): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#begin(now);
    this.#voicing.release(now);
    this.#noteSent(now);
    this.#heedVoice(now);
    if (this.#isMuteTold) return;
    if (this.#heldCalls !== undefined) this.#callTools(this.#heldCalls, now);
    this.#heldCalls = undefined;
    if (this.#heldFailure !== undefined) this.#fail(this.#heldFailure, now);
  }

  /** The caller goes on: nothing of it was heard, and perhaps it is still the answer in a moment. */
  hold(): void {
    this.#isHeld = true;
    this.#releasedAt = undefined;
    this.#voicing.hold();
  }

  /** Ends it before it is over: model, then voice, then playout where `isCleared`. */
  cut(isCleared: boolean, now: number): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#endGeneration();
    for (const tool of this.#tools) {
      if (tool.result !== undefined || !this.#parts.toolbox.isSafeToAbort(tool.call.name)) continue;
      this.#parts.emit({ kind: 'tool-abort', toolCallId: tool.call.id });
      tool.result = 'given up: the caller interrupted';
      tool.endedAt = now;
    }
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
    this.#endGeneration();
    this.sayOwn(text, now);
  }

  /** There is no way to say anything: what is on its way is heard, and that is all. */
  endQuietly(): void {
    this.#endGeneration();
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
    const deadlines: Deadline[] = [];
    const at = this.#generation?.deadline();
    if (at !== undefined) {
      deadlines.push({ at, run: () => this.#follow(this.#generation?.expire(now) ?? [], now) });
    }
    for (const tool of this.#tools) {
      if (tool.result !== undefined || this.#isCut) continue;
      deadlines.push({ at: tool.deadlineAt, run: () => this.#loseTool(tool, now) });
    }
    if (this.#pausedAt === undefined) deadlines.push(...this.#voiceDeadlines(now));
    return deadlines;
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
    return this.#isThought && this.#voicing.isOver && this.#pausedAt === undefined;
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
    return [...this.#spendings, ...(this.#generation?.spendings ?? [])];
  }

  get characters(): number {
    return this.#voicing.characters;
  }

  get gateVerdict(): GateVerdict | undefined {
    return this.#gate?.verdict;
  }

  /** What tools answered, for the history. */
  get toolAnswers(): readonly ToolAnswer[] {
    return this.#answered;
  }

  /** Tools run on although the turn was cut. */
  get isWaitingForTools(): boolean {
    return this.#tools.some(({ result }) => result === undefined);
  }

  /** It has been part of the conversation: gets its number. */
  count(): void {
    this.#index ??= this.#parts.nextTurnIndex();
  }

  giveUpMarks(): void {
    this.#voicing.giveUpMarks();
  }

  toRecord(): TurnRecord {
    const model = this.#generation?.model ?? this.#spendings.at(-1)?.model;
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
      ...(this.#opener === undefined ? {} : { opener: this.#opener }),
      ...(model === undefined ? {} : { model }),
      tools: this.#tools.map(recordOf),
      waterfallMs: this.waterfall.toMs(),
      errors: [...this.errors],
    };
  }

  // The model

  get #answered(): readonly ToolAnswer[] {
    return this.#tools.flatMap(({ call, result }) =>
      result === undefined ? [] : [{ call, result }],
    );
  }

  get #isThought(): boolean {
    return (
      this.#generation === undefined && this.#heldCalls === undefined && !this.isWaitingForTools
    );
  }

  #begin(now: number): void {
    this.#releasedAt = now;
  }

  #generate(messages: readonly Message[], now: number): void {
    const { models, timings } = this.#parts.settings;
    const { emit, nextRequestId } = this.#parts;
    this.waterfall.reach('llmRequest', now);
    this.#generation = new Generation({ messages, models, timings, nextRequestId, emit }, now);
  }

  #follow(events: readonly GenerationEvent[], now: number): void {
    for (const event of events) {
      switch (event.kind) {
        case 'text':
          this.waterfall.reach('llmFirstToken', now);
          this.#takeModelText(event.text, now);
          break;
        case 'tool-calls':
          this.#endGeneration();
          this.#sayPieces(this.#splitter.flush(), now);
          if (this.#isHeld) this.#heldCalls = event.calls;
          else this.#callTools(event.calls, now);
          break;
        case 'done':
          this.#endGeneration();
          this.#completeText(now);
          break;
        case 'fault':
          this.#note(event.fault);
          break;
        case 'failed':
          this.#endGeneration();
          if (this.#isHeld) this.#heldFailure = event.fault;
          else this.#fail(event.fault, now);
          break;
      }
    }
  }

  #takeModelText(text: string, now: number): void {
    const spoken = this.#gate === undefined ? text : this.#gate.filter(text);
    const verdict = this.#gate?.verdict;
    if (verdict === 'cut-off' || verdict === 'thinking') return;
    this.#takeText(spoken, now);
    if (this.text.length <= this.#parts.settings.limits.agentCharsMax) return;
    this.#note(faultOf('LLM_TOO_LONG', 'the answer was ended at the limit'));
    this.#endGeneration();
    this.#completeText(now);
  }

  #endGeneration(): void {
    if (this.#generation === undefined) return;
    this.#generation.abort();
    this.#spendings.push(...this.#generation.spendings);
    this.#generation = undefined;
  }

  #fail(fault: Fault, now: number): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#note(fault);
    this.#parts.onFailed(this, fault, now);
  }

  #note(fault: Fault): void {
    this.errors.push(fault);
    this.#parts.journal.turnFault(this.#name, fault);
  }

  // Tools

  #callTools(calls: readonly ToolCall[], now: number): void {
    const { toolbox, settings, emit } = this.#parts;
    let needsAnswer = false;
    for (const call of calls) {
      const effect = toolbox.start(call, now);
      const deadlineAt = now + toolbox.timeoutMs(call.name);
      const tool: PendingTool = { call, startedAt: now, deadlineAt };
      this.#tools.push(tool);
      if (effect.kind === 'external') {
        needsAnswer = true;
        emit({ kind: 'tool-call', call });
        continue;
      }
      if (effect.kind === 'end-call') this.endReason = effect.reason;
      if (effect.kind === 'transfer') this.transfer = effect;
      if (effect.fault !== undefined) this.#note(effect.fault);
      needsAnswer ||= effect.isAnswerNeeded || !isSpoken(this.text);
      tool.result = effect.result;
      tool.endedAt = now;
    }
    if (this.endReason !== undefined || this.transfer !== undefined) return this.#close(now);
    if (!needsAnswer) return this.#completeText(now);
    if (this.#steps >= settings.limits.toolStepsMax) {
      return this.#fail(
        faultOf('TOOL_STEPS_MANY', 'the model calls one tool after the other'),
        now,
      );
    }
    if (!this.isWaitingForTools) this.#nextStep(now);
  }

  #answerTool(tool: PendingTool, result: string, now: number): void {
    tool.result = result;
    tool.endedAt = now;
    if (!this.#isCut && !this.isWaitingForTools) this.#nextStep(now);
  }

  #loseTool(tool: PendingTool, now: number): void {
    this.#note(faultOf('TOOL_TIMEOUT', `${tool.call.name.slice(0, 64)} did not answer`));
    this.#parts.emit({ kind: 'tool-abort', toolCallId: tool.call.id });
    this.#answerTool(tool, 'error: the tool did not answer in time', now);
  }

  /** All tools have answered: the model goes on. */
  #nextStep(now: number): void {
    this.#steps++;
    this.#isJoint = true;
    this.#splitter = new SentenceSplitter(PIECES);
    const said = this.text;
    this.#generate([...this.#messages, ...toolMessages(this.#answered, said.trim())], now);
  }

  /** The call is about to end: with the model's last words, or with ours. */
  #close(now: number): void {
    if (isSpoken(this.text)) return this.#completeText(now);
    const phrases = this.#parts.phrases(this.#options.language);
    this.sayOwn(this.transfer === undefined ? phrases.goodbye : (phrases.fillers[0] ?? ''), now);
  }

  // The voice

  #takeText(text: string, now: number): void {
    this.#sayPieces(this.#splitter.push(text), now);
  }

  #sayPieces(pieces: readonly string[], now: number): void {
    for (const piece of pieces) {
      const text = this.#withoutOpener(piece);
      if (text === '') continue;
      this.waterfall.reach('firstClause', now);
      this.#voicing.say(this.#glued(text), now);
    }
    this.#heedVoice(now);
  }

  #completeText(now: number): void {
    this.#sayPieces(this.#splitter.flush(), now);
    this.#voicing.completeText();
    this.#noteSent(now);
  }

  /** With a space where two texts that do not know of each other would run together. */
  #glued(text: string): string {
    if (!this.#isJoint) return text;
    this.#isJoint = false;
    return continuationOf(this.text, text);
  }

  /** The model begins with the very words that were said while it was thinking. */
  #withoutOpener(piece: string): string {
    if (this.#opener === undefined || this.text !== this.#opener) return piece;
    const opener = plainOf(this.#opener);
    for (let end = 1; end <= piece.length; end++) {
      const plain = plainOf(piece.slice(0, end));
      if (!opener.startsWith(plain)) return piece;
      const isWhole = plain === opener && /[\s,.!，。！]/u.test(piece[end] ?? ' ');
      if (isWhole) return piece.slice(end).replace(/^[\s,.!，。！]+/u, '');
    }
    return piece;
  }

  #failVoice(fault: Fault, now: number): void {
    this.#note(fault);
    if (!this.#voicing.goOn(fault, now)) this.#heedVoice(now);
  }

  /** No voice can be had, also where there was none to begin with: told once, when its time has come. */
  #heedVoice(now: number): void {
    if (!this.#voicing.isDead || this.#isHeld || this.#isMuteTold) return;
    this.#isMuteTold = true;
    this.#endGeneration();
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
    const openerAt = this.#openerAt();
    if (openerAt !== undefined) deadlines.push({ at: openerAt, run: () => this.#open(now) });
    const fillerAt = this.#fillerAt();
    if (fillerAt !== undefined) deadlines.push({ at: fillerAt, run: () => this.#fill(now) });
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

  #openerAt(): number | undefined {
    const { speechEndAt } = this.#options;
    const isLate = this.#opener !== undefined || this.#voicing.isAudible || this.#isHeld;
    if (isLate || speechEndAt === undefined || this.kind !== 'reply') return undefined;
    if (this.#parts.openers(this.#options.language).length === 0) return undefined;
    const { openerAfterMs } = this.#parts.settings.timings;
    const tokenAt = this.waterfall.at('llmFirstToken') ?? -Infinity;
    const clauseAt = this.waterfall.at('firstClause') ?? -Infinity;
    return Math.max(
      speechEndAt + openerAfterMs,
      this.#releasedAt ?? 0,
      tokenAt + MODEL_GRACE_MS,
      clauseAt + VOICE_GRACE_MS,
    );
  }

  #open(now: number): void {
    const opener = this.#parts.nextOpener(this.#options.language);
    const clip = opener === undefined ? undefined : this.#parts.clips.find(opener);
    this.#opener = opener ?? '';
    if (opener === undefined || clip === undefined) return;
    // The model's text follows without a pause of the opener's own.
    const audible = { ...clip, mulaw: withoutTrailingSilence(clip.mulaw) };
    this.#voicing.sayClip(this.text === '' ? opener : `${opener} `, audible, now);
    this.#isJoint = this.text === opener;
    this.#noteSent(now);
  }

  /** People wait in silence for so long, and then wonder whether anybody is there. */
  #fillerAt(): number | undefined {
    const { speechEndAt } = this.#options;
    if (this.#voicing.isSaid || this.#isHeld || speechEndAt === undefined) return undefined;
    if (this.#fillers >= FILLERS_MAX || !this.#voicing.isBetweenSegments) return undefined;
    const { endsAt } = this.#voicing;
    // However long the end of the turn was waited for: the caller has been hearing nothing since his own last word.
    const quietSince = Math.max(endsAt, speechEndAt, this.#filledAt);
    const fillerAt = quietSince + this.#parts.settings.timings.fillerAfterMs;
    return Math.max(fillerAt, this.#releasedAt ?? 0);
  }

  #fill(now: number): void {
    const { clips, phrases } = this.#parts;
    const { fillers } = phrases(this.#options.language);
    const ready = clips.among(fillers);
    const choice = ready.length === 0 ? fillers : ready;
    const text = choice[this.#fillers++ % Math.max(1, choice.length)];
    this.#filledAt = now;
    const clip = text === undefined ? undefined : clips.find(text);
    // A voice that is late already would say it late as well.
    const isUseless = clip === undefined && this.#voicing.isAwaitingVoice;
    if (text === undefined || isUseless) return;
    this.#isJoint = true;
    if (clip !== undefined) this.#voicing.sayClip(this.#glued(text), clip, now);
    else this.#voicing.say(this.#glued(text), now);
    this.#isJoint = true;
    this.#noteSent(now);
  }
}

function recordOf({ call, result, startedAt, endedAt }: PendingTool): ToolRecord {
  const { name, argumentsJson } = call;
  const ended = endedAt === undefined ? {} : { tookMs: Math.round(endedAt - startedAt) };
  return { name, argumentsJson, ...(result === undefined ? {} : { result }), ...ended };
}
