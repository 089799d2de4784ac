/**
 * What a call adds to the counters, as OTLP metrics with delta temporality: an isolate keeps no totals, the backend adds up.
 *
 * Names and attributes: docs/telemetry.md. Every attribute has few values; none names a caller or a call.
 */

import type { TurnRecord } from '../call/core/call-record.ts';
import { LLM_PROVIDER } from './call-trace.ts';
import {
  attributesOf,
  DELTA,
  resourceOf,
  SCOPE,
  unixNano,
  type AttributeValue,
  type HistogramPoint,
  type Metric,
  type MetricsRequest,
  type NumberPoint,
} from './otlp.ts';
import { responseMs, traceOfTurn, type TelemeteredCall } from './telemetered-call.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

interface Sample {
  readonly value: number;
  readonly attributes?: Attributes;
}

/** Seconds. A conversation wants answers within one; the steps are finest there. */
const RESPONSE_BOUNDS = [0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 10];
const CALL_BOUNDS = [5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
/** As the conventions for generative AI want them. */
const OPERATION_BOUNDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKEN_BOUNDS = Array.from({ length: 14 }, (_, power) => 4 ** power);

export function callMetrics(source: TelemeteredCall): MetricsRequest {
  const metrics = new CallMetrics(source).all();
  return {
    resourceMetrics: [
      { resource: resourceOf(source.serviceName), scopeMetrics: [{ scope: SCOPE, metrics }] },
    ],
  };
}

class CallMetrics {
  readonly #source: TelemeteredCall;
  readonly #times: { readonly startTimeUnixNano: string; readonly timeUnixNano: string };
  readonly #metrics: Metric[] = [];

  constructor(source: TelemeteredCall) {
    const { startedAt, endedAt = startedAt } = source.call;
    this.#source = source;
    this.#times = {
      startTimeUnixNano: unixNano(startedAt),
      timeUnixNano: unixNano(Math.max(startedAt, endedAt)),
    };
  }

  all(): Metric[] {
    this.#addCall();
    this.#addTurns();
    this.#addAnswers();
    this.#addConsumption();
    return this.#metrics;
  }

  #addCall(): void {
    const { call, agentName } = this.#source;
    const { endReason, status, startedAt, endedAt = startedAt } = call;
    const attributes = {
      'patchcord.call.end_reason': endReason,
      'patchcord.call.status': status,
      'gen_ai.agent.name': agentName,
    };
    this.#count('patchcord.calls', '{call}', 'Calls that have ended', [{ value: 1, attributes }]);
    const value = Math.max(0, endedAt - startedAt) / 1000;
    const about = 'How long calls were';
    this.#measure('patchcord.call.duration', 's', about, CALL_BOUNDS, [{ value, attributes }]);
  }

  #addTurns(): void {
    const { turns, call } = this.#source;
    const total = (pick: (turn: TurnRecord) => number): Sample[] => [
      { value: turns.reduce((sum, turn) => sum + pick(turn), 0) },
    ];
    this.#count(
      'patchcord.turns',
      '{turn}',
      'Utterances of the agent',
      turns.map(({ kind }) => ({ value: 1, attributes: { 'patchcord.turn.kind': kind } })),
    );
    this.#count(
      'patchcord.interruptions',
      '{interruption}',
      'Utterances that the caller cut off',
      total(({ interrupted }) => Number(interrupted)),
    );
    this.#count(
      'patchcord.false_alarms',
      '{pause}',
      'Times the agent held its breath for a sound that was no interruption',
      total(({ falseAlarms }) => falseAlarms),
    );
    this.#count(
      'patchcord.faults',
      '{fault}',
      'Faults by code, also those that were made up for',
      [...call.errors, ...turns.flatMap(({ errors }) => errors)].map(({ code }) => ({
        value: 1,
        attributes: { 'error.type': code },
      })),
    );
    this.#measure(
      'patchcord.response.latency',
      's',
      'From the last sound of the caller to the first one that he hears of the answer',
      RESPONSE_BOUNDS,
      turns.flatMap((turn) => {
        const ms = responseMs(turn);
        return ms === undefined ? [] : [{ value: Math.max(0, ms) / 1000 }];
      }),
    );
  }

  #addAnswers(): void {
    const answers = this.#source.turns.flatMap((turn) => traceOfTurn(turn).answers);
    const of = (model: string | undefined): Attributes => ({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': LLM_PROVIDER,
      'gen_ai.request.model': model,
    });
    this.#measure(
      'gen_ai.client.operation.duration',
      's',
      'GenAI operation duration',
      OPERATION_BOUNDS,
      answers.flatMap(({ model, requestedAt, lastTokenAt }) =>
        lastTokenAt === undefined
          ? []
          : [{ value: (lastTokenAt - requestedAt) / 1000, attributes: of(model) }],
      ),
    );
    this.#measure(
      'gen_ai.client.operation.time_to_first_chunk',
      's',
      'Time to receive the first chunk',
      OPERATION_BOUNDS,
      answers.flatMap(({ model, requestedAt, firstTokenAt }) =>
        firstTokenAt === undefined
          ? []
          : [{ value: (firstTokenAt - requestedAt) / 1000, attributes: of(model) }],
      ),
    );
    this.#measure(
      'gen_ai.client.token.usage',
      '{token}',
      'Number of input and output tokens used',
      TOKEN_BOUNDS,
      answers.flatMap(({ usages }) =>
        usages.flatMap(({ model, promptTokens, completionTokens }) => [
          { value: promptTokens, attributes: { ...of(model), 'gen_ai.token.type': 'input' } },
          { value: completionTokens, attributes: { ...of(model), 'gen_ai.token.type': 'output' } },
        ]),
      ),
    );
  }

  /** The whole bill, with what was made ahead of its time and thrown away. */
  #addConsumption(): void {
    const { consumption } = this.#source.call;
    if (consumption === undefined) return;
    const { sttSeconds, ttsCharacters, llm, wasted } = consumption;
    const tokens = (promptTokens: number, completionTokens: number, more: Attributes): Sample[] => [
      { value: promptTokens, attributes: { ...more, 'gen_ai.token.type': 'input' } },
      { value: completionTokens, attributes: { ...more, 'gen_ai.token.type': 'output' } },
    ];
    this.#count('patchcord.stt.duration', 's', 'Audio given to speech recognition', [
      { value: sttSeconds },
    ]);
    this.#count('patchcord.tts.characters', '{character}', 'Characters given to the voice', [
      { value: ttsCharacters },
    ]);
    this.#count(
      'patchcord.llm.tokens',
      '{token}',
      'Tokens of all requests to models',
      llm.flatMap(({ model, promptTokens, completionTokens }) =>
        tokens(promptTokens, completionTokens, { 'gen_ai.request.model': model }),
      ),
    );
    this.#count(
      'patchcord.tts.characters.wasted',
      '{character}',
      'Part of patchcord.tts.characters: nobody heard it',
      [{ value: wasted.ttsCharacters }],
    );
    this.#count(
      'patchcord.llm.tokens.wasted',
      '{token}',
      'Part of patchcord.llm.tokens: nobody heard the answer',
      tokens(wasted.promptTokens, wasted.completionTokens, {}),
    );
  }

  #count(name: string, unit: string, description: string, samples: readonly Sample[]): void {
    const dataPoints: NumberPoint[] = grouped(samples).map(({ attributes, values }) => ({
      attributes: attributesOf(attributes),
      ...this.#times,
      asInt: String(Math.round(sumOf(values))),
    }));
    if (dataPoints.length === 0) return;
    const sum = { dataPoints, aggregationTemporality: DELTA, isMonotonic: true } as const;
    this.#metrics.push({ name, description, unit, sum });
  }

  #measure(
    name: string,
    unit: string,
    description: string,
    explicitBounds: readonly number[],
    samples: readonly Sample[],
  ): void {
    const dataPoints: HistogramPoint[] = grouped(samples).map(({ attributes, values }) => ({
      attributes: attributesOf(attributes),
      ...this.#times,
      count: String(values.length),
      sum: sumOf(values),
      min: Math.min(...values),
      max: Math.max(...values),
      bucketCounts: bucketCounts(values, explicitBounds),
      explicitBounds,
    }));
    if (dataPoints.length === 0) return;
    const histogram = { dataPoints, aggregationTemporality: DELTA };
    this.#metrics.push({ name, description, unit, histogram });
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Samples with the same attributes, together. */
function grouped(
  samples: readonly Sample[],
): readonly { readonly attributes: Attributes; readonly values: number[] }[] {
  const groups = new Map<string, { readonly attributes: Attributes; readonly values: number[] }>();
  for (const { value, attributes = {} } of samples) {
    const key = JSON.stringify(Object.entries(attributes));
    const group = groups.get(key) ?? { attributes, values: [] };
    group.values.push(value);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A bound belongs to the bucket below it. */
function bucketCounts(values: readonly number[], bounds: readonly number[]): string[] {
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  for (const value of values) {
    const found = bounds.findIndex((bound) => value <= bound);
    const bucket = found < 0 ? bounds.length : found;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts.map(String);
}
