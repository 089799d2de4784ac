/**
 * One call's conversation: joins hearing, thinking, speaking and manners. Pure; see {@link CallOutput} for the contract.
 *
 * Whatever is late belongs to a number: recognition to its `sttId`, the model to its `requestId`, the voice to its
 * `contextId`, marks to their turn. What carries an old number is dropped.
 */

import type { AgentTurn } from './agent-turn.ts';
import { AnswerWatch } from './answer-watch.ts';
import type { AnswerAction } from './answer.ts';
import type { Consumption, EndReason, TurnKind } from './call-record.ts';
import type { CallInput, CallOutput } from './contract.ts';
import { firstOf, type Deadline } from './deadline.ts';
import { Draft } from './draft.ts';
import { faultOf, isFinalFault, type Fault } from './faults.ts';
import { Handover } from './handover.ts';
import { Hearing } from './hearing.ts';
import { History } from './history.ts';
import { Interruptions } from './interruptions.ts';
import { Journal } from './journal.ts';
import { Keypad } from './keypad.ts';
import { isSameTurn } from './language/same-turn.ts';
import { Ledger } from './ledger.ts';
import { Manners, type Goodbye } from './manners.ts';
import { Outlet } from './outlet.ts';
import { PastTurns } from './past-turns.ts';
import { isSpoken } from './scripts.ts';
import type { Phrases, SessionSettings } from './settings.ts';
import { Floor, type FloorState } from './turn.ts';
import { Utterances } from './utterances.ts';

type Input<Kind extends CallInput['kind']> = Extract<CallInput, { kind: Kind }>;

/** Deadlines that may fall due together; more means that one does not go away. */
const DEADLINES_AT_ONCE_MAX = 64;

/** Twilio sends `start` within milliseconds of the handshake. */
const START_MS_MAX = 10_000;

/** So long the model is not asked, so that it is told exactly what was heard: a way there and back. */
const SETTLE_WAIT_MS = 300;

/** An answer so soon that the caller spoke on over it came too early. */
const TOO_EARLY_MS = 1000;

