/**
 * One call's conversation: joins endpointing, turns, playout and history. Pure; see {@link CallOutput} for the contract.
 *
 * Whatever is late belongs to a number: recognition to its `sttId`, the model to its `requestId`, the voice to its
 * `contextId`, marks to their turn. What carries an old number is dropped.
 */

import { AgentTurn } from './agent-turn.ts';
import { isBargeIn } from './barge-in.ts';
import type { CallInput, CallOutput, EndReason, ToolCall, TurnKind } from './contract.ts';
import type { Fault, FaultCode } from './faults.ts';
import { Hearing } from './hearing.ts';
import { History } from './history.ts';
import { Journal } from './journal.ts';
import type { SessionSettings } from './settings.ts';
import { isSpoken } from './scripts.ts';
import { Speaker } from './speaker.ts';
import { Floor, type FloorState } from './turn.ts';

type Input<Kind extends CallInput['kind']> = Extract<CallInput, { kind: Kind }>;

/** Something that is done when its time comes. Doing it must remove or postpone it. */
interface Deadline {
  readonly at: number;
  readonly run: () => void;
}

/** A turn that gave way to a sound. Should there be no words in it, the agent goes on where it was. */
interface Yielded {
  readonly understood: string | undefined;
  /** What of the text had not been heard; empty while the model had said nothing. */
  readonly rest: string;
}

interface Goodbye {
  readonly text: string;
  readonly reason: EndReason;
}

/** Name of the tool with which the model ends the call. */
export const END_CALL_TOOL = 'end_call';

/** A last piece of audio that is nothing but a full stop comes with the word before it, or within this. */
const TTS_TAIL_MS = 400;

/** Deadlines that may fall due together; more means that one does not go away. */
const DEADLINES_AT_ONCE_MAX = 32;

/** Twilio sends `start` within milliseconds of the handshake. */
const START_MS_MAX = 10_000;

const CLOSE_NORMAL = 1000;
const CLOSE_INTERNAL_ERROR = 1011;

export interface SessionOptions {
  /** When the stream's socket was opened. */
  readonly openedAt: number;
  /** Number of the first turn; more than 0 when an earlier stream of the same call had turns. */
  readonly firstTurnIndex: number;
}

export class CallSession {
  readonly #settings: SessionSettings;
  readonly #openedAt: number;
  readonly #outputs: CallOutput[] = [];
  readonly #floor = new Floor();
  readonly #journal: Journal;
  readonly #hearing: Hearing;
  readonly #speaker: Speaker;
  readonly #history: History;

  #isStarted = false;
  #startedAt = 0;
  #turn: AgentTurn | undefined;
  #turnIndex: number;
  #requestId = 0;
  /** Position of the caller's audio when the agent became audible. */
  #audibleSinceMs = 0;
  #listeningSince = 0;
  /** In a row. */
  #reprompts = 0;
  #failedTurns = 0;
  /** Last words that wait for the agent to have the floor. */
  #goodbye: Goodbye | undefined;
  #yielded: Yielded | undefined;
  #keypad = '';
  #keypadAt = 0;

  constructor(settings: SessionSettings, options: SessionOptions) {
    const emit = (output: CallOutput): void => void this.#outputs.push(output);
    this.#settings = settings;
    this.#openedAt = options.openedAt;
    this.#turnIndex = options.firstTurnIndex;
    this.#journal = new Journal(emit);
    this.#hearing = new Hearing(emit, settings.endpointing);
    this.#speaker = new Speaker(emit);
    this.#history = new History(settings.history);
  }

  get state(): FloorState {
    return this.#floor.state;
  }

