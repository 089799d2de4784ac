/**
 * What one utterance of the agent's thinks: the model's answer, the tools it calls, and what it says of their results. Its
 * text comes out piece by piece.
 *
 * Held back, it thinks on, but calls no tool and owns up to no failure.
 */

import type { AnswerTrace, ToolRecord } from '../call-record.ts';
import type { CallOutput, Message, ToolCall } from '../contract.ts';
import type { Deadline } from '../deadline.ts';
import { faultOf, type Fault } from '../faults.ts';
import { isSpoken } from '../language/scripts.ts';
import type { SessionSettings } from '../settings.ts';
import { Generation, type GenerationEvent, type LlmInput, type Spending } from './generation.ts';
import { toolMessages, type ToolAnswer } from './history.ts';
import type { Toolbox } from './toolbox.ts';
import { TurnGate, type GateVerdict } from './turn-gate.ts';
import { TurnTools, type ToolRound } from './turn-tools.ts';

export interface ThoughtParts {
  readonly settings: Pick<SessionSettings, 'models' | 'timings' | 'limits'>;
  readonly emit: (output: CallOutput) => void;
  readonly nextRequestId: () => number;
  readonly toolbox: Toolbox;
  /** The model's first character is its verdict on whether the caller has finished. */
  readonly hasGate: boolean;
  readonly isHeld: boolean;
  readonly voice: Spokesman;
}

/** Says what is thought. */
export interface Spokesman {
  /** All that was said and is to be said, so far. */
  readonly text: string;
  /** The model is asked; it has begun to answer. */
  noteRequest(now: number): void;
  noteFirstToken(now: number): void;
  write(text: string, now: number): void;
  /** Nothing more comes before the tools have answered. */
  rest(now: number): void;
  /** The tools have answered: another sentence begins. */
  beginAnew(): void;
  /** Takes back, and answers, what it has of a word that is not said yet: another model goes on, and begins with it. */
  takeBackWord(): string;
  /** There is no more text. */
  complete(now: number): void;
  /** The call ends, or somebody else takes it, behind what is said. */
  conclude(round: ToolRound, now: number): void;
  /** Something went wrong; it may have been made up for. */
  note(fault: Fault): void;
  /** There is no answer. */
  fail(fault: Fault, now: number): void;
}

export class Thought {
  readonly #parts: ThoughtParts;
  readonly #tools: TurnTools;
  readonly #gate: TurnGate | undefined;
  readonly #spendings: Spending[] = [];
  readonly #answers: AnswerTrace[] = [];
  #generation: Generation | undefined;
  #messages: readonly Message[] = [];
  #steps = 0;
  #isHeld: boolean;
  #hasFailed = false;
  /** They wait for the release. */
  #heldCalls: readonly ToolCall[] | undefined;
  #heldFailure: Fault | undefined;

