/**
 * One call's conversation: joins endpointing, turns, playout and history. Pure; see {@link CallOutput} for the contract.
 *
 * Whatever is late belongs to a number: recognition to its `sttId`, the model to its `requestId`, the voice to its
 * `contextId`, marks to their turn. What carries an old number is dropped.
 */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import { VoiceActivity } from '@patchcord/shared/audio/voice-activity';
import { AgentTurn } from './agent-turn.ts';
import { isBargeIn } from './barge-in.ts';
import type { CallInput, CallOutput, EndReason, ToolCall, TtsRoute, TurnKind } from './contract.ts';
import { Endpointing } from './endpointing.ts';
import { isFinalFault, type Fault, type FaultCode } from './faults.ts';
import { History } from './history.ts';
import type { SessionSettings } from './settings.ts';
import { isSpoken } from './scripts.ts';
import { Floor, type FloorState } from './turn.ts';

type StartInput = Extract<CallInput, { kind: 'start' }>;
type Input<Kind extends CallInput['kind']> = Extract<CallInput, { kind: Kind }>;

/** Something that is done when its time comes. Doing it must remove or postpone it. */
interface Deadline {
  readonly at: number;
  readonly run: () => void;
}

interface Goodbye {
  readonly text: string;
  readonly reason: EndReason;
}

/** Name of the tool with which the model ends the call. */
export const END_CALL_TOOL = 'end_call';

/** Waits before recognition is opened again; after the last one the call is given up. */
const STT_REOPEN_DELAYS_MS = [0, 500, 2000];

/** So many calls of the voice socket may fail before the rest of the call goes over HTTP. */
const TTS_SOCKET_FAILURES_MAX = 2;

/** A last piece of audio that is nothing but a full stop comes with the word before it, or within this. */
const TTS_TAIL_MS = 400;

/** Deadlines that may fall due together; more means that one does not go away. */
const DEADLINES_AT_ONCE_MAX = 32;

/** Twilio sends `start` within milliseconds of the handshake. */
const START_MS_MAX = 10_000;