  /** Takes one input. Never answers anything itself: poll afterwards. */
  handle(input: CallInput, now: number): void {
    const { state } = this.#floor;
    if (state === 'ended') return;
    if (state === 'waiting' && input.kind !== 'start' && input.kind !== 'stop') return;
    switch (input.kind) {
      case 'start':
        return this.#handleStart(input, now);
      case 'media':
        this.#hearing.hear(input.mulaw, now);
        return this.#considerBargeIn(now);
      case 'mark':
        return this.#handleMark(input.name, now);
      case 'dtmf':
        return this.#handleDtmf(input.digit, now);
      case 'stop':
        return this.#end(input.reason, now);
      case 'stt-hypothesis':
      case 'stt-phrase':
        this.#hearing.recognise(input, now);
        return this.#considerBargeIn(now);
      case 'stt-error':
        return this.#handleSttError(input, now);
      case 'llm-text':
      case 'llm-tool-call':
      case 'llm-done':
      case 'llm-error':
        return this.#handleLlm(input, now);
      case 'tts-audio':
        return this.#handleTtsAudio(input, now);
      case 'tts-done':
        return this.#handleTtsDone(input.contextId, now);
      case 'tts-error':
        return this.#handleTtsError(input, now);
    }
  }

  /** The next output, or `idle` with the time of the next poll. */
  poll(now: number): CallOutput {
    for (let i = 0; i < DEADLINES_AT_ONCE_MAX; i++) {
      const output = this.#outputs.shift();
      if (output !== undefined) return output;
      const next = this.#nextDeadline(now);
      if (next === undefined || next.at > now) return { kind: 'idle', wakeAt: next?.at };
      next.run();
    }
    throw new Error(`a deadline does not go away while ${this.#floor.state}`);
  }

  // Time

