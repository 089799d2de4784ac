/**
 * The agent's side of a call: which of its turns has the floor, which one is being made ahead of its time, how a turn ends,
 * and how the call does.
 */

import type { AgentTurn } from './speaking/agent-turn.ts';
import type { CallParts } from './call-parts.ts';
import type { EndReason, TurnKind } from './call-record.ts';
import type { CallInput } from './contract.ts';
import type { Deadline } from './deadline.ts';
import { Draft } from './thinking/draft.ts';
import { faultOf, isFinalFault, type Fault } from './faults.ts';
import { Handover } from './handover.ts';
import type { Goodbye } from './manners.ts';
import { isSpoken } from './language/scripts.ts';
import type { Phrases, TransferRoute } from './settings.ts';
import { Floor, type FloorState } from './floor.ts';
import { Utterances, type ReplyTo } from './speaking/utterances.ts';

type Input<Kind extends CallInput['kind']> = Extract<CallInput, { kind: Kind }>;
type TurnInput = Input<
  | 'llm-text'
  | 'llm-tool-call'
  | 'llm-usage'
  | 'llm-done'
  | 'llm-error'
  | 'tts-audio'
  | 'tts-done'
  | 'tts-error'
>;

/** So often in a row a transfer is tried; then the caller is asked. */
const FAILED_TRANSFERS_MAX = 3;

const CLOSE_NORMAL = 1000;
const CLOSE_INTERNAL_ERROR = 1011;

export class AgentSide {
  readonly draft: Draft;
  readonly #parts: CallParts;
  readonly #floor = new Floor();
  readonly #utterances: Utterances;
  readonly #handover: Handover;
  #turn: AgentTurn | undefined;
  /** A greeting that waits until somebody listens. */
  #prepared: AgentTurn | undefined;
  #listeningSince = 0;
  /** Since the caller has said anything. */
  #failedTransfers = 0;
  /** The conversation was given up, and a person was to take the call. */
  #hasResigned = false;
  /** Last words that wait for the agent to have the floor. */
  #goodbye: Goodbye | undefined;

