/**
 * The caller's side of a call: what his sounds, words and keys mean while the agent listens, thinks or speaks, and when his
 * turn is over.
 */

import type { AgentSide } from './agent-side.ts';
import type { AgentTurn } from './speaking/agent-turn.ts';
import type { CallParts } from './call-parts.ts';
import type { CallInput } from './contract.ts';
import type { Deadline } from './deadline.ts';
import { faultOf } from './faults.ts';
import type { WordlessSound } from './hearing/answers.ts';
import { isSameTurn } from './language/same-turn.ts';
import { isQuestion } from './language/unfinished.ts';

/** What the caller's side sees of the agent's, and asks of it. */
export type Listener = Pick<
  AgentSide,
  | 'state'
  | 'turn'
  | 'draft'
  | 'listeningSince'
  | 'phrases'
  | 'reply'
  | 'replyAnew'
  | 'stepBack'
  | 'yield'
  | 'promptAgain'
  | 'giveUp'
>;

type SttErrorInput = Extract<CallInput, { kind: 'stt-error' }>;

/** So long the model is not asked, so that it is told exactly what was heard: a way there and back. */
const SETTLE_WAIT_MS = 300;

/** An answer so soon that the caller spoke on over it came too early. */
const TOO_EARLY_MS = 1000;

/** Of the agent's audio: whoever speaks so late in it has heard what it is about. */
const ANSWER_MS = 600;

export class CallerSide {
  readonly #parts: CallParts;
  readonly #agent: Listener;
  #lastMediaAt = 0;
  #isLineDead = false;

  constructor(parts: CallParts, agent: Listener) {
    this.#parts = parts;
    this.#agent = agent;
  }

  begin(now: number): void {
    this.#lastMediaAt = now;
  }

  /** Audio of the caller's; what it means is asked next ({@link attend}). */
  hear(mulaw: Uint8Array, now: number): void {
    const { hearing, journal } = this.#parts;
    this.#lastMediaAt = now;
    this.#isLineDead = false;
    this.#hearEcho(mulaw.length);
    if (hearing.hear(mulaw, now) !== 'deaf') return;
    journal.callFault(faultOf('STT_DEAF', 'the caller speaks and not a word is recognised'));
  }

