/** The figures of a run of the edge, and whether they are good. Pure. */

import { quantilesOf, type Quantiles } from '../conversation/figures.ts';
import type { CallOutcome } from './conversation.ts';

/** CPU time that was taken meanwhile, in milliseconds. */
export interface CpuMs {
  readonly workerd: number;
  /** wrangler's own, which is not there in production. */
  readonly proxy: number;
  readonly callers: number;
  readonly standins: number;
}

export interface ConversationFigures {
  readonly calls: number;
  readonly turns: number;
  readonly lostTurns: number;
  /** Caller's last sound to the first audio of the agent's turn at his socket. */
  readonly responseMs: Quantiles;
  /** Caller's last sound to the first word of the answer itself at his ear. */
  readonly answerMs: Quantiles;
  /** Begin of the stream to the first audio of the greeting. */
  readonly greetingMs: Quantiles;
  /** CPU time of workerd for each second of a call. */
  readonly cpuMsPerCallSecond: number;
  /** Calls that one core could hold at that rate. */
  readonly callsPerCore: number;
  /** What was heard in place of answers, and what went wrong besides; the first few. */
  readonly problems: readonly string[];
}

const PROBLEMS_MAX = 10;

export function conversationFigures(
  calls: readonly CallOutcome[],
  workerdCpuMs: number,
): ConversationFigures {
  const turns = calls.flatMap((call) => call.turns);
  const lost = turns.flatMap(({ said, lost: reason }) =>
    reason === undefined ? [] : [`${JSON.stringify(said)}: ${reason}`],
  );
  const seconds = calls.reduce((sum, call) => sum + call.seconds, 0);
  const cpuMsPerCallSecond = workerdCpuMs / seconds;
  return {
    calls: calls.length,
    turns: turns.length,
    lostTurns: lost.length,
    responseMs: quantilesOf(turns.map(({ responseMs }) => responseMs)),
    answerMs: quantilesOf(turns.map(({ answerMs }) => answerMs)),
    greetingMs: quantilesOf(calls.map(({ greetingMs }) => greetingMs)),
    cpuMsPerCallSecond: Math.round(cpuMsPerCallSecond * 100) / 100,
    callsPerCore: Math.floor(1000 / cpuMsPerCallSecond),
    problems: [...calls.flatMap((call) => call.problems), ...lost].slice(0, PROBLEMS_MAX),
  };
}

export interface EdgeBounds {
  /** p95 of many at once over p95 of one alone. */
  readonly p95RatioMax: number;
  readonly memoryMbPerCallMax: number;
}

export interface EdgeFigures {
  readonly alone: ConversationFigures;
  readonly together: ConversationFigures;
  readonly responseP95Ratio: number | undefined;
  readonly answerP95Ratio: number | undefined;
  /** (Highest while they were there for the first time - before they came) / calls. */
  readonly memoryMbPerCall: number;
}

export function ratioOf(together: Quantiles, alone: Quantiles): number | undefined {
  if (together.p95 === undefined || alone.p95 === undefined) return undefined;
  return Math.round((together.p95 / alone.p95) * 1000) / 1000;
}

/** Every bound that is missed, in words. Without a single turn all is missed. */
export function missedBounds(figures: EdgeFigures, bounds: EdgeBounds): readonly string[] {
  const { alone, together, memoryMbPerCall } = figures;
  const missed: string[] = [];
  for (const [name, { turns, lostTurns, problems }] of Object.entries({ alone, together })) {
    if (turns === 0) missed.push(`${name}: no turn at all`);
    if (lostTurns > 0) missed.push(`${name}: ${lostTurns} of ${turns} turns are lost`);
    if (problems.length > lostTurns) missed.push(`${name}: ${problems[0] ?? ''}`);
  }
  const ratios = { response: figures.responseP95Ratio, answer: figures.answerP95Ratio };
  for (const [name, ratio] of Object.entries(ratios)) {
    if (ratio !== undefined && ratio <= bounds.p95RatioMax) continue;
    missed.push(`p95 of the ${name} is ${ratio ?? '?'} times that of one conversation`);
  }
  if (!(memoryMbPerCall < bounds.memoryMbPerCallMax)) {
    missed.push(`a call takes ${memoryMbPerCall} MB`);
  }
  return missed;
}
