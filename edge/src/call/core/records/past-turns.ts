/**
 * Turns that are over and not done with: it is not yet known what was heard of them, or their tools run on.
 *
 * Marks and results of tools that come late find their turn here; a turn is recorded when all is known, and again when a
 * tool has answered since.
 */

import type { AgentTurn } from '../speaking/agent-turn.ts';
import type { Deadline } from '../deadline.ts';
import type { History } from '../thinking/history.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';

/** The last marks of an utterance that was cut off are back by then, or never. */
const SETTLE_MS_MAX = 1500;

export interface PastTurnsParts {
  readonly history: History;
  readonly journal: Journal;
  readonly ledger: Ledger;
}

export class PastTurns {
  readonly #parts: PastTurnsParts;
  /** Until all is known of what was heard. */
  #settling: { readonly turn: AgentTurn; readonly since: number }[] = [];
  /** What their tools do the model must know. */
  #working: { readonly turn: AgentTurn; readonly isRecorded: boolean }[] = [];

  constructor(parts: PastTurnsParts) {
    this.#parts = parts;
  }

  /** It was part of the conversation. */
  add(turn: AgentTurn, now: number): void {
    const { history, ledger } = this.#parts;
    turn.count(now);
    ledger.settle(turn);
    history.addTools(turn.toolAnswers);
    history.addAgent(() => turn.heard);
    this.#settling.push({ turn, since: now });
  }

  /** Made ahead of its time and for nothing: only what its tools did is left of it. */
  addWasted(turn: AgentTurn): void {
    const { history, ledger } = this.#parts;
    ledger.settle(turn);
    history.addTools(turn.toolAnswers);
    if (turn.isWaitingForTools) this.#working.push({ turn, isRecorded: false });
  }

  /** Since when it is not known what was heard of a turn that was cut off; undefined when all is known. */
  get unsettledSince(): number | undefined {
    return this.#settling.find(({ turn }) => !turn.isSettled)?.since;
  }

  hearMark(name: string, now: number): boolean {
    return this.#settling.some(({ turn }) => turn.hearMark(name, now));
  }

  /** The caller interrupted, the tool went on. */
  takeToolResult(toolCallId: string, result: string, now: number): void {
    const { history, journal } = this.#parts;
    const all = [
      ...this.#settling.map(({ turn }) => ({ turn, isRecorded: false })),
      ...this.#working,
    ];
    const found = all.find(({ turn }) => turn.takeToolResult(toolCallId, result, now));
    if (found === undefined) return;
    history.addTools(found.turn.toolAnswers.filter(({ call }) => call.id === toolCallId));
    if (found.isRecorded) journal.turn(found.turn.toRecord());
    this.#working = this.#working.filter(({ turn }) => turn.isWaitingForTools);
  }

  /** Records those of which all is known by now. */
  settle(): void {
    const settled = this.#settling.filter(({ turn }) => turn.isSettled);
    if (settled.length === 0) return;
    this.#settling = this.#settling.filter(({ turn }) => !turn.isSettled);
    for (const { turn } of settled) {
      this.#parts.journal.turn(turn.toRecord());
      if (turn.isWaitingForTools) this.#working.push({ turn, isRecorded: true });
    }
  }

  /** The call is over: they are recorded as far as is known. */
  close(): void {
    for (const { turn } of this.#settling.splice(0)) this.#parts.journal.turn(turn.toRecord());
  }

  deadlines(): readonly Deadline[] {
    return this.#settling.map(({ turn, since }) => ({
      at: since + SETTLE_MS_MAX,
      run: () => turn.giveUpMarks(),
    }));
  }
}