  /** Something was heard or understood. */
  attend(now: number): void {
    switch (this.#agent.state) {
      case 'listening':
        if (!this.#parts.answerWatch.isListening) this.#agent.draft.consider(now);
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

  press(digit: string, now: number): void {
    const { journal, keypad } = this.#parts;
    journal.log('info', 'dtmf', 'the caller pressed a key');
    keypad.press(digit, now);
    const { state, turn } = this.#agent;
    if (turn === undefined) return this.#agent.draft.discard(now);
    const isInterruptible =
      state === 'speaking' || (state === 'thinking' && turn.kind !== 'greeting');
    if (isInterruptible) this.#interrupt(turn, now);
  }

  failRecognition(input: SttErrorInput, now: number): void {
    const outcome = this.#parts.hearing.fail(input, now);
    if (outcome === 'ignored') return;
    this.#parts.journal.callFault(input.fault);
    if (outcome === 'lost') this.#agent.giveUp(now);
  }

  deadlines(now: number): readonly Deadline[] {
    const { answerWatch, hearing, interruptions, settings } = this.#parts;
    const { state, turn } = this.#agent;
    const deadlines: Deadline[] = [];
    const isWaiting = state === 'listening' && !answerWatch.isListening;
    if (isWaiting) deadlines.push(...this.#listeningDeadlines(now));
    if (interruptions.isHolding && turn?.isPaused === true) {
      // Frames that stay away must not make the agent hold its breath for ever.
      const at = this.#lastMediaAt + settings.interruption.noiseMsMax;
      deadlines.push({ at, run: () => this.#resume(now) });
    }
    const { reopenAt } = hearing;
    if (reopenAt !== undefined) deadlines.push({ at: reopenAt, run: () => hearing.reopen(now) });
    if (!this.#isLineDead) {
      const at = this.#lastMediaAt + settings.timings.mediaGapMsMax;
      deadlines.push({ at, run: () => this.#missMedia() });
    }
    return deadlines;
  }

  /** What the caller has heard of the agent in the time of `bytes`. */
  #hearEcho(bytes: number): void {
    const { hearing, outlet } = this.#parts;
    let left = bytes;
    for (let mulaw = outlet.playing.take(left); mulaw.length > 0;) {
      hearing.hearAgent(mulaw);
      left -= mulaw.length;
      mulaw = outlet.playing.take(left);
    }
  }

  // While the agent listens

  #listeningDeadlines(now: number): Deadline[] {
    const { hearing, keypad, pastTurns, settings } = this.#parts;
    const { draft, listeningSince } = this.#agent;
    const { closesAt } = keypad;
    if (closesAt !== undefined) return [{ at: closesAt, run: () => this.#closeKeypad(now) }];
    const { endpointing } = hearing;
    const deadlines: Deadline[] = [];
    const draftAt = draft.considerAt;
    if (draftAt !== undefined && draftAt > now) {
      deadlines.push({ at: draftAt, run: () => draft.consider(now) });
    }
    const doubtAt = hearing.doubtAt(now);
    if (doubtAt !== undefined) deadlines.push({ at: doubtAt, run: () => hearing.askAnother() });
    const decision = endpointing.decide(now);
    switch (decision.kind) {
      case 'wait':
        deadlines.push({ at: decision.until, run: () => undefined });
        break;
      case 'closed':
        deadlines.push({
          at: Math.max(now, (pastTurns.unsettledSince ?? -Infinity) + SETTLE_WAIT_MS),
          run: () => this.#closeTurn(now),
        });
        break;
      case 'wordless':
        deadlines.push({ at: now, run: () => this.#dropWordless(decision.sound, now) });
        break;
      case 'quiet': {
        const since = Math.max(listeningSince, endpointing.speechEndAt, keypad.pressedAt);
        const at = since + settings.timings.repromptMs;
        const run = (): void => this.#agent.promptAgain(this.#agent.phrases.reprompt, now);
        deadlines.push({ at, run });
        break;
      }
    }
    return deadlines;
  }

  #closeTurn(now: number): void {
    const { text, speechEndAt } = this.#parts.hearing.endpointing.take(now);
    this.#agent.reply(text, speechEndAt, now);
  }

  #closeKeypad(now: number): void {
    const { hearing, keypad } = this.#parts;
    const { pressedAt } = keypad;
    const { endpointing } = hearing;
    const spoken = endpointing.text === '' ? '' : `${endpointing.take(now).text} `;
    endpointing.forgetTaken();
    this.#agent.draft.discard(now);
    this.#agent.reply(`${spoken}[keypad: ${keypad.take()}]`, pressedAt, now);
  }

  #dropWordless(sound: WordlessSound, now: number): void {
    const { hearing, journal } = this.#parts;
    if (sound === 'unheard' || sound === 'doubtful') hearing.giveUpOnSilent(now);
    hearing.endpointing.discard(now);
    if (sound === 'noise') return;
    if (sound === 'unheard') {
      journal.callFault(faultOf('STT_DEAF', 'the caller spoke and not a word was recognised'));
    }
    this.#agent.promptAgain(this.#agent.phrases.notUnderstood, now);
  }

  #missMedia(): void {
    this.#isLineDead = true;
    this.#parts.journal.callFault(faultOf('MEDIA_MISSING', 'no audio comes from the caller'));
  }

  // While the agent thinks

  #attendWhileThinking(now: number): void {
    const { turn } = this.#agent;
    // The greeting is not called off before it can be heard.
    if (turn === undefined || turn.kind === 'greeting') return;
    const { endpointing } = this.#parts.hearing;
    // Nobody goes on with keys that were pressed: what is said now is heard when the agent speaks.
    if (turn.understood !== undefined && !endpointing.hasTaken) return;
    const hasMore = endpointing.isActive && this.#isCaller(now);
    if (hasMore) return this.#goOn(turn, now);
    const { speechEndAt, takenText: text } = endpointing;
    const before = turn.understood;
    if (!this.#amend(turn) || before === undefined || isSameTurn(text, before)) return;
    this.#agent.replyAnew({ text, speechEndAt }, now);
  }

  /** What is heard is the caller: by our own ears, and where there is more to hear than him, by his words. */
  #isCaller(now: number): boolean {
    const { endpointing, surroundings } = this.#parts.hearing;
    return endpointing.text !== '' || !surroundings.isNoisy(now);
  }

  /** Recognition has thought better of what is being answered: the transcript is put right. True when it is. */
  #amend(turn: AgentTurn): boolean {
    const { takenText } = this.#parts.hearing.endpointing;
    const isNews =
      turn.understood !== undefined && takenText !== '' && takenText !== turn.understood;
    if (!isNews) return false;
    this.#parts.history.amendCaller(takenText);
    turn.understood = takenText;
    return true;
  }

  /** It was not his last word. */
  #goOn(turn: AgentTurn, now: number): void {
    const { hearing, history } = this.#parts;
    if (turn.understood !== undefined) {
      const pausedSince = turn.waterfall.at('speechEnd');
      history.takeBackCaller();
      hearing.endpointing.takeBack();
      if (pausedSince !== undefined) hearing.endpointing.answeredTooEarly(now - pausedSince);
    }
    this.#agent.stepBack(turn, now);
  }

  // While the agent speaks

  #attendWhileSpeaking(now: number): void {
    const { hearing, interruptions, journal } = this.#parts;
    const { turn } = this.#agent;
    if (turn === undefined) return;
    if (turn.kind === 'reply') this.#amend(turn);
    switch (interruptions.consider(turn.text, now)) {
      case 'go-on':
        return;
      case 'hold':
        return turn.pause(now);
      case 'disregard':
        return hearing.endpointing.ignore();
      case 'resume':
        journal.log('info', 'false-alarm', 'a sound that was no interruption');
        hearing.suspectEcho();
        return this.#resume(now);
      case 'interrupt':
        return this.#interrupt(turn, now);
    }
  }

  /** The agent goes on; what was heard meanwhile is none of its business. */
  #resume(now: number): void {
    const { hearing, interruptions } = this.#parts;
    const { turn } = this.#agent;
    // Said over the last word of a question, "yes" is no nod but the answer.
    const isAnswer =
      turn !== undefined &&
      isQuestion(turn.text) &&
      hearing.endpointing.text !== '' &&
      turn.endsAt - interruptions.heldAt < ANSWER_MS;
    if (!isAnswer) hearing.endpointing.ignore();
    turn?.resume(now);
  }

  #interrupt(turn: AgentTurn, now: number): void {
    const { hearing, interruptions, journal } = this.#parts;
    const audibleMs = interruptions.audibleMs(now);
    journal.log('info', 'barge-in', `after ${Math.round(audibleMs)} ms`);
    const spokeAt = turn.waterfall.at('speechEnd');
    if (spokeAt !== undefined && audibleMs < TOO_EARLY_MS) {
      hearing.endpointing.answeredTooEarly(now - spokeAt);
    }
    this.#agent.yield(turn, now);
  }
}