  constructor(parts: CallParts, firstTurnIndex: number) {
    const { settings, hearing, pastTurns, emit } = parts;
    this.#parts = parts;
    this.#handover = new Handover(emit);
    this.#utterances = new Utterances({
      ...parts,
      firstTurnIndex,
      onFailed: (turn, fault, now) => this.#apologise(turn, fault, now),
      onMute: (turn, now) => this.#fallSilent(turn, now),
    });
    this.draft = new Draft({
      options: settings.speculation,
      endpointing: hearing.endpointing,
      isReady: () => pastTurns.unsettledSince === undefined,
      begin: (text, now) => this.#beginDraft(text, now),
      waste: (turn, now) => this.waste(turn, now),
    });
  }

  get state(): FloorState {
    return this.#floor.state;
  }

  /** The one that has the floor, or is about to. */
  get turn(): AgentTurn | undefined {
    return this.#turn;
  }

  /** Since when the caller has had the floor. */
  get listeningSince(): number {
    return this.#listeningSince;
  }

  /** Last words wait to be said. */
  get isLeaving(): boolean {
    return this.#floor.state === 'leaving' || this.#goodbye !== undefined;
  }

  /** What the agent says of its own accord, in the caller's language. */
  get phrases(): Phrases {
    return this.#utterances.phrases;
  }

  begin(now: number): void {
    this.#listeningSince = now;
    this.#floor.take('started');
  }

  // What comes of providers and peer

  handle(input: TurnInput, now: number): void {
    for (const turn of this.#liveTurns()) {
      switch (input.kind) {
        case 'tts-audio':
        case 'tts-done':
        case 'tts-error':
          turn.handleTts(input, now);
          break;
        case 'llm-text':
        case 'llm-tool-call':
        case 'llm-usage':
        case 'llm-done':
        case 'llm-error':
          turn.handleLlm(input, now);
          break;
      }
    }
    this.#heedGate();
  }

  putClip({ text, mulaw, alignment }: Input<'clip'>): void {
    this.#utterances.putClip(text, alignment === undefined ? { mulaw } : { mulaw, alignment });
  }

  hearMark(name: string, now: number): void {
    for (const turn of this.#liveTurns()) if (turn.hearMark(name, now)) return;
    this.#parts.pastTurns.hearMark(name, now);
  }

  takeToolResult({ toolCallId, result }: Input<'tool-result'>, now: number): void {
    for (const turn of this.#liveTurns()) {
      if (turn.takeToolResult(toolCallId, result, now)) return;
    }
    this.#parts.pastTurns.takeToolResult(toolCallId, result, now);
  }

  deadlines(now: number): readonly Deadline[] {
    const onLate = (): void => this.#failTransfer('nobody answered', now);
    return [
      ...this.#liveTurns().flatMap((turn) => turn.deadlines(now)),
      ...this.#parts.pastTurns.deadlines(),
      ...this.#handover.deadlines(onLate),
    ];
  }

  /** What follows from what has just happened to the turns. */
  settle(now: number): void {
    const turn = this.#turn;
    if (turn !== undefined) {
      if (this.#floor.state === 'thinking' && turn.isAudible) this.#becomeAudible(turn, now);
      const isLast = turn.endReason !== undefined && !turn.isHeld;
      if (isLast && this.#floor.state !== 'leaving') {
        this.#floor.take('farewell');
        // Nobody decides any more whether the sound was an interruption.
        turn.resume(now);
      }
      if (turn.isOver && this.#turn === turn) this.#complete(turn, now);
    }
    this.#parts.pastTurns.settle();
  }

  // The floor

  /** The caller has finished: answers, with what was made ahead of its time where that is an answer to these words. */
  reply(text: string, speechEndAt: number, now: number): void {
    const { manners, answerWatch } = this.#parts;
    manners.understand();
    answerWatch.meet(now);
    this.#failedTransfers = 0;
    this.#beginReply(text, speechEndAt, now);
  }

  /** The caller's words mean something else than those that are being answered, and nothing was heard of the answer. */
  replyAnew(to: Omit<ReplyTo, 'isHeld'>, now: number): void {
    if (this.#turn !== undefined) this.waste(this.#turn, now);
    this.#turn = undefined;
    this.#floor.take('caller-goes-on');
    this.#answer(this.#utterances.reply({ ...to, isHeld: false }, now), now);
  }

  /** It was not the caller's last word, and nothing was heard of the answer: perhaps it still is one in a moment. */
  stepBack(turn: AgentTurn, now: number): void {
    this.#turn = undefined;
    this.#floor.take('caller-goes-on');
    this.#listen(now);
    if (turn.understood === undefined) return this.#abandon(turn, now);
    turn.hold();
    this.draft.putBack(turn, turn.understood, now);
  }

  /** The caller takes the floor. */
  yield(turn: AgentTurn, now: number): void {
    this.#cut(turn, true, now);
    this.#floor.take('barge-in');
    this.#listen(now);
  }

  /** Speaks of its own accord. An empty phrase is one that the operator has switched off. */
  sayOwn(kind: TurnKind, text: string, now: number): void {
    this.#listeningSince = now;
    this.draft.discard(now);
    if (!isSpoken(text)) return;
    const turn = this.#newOwn(kind, now);
    this.#floor.take('agent-turn');
    turn.sayOwn(text, now);
  }

  /** Speaks up without having understood anything; after so many times in a row it is goodbye, or we are deaf. */
  promptAgain(text: string, now: number): void {
    if (this.#parts.manners.mayPromptAgain()) return this.sayOwn('reprompt', text, now);
    if (this.#parts.hearing.isDeaf) return this.giveUp(now);
    this.sayGoodbye({ text: this.phrases.goodbye, reason: 'silence', kind: 'farewell' }, now);
  }

  // A call of ours

  /** The greeting is voiced, and waits for {@link greet}. */
  prepareGreeting(now: number): void {
    this.#prepared = this.#utterances.own('greeting', true, now);
    this.#prepared.sayOwn(this.phrases.greeting, now);
  }

  /** Somebody listens; what he has said is answered with the greeting. */
  greet(said: string, now: number): void {
    if (this.#prepared === undefined) this.prepareGreeting(now);
    const turn = this.#prepared;
    if (turn === undefined) return;
    this.#prepared = undefined;
    if (said !== '') turn.understood = said;
    this.#parts.history.addCaller(said);
    this.#turn = turn;
    this.#floor.take('agent-turn');
    turn.release(now);
  }

  /** Nobody listens: what is being said is in vain. */
  hush(now: number): void {
    this.#dropPrepared(now);
    this.draft.discard(now);
    if (this.#turn === undefined) return;
    this.#cut(this.#turn, true, now);
    this.#floor.take('barge-in');
  }

  /** Last words once more, from their beginning. */
  repeatLast(text: string, reason: EndReason, now: number): void {
    if (this.#turn !== undefined) this.#cut(this.#turn, true, now);
    const turn = this.#newOwn('voicemail', now);
    turn.endReason = reason;
    turn.sayOwn(text, now);
  }

  // Somebody else

  handleTransfer(input: Input<'transfer-progress'>, now: number): void {
    const outcome = this.#handover.handle(input);
    if (outcome.kind === 'connected') this.end('transferred', now);
    if (outcome.kind === 'failed') this.#failTransfer(outcome.reason, now);
  }

  // The end

  /** The call cannot go on but the voice can: says so, then a person or the next TwiML verb takes over. */
  giveUp(now: number): void {
    const text = this.phrases.failure;
    this.sayGoodbye({ text, reason: 'provider-failure', kind: 'farewell' }, now);
  }

  /** Last words, at once when the caller has the floor, else when the agent has finished. */
  sayGoodbye(goodbye: Goodbye, now: number): void {
    const { state } = this.#floor;
    if (state === 'leaving') return;
    this.#goodbye = goodbye;
    if (state !== 'listening') return;
    this.draft.discard(now);
    if (!isSpoken(goodbye.text)) return this.end(goodbye.reason, now);
    const turn = this.#newOwn(goodbye.kind, now);
    if (goodbye.reason === 'provider-failure') this.#resign(turn);
    else turn.endReason = goodbye.reason;
    this.#goodbye = undefined;
    this.#floor.take(turn.endReason === undefined ? 'agent-turn' : 'farewell');
    turn.sayOwn(goodbye.text, now);
  }

  end(reason: EndReason, now: number): void {
    if (this.#floor.state === 'ended') return;
    const { pastTurns, hearing, journal, emit } = this.#parts;
    this.draft.discard(now);
    this.#dropPrepared(now);
    if (this.#turn !== undefined) this.#cut(this.#turn, false, now);
    pastTurns.close();
    hearing.close();
    this.#floor.take('ended');
    const isTransferred = this.#handover.isUnderWay && reason === 'caller-hangup';
    journal.end(isTransferred ? 'transferred' : reason, now);
    const code = reason === 'internal-error' ? CLOSE_INTERNAL_ERROR : CLOSE_NORMAL;
    emit({ kind: 'close-socket', code, reason });
  }

  /** It was made ahead of its time, and for nothing. */
  waste(turn: AgentTurn, now: number): void {
    turn.hold();
    turn.cut(false, now);
    this.#parts.pastTurns.addWasted(turn);
  }

  // Turns

  /** The turn that has the floor and those that may get it. */
  #liveTurns(): AgentTurn[] {
    return [this.#turn, this.#prepared, this.draft.turn].filter((turn) => turn !== undefined);
  }

  #beginDraft(text: string, now: number): AgentTurn {
    const { speechEndAt } = this.#parts.hearing.endpointing;
    return this.#utterances.reply({ text, speechEndAt, isHeld: true }, now);
  }

  #heedGate(): void {
    const { turn, text } = this.draft;
    if (turn?.gateVerdict === undefined || this.#floor.state !== 'listening') return;
    this.#parts.hearing.endpointing.judge(turn.gateVerdict, text);
  }

  #beginReply(text: string, speechEndAt: number, now: number): void {
    const draft = this.draft.take(text, now);
    const turn = draft ?? this.#utterances.reply({ text, speechEndAt, isHeld: false }, now);
    turn.understood = text;
    this.#parts.history.addCaller(text);
    this.#answer(turn, now);
  }

  #answer(turn: AgentTurn, now: number): void {
    turn.waterfall.reach('endOfTurn', now);
    this.#turn = turn;
    this.#floor.take('agent-turn');
    turn.release(now);
  }

  #newOwn(kind: TurnKind, now: number): AgentTurn {
    const turn = this.#utterances.own(kind, false, now);
    this.#turn = turn;
    return turn;
  }

  #becomeAudible(turn: AgentTurn, now: number): void {
    const { interruptions, hearing } = this.#parts;
    this.#floor.take('first-audio');
    interruptions.begin({ isGreeting: turn.kind === 'greeting' }, hearing.positionMs, now);
  }

  #complete(turn: AgentTurn, now: number): void {
    const { interruptions, hearing, manners, answerWatch } = this.#parts;
    if (interruptions.isIdle(turn.text)) hearing.endpointing.ignore();
    this.#close(turn, now);
    if (turn.endReason !== undefined) return this.end(turn.endReason, now);
    if (turn.errors.length === 0) manners.completeTurn();
    answerWatch.noteHeardOut();
    if (turn.transfer !== undefined) return this.#connect(turn.transfer, now);
    this.#floor.take('turn-over');
    const consumption = this.#parts.ledger.toConsumption(hearing.audioSeconds);
    this.#goodbye ??= manners.exceeded(consumption, this.phrases, now);
    this.#listen(now);
    // Told behind an answer, and not in place of one.
    const isWarned = this.#floor.state === 'listening' && manners.warn(now);
    if (isWarned) this.sayOwn('reprompt', this.phrases.wrapUp, now);
  }

  /** Ends a turn before it is over. Its audio is taken back where the stream goes on. */
  #cut(turn: AgentTurn, isCleared: boolean, now: number): void {
    turn.cut(isCleared, now);
    this.#close(turn, now);
  }

  #close(turn: AgentTurn, now: number): void {
    this.#turn = undefined;
    this.#parts.pastTurns.add(turn, now);
  }

  /** A turn of our own accord that nobody has heard. */
  #abandon(turn: AgentTurn, now: number): void {
    turn.cut(true, now);
    this.#parts.ledger.settle(turn);
  }

  #dropPrepared(now: number): void {
    if (this.#prepared !== undefined) this.#abandon(this.#prepared, now);
    this.#prepared = undefined;
  }

  #listen(now: number): void {
    this.#listeningSince = now;
    if (this.#goodbye !== undefined) this.sayGoodbye(this.#goodbye, now);
  }

  #connect({ target, manner }: TransferRoute, now: number): void {
    this.#floor.take('transfer');
    this.#parts.journal.log('info', 'transfer', `the caller is being connected, ${manner}`);
    this.#handover.begin(target, manner, now);
  }

  #failTransfer(reason: string, now: number): void {
    this.#handover.fail();
    this.#parts.journal.callFault(faultOf('TRANSFER_FAILED', reason));
    if (this.#hasResigned) return this.end('provider-failure', now);
    this.#floor.take('turn-over');
    this.#listen(now);
    if (this.#floor.state !== 'listening') return;
    this.#parts.hearing.endpointing.forgetTaken();
    // A model that insists would ring somebody's telephone for ever.
    if (++this.#failedTransfers >= FAILED_TRANSFERS_MAX) {
      return this.promptAgain(this.phrases.reprompt, now);
    }
    this.#beginReply(`[the transfer failed: ${reason}]`, now, now);
  }

  // When things go wrong

  /** In place of the answer, or after what there is of it. */
  #apologise(turn: AgentTurn, fault: Fault, now: number): void {
    const { failure, apology } = this.phrases;
    const isLast = this.#parts.manners.failTurn() || isFinalFault(fault.code);
    if (isLast) this.#resign(turn);
    turn.apologise(isLast ? failure : apology, now);
  }

  /** The voice is gone for good: what is in the cache can still be said, then somebody else speaks. */
  #fallSilent(turn: AgentTurn, now: number): void {
    if (turn.isHeld) return;
    const { failure } = this.phrases;
    const isFirst = turn.endReason === undefined && turn.transfer === undefined;
    if (isFirst) this.#resign(turn);
    if (isFirst && this.#utterances.hasClip(failure)) turn.sayOwn(failure, now);
    else turn.endQuietly();
  }

  /** The call cannot go on: a person takes it once the turn has been heard, where there is one, else the next TwiML verb. */
  #resign(turn: AgentTurn): void {
    const { failureTarget } = this.#parts.settings;
    if (failureTarget === undefined || this.#hasResigned) turn.endReason = 'provider-failure';
    else turn.transfer = failureTarget;
    this.#hasResigned = true;
  }
}
