/** The agent's voice: text of a turn to the provider, audio and marks to the stream. */

import type { AgentTurn } from './agent-turn.ts';
import type { CallInput, CallOutput, TtsRoute } from './contract.ts';
import { isFinalFault, type Fault } from './faults.ts';
import { isSpoken } from './scripts.ts';

type AudioInput = Extract<CallInput, { kind: 'tts-audio' }>;

/** So many times in a row the socket may fail before the rest of the call goes over HTTP. */
const SOCKET_FAILURES_MAX = 2;

export class Speaker {
  readonly #emit: (output: CallOutput) => void;
  #socketFailures = 0;

  constructor(emit: (output: CallOutput) => void) {
    this.#emit = emit;
  }

  /** The way that a new turn goes. */
  get route(): TtsRoute {
    return this.#socketFailures < SOCKET_FAILURES_MAX ? 'socket' : 'http';
  }

  /** More text of the turn, in pieces that can be spoken on their own. */
  speak(turn: AgentTurn, pieces: readonly string[], now: number): void {
    const { contextId, route } = turn;
    for (const text of pieces) {
      if (!turn.isAwaitingVoice) turn.spokenAt = now;
      turn.text += text;
      turn.waterfall.reach('firstClause', now);
      this.#emit({ kind: 'tts-speak', contextId, route, text });
    }
  }

  /** No more text will come. */
  completeText(turn: AgentTurn, now: number): void {
    this.speak(turn, turn.splitter.flush(), now);
    turn.isTextComplete = true;
    this.#emit({ kind: 'tts-flush', contextId: turn.contextId, route: turn.route });
  }

  /** Audio of the turn, on to the stream. */
  play(turn: AgentTurn, { mulaw, alignment }: AudioInput, now: number): void {
    turn.waterfall.reach('ttsFirstAudio', now);
    turn.waterfall.reach('firstFrameSent', now);
    turn.lastAudioAt = now;
    if (turn.route === 'socket') this.#socketFailures = 0;
    for (const piece of turn.playout.push(mulaw, alignment, turn.text, now)) {
      if (piece.mulaw.length > 0) this.#emit({ kind: 'send-media', mulaw: piece.mulaw });
      if (piece.mark !== undefined) this.#emit({ kind: 'send-mark', name: piece.mark });
    }
  }

  /** No more audio will come. */
  completeVoice(turn: AgentTurn): void {
    turn.isVoiced = true;
    const mark = turn.playout.finish(turn.text);
    if (mark !== undefined) this.#emit({ kind: 'send-mark', name: mark });
    this.#close(turn);
  }

  /** The turn is over before its audio is. What is on its way to the caller is taken back where `isCleared`. */
  cut(turn: AgentTurn, isCleared: boolean): void {
    // The caller must hear silence first, before the provider is told.
    if (isCleared && turn.playout.hasAudio) this.#emit({ kind: 'send-clear' });
    turn.playout.cut();
    if (!turn.isVoiced) this.#close(turn);
  }

  /** The voice failed: goes on over HTTP where that may help. `done` when all had been said, `dead` when nothing helps. */
  goOn(turn: AgentTurn, fault: Fault, now: number): 'goes-on' | 'done' | 'dead' {
    this.#close(turn);
    if (turn.route === 'http') return 'dead';
    this.#socketFailures++;
    if (isFinalFault(fault.code)) return 'dead';

    turn.reroute('http');
    turn.spokenAt = now;
    const { contextId, route } = turn;
    const text = turn.text.slice(turn.playout.resume());
    const hasMore = isSpoken(text);
    if (hasMore) this.#emit({ kind: 'tts-speak', contextId, route, text });
    if (!turn.isTextComplete) return 'goes-on';
    this.#emit({ kind: 'tts-flush', contextId, route });
    return hasMore ? 'goes-on' : 'done';
  }

  #close(turn: AgentTurn): void {
    if (turn.text === '') return;
    this.#emit({ kind: 'tts-close', contextId: turn.contextId, route: turn.route });
  }
}