  constructor(parts: ThoughtParts) {
    const { toolbox, emit, voice } = parts;
    this.#parts = parts;
    this.#isHeld = parts.isHeld;
    this.#gate = parts.hasGate ? new TurnGate() : undefined;
    this.#tools = new TurnTools({
      toolbox,
      emit,
      note: (fault) => voice.note(fault),
      onAnswered: (at) => this.#nextStep(at),
    });
  }

  /** Asks the model. */
  ask(messages: readonly Message[], now: number): void {
    this.#messages = messages;
    this.#generate(messages, now);
  }

  handleLlm(input: LlmInput, now: number): void {
    if (this.#generation?.owns(input.requestId) !== true) return;
    this.#follow(this.#generation.handle(input, now), now);
  }

  /** False for a result that no tool of this one waits for. */
  takeToolResult(toolCallId: string, result: string, now: number): boolean {
    return this.#tools.take(toolCallId, result, now);
  }

  /** Its time has come: the tools that wait are called. */
  release(now: number): void {
    this.#isHeld = false;
    const [calls, failure] = [this.#heldCalls, this.#heldFailure];
    this.#forgetHeld();
    if (calls !== undefined) this.#callTools(calls, now);
    if (failure !== undefined) this.#fail(failure, now);
  }

  hold(): void {
    this.#isHeld = true;
  }

  /** The model is not to say any more. Tools run on. */
  end(): void {
    this.#forgetHeld();
    this.#endGeneration();
  }

  /** The utterance ends before its time. */
  cut(now: number): void {
    this.end();
    this.#tools.cut(now);
  }

  deadlines(now: number): readonly Deadline[] {
    const tools = this.#tools.deadlines(now);
    const at = this.#generation?.deadline();
    if (at === undefined) return tools;
    return [{ at, run: () => this.#follow(this.#generation?.expire(now) ?? [], now) }, ...tools];
  }

  /** An answer that has begun and is not over: since when the model that goes on has been writing it. */
  get writing(): { readonly since: number | undefined } | undefined {
    const generation = this.#generation;
    if (generation?.firstTokenAt === undefined) return undefined;
    return { since: generation.writingSince };
  }

  /** The caller hears nothing because the model is so slow ({@link Generation.replaceSlow}). */
  replaceSlow(isLast: boolean, now: number): void {
    this.#follow(this.#generation?.replaceSlow(isLast, now) ?? [], now);
  }

  /** Nothing more will come of it. */
  get isOver(): boolean {
    return (
      this.#generation === undefined && this.#heldCalls === undefined && !this.isWaitingForTools
    );
  }

  get isWaitingForTools(): boolean {
    return this.#tools.isWaiting;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  get gateVerdict(): GateVerdict | undefined {
    return this.#gate?.verdict;
  }

  /** What tools answered, for the history. */
  get toolAnswers(): readonly ToolAnswer[] {
    return this.#tools.answers;
  }

  get spendings(): readonly Spending[] {
    return [...this.#spendings, ...(this.#generation?.spendings ?? [])];
  }

  /** The model that answers, or answered last. */
  get model(): string | undefined {
    return this.#generation?.model ?? this.#spendings.at(-1)?.model;
  }

  get answers(): readonly AnswerTrace[] {
    return this.#generation === undefined
      ? [...this.#answers]
      : [...this.#answers, this.#generation.toTrace()];
  }

  get toolRecords(): readonly ToolRecord[] {
    return this.#tools.toRecords();
  }

  /** When each tool was called. */
  get toolsAt(): readonly number[] {
    return this.#tools.startedAts;
  }

  // The model

  #generate(messages: readonly Message[], now: number): void {
    const { settings, emit, nextRequestId, voice } = this.#parts;
    const { models, timings } = settings;
    voice.noteRequest(now);
    const takeBackWord = (): string => voice.takeBackWord();
    this.#generation = new Generation(
      { messages, models, timings, nextRequestId, emit, takeBackWord },
      now,
    );
  }

  #follow(events: readonly GenerationEvent[], now: number): void {
    const { voice } = this.#parts;
    for (const event of events) {
      switch (event.kind) {
        case 'text':
          voice.noteFirstToken(now);
          this.#takeText(event.text, now);
          break;
        case 'tool-calls':
          this.#endGeneration();
          voice.rest(now);
          if (this.#isHeld) this.#heldCalls = event.calls;
          else this.#callTools(event.calls, now);
          break;
        case 'done':
          this.#endGeneration();
          voice.complete(now);
          break;
        case 'fault':
          voice.note(event.fault);
          break;
        case 'failed':
          this.#endGeneration();
          if (this.#isHeld) this.#heldFailure = event.fault;
          else this.#fail(event.fault, now);
          break;
      }
    }
  }

  #takeText(text: string, now: number): void {
    const spoken = this.#gate === undefined ? text : this.#gate.filter(text);
    const verdict = this.#gate?.verdict;
    if (verdict === 'cut-off' || verdict === 'thinking') return;
    const { voice, settings } = this.#parts;
    voice.write(spoken, now);
    if (voice.text.length <= settings.limits.agentCharsMax) return;
    voice.note(faultOf('LLM_TOO_LONG', 'the answer was ended at the limit'));
    this.#endGeneration();
    voice.complete(now);
  }

  #endGeneration(): void {
    if (this.#generation === undefined) return;
    this.#generation.abort();
    this.#spendings.push(...this.#generation.spendings);
    this.#answers.push(this.#generation.toTrace());
    this.#generation = undefined;
  }

  #forgetHeld(): void {
    this.#heldCalls = undefined;
    this.#heldFailure = undefined;
  }

  #fail(fault: Fault, now: number): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parts.voice.note(fault);
    this.#parts.voice.fail(fault, now);
  }

  // Tools

  #callTools(calls: readonly ToolCall[], now: number): void {
    const { voice, settings } = this.#parts;
    const round = this.#tools.start(calls, !isSpoken(voice.text), now);
    const isLast = round.endReason !== undefined || round.transfer !== undefined;
    if (isLast) return voice.conclude(round, now);
    if (!round.isAnswerNeeded) return voice.complete(now);
    if (this.#steps >= settings.limits.toolStepsMax) {
      const fault = faultOf('TOOL_STEPS_MANY', 'the model calls one tool after the other');
      return this.#fail(fault, now);
    }
    if (!this.isWaitingForTools) this.#nextStep(now);
  }

  /** All tools have answered: the model goes on. */
  #nextStep(now: number): void {
    // Tools that were begun when the limit was reached: the apology is the last word.
    if (this.#hasFailed) return;
    this.#steps++;
    const { voice } = this.#parts;
    voice.beginAnew();
    const answers = toolMessages(this.#tools.answers, voice.text.trim());
    this.#generate([...this.#messages, ...answers], now);
  }
}
