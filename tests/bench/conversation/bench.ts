/**
 * `pnpm bench conversation`: whole calls in virtual time, measured at the caller's ear, our engine beside the one that
 * everybody builds first (baseline.ts). Callers, line and providers are those of tests/virtual-call; what is assumed about
 * them stands there.
 */

import { describeMachine, type Machine } from '../machine.ts';
import { TYPICAL_LATENCIES, ZERO_LATENCIES, type Latencies } from '../../virtual-call/latencies.ts';
import type { ConversationEngine } from '../../virtual-call/engine.ts';
import type { PeerKind } from '../../virtual-call/peer.ts';
import { LANGUAGES, planCall, type CallPlan, type Language } from '../../virtual-call/plan.ts';
import type { CallResult } from '../../virtual-call/call-result.ts';
import { VirtualCall } from '../../virtual-call/virtual-call.ts';
import { BaselineEngine } from './baseline.ts';
import { boundsOf, type Bound } from './bounds.ts';
import { formatTrace } from './call-report.ts';
import { casesOf, figuresOf, type CallCases, type Figures } from './figures.ts';

export interface ConversationBenchOptions {
  /** Of each seed; the languages get equal parts. */
  readonly conversations: number;
  /** A corpus each: the figures are of all of them together. */
  readonly seeds: readonly number[];
  readonly peer: PeerKind;
  /** Language models that race in our engine. */
  readonly models: number;
}

export type EngineName = 'ours' | 'baseline';
export type FiguresByLanguage = Readonly<Record<'all' | Language, Figures>>;

export interface ConversationBenchResult {
  readonly options: ConversationBenchOptions;
  readonly ours: FiguresByLanguage;
  readonly baseline: FiguresByLanguage;
  readonly bounds: readonly Bound[];
  /** Real time it took. */
  readonly tookSeconds: number;
  readonly machine: Machine;
  readonly command: string;
}

/** What the picture is drawn from. */
export interface ConversationBenchRun {
  readonly result: ConversationBenchResult;
  readonly cases: Readonly<Record<EngineName, readonly CallCases[]>>;
  readonly sample: CallResult;
}

export type CreateEngine = (openedAt: number, plan: CallPlan, peer: PeerKind) => ConversationEngine;

/** Every so many calls also run without latencies. */
const ZERO_EVERY = 3;
/** From the seeds of one corpus to those of the next. */
const CORPUS = 10_000;

export function createBaseline(_openedAt: number, plan: CallPlan): ConversationEngine {
  const { locale, language, phrases } = plan.script;
  return new BaselineEngine({ locale, language, greeting: phrases.greeting });
}

export function benchConversation(
  options: ConversationBenchOptions,
  createOurs: CreateEngine,
  progress: (line: string) => void,
): ConversationBenchRun {
  const machine = describeMachine();
  const startedAt = performance.now();
  const plans = plansOf(options);
  const run = (
    create: CreateEngine,
    latencies: Latencies,
    chosen: readonly CallPlan[],
  ): CallCases[] => chosen.map((plan) => casesOf(runCall(plan, options.peer, latencies, create)));
  const zeroPlans = plans.filter(({ seed }) => (seed % CORPUS) % ZERO_EVERY === 0);

  const cases = {
    ours: run(createOurs, TYPICAL_LATENCIES, plans),
    baseline: run(createBaseline, TYPICAL_LATENCIES, plans),
  };
  progress(`${plans.length} calls of each engine`);
  const zero = {
    ours: run(createOurs, ZERO_LATENCIES, zeroPlans),
    baseline: run(createBaseline, ZERO_LATENCIES, zeroPlans),
  };
  progress(`${zeroPlans.length} of them without latencies`);
  const [samplePlan] = plans;
  if (samplePlan === undefined) throw new Error('there are no conversations');

  const ours = byLanguage(cases.ours, zero.ours);
  const { conversations, seeds, peer, models } = options;
  return {
    result: {
      options,
      ours,
      baseline: byLanguage(cases.baseline, zero.baseline),
      bounds: boundsOf(ours.all, ours, peer),
      tookSeconds: Math.round((performance.now() - startedAt) / 100) / 10,
      machine,
      command: `pnpm bench conversation --conversations ${conversations} --seed ${seeds.join(',')} --peer ${peer} --models ${models}`,
    },
    cases,
    sample: runCall(samplePlan, peer, TYPICAL_LATENCIES, createOurs),
  };
}

/** One call of the corpus as lines for people. `index` counts from 0; three in a row have the same course. */
export function traceConversation(
  index: number,
  options: ConversationBenchOptions,
  create: CreateEngine,
): string {
  const plan = plansOf({ ...options, conversations: index + 1 })[index];
  if (plan === undefined) return `there is no conversation ${index}`;
  const { peer } = options;
  const result = new VirtualCall(
    { plan, peer, latencies: TYPICAL_LATENCIES, isTraced: true },
    (openedAt) => create(openedAt, plan, peer),
  ).run();
  return formatTrace(result);
}

/** English, Malay and Mandarin in turn; the three of a row share their seed and so their course. */
function plansOf({ conversations, seeds }: ConversationBenchOptions): CallPlan[] {
  return seeds.flatMap((seed) =>
    Array.from({ length: conversations }, (_, i) => {
      const language = LANGUAGES[i % LANGUAGES.length] ?? 'en';
      return planCall(seed * CORPUS + Math.floor(i / LANGUAGES.length), language);
    }),
  );
}

function runCall(
  plan: CallPlan,
  peer: PeerKind,
  latencies: Latencies,
  create: CreateEngine,
): CallResult {
  return new VirtualCall({ plan, peer, latencies }, (openedAt) =>
    create(openedAt, plan, peer),
  ).run();
}

function byLanguage(cases: readonly CallCases[], zero: readonly CallCases[]): FiguresByLanguage {
  const of = (wanted: Language): Figures => {
    const isOf = ({ language }: CallCases): boolean => language === wanted;
    return figuresOf(cases.filter(isOf), zero.filter(isOf));
  };
  return { all: figuresOf(cases, zero), en: of('en'), ms: of('ms'), zh: of('zh') };
}
