/** What a finished call is judged by. All instants and lengths in milliseconds, at the caller's ear. */

import type { TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type { CallResult } from '../../virtual-call/call-result.ts';

export class CallFacts {
  readonly result: CallResult;

  constructor(result: CallResult) {
    this.result = result;
  }

  /** What the caller was understood to have said, turn by turn. */
  get understood(): readonly string[] {
    return this.result.turns.flatMap(({ understood }) => understood ?? []);
  }

  get endReason(): string | undefined {
    return this.result.call?.endReason;
  }

  /** Times the agent fell silent because the caller wanted to speak. */
  get interruptions(): number {
    return this.result.events.filter((each) => each.kind === 'log' && each.event === 'barge-in')
      .length;
  }

  /** Times it held its breath and went on. */
  get falseAlarms(): number {
    return this.result.turns.reduce((sum, turn) => sum + turn.falseAlarms, 0);
  }

  /** Codes, in order, the same one in a row once. */
  get faults(): readonly string[] {
    const codes = this.result.events.flatMap((each) =>
      each.kind === 'log' ? (each.code ?? []) : [],
    );
    return codes.filter((code, i) => code !== codes[i - 1]);
  }

  /** Reply `n`, from 0. */
  reply(n: number): TurnRecord {
    const turn = this.result.turns.filter(({ kind }) => kind === 'reply')[n];
    if (turn === undefined) throw new Error(`there is no reply ${n}`);
    return turn;
  }

  /** Silences that the agent ended, whoever had spoken before: how long the caller waited. */
  get waitsMs(): readonly number[] {
    const { ear, utterances, startedAt } = this.result;
    const spoken = utterances.filter(({ kind }) => kind !== 'noise');
    return ear.runs.map(({ fromAt }, i) => {
      const callersEnd = Math.max(
        startedAt,
        ...spoken.map(({ startAt, endAt }) => (startAt < fromAt ? endAt : 0)),
      );
      return fromAt - Math.max(callersEnd, ear.runs[i - 1]?.toAt ?? 0);
    });
  }

  get longestWaitMs(): number {
    return Math.max(...this.waitsMs);
  }

  /** Of the agent's sound while the caller spoke a turn that was no interruption; a breath he had heard before is none. */
  get talkedOverMs(): number {
    const { ear, utterances } = this.result;
    const turns = utterances.filter(
      ({ said, kind, isInterrupting }) => said !== undefined && kind === 'turn' && !isInterrupting,
    );
    const overlapOf = (fromAt: number, toAt: number): number =>
      turns.reduce(
        (sum, { startAt, endAt }) =>
          sum + Math.max(0, Math.min(toAt, endAt) - Math.max(fromAt, startAt)),
        0,
      );
    return ear.runs.reduce((sum, { fromAt, toAt }) => sum + overlapOf(fromAt, toAt), 0);
  }
}