/** Of the agent's audio: whoever speaks so late in it has heard what it is about. */
const ANSWER_MS = 600;

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
  readonly #keypad: Keypad;
  readonly #interruptions: Interruptions;
  readonly #draft: Draft;
  readonly #outlet: Outlet;
  readonly #history: History;
  readonly #ledger = new Ledger();
  readonly #utterances: Utterances;
  readonly #pastTurns: PastTurns;
  readonly #handover: Handover;
  readonly #manners: Manners;
  readonly #answerWatch = new AnswerWatch();

  #isStarted = false;
  #turn: AgentTurn | undefined;
  /** The greeting, until it is known that somebody listens. */
  #prepared: AgentTurn | undefined;
  #listeningSince = 0;
  #lastMediaAt = 0;
  #isLineDead = false;
  /** The conversation was given up, and a person was to take the call. */
  #hasResigned = false;
  /** Last words that wait for the agent to have the floor. */
  #goodbye: Goodbye | undefined;

  constructor(settings: SessionSettings, options: SessionOptions) {
    const emit = (output: CallOutput): void => void this.#outputs.push(output);
    this.#settings = settings;
    this.#openedAt = options.openedAt;
    this.#keypad = new Keypad(settings.timings.keypadPauseMs);
    this.#hearing = new Hearing({ emit, endpointing: settings.endpointing, stt: settings.stt });
    this.#journal = new Journal({
      emit,
      consumption: () => this.#consumption,
      locale: () => this.#hearing.language.locale,
      answeredBy: () => this.#answerWatch.answeredBy,
    });
    this.#outlet = new Outlet(emit);
    this.#history = new History(settings.history);
    const { endpointing } = this.#hearing;
    this.#interruptions = new Interruptions(
      settings.interruption,
      endpointing,
      this.#hearing.surroundings,
    );
    this.#handover = new Handover(emit);
    this.#manners = new Manners(settings.limits, settings.timings);
    this.#pastTurns = new PastTurns({
      history: this.#history,
      journal: this.#journal,
      ledger: this.#ledger,
    });
    this.#utterances = new Utterances({
      settings,
      firstTurnIndex: options.firstTurnIndex,
      emit,
      outlet: this.#outlet,
      journal: this.#journal,
      history: this.#history,
      hearing: this.#hearing,
      keypad: this.#keypad,
      manners: this.#manners,
      onFailed: (turn, fault, now) => this.#apologise(turn, fault, now),
      onMute: (turn, now) => this.#fallSilent(turn, now),
    });
    this.#draft = new Draft({
      options: settings.speculation,
      endpointing,
      isReady: () => this.#pastTurns.unsettledSince === undefined,
      begin: (text, now) => this.#beginDraft(text, now),
      waste: (turn, now) => this.#waste(turn, now),
    });
  }

  get state(): FloorState {
    return this.#floor.state;
  }

  /** Takes one input. Never answers anything itself: poll afterwards. */
  handle(input: CallInput, now: number): void {
    const { state } = this.#floor;
    if (state === 'ended') return;
    const isEarly = input.kind === 'start' || input.kind === 'stop' || input.kind === 'clip';
    if (state === 'waiting' && !isEarly) return;
    this.#take(input, now);
    this.#settle(now);
  }

  /** The next output, or `idle` with the time of the next poll. */
  poll(now: number): CallOutput {
    for (let i = 0; i < DEADLINES_AT_ONCE_MAX; i++) {
      const output = this.#outputs.shift();
      if (output !== undefined) return output;
      const next = firstOf(this.#deadlines(now));
      if (next === undefined || next.at > now) return { kind: 'idle', wakeAt: next?.at };
      next.run();
      this.#settle(now);
    }
    throw new Error(`a deadline does not go away while ${this.#floor.state}`);
  }

  #take(input: CallInput, now: number): void {
    switch (input.kind) {
      case 'start':
        return this.#handleStart(input, now);
      case 'media':
        return this.#handleMedia(input.mulaw, now);
      case 'mark':
        return this.#handleMark(input.name, now);
      case 'played':
        return this.#outlet.played(input.samples, input.cleared);
      case 'dtmf':
        return this.#handleDtmf(input.digit, now);
      case 'transfer-progress':
        return this.#handleTransfer(input, now);
      case 'answered-by':
        return this.#handleVerdict(input.answeredBy, now);
      case 'stop':
        return this.#end(input.reason, now);
      case 'stt-hypothesis':
      case 'stt-phrase':
        return this.#handleWords(input, now);
      case 'stt-error':
        return this.#handleSttError(input, now);
      case 'llm-text':
      case 'llm-tool-call':
      case 'llm-usage':
      case 'llm-done':
      case 'llm-error':
        for (const turn of this.#liveTurns()) turn.handleLlm(input, now);
        return this.#heedGate();
      case 'tool-result':
        return this.#handleToolResult(input, now);
      case 'tts-audio':
      case 'tts-done':
      case 'tts-error':
        for (const turn of this.#liveTurns()) turn.handleTts(input, now);
        return;
      case 'clip': {
        const { text, mulaw, alignment } = input;
        const clip = alignment === undefined ? { mulaw } : { mulaw, alignment };
        return this.#utterances.putClip(text, clip);
      }
    }
  }

  // Time

  #deadlines(now: number): Deadline[] {
    const { state } = this.#floor;
    if (state === 'ended') return [];
    if (state === 'waiting') {
      const at = this.#openedAt + START_MS_MAX;
      return [{ at, run: () => this.#end('protocol-error', now) }];
    }
    const deadlines: Deadline[] = [];
    const onAnswer = (action: AnswerAction): void => this.#heedAnswer(action, now);
    deadlines.push(...this.#answerWatch.deadlines(onAnswer, now));
    const isWaiting = state === 'listening' && !this.#answerWatch.isListening;
    if (isWaiting) deadlines.push(...this.#listeningDeadlines(now));
    for (const turn of this.#liveTurns()) deadlines.push(...turn.deadlines(now));
    deadlines.push(...this.#pastTurns.deadlines());
    if (this.#interruptions.isHolding && this.#turn?.isPaused === true) {
      // Frames that stay away must not make the agent hold its breath for ever.
      const at = this.#lastMediaAt + this.#settings.interruption.noiseMsMax;
      deadlines.push({ at, run: () => this.#resume(now) });
    }
    const { reopenAt } = this.#hearing;
    if (reopenAt !== undefined) {
      deadlines.push({ at: reopenAt, run: () => this.#hearing.reopen(now) });
    }
    const onLate = (): void => this.#failTransfer('nobody answered', now);
    deadlines.push(...this.#handover.deadlines(onLate));
    deadlines.push(...this.#lineDeadlines(now));
    return deadlines;
  }

  #lineDeadlines(now: number): Deadline[] {
    const { timings } = this.#settings;
    const deadlines: Deadline[] = [];
    if (!this.#isLineDead) {
      const at = this.#lastMediaAt + timings.mediaGapMsMax;
      deadlines.push({ at, run: () => this.#missMedia() });
    }
    if (this.#floor.state !== 'leaving' && this.#goodbye === undefined) {
      const { timeLimit: text } = this.#phrases;
      const goodbye = { text, reason: 'time-limit', kind: 'farewell' } as const;
      const at = this.#manners.endsAt;
      deadlines.push({ at, run: () => this.#sayGoodbye(goodbye, now) });
    }
    return deadlines;
  }

  #listeningDeadlines(now: number): Deadline[] {
    const { timings } = this.#settings;
    const { closesAt } = this.#keypad;
    if (closesAt !== undefined) return [{ at: closesAt, run: () => this.#closeKeypad(now) }];
    const { endpointing } = this.#hearing;
    const deadlines: Deadline[] = [];
    const draftAt = this.#draft.considerAt;
    if (draftAt !== undefined && draftAt > now) {
      deadlines.push({ at: draftAt, run: () => this.#draft.consider(now) });
    }
    const decision = endpointing.decide(now);
    switch (decision.kind) {
      case 'wait':
        deadlines.push({ at: decision.until, run: () => undefined });
        break;
      case 'closed':
        deadlines.push({
          at: Math.max(now, (this.#pastTurns.unsettledSince ?? -Infinity) + SETTLE_WAIT_MS),
          run: () => this.#closeCallerTurn(now),
        });
        break;
      case 'wordless':
        deadlines.push({ at: now, run: () => this.#dropWordless(decision.isDeaf, now) });
        break;
      case 'quiet': {
        const { speechEndAt } = endpointing;
        const since = Math.max(this.#listeningSince, speechEndAt, this.#keypad.pressedAt);
        deadlines.push({ at: since + timings.repromptMs, run: () => this.#breakSilence(now) });
        break;
      }
    }
    return deadlines;
  }

  /** What follows from what has just happened to the turns. */
  #settle(now: number): void {
    const turn = this.#turn;
    if (turn !== undefined) {
      if (this.#floor.state === 'thinking' && turn.isAudible) this.#becomeAudible(turn, now);
      const isLast = turn.endReason !== undefined && !turn.isHeld;
      if (isLast && this.#floor.state !== 'leaving') {
        this.#floor.take('farewell');
        // Nobody decides any more whether the sound was an interruption.
        turn.resume(now);
      }
      if (turn.isOver && this.#turn === turn) this.#completeTurn(turn, now);
    }
    this.#pastTurns.settle();
  }

  // The caller's side

  #handleStart(input: Input<'start'>, now: number): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#manners.begin(now);
    this.#listeningSince = now;
    this.#lastMediaAt = now;
    this.#outlet.start(input.isPatchcord);
    this.#floor.take('started');
    this.#journal.begin(input, now);

    const { missing } = input;
    for (const fault of [missing.stt, missing.llm, missing.tts]) {
      if (fault !== undefined) this.#journal.callFault(fault);
    }
    if (missing.tts !== undefined) return this.#end('provider-failure', now);
    if (missing.stt !== undefined || missing.llm !== undefined) return this.#giveUp(now);
    this.#hearing.open(now);
    const isOutbound = input.customParameters['Direction']?.startsWith('outbound') === true;
    if (isOutbound && this.#settings.voicemail.mode !== 'ignore') this.#prepareGreeting(now);
    else this.#sayOwn('greeting', this.#phrases.greeting, now);
  }

  #handleMedia(mulaw: Uint8Array, now: number): void {
    this.#lastMediaAt = now;
    this.#isLineDead = false;
    if (this.#hearing.hear(mulaw, now) === 'deaf') {
      this.#journal.callFault(
        faultOf('STT_DEAF', 'the caller speaks and not a word is recognised'),
      );
    }
    const { isSpeaking, speechEndAt } = this.#hearing.endpointing;
    const sound = { isSpeaking, speechEndAt, speechMs: this.#hearing.speechMs };
    this.#heedAnswer(this.#answerWatch.hear(mulaw, sound, now), now);
    this.#attend(now);
  }

  #handleWords(input: Input<'stt-hypothesis' | 'stt-phrase'>, now: number): void {
    if (!this.#hearing.recognise(input, now)) return;
    const isFinal = input.kind === 'stt-phrase';
    this.#heedAnswer(this.#answerWatch.read(input.text, isFinal, now), now);
    this.#attend(now);
  }

  #missMedia(): void {
    this.#isLineDead = true;
    this.#journal.callFault(faultOf('MEDIA_MISSING', 'no audio comes from the caller'));
  }

  /** Something was heard or understood. */
  #attend(now: number): void {
    switch (this.#floor.state) {
      case 'listening':
        if (!this.#answerWatch.isListening) this.#draft.consider(now);
        return;
      case 'thinking':
        return this.#attendWhileThinking(now);
      case 'speaking':
        return this.#attendWhileSpeaking(now);
      case 'waiting':
      case 'connecting':
      case 'leaving':
      case 'ended':
        return;
    }
  }

  #attendWhileThinking(now: number): void {
    const turn = this.#turn;
    // The greeting is not called off before it can be heard.
    if (turn === undefined || turn.kind === 'greeting') return;
    const { endpointing } = this.#hearing;
    const hasMore = endpointing.isActive && this.#isCaller(now);
    if (hasMore) return this.#letCallerGoOn(turn, now);
    const { takenText } = endpointing;
    const before = turn.understood;
    if (!this.#amend(turn) || before === undefined || isSameTurn(takenText, before)) return;
    // The final words mean something else than those that are being answered.
    this.#waste(turn, now);
    this.#turn = undefined;
    this.#floor.take('caller-goes-on');
    const { speechEndAt } = endpointing;
    this.#answer(this.#utterances.reply({ text: takenText, speechEndAt, isHeld: false }, now), now);
  }

  /** What is heard is the caller: by our own ears, and where there is more to hear than him, by his words. */
  #isCaller(now: number): boolean {
    const { endpointing, surroundings } = this.#hearing;
    return endpointing.text !== '' || !surroundings.isNoisy(now);
  }

  /** Recognition has thought better of what is being answered: the transcript is put right. True when it is. */
  #amend(turn: AgentTurn): boolean {
    const { takenText } = this.#hearing.endpointing;
    const isNews =
      turn.understood !== undefined && takenText !== '' && takenText !== turn.understood;
    if (!isNews) return false;
    this.#history.amendCaller(takenText);
    turn.understood = takenText;
    return true;
  }

  /** It was not the caller's last word, and nothing has been heard of the answer. */
  #letCallerGoOn(turn: AgentTurn, now: number): void {
    const { endpointing } = this.#hearing;
    const pausedSince = turn.waterfall.at('speechEnd');
    this.#turn = undefined;
    this.#floor.take('caller-goes-on');
    this.#listen(now);
    if (turn.understood === undefined) return this.#abandon(turn, now);
    this.#history.takeBackCaller();
    endpointing.takeBack();
    if (pausedSince !== undefined) endpointing.answeredTooEarly(now - pausedSince);
    turn.hold();
    this.#draft.putBack(turn, turn.understood, now);
  }

  #attendWhileSpeaking(now: number): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    if (turn.kind === 'reply') this.#amend(turn);
    switch (this.#interruptions.consider(turn.text, now)) {
      case 'go-on':
        return;
      case 'hold':
        return turn.pause(now);
      case 'disregard':
        return this.#hearing.endpointing.ignore();
      case 'resume':
        this.#journal.log('info', 'false-alarm', 'a sound that was no interruption');
        return this.#resume(now);
      case 'interrupt':
        return this.#interrupt(turn, now);
    }
  }

  /** The agent goes on; what was heard meanwhile is none of its business. */
  #resume(now: number): void {
    const turn = this.#turn;
    const { endpointing } = this.#hearing;
    // Said over the last word of a question, "yes" is no nod but the answer.
    const isAnswer =
      turn !== undefined &&
      endpointing.text !== '' &&
      turn.endsAt - this.#interruptions.heldAt < ANSWER_MS;
    if (!isAnswer) endpointing.ignore();
    turn?.resume(now);
  }

  #interrupt(turn: AgentTurn, now: number): void {
    this.#journal.log(
      'info',
      'barge-in',
      `after ${Math.round(this.#interruptions.audibleMs(now))} ms`,
    );
    const { endpointing } = this.#hearing;
    const spokeAt = turn.waterfall.at('speechEnd');
    if (spokeAt !== undefined && this.#interruptions.audibleMs(now) < TOO_EARLY_MS) {
      endpointing.answeredTooEarly(now - spokeAt);
    }
    this.#cut(turn, true, now);
    this.#floor.take('barge-in');
    this.#listen(now);
  }

  #handleDtmf(digit: string, now: number): void {
    this.#journal.log('info', 'dtmf', 'the caller pressed a key');
    this.#keypad.press(digit, now);
    const turn = this.#turn;
    const { state } = this.#floor;
    if (turn === undefined) return this.#draft.discard(now);
    const isInterruptible =
      state === 'speaking' || (state === 'thinking' && turn.kind !== 'greeting');
    if (isInterruptible) this.#interrupt(turn, now);
  }

  #closeKeypad(now: number): void {
    const { endpointing } = this.#hearing;
    const { pressedAt } = this.#keypad;
    const spoken = endpointing.text === '' ? '' : `${endpointing.take(now).text} `;
    this.#draft.discard(now);
    this.#beginReply(`${spoken}[keypad: ${this.#keypad.take()}]`, pressedAt, now);
  }

  #closeCallerTurn(now: number): void {
    const { text, speechEndAt } = this.#hearing.endpointing.take(now);
    this.#beginReply(text, speechEndAt, now);
  }

  #dropWordless(isDeaf: boolean, now: number): void {
    this.#hearing.endpointing.discard(now);
    if (!isDeaf) return;
    this.#journal.callFault(faultOf('STT_DEAF', 'the caller spoke and not a word was recognised'));
    this.#hearing.open(now);
    this.#promptAgain(this.#phrases.notUnderstood, now);
  }

  #breakSilence(now: number): void {
    this.#promptAgain(this.#phrases.reprompt, now);
  }

  /** Speaks up without having understood anything; after so many times in a row it is goodbye. */
  #promptAgain(text: string, now: number): void {
    if (this.#manners.mayPromptAgain()) return this.#sayOwn('reprompt', text, now);
    const goodbye = { text: this.#phrases.goodbye, reason: 'silence', kind: 'farewell' } as const;
    this.#sayGoodbye(goodbye, now);
  }

  #handleSttError(input: Input<'stt-error'>, now: number): void {
    const outcome = this.#hearing.fail(input, now);
    if (outcome === 'ignored') return;
    this.#journal.callFault(input.fault);
    if (outcome === 'lost') this.#giveUp(now);
  }

  // The agent's side

  get #phrases(): Phrases {
    return this.#utterances.phrases;
  }

  /** The turn that has the floor and the one that may get it. */
  #liveTurns(): AgentTurn[] {
    return [this.#turn, this.#prepared, this.#draft.turn].filter((turn) => turn !== undefined);
  }

  #beginDraft(text: string, now: number): AgentTurn {
    const { speechEndAt } = this.#hearing.endpointing;
    return this.#utterances.reply({ text, speechEndAt, isHeld: true }, now);
  }

  #heedGate(): void {
    const { turn, text } = this.#draft;
    if (turn?.gateVerdict === undefined || this.#floor.state !== 'listening') return;
    this.#hearing.endpointing.judge(turn.gateVerdict, text);
  }

  /** The caller has finished. */
  #beginReply(text: string, speechEndAt: number, now: number): void {
    this.#manners.understand();
    this.#answerWatch.meet(now);
    const draft = this.#draft.take(text, now);
    const turn = draft ?? this.#utterances.reply({ text, speechEndAt, isHeld: false }, now);
    turn.understood = text;
    this.#history.addCaller(text);
    this.#answer(turn, now);
  }

  #answer(turn: AgentTurn, now: number): void {
    turn.waterfall.reach('endOfTurn', now);
    this.#turn = turn;
    this.#floor.take('agent-turn');
    turn.release(now);
  }

  /** Speaks of its own accord. An empty phrase is one that the operator has switched off. */
  #sayOwn(kind: TurnKind, text: string, now: number): void {
    this.#listeningSince = now;
    this.#draft.discard(now);
    if (!isSpoken(text)) return;
    const turn = this.#newOwn(kind, now);
    this.#floor.take('agent-turn');
    turn.sayOwn(text, now);
  }

  #newOwn(kind: TurnKind, now: number): AgentTurn {
    const turn = this.#utterances.own(kind, false, now);
    this.#turn = turn;
    return turn;
  }

  #becomeAudible(turn: AgentTurn, now: number): void {
    this.#floor.take('first-audio');
    const isGreeting = turn.kind === 'greeting';
    this.#interruptions.begin({ isGreeting }, this.#hearing.positionMs, now);
  }

  #handleMark(name: string, now: number): void {
    for (const turn of this.#liveTurns()) if (turn.hearMark(name, now)) return;
    this.#pastTurns.hearMark(name, now);
  }

  #handleToolResult({ toolCallId, result }: Input<'tool-result'>, now: number): void {
    for (const turn of this.#liveTurns()) {
      if (turn.takeToolResult(toolCallId, result, now)) return;
    }
    this.#pastTurns.takeToolResult(toolCallId, result, now);
  }

  #completeTurn(turn: AgentTurn, now: number): void {
    if (this.#interruptions.isIdle(turn.text)) this.#hearing.endpointing.ignore();
    this.#closeTurn(turn, now);
    if (turn.endReason !== undefined) return this.#end(turn.endReason, now);
    if (turn.errors.length === 0) this.#manners.completeTurn();
    this.#answerWatch.noteHeardOut();
    if (turn.transfer !== undefined) return this.#connect(turn.transfer, now);
    this.#floor.take('turn-over');
    this.#goodbye ??= this.#manners.exceeded(this.#consumption, this.#phrases, now);
    this.#listen(now);
    // Told behind an answer, and not in place of one.
    const isWarned = this.#floor.state === 'listening' && this.#manners.warn(now);
    if (isWarned) this.#sayOwn('reprompt', this.#phrases.wrapUp, now);
  }

  get #consumption(): Consumption {
    return this.#ledger.toConsumption(this.#hearing.audioSeconds);
  }

  /** Ends a turn before it is over. Its audio is taken back where the stream goes on. */
  #cut(turn: AgentTurn, isCleared: boolean, now: number): void {
    turn.cut(isCleared, now);
    this.#closeTurn(turn, now);
  }

  #closeTurn(turn: AgentTurn, now: number): void {
    this.#turn = undefined;
    this.#pastTurns.add(turn, now);
  }

  /** It was made ahead of its time, and for nothing. */
  #waste(turn: AgentTurn, now: number): void {
    turn.hold();
    turn.cut(false, now);
    this.#pastTurns.addWasted(turn);
  }

  /** A turn of our own accord that nobody has heard. */
  #abandon(turn: AgentTurn, now: number): void {
    turn.cut(true, now);
    this.#ledger.settle(turn);
  }

  #listen(now: number): void {
    this.#listeningSince = now;
    if (this.#goodbye !== undefined) this.#sayGoodbye(this.#goodbye, now);
  }

  // Who has answered a call of ours

  /** It is voiced while the other side says "hello?". */
  #prepareGreeting(now: number): void {
    const { greeting } = this.#phrases;
    this.#answerWatch.begin(isSpoken(greeting), now);
    if (!isSpoken(greeting)) return;
    this.#prepared = this.#utterances.own('greeting', true, now);
    this.#prepared.sayOwn(greeting, now);
  }

  #handleVerdict(answeredBy: string, now: number): void {
    this.#journal.log('info', 'answered-by', answeredBy.slice(0, 64));
    this.#heedAnswer(this.#answerWatch.tell(answeredBy, now), now);
  }

  #heedAnswer(action: AnswerAction | undefined, now: number): void {
    if (action === undefined) return;
    const { state } = this.#floor;
    const isOver = state === 'leaving' || state === 'connecting' || state === 'ended';
    if (isOver && action !== 'start-over') return;
    this.#journal.log('info', 'answer', action);
    const message = this.#phrases.voicemail;
    const isToBeLeft = this.#settings.voicemail.mode === 'leave-message' && isSpoken(message);
    switch (action) {
      case 'greet':
        return this.#greet(now);
      case 'hush':
        return isToBeLeft ? this.#hush(now) : this.#end('machine', now);
      case 'leave-message':
        if (!isToBeLeft) return this.#end('machine', now);
        this.#hush(now);
        return this.#sayGoodbye({ text: message, reason: 'machine', kind: 'voicemail' }, now);
      case 'start-over':
        return this.#leaveMessageAgain(message, now);
      case 'hang-up':
        return this.#end('machine', now);
    }
  }

  /** Somebody is there, as far as can be told: what he has said is answered with the greeting. */
  #greet(now: number): void {
    const turn = this.#prepared ?? this.#utterances.own('greeting', true, now);
    if (this.#prepared === undefined) turn.sayOwn(this.#phrases.greeting, now);
    this.#prepared = undefined;
    const { endpointing } = this.#hearing;
    const said = endpointing.isActive ? endpointing.take(now).text : '';
    if (said !== '') turn.understood = said;
    this.#history.addCaller(said);
    this.#turn = turn;
    this.#floor.take('agent-turn');
    turn.release(now);
  }

  /** Nobody listens. */
  #hush(now: number): void {
    if (this.#prepared !== undefined) this.#abandon(this.#prepared, now);
    this.#prepared = undefined;
    this.#draft.discard(now);
    if (this.#turn === undefined) return;
    this.#cut(this.#turn, true, now);
    this.#floor.take('barge-in');
  }

  /** The beep came while we were speaking already. */
  #leaveMessageAgain(message: string, now: number): void {
    if (this.#turn !== undefined) this.#cut(this.#turn, true, now);
    const turn = this.#newOwn('voicemail', now);
    turn.endReason = 'machine';
    turn.sayOwn(message, now);
  }

  // Somebody else

  #connect({ target, manner }: { target: string; manner: 'cold' | 'warm' }, now: number): void {
    this.#floor.take('transfer');
    this.#journal.log('info', 'transfer', `the caller is being connected, ${manner}`);
    this.#handover.begin(target, manner, now);
  }

  #handleTransfer(input: Input<'transfer-progress'>, now: number): void {
    const outcome = this.#handover.handle(input);
    if (outcome.kind === 'connected') this.#end('transferred', now);
    if (outcome.kind === 'failed') this.#failTransfer(outcome.reason, now);
  }

  #failTransfer(reason: string, now: number): void {
    this.#handover.fail();
    this.#journal.callFault(faultOf('TRANSFER_FAILED', reason));
    if (this.#hasResigned) return this.#end('provider-failure', now);
    this.#floor.take('turn-over');
    this.#listen(now);
    if (this.#floor.state !== 'listening') return;
    this.#beginReply(`[the transfer failed: ${reason}]`, now, now);
  }

  // When things go wrong

  /** In place of the answer, or after what there is of it. */
  #apologise(turn: AgentTurn, fault: Fault, now: number): void {
    const { failure, apology } = this.#phrases;
    const isLast = this.#manners.failTurn() || isFinalFault(fault.code);
    if (isLast) this.#resign(turn);
    turn.apologise(isLast ? failure : apology, now);
  }

  /** The voice is gone for good: what is in the cache can still be said, then the next TwiML verb speaks. */
  #fallSilent(turn: AgentTurn, now: number): void {
    if (turn.isHeld) return;
    const { failure } = this.#phrases;
    const isFirst = turn.endReason === undefined && turn.transfer === undefined;
    if (isFirst) this.#resign(turn);
    if (isFirst && this.#utterances.hasClip(failure)) turn.sayOwn(failure, now);
    else turn.endQuietly();
  }

  /** The call cannot go on: a person takes it once the turn has been heard, where there is one, else the next TwiML verb. */
  #resign(turn: AgentTurn): void {
    const { failureTarget } = this.#settings;
    if (failureTarget === undefined || this.#hasResigned) turn.endReason = 'provider-failure';
    else turn.transfer = failureTarget;
    this.#hasResigned = true;
  }

  /** The call cannot go on but the voice can: says so, then lets the next TwiML verb take over. */
  #giveUp(now: number): void {
    const text = this.#phrases.failure;
    this.#sayGoodbye({ text, reason: 'provider-failure', kind: 'farewell' }, now);
  }

  /** Last words, at once when the caller has the floor, else when the agent has finished. */
  #sayGoodbye(goodbye: Goodbye, now: number): void {
    const { state } = this.#floor;
    if (state === 'leaving') return;
    this.#goodbye = goodbye;
    if (state !== 'listening') return;
    this.#draft.discard(now);
    if (!isSpoken(goodbye.text)) return this.#end(goodbye.reason, now);
    const turn = this.#newOwn(goodbye.kind, now);
    if (goodbye.reason === 'provider-failure') this.#resign(turn);
    else turn.endReason = goodbye.reason;
    this.#goodbye = undefined;
    this.#floor.take(turn.endReason === undefined ? 'agent-turn' : 'farewell');
    turn.sayOwn(goodbye.text, now);
  }

  #end(reason: EndReason, now: number): void {
    if (this.#floor.state === 'ended') return;
    this.#draft.discard(now);
    if (this.#prepared !== undefined) this.#abandon(this.#prepared, now);
    if (this.#turn !== undefined) this.#cut(this.#turn, false, now);
    this.#pastTurns.close();
    this.#hearing.close();
    this.#floor.take('ended');
    const isTransferred = this.#handover.isUnderWay && reason === 'caller-hangup';
    this.#journal.end(isTransferred ? 'transferred' : reason, now);
    const code = reason === 'internal-error' ? CLOSE_INTERNAL_ERROR : CLOSE_NORMAL;
    this.#outputs.push({ kind: 'close-socket', code, reason });
  }
}