const CALL_ERRORS_MAX = 50;
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
  readonly #outputs: CallOutput[] = [];
  readonly #floor = new Floor();
  readonly #activity = new VoiceActivity();
  readonly #endpointing: Endpointing;
  readonly #history: History;
  readonly #callErrors: Fault[] = [];

  #start: StartInput | undefined;
  #startedAt = 0;
  #endedAt: number | undefined;
  #endReason: EndReason | undefined;

  #turn: AgentTurn | undefined;
  #turnIndex: number;
  /** Position of the caller's audio when the agent became audible. */
  #audibleSinceMs = 0;
  #listeningSince = 0;
  #requestId = 0;
  #reprompts = 0;
  #failedTurns = 0;
  #goodbye: Goodbye | undefined;
  #keypad = '';
  #keypadAt = 0;

  #inboundBytes = 0;
  #sttId = 0;
  #isSttOpen = false;
  /** Position of the call's audio at which the recogniser's own clock began. */
  #sttBaseMs = 0;
  #sttFailures = 0;
  #sttReopenAt: number | undefined;
  #ttsSocketFailures = 0;

  constructor(settings: SessionSettings, options: SessionOptions) {
    this.#settings = settings;
    this.#startedAt = options.openedAt;
    this.#endpointing = new Endpointing(settings.endpointing);
    this.#history = new History(settings.history);
    this.#turnIndex = options.firstTurnIndex;
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
        return this.#handleMedia(input.mulaw, now);
      case 'mark':
        return this.#handleMark(input.name, now);
      case 'dtmf':
        return this.#handleDtmf(input.digit, now);
      case 'stop':
        return this.#end(input.reason, now);
      case 'stt-hypothesis':
      case 'stt-phrase':
        return this.#handleRecognition(input, now);
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
      const at = this.#startedAt + START_MS_MAX;
      return [{ at, run: () => this.#end('protocol-error', now) }];
    }
    const { timings } = this.#settings;
    const deadlines: Deadline[] = [];

    if (state === 'listening') deadlines.push(...this.#listeningDeadlines(now));
    if (this.#turn !== undefined) deadlines.push(...this.#turnDeadlines(this.#turn, now));
    if (this.#sttReopenAt !== undefined) {
      deadlines.push({ at: this.#sttReopenAt, run: () => this.#openStt() });
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
    const decision = this.#endpointing.decide(now);
    switch (decision.kind) {
      case 'wait':
        return [{ at: decision.until, run: () => undefined }];
      case 'closed':
        return [{ at: now, run: () => this.#closeCallerTurn(now) }];
      case 'wordless':
        return [{ at: now, run: () => this.#dropWordless(decision.isDeaf, now) }];
      case 'quiet': {
        const since = Math.max(this.#listeningSince, this.#endpointing.speechEndAt, this.#keypadAt);
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

  #handleStart(input: StartInput, now: number): void {
    if (this.#start !== undefined) return;
    this.#start = input;
    this.#startedAt = now;
    this.#listeningSince = now;
    this.#floor.take('started');
    this.#recordCall();
    this.#log('info', 'call-started', 'the stream has started');

    const { missing } = input;
    for (const fault of [missing.stt, missing.llm, missing.tts]) {
      if (fault !== undefined) this.#noteCallFault(fault);
    }
    if (missing.tts !== undefined) return this.#end('provider-failure', now);
    if (missing.stt !== undefined || missing.llm !== undefined) return this.#giveUp(now);
    this.#openStt();
    this.#sayOwn('greeting', this.#settings.phrases.greeting, now);
  }

  #handleMedia(mulaw: Uint8Array, now: number): void {
    this.#inboundBytes += mulaw.length;
    if (this.#isSttOpen) this.#outputs.push({ kind: 'stt-push', mulaw });
    this.#activity.push(mulaw);
    this.#endpointing.hear(this.#activity, now);
    this.#considerBargeIn(now);
  }

  #handleRecognition(input: Input<'stt-hypothesis' | 'stt-phrase'>, now: number): void {
    if (input.sttId !== this.#sttId) return;
    this.#sttFailures = 0;
    const recognition = {
      text: input.text,
      startMs: this.#sttBaseMs + input.startMs,
      endMs: this.#sttBaseMs + input.endMs,
    };
    if (input.kind === 'stt-phrase') this.#endpointing.conclude(recognition, now);
    else this.#endpointing.suppose(recognition, now);
    this.#considerBargeIn(now);
  }

  #handleDtmf(digit: string, now: number): void {
    this.#log('info', 'dtmf', 'the caller pressed a key');
    if (this.#keypad.length < 64) this.#keypad += digit;
    this.#keypadAt = now;
    if (this.#isInterruptible()) this.#interrupt(now);
  }

  #closeKeypad(now: number): void {
    const spoken = this.#endpointing.text === '' ? '' : `${this.#endpointing.take().text} `;
    const text = `${spoken}[keypad: ${this.#keypad}]`;
    const speechEndAt = this.#keypadAt;
    this.#keypad = '';
    this.#beginReply(text, speechEndAt, now);
  }

  #closeCallerTurn(now: number): void {
    const { text, speechEndAt } = this.#endpointing.take();
    this.#beginReply(text, speechEndAt, now);
  }

  #dropWordless(isDeaf: boolean, now: number): void {
    this.#endpointing.discard();
    if (!isDeaf) return;
    this.#noteCallFault(faultOf('STT_DEAF', 'the caller spoke and not a word was recognised'));
    this.#outputs.push({ kind: 'stt-close' });
    this.#openStt();
    this.#promptAgain(this.#settings.phrases.notUnderstood, now);
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
    const evidence = this.#endpointing.evidenceSince(sinceMs);
    if (!isBargeIn(evidence, this.#settings.bargeIn)) return;
    this.#log('info', 'barge-in', `after ${Math.round(evidence.speechMs)} ms of speech`);
    this.#interrupt(now);
  }

  /** The greeting is not called off before it can be heard, last words not at all. */
  #isInterruptible(): boolean {
    const { state } = this.#floor;
    return state === 'speaking' || (state === 'thinking' && this.#turn?.kind !== 'greeting');
  }

  // Speech recognition

  #openStt(): void {
    this.#sttReopenAt = undefined;
    this.#isSttOpen = true;
    this.#sttBaseMs = this.#inboundBytes / BYTES_PER_MS;
    this.#outputs.push({ kind: 'stt-open', sttId: ++this.#sttId });
  }

  #handleSttError({ sttId, fault }: Input<'stt-error'>, now: number): void {
    if (sttId !== this.#sttId || !this.#isSttOpen) return;
    this.#isSttOpen = false;
    this.#outputs.push({ kind: 'stt-close' });
    this.#noteCallFault(fault);
    const delayMs = STT_REOPEN_DELAYS_MS[this.#sttFailures++];
    if (isFinalFault(fault.code) || delayMs === undefined) return this.#giveUp(now);
    this.#sttReopenAt = now + delayMs;
  }

  // The agent's side

  #beginTurn(kind: TurnKind, now: number, understood?: string): AgentTurn {
    const turn = new AgentTurn({
      index: this.#turnIndex++,
      kind,
      startedAt: now,
      route: this.#ttsSocketFailures < TTS_SOCKET_FAILURES_MAX ? 'socket' : 'http',
      ...(understood === undefined ? {} : { understood }),
    });
    this.#turn = turn;
    return turn;
  }

  #beginReply(text: string, speechEndAt: number, now: number): void {
    this.#reprompts = 0;
    this.#history.addCaller(text);
    const turn = this.#beginTurn('reply', now, text);
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
    this.#recordTurn(turn);
  }

  /** Speaks a phrase of our own; nothing where it is empty. */
  #sayOwn(kind: 'greeting' | 'reprompt', text: string, now: number): void {
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
    else this.#log('warn', 'unknown-tool', `the model called ${call.name.slice(0, 64)}`);
  }

  #handleLlmDone(turn: AgentTurn, now: number): void {
    turn.requestId = undefined;
    this.#speak(turn, turn.splitter.flush(), now);
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
    this.#noteFault(turn, faultOf('LLM_TOO_LONG', 'the answer was ended at the limit'));
    this.#abortLlm(turn);
    this.#completeText(turn, now);
  }

  #takeText(turn: AgentTurn, text: string, now: number): void {
    this.#speak(turn, turn.splitter.push(text), now);
  }

  #speak(turn: AgentTurn, pieces: readonly string[], now: number): void {
    for (const text of pieces) {
      if (!turn.isAwaitingVoice) turn.spokenAt = now;
      turn.text += text;
      turn.waterfall.reach('firstClause', now);
      this.#outputs.push({
        kind: 'tts-speak',
        contextId: turn.contextId,
        route: turn.route,
        text,
      });
    }
  }

  #completeText(turn: AgentTurn, now: number): void {
    this.#speak(turn, turn.splitter.flush(), now);
    turn.isTextComplete = true;
    this.#outputs.push({ kind: 'tts-flush', contextId: turn.contextId, route: turn.route });
    if (turn.endReason !== undefined && this.#floor.state !== 'leaving')
      this.#floor.take('farewell');
    // The voice may have said it all before we knew that it was all.
    if (turn.playout.isCovered(turn.text)) this.#completeVoice(turn, now);
  }

  #handleTtsAudio(input: Input<'tts-audio'>, now: number): void {
    const turn = this.#turn;
    if (turn === undefined || turn.contextId !== input.contextId || input.mulaw.length === 0)
      return;
    turn.waterfall.reach('ttsFirstAudio', now);
    turn.waterfall.reach('firstFrameSent', now);
    turn.lastAudioAt = now;
    if (turn.route === 'socket') this.#ttsSocketFailures = 0;
    if (this.#floor.state === 'thinking') {
      this.#floor.take('first-audio');
      this.#audibleSinceMs = this.#activity.positionMs;
    }
    for (const piece of turn.playout.push(input.mulaw, input.alignment, turn.text, now)) {
      if (piece.mulaw.length > 0) this.#outputs.push({ kind: 'send-media', mulaw: piece.mulaw });
      if (piece.mark !== undefined) this.#outputs.push({ kind: 'send-mark', name: piece.mark });
    }
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
    turn.isVoiced = true;
    const mark = turn.playout.finish(turn.text);
    if (mark !== undefined) this.#outputs.push({ kind: 'send-mark', name: mark });
    this.#closeContext(turn);
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
    // The caller must hear silence first, before the providers are told.
    if (turn.playout.hasAudio) this.#outputs.push({ kind: 'send-clear' });
    turn.playout.cut();
    this.#abortLlm(turn);
    if (!turn.isVoiced) this.#closeContext(turn);
    turn.interrupted = true;
    this.#closeTurn(turn);
    this.#floor.take('barge-in');
    this.#listen(now);
  }

  #closeTurn(turn: AgentTurn): void {
    this.#turn = undefined;
    this.#history.addAgent(turn.heard);
    this.#recordTurn(turn);
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

  #closeContext(turn: AgentTurn): void {
    if (turn.text === '') return;
    this.#outputs.push({ kind: 'tts-close', contextId: turn.contextId, route: turn.route });
  }

  // When things go wrong

  #failLlm(turn: AgentTurn, fault: Fault, now: number): void {
    this.#abortLlm(turn);
    this.#apologise(turn, fault, now);
  }

  /** In place of the answer, or after what there is of it. */
  #apologise(turn: AgentTurn, fault: Fault, now: number): void {
    this.#noteFault(turn, fault);
    turn.requestId = undefined;
    const { phrases, limits } = this.#settings;
    const isLast = ++this.#failedTurns >= limits.failedTurnsMax;
    if (isLast) turn.endReason = 'provider-failure';
    this.#speak(turn, turn.splitter.flush(), now);
    const glue = turn.text === '' || /\s$/u.test(turn.text) ? '' : ' ';
    this.#sayWhole(turn, glue + (isLast ? phrases.failure : phrases.apology), now);
  }

  #handleTtsError({ contextId, fault }: Input<'tts-error'>, now: number): void {
    const turn = this.#turn;
    const isOurs =
      contextId === undefined ? turn?.route === 'socket' : turn?.contextId === contextId;
    if (turn === undefined || !isOurs || turn.isVoiced || turn.text === '') {
      // A connection that was idle: the next turn opens another one.
      return this.#log('warn', 'tts-connection', fault.message, fault.code);
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
    this.#noteFault(turn, fault);
    this.#closeContext(turn);
    if (turn.route === 'socket') {
      this.#ttsSocketFailures++;
      if (!isFinalFault(fault.code)) return this.#respeak(turn, 'http', now);
    }
    this.#abortLlm(turn);
    turn.endReason = 'provider-failure';
    turn.isTextComplete = true;
    turn.isVoiced = true;
    if (this.#floor.state !== 'leaving') this.#floor.take('farewell');
    this.#completeIfHeard(turn, now);
  }

  #respeak(turn: AgentTurn, route: TtsRoute, now: number): void {
    turn.reroute(route);
    turn.spokenAt = now;
    const { contextId } = turn;
    const text = turn.text.slice(turn.playout.resume());
    if (isSpoken(text)) this.#outputs.push({ kind: 'tts-speak', contextId, route, text });
    else if (turn.isTextComplete) return this.#completeVoice(turn, now);
    if (turn.isTextComplete) this.#outputs.push({ kind: 'tts-flush', contextId, route });
  }

  #missMarks(turn: AgentTurn, now: number): void {
    this.#noteFault(
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
    const turn = this.#turn;
    if (turn !== undefined) {
      turn.playout.cut();
      this.#abortLlm(turn);
      if (!turn.isVoiced) this.#closeContext(turn);
      turn.interrupted = true;
      this.#closeTurn(turn);
    }
    if (this.#isSttOpen) this.#outputs.push({ kind: 'stt-close' });
    this.#isSttOpen = false;
    this.#endedAt = now;
    this.#endReason = reason;
    this.#floor.take('ended');
    this.#recordCall();
    this.#log('info', 'call-ended', reason);
    const code = reason === 'internal-error' ? CLOSE_INTERNAL_ERROR : CLOSE_NORMAL;
    this.#outputs.push({ kind: 'close-socket', code, reason });
  }

  // The record

  #noteFault(turn: AgentTurn, fault: Fault): void {
    turn.errors.push(fault);
    this.#log('error', 'turn-fault', `turn ${turn.index}: ${fault.message}`, fault.code);
  }

  #noteCallFault(fault: Fault): void {
    if (this.#callErrors.length < CALL_ERRORS_MAX) this.#callErrors.push(fault);
    this.#log('error', 'call-fault', fault.message, fault.code);
    this.#recordCall();
  }

  #recordTurn(turn: AgentTurn): void {
    this.#outputs.push({ kind: 'record-turn', record: turn.toRecord() });
  }

  #recordCall(): void {
    const start = this.#start;
    if (start === undefined) return;
    const { From: from, To: to } = start.customParameters;
    const reason = this.#endReason;
    this.#outputs.push({
      kind: 'record-call',
      record: {
        callSid: start.callSid,
        streamSid: start.streamSid,
        status: reason === undefined ? 'in-progress' : statusOf(reason),
        startedAt: this.#startedAt,
        ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
        ...(reason === undefined ? {} : { endReason: reason }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        errors: [...this.#callErrors],
      },
    });
  }

  #log(level: 'info' | 'warn' | 'error', event: string, message: string, code?: string): void {
    this.#outputs.push({
      kind: 'log',
      level,
      event,
      message,
      ...(code === undefined ? {} : { code }),
    });
  }
}

function faultOf(code: FaultCode, message: string): Fault {
  return { code, message };
}

function statusOf(reason: EndReason): 'completed' | 'failed' {
  switch (reason) {
    case 'caller-hangup':
    case 'agent-hangup':
    case 'silence':
    case 'time-limit':
    case 'stream-replaced':
      return 'completed';
    case 'stream-lost':
    case 'provider-failure':
    case 'protocol-error':
    case 'internal-error':
    case 'edge-restarted':
      return 'failed';
  }
}
