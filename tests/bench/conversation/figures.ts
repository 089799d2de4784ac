/** The figures of many calls, and what each of them means. All times in milliseconds. */

import { costCase, type CostCase } from './cost-case.ts';
import { CallFloor } from './floor.ts';
import { historyCases, type HistoryCase } from './history-case.ts';
import {
  asideCases,
  interruptionCases,
  type AsideCase,
  type InterruptionCase,
} from './interruption-case.ts';
import { turnCases, type TurnCase } from './turn-case.ts';
import type { Language } from '../../virtual-call/plan.ts';
import type { CallResult } from '../../virtual-call/call-result.ts';

/** Everything that counts of one call. */
export interface CallCases {
  readonly language: Language;
  readonly turns: readonly TurnCase[];
  readonly interruptions: readonly InterruptionCase[];
  readonly asides: readonly AsideCase[];
  readonly history: readonly HistoryCase[];
  readonly cost: CostCase;
  readonly hellos: number;
  readonly endedBy: CallResult['endedBy'];
  readonly seconds: number;
}

export interface Quantiles {
  readonly n: number;
  readonly median: number | undefined;
  readonly p95: number | undefined;
}

/** A part of `n` cases; undefined where there were none. */
export interface Share {
  readonly n: number;
  readonly share: number | undefined;
}

export interface Figures {
  readonly calls: number;
  readonly minutes: number;
  /** Caller turns; those he broke off because the agent talked over him are in `agentInterruptsRate` only. */
  readonly turns: number;
  /** End of the caller's turn at his mouth to the first sound of the agent's turn at his ear. */
  readonly responseLatencyMs: Quantiles;
  /** The same, to the first sound of the model's own text. */
  readonly answerLatencyMs: Quantiles;
  /** In a world without provider latency: response less network and the engine's own endpointing delay. */
  readonly engineOverheadMs: Quantiles;
  /** Turns after which the model's words were heard before the caller spoke again. */
  readonly responseRate: Share;
  /** Answered turns whose answer is that of the script: all of the turn was understood. */
  readonly understoodRate: Share;
  /** Turns in which the agent became audible before the caller had finished. */
  readonly agentInterruptsRate: Share;
  /** Turns in which both began at once; no part of `agentInterruptsRate`. */
  readonly collisions: number;
  /** Back-channels during which the agent's utterance went on to its end. */
  readonly backchannelsIgnoredRate: Share;
  /** Silence put into utterances that went on after a back-channel; 0 where there was none. */
  readonly backchannelHoldMs: Quantiles;
  readonly noisesIgnoredRate: Share;
  readonly noiseHoldMs: Quantiles;
  /** Interruptions after which the agent fell silent and stayed so until the caller was done. */
  readonly yieldRate: Share;
  /** First sound of the interruption at the mouth to silence at the ear. */
  readonly yieldSilenceMs: Quantiles;
  /** Interruptions in which the agent went on before the caller was done. */
  readonly falseResumes: number;
  /** Cut utterances of which the model and the record are told exactly the words that were heard. */
  readonly historyExactRate: Share;
  readonly historyInRequestExactRate: Share;
  readonly historyInRecordExactRate: Share;
  /** Cost of model and voice for what the caller heard nothing of, of all cost. */
  readonly speculationCostShare: number;
  readonly costMicrosPerMinute: number;
  /** Times the caller said "hello?" because nobody answered. */
  readonly hellos: number;
}

export function casesOf(result: CallResult): CallCases {
  const floor = new CallFloor(result);
  return {
    language: result.plan.language,
    turns: turnCases(floor),
    interruptions: interruptionCases(floor),
    asides: asideCases(floor),
    history: historyCases(floor),
    cost: costCase(floor),
    hellos: result.utterances.filter(({ kind }) => kind === 'hello').length,
    endedBy: result.endedBy,
    seconds: (result.endedAt - result.startedAt) / 1000,
  };
}