  #nextDeadline(now: number): Deadline | undefined {
    return this.#deadlines(now).reduce<Deadline | undefined>(
      (first, deadline) => (first === undefined || deadline.at < first.at ? deadline : first),
      undefined,
    );
  }

  #deadlines(now: number): Deadline[] {
    const { state } = this.#floor;
    if (state === 'ended') return [];
    if (state === 'waiting') {
      const at = this.#openedAt + START_MS_MAX;
      return [{ at, run: () => this.#end('protocol-error', now) }];
    }
    const { timings } = this.#settings;
    const deadlines: Deadline[] = [];

    if (state === 'listening') deadlines.push(...this.#listeningDeadlines(now));
    if (this.#turn !== undefined) deadlines.push(...this.#turnDeadlines(this.#turn, now));
    if (this.#hearing.reopenAt !== undefined) {
      deadlines.push({ at: this.#hearing.reopenAt, run: () => this.#hearing.open() });
    }
    if (state !== 'leaving' && this.#goodbye === undefined) {
      const at = this.#startedAt + timings.callMsMax;
      const goodbye: Goodbye = { text: this.#settings.phrases.timeLimit, reason: 'time-limit' };
      deadlines.push({ at, run: () => this.#sayGoodbye(goodbye, now) });
    }
    return deadlines;
  }

  #listeningDeadlines(now: number): Deadline[] {
    const { timings } = this.#settings;
    if (this.#keypad !== '') {
      const at = this.#keypad.endsWith('#') ? now : this.#keypadAt + timings.keypadPauseMs;
      return [{ at, run: () => this.#closeKeypad(now) }];
    }
    const decision = this.#hearing.endpointing.decide(now);
    switch (decision.kind) {
      case 'wait':
        return [{ at: decision.until, run: () => undefined }];
      case 'closed':
        return [{ at: now, run: () => this.#closeCallerTurn(now) }];
      case 'wordless':
        return [{ at: now, run: () => this.#dropWordless(decision.isDeaf, now) }];
      case 'quiet': {
        const since = Math.max(
          this.#listeningSince,
          this.#hearing.endpointing.speechEndAt,
          this.#keypadAt,
        );
        return [{ at: since + timings.repromptMs, run: () => this.#breakSilence(now) }];
      }
    }
  }

  #turnDeadlines(turn: AgentTurn, now: number): Deadline[] {
    const { timings } = this.#settings;
    const deadlines: Deadline[] = [];
    const requestedAt = turn.waterfall.at('llmRequest') ?? turn.startedAt;
    if (turn.requestId !== undefined) {
      const at =
        turn.lastTokenAt === undefined
          ? requestedAt + timings.llmFirstTokenMsMax
          : turn.lastTokenAt + timings.llmStallMsMax;
      const fault = faultOf('LLM_TIMEOUT', 'the model is silent');
      deadlines.push({ at, run: () => this.#failLlm(turn, fault, now) });
    }
    if (turn.isVoiced) {
      const at = turn.playout.endsAt + timings.marksLateMsMax;
      deadlines.push({ at, run: () => this.#missMarks(turn, now) });
    } else if (turn.isTextComplete && turn.playout.isNearlyCovered(turn.text)) {
      const at = (turn.lastAudioAt ?? now) + TTS_TAIL_MS;
      deadlines.push({ at, run: () => this.#completeVoice(turn, now) });
    } else if (turn.isAwaitingVoice || turn.isTextComplete) {
      const at =
        turn.lastAudioAt === undefined
          ? turn.spokenAt + timings.ttsFirstAudioMsMax
          : Math.max(turn.spokenAt, turn.lastAudioAt, turn.playout.endsAt) + timings.ttsStallMsMax;
      deadlines.push({ at, run: () => this.#stallTts(turn, now) });
    }
    return deadlines;
  }

  // The caller's side

  #handleStart(input: Input<'start'>, now: number): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#startedAt = now;
    this.#listeningSince = now;
    this.#floor.take('started');
    this.#journal.begin(input, now);

    const { missing } = input;
    for (const fault of [missing.stt, missing.llm, missing.tts]) {
      if (fault !== undefined) this.#journal.callFault(fault);
    }
    if (missing.tts !== undefined) return this.#end('provider-failure', now);
    if (missing.stt !== undefined || missing.llm !== undefined) return this.#giveUp(now);
    this.#hearing.open();
    this.#sayOwn('greeting', this.#settings.phrases.greeting, now);
  }

  #handleDtmf(digit: string, now: number): void {
    this.#journal.log('info', 'dtmf', 'the caller pressed a key');
    if (this.#keypad.length < 64) this.#keypad += digit;
    this.#keypadAt = now;
    if (this.#isInterruptible()) this.#interrupt(now);
  }

  #closeKeypad(now: number): void {
    const spoken =
      this.#hearing.endpointing.text === '' ? '' : `${this.#hearing.endpointing.take().text} `;
    const text = `${spoken}[keypad: ${this.#keypad}]`;
    const speechEndAt = this.#keypadAt;
    this.#keypad = '';
    this.#beginReply(text, speechEndAt, now);
  }

  #closeCallerTurn(now: number): void {
    const { text, speechEndAt } = this.#hearing.endpointing.take();
    this.#beginReply(text, speechEndAt, now);
  }

  #dropWordless(isDeaf: boolean, now: number): void {
    const yielded = this.#yielded;
    this.#yielded = undefined;
    this.#hearing.endpointing.discard();
    if (!isDeaf) {
      if (yielded !== undefined) this.#goOn(yielded, now);
      return;
    }
    this.#journal.callFault(faultOf('STT_DEAF', 'the caller spoke and not a word was recognised'));
    this.#hearing.open();
    this.#promptAgain(this.#settings.phrases.notUnderstood, now);
  }

  /** It was a cough or a door: says what had not been heard, or asks the model again. */
  #goOn({ understood, rest }: Yielded, now: number): void {
    this.#journal.log('info', 'false-barge-in', 'a sound without words; the agent goes on');
    if (isSpoken(rest)) return this.#sayOwn('reply', rest, now);
    if (understood !== undefined) this.#askModel(understood, now, now);
  }

  #breakSilence(now: number): void {
    this.#promptAgain(this.#settings.phrases.reprompt, now);
  }

  /** Speaks up without having understood anything; after so many times in a row it is goodbye. */
  #promptAgain(text: string, now: number): void {
    const { phrases, limits } = this.#settings;
    if (++this.#reprompts > limits.repromptsMax) {
      return this.#sayGoodbye({ text: phrases.goodbye, reason: 'silence' }, now);
    }
    this.#sayOwn('reprompt', text, now);
  }

  #considerBargeIn(now: number): void {
    if (!this.#isInterruptible()) return;
    // Callers say "hello?" before the greeting has begun; anything else that is new is meant.
    const sinceMs = this.#turn?.kind === 'greeting' ? this.#audibleSinceMs : 0;
    const evidence = this.#hearing.endpointing.evidenceSince(sinceMs);
    if (!isBargeIn(evidence, this.#settings.bargeIn)) return;
    this.#journal.log('info', 'barge-in', `after ${Math.round(evidence.speechMs)} ms of speech`);
    const turn = this.#turn;
    this.#interrupt(now);
    if (turn === undefined || evidence.words !== '') return;
    this.#yielded = { understood: turn.understood, rest: turn.text.slice(turn.heard.length) };
  }

  /** The greeting is not called off before it can be heard, last words not at all. */
  #isInterruptible(): boolean {
    const { state } = this.#floor;
    return state === 'speaking' || (state === 'thinking' && this.#turn?.kind !== 'greeting');
  }

  #handleSttError(input: Input<'stt-error'>, now: number): void {
    const outcome = this.#hearing.fail(input, now);
    if (outcome === 'ignored') return;
    this.#journal.callFault(input.fault);
    if (outcome === 'lost') this.#giveUp(now);
  }

  // The agent's side

  #beginTurn(kind: TurnKind, now: number, understood?: string): AgentTurn {
    const turn = new AgentTurn({
      index: this.#turnIndex++,
      kind,
      startedAt: now,
      route: this.#speaker.route,
      ...(understood === undefined ? {} : { understood }),
    });
    this.#turn = turn;
    return turn;
  }

  #beginReply(text: string, speechEndAt: number, now: number): void {
    this.#reprompts = 0;
    this.#yielded = undefined;
    this.#history.addCaller(text);
    this.#askModel(text, speechEndAt, now);
  }

  #askModel(understood: string, speechEndAt: number, now: number): void {
    const turn = this.#beginTurn('reply', now, understood);
    this.#floor.take('agent-turn');
    turn.waterfall.reach('speechEnd', speechEndAt);
    turn.waterfall.reach('endOfTurn', now);
    turn.waterfall.reach('llmRequest', now);
    turn.requestId = ++this.#requestId;
    this.#outputs.push({
      kind: 'llm-request',
      requestId: turn.requestId,
      messages: [
        { role: 'system', content: this.#settings.instructions },
        ...this.#history.messages(),
      ],
    });
    this.#journal.turn(turn);
  }

  /** Speaks text that is there already, mostly a phrase of our own; nothing where it is empty. */
  #sayOwn(kind: 'greeting' | 'reprompt' | 'reply', text: string, now: number): void {
    this.#listeningSince = now;
    if (!isSpoken(text)) return;
    const turn = this.#beginTurn(kind, now);
    this.#floor.take('agent-turn');
    this.#sayWhole(turn, text, now);
  }

  #sayWhole(turn: AgentTurn, text: string, now: number): void {
    this.#takeText(turn, text, now);
    this.#completeText(turn, now);
  }

  #handleLlm(
    input: Input<'llm-text' | 'llm-tool-call' | 'llm-done' | 'llm-error'>,
    now: number,
  ): void {
    const turn = this.#turn;
    if (turn === undefined || turn.requestId !== input.requestId) return;
    switch (input.kind) {
      case 'llm-text':
        turn.waterfall.reach('llmFirstToken', now);
        turn.lastTokenAt = now;
        this.#takeText(turn, input.text, now);
        if (turn.text.length > this.#settings.limits.agentCharsMax) this.#cutShort(turn, now);
        return;
      case 'llm-tool-call':
        turn.waterfall.reach('llmFirstToken', now);
        turn.lastTokenAt = now;
        return this.#handleToolCall(turn, input.call);
      case 'llm-done':
        return this.#handleLlmDone(turn, now);
      case 'llm-error':
        return this.#failLlm(turn, input.fault, now);
    }
  }

  #handleToolCall(turn: AgentTurn, call: ToolCall): void {
    if (call.name === END_CALL_TOOL) turn.endReason = 'agent-hangup';
    else this.#journal.log('warn', 'unknown-tool', `the model called ${call.name.slice(0, 64)}`);
  }

  #handleLlmDone(turn: AgentTurn, now: number): void {
    turn.requestId = undefined;
    this.#speaker.speak(turn, turn.splitter.flush(), now);
    if (!isSpoken(turn.text)) {
      if (turn.endReason === undefined) {
        return this.#apologise(turn, faultOf('LLM_EMPTY', 'the model answered nothing'), now);
      }
      this.#takeText(turn, this.#settings.phrases.goodbye, now);
    }
    this.#failedTurns = 0;
    this.#completeText(turn, now);
  }

  #cutShort(turn: AgentTurn, now: number): void {
    this.#journal.turnFault(turn, faultOf('LLM_TOO_LONG', 'the answer was ended at the limit'));
    this.#abortLlm(turn);
    this.#completeText(turn, now);
  }

  #takeText(turn: AgentTurn, text: string, now: number): void {
    this.#speaker.speak(turn, turn.splitter.push(text), now);
  }

  #completeText(turn: AgentTurn, now: number): void {
    this.#speaker.completeText(turn, now);
    if (turn.endReason !== undefined && this.#floor.state !== 'leaving')
      this.#floor.take('farewell');
    // The voice may have said it all before we knew that it was all.
    if (turn.playout.isCovered(turn.text)) this.#completeVoice(turn, now);
  }

  #handleTtsAudio(input: Input<'tts-audio'>, now: number): void {
    const turn = this.#turn;
    if (turn === undefined || turn.contextId !== input.contextId || input.mulaw.length === 0)
      return;
    if (this.#floor.state === 'thinking') {
      this.#floor.take('first-audio');
      this.#audibleSinceMs = this.#hearing.positionMs;
    }
    this.#speaker.play(turn, input, now);
    if (turn.isTextComplete && turn.playout.isCovered(turn.text)) this.#completeVoice(turn, now);
  }

  #handleTtsDone(contextId: string, now: number): void {
    const turn = this.#turn;
    if (turn === undefined || turn.contextId !== contextId || turn.isVoiced) return;
    if (!turn.isTextComplete) {
      return this.#failTts(turn, faultOf('TTS_BROKEN', 'the voice ended before the text'), now);
    }
    if (!turn.playout.hasAudio) {
      return this.#failTts(turn, faultOf('TTS_BROKEN', 'the voice gave no audio'), now);
    }
    this.#completeVoice(turn, now);
  }

  #completeVoice(turn: AgentTurn, now: number): void {
    if (turn.isVoiced) return;
    this.#speaker.completeVoice(turn);
    this.#completeIfHeard(turn, now);
  }

  #handleMark(name: string, now: number): void {
    const turn = this.#turn;
    const mark = turn?.playout.hear(name);
    if (turn === undefined || mark === undefined) return;
    const sentAt = turn.waterfall.at('firstFrameSent') ?? now;
    turn.waterfall.reach('firstFrameHeard', Math.max(sentAt, now - mark.audioMs));
    this.#completeIfHeard(turn, now);
  }

  #completeIfHeard(turn: AgentTurn, now: number): void {
    if (turn.isVoiced && turn.playout.isDrained) this.#completeTurn(turn, now);
  }

  #completeTurn(turn: AgentTurn, now: number): void {
    this.#closeTurn(turn);
    if (turn.endReason !== undefined) return this.#end(turn.endReason, now);
    this.#floor.take('turn-over');
    this.#listen(now);
  }

  #interrupt(now: number): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#cut(turn, true);
    this.#floor.take('barge-in');
    this.#listen(now);
  }

  /** Ends a turn before it is over. Its audio is taken back where the stream goes on. */
  #cut(turn: AgentTurn, isCleared: boolean): void {
    this.#speaker.cut(turn, isCleared);
    this.#abortLlm(turn);
    turn.interrupted = true;
    this.#closeTurn(turn);
  }

  #closeTurn(turn: AgentTurn): void {
    this.#turn = undefined;
    this.#history.addAgent(turn.heard);
    this.#journal.turn(turn);
  }

  #listen(now: number): void {
    this.#listeningSince = now;
    if (this.#goodbye !== undefined) this.#sayGoodbye(this.#goodbye, now);
  }

  #abortLlm(turn: AgentTurn): void {
    if (turn.requestId === undefined) return;
    this.#outputs.push({ kind: 'llm-abort', requestId: turn.requestId });
    turn.requestId = undefined;
  }

  // When things go wrong

  #failLlm(turn: AgentTurn, fault: Fault, now: number): void {
    this.#abortLlm(turn);
    this.#apologise(turn, fault, now);
  }

  /** In place of the answer, or after what there is of it. */
  #apologise(turn: AgentTurn, fault: Fault, now: number): void {
    this.#journal.turnFault(turn, fault);
    turn.requestId = undefined;
    const { phrases, limits } = this.#settings;
    const isLast = ++this.#failedTurns >= limits.failedTurnsMax;
    if (isLast) turn.endReason = 'provider-failure';
    this.#speaker.speak(turn, turn.splitter.flush(), now);
    const glue = turn.text === '' || /\s$/u.test(turn.text) ? '' : ' ';
    this.#sayWhole(turn, glue + (isLast ? phrases.failure : phrases.apology), now);
  }

  #handleTtsError({ contextId, fault }: Input<'tts-error'>, now: number): void {
    const turn = this.#turn;
    const isOurs =
      contextId === undefined ? turn?.route === 'socket' : turn?.contextId === contextId;
    if (turn === undefined || !isOurs || turn.isVoiced || turn.text === '') {
      // A connection that was idle: the next turn opens another one.
      return this.#journal.log('warn', 'tts-connection', fault.message, fault.code);
    }
    this.#failTts(turn, fault, now);
  }

  #stallTts(turn: AgentTurn, now: number): void {
    const { playout } = turn;
    // Without alignment nothing but silence tells that all has been said.
    const isDone = turn.isTextComplete && playout.hasAudio && !playout.isAligned;
    if (isDone) return this.#completeVoice(turn, now);
    this.#failTts(turn, faultOf('TTS_TIMEOUT', 'the voice is silent'), now);
  }

  /** Socket, then HTTP, then nothing is left but to let the next TwiML verb speak. */
  #failTts(turn: AgentTurn, fault: Fault, now: number): void {
    this.#journal.turnFault(turn, fault);
    const outcome = this.#speaker.goOn(turn, fault, now);
    if (outcome === 'goes-on') return;
    if (outcome === 'done') return this.#completeVoice(turn, now);
    this.#abortLlm(turn);
    turn.endReason = 'provider-failure';
    turn.isTextComplete = true;
    turn.isVoiced = true;
    if (this.#floor.state !== 'leaving') this.#floor.take('farewell');
    this.#completeIfHeard(turn, now);
  }

  #missMarks(turn: AgentTurn, now: number): void {
    this.#journal.turnFault(
      turn,
      faultOf('MARKS_MISSING', 'marks of audio that was sent did not come back'),
    );
    turn.playout.cut();
    this.#completeTurn(turn, now);
  }

  /** The call cannot go on but the voice can: says so, then lets the next TwiML verb take over. */
  #giveUp(now: number): void {
    this.#sayGoodbye({ text: this.#settings.phrases.failure, reason: 'provider-failure' }, now);
  }

  /** Last words, at once when the caller has the floor, else when the agent has finished. */
  #sayGoodbye(goodbye: Goodbye, now: number): void {
    const { state } = this.#floor;
    if (state === 'leaving') return;
    this.#goodbye = goodbye;
    if (state !== 'listening') return;
    if (!isSpoken(goodbye.text)) return this.#end(goodbye.reason, now);
    const turn = this.#beginTurn('farewell', now);
    turn.endReason = goodbye.reason;
    this.#sayWhole(turn, goodbye.text, now);
  }

  #end(reason: EndReason, now: number): void {
    if (this.#turn !== undefined) this.#cut(this.#turn, false);
    this.#hearing.close();
    this.#floor.take('ended');
    this.#journal.end(reason, now);
    const code = reason === 'internal-error' ? CLOSE_INTERNAL_ERROR : CLOSE_NORMAL;
    this.#outputs.push({ kind: 'close-socket', code, reason });
  }
}

function faultOf(code: FaultCode, message: string): Fault {
  return { code, message };
}