/** `zero` are the same calls in a world without latencies. */
export function figuresOf(calls: readonly CallCases[], zero: readonly CallCases[]): Figures {
  const turns = calls.flatMap((call) => call.turns);
  const whole = turns.filter(({ isCut }) => !isCut);
  const interruptions = calls.flatMap((call) => call.interruptions);
  const asides = calls.flatMap((call) => call.asides);
  const backchannels = asides.filter(({ kind }) => kind === 'backchannel');
  const noises = asides.filter(({ kind }) => kind === 'noise');
  const history = calls.flatMap((call) => call.history);
  const inRequest = history.flatMap(({ isRequestExact }) => isRequestExact ?? []);
  const inRecord = history.flatMap(({ isRecordExact }) => isRecordExact ?? []);
  const seconds = sum(calls.map((call) => call.seconds));
  const spentMicros = sum(calls.map(({ cost }) => cost.spentMicros));
  const wastedMicros = sum(calls.map(({ cost }) => cost.wastedMicros));
  return {
    calls: calls.length,
    minutes: round(seconds / 60),
    turns: turns.length,
    responseLatencyMs: quantilesOf(turns.map(({ responseMs }) => responseMs)),
    answerLatencyMs: quantilesOf(turns.map(({ answerMs }) => answerMs)),
    engineOverheadMs: quantilesOf(
      zero.flatMap((call) => call.turns.map(({ overheadMs }) => overheadMs)),
    ),
    responseRate: shareOf(whole.map(({ isAnswered }) => isAnswered)),
    understoodRate: shareOf(
      whole.flatMap(({ answerKind }) =>
        answerKind === undefined ? [] : answerKind === 'scripted',
      ),
    ),
    agentInterruptsRate: shareOf(turns.map(({ isTalkedOver }) => isTalkedOver)),
    collisions: turns.filter(({ isCollision }) => isCollision).length,
    backchannelsIgnoredRate: shareOf(backchannels.map(({ isIgnored }) => isIgnored)),
    backchannelHoldMs: quantilesOf(backchannels.map(({ holdMs }) => holdMs)),
    noisesIgnoredRate: shareOf(noises.map(({ isIgnored }) => isIgnored)),
    noiseHoldMs: quantilesOf(noises.map(({ holdMs }) => holdMs)),
    yieldRate: shareOf(interruptions.map(({ isYielded }) => isYielded)),
    yieldSilenceMs: quantilesOf(interruptions.map(({ silenceMs }) => silenceMs)),
    falseResumes: interruptions.filter(({ isFalseResume }) => isFalseResume).length,
    historyExactRate: shareOf([...inRequest, ...inRecord]),
    historyInRequestExactRate: shareOf(inRequest),
    historyInRecordExactRate: shareOf(inRecord),
    speculationCostShare: spentMicros === 0 ? 0 : round3(wastedMicros / spentMicros),
    costMicrosPerMinute: seconds === 0 ? 0 : Math.round((spentMicros / seconds) * 60),
    hellos: sum(calls.map((call) => call.hellos)),
  };
}

export function quantilesOf(values: readonly (number | undefined)[]): Quantiles {
  const sorted = values.flatMap((value) => value ?? []).toSorted((a, b) => a - b);
  const at = (part: number): number | undefined => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
    return value === undefined ? undefined : Math.round(value);
  };
  return { n: sorted.length, median: at(0.5), p95: at(0.95) };
}

export function shareOf(cases: readonly boolean[]): Share {
  const good = cases.filter(Boolean).length;
  return { n: cases.length, share: cases.length === 0 ? undefined : round3(good / cases.length) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Never up to 1 or down to 0: one bad case of thousands is seen. */
function round3(value: number): number {
  const rounded = Math.round(value * 1000) / 1000;
  if (rounded === 1 && value < 1) return 0.999;
  if (rounded === 0 && value > 0) return 0.001;
  return rounded;
}
