/** What is to be done with a call when it has ended: kept in its Durable Object from its beginning, for its agent may change. */

import type { Agent } from '../agents/agent.ts';
import { pricesOfAgent } from '../billing/agent-prices.ts';
import type { Prices } from '../billing/prices.ts';
import { parseTraceParent, type TraceParent } from '../telemetry/trace-context.ts';
import { endpointOf, type Signal, type TelemetryVariables } from '../telemetry/variables.ts';
import type { AfterwardsVariables } from './variables.ts';

export interface RecordingPlan {
  readonly isOn: boolean;
  /** `announce`: from when one of `announcements` was heard. `ask`: from when the caller has agreed. */
  readonly consent: Agent['recording']['consent'];
  /** In each language. */
  readonly announcements: readonly string[];
}

export interface AnalysisPlan {
  readonly hasSummary: boolean;
  /** JSON Schema of an object. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Asked in this order, one for each attempt. */
  readonly models: readonly string[];
  /** BCP 47, of the summary. */
  readonly language: string;
}

export interface TelemetryPlan {
  /** None: nobody wants any. */
  readonly signals: readonly Signal[];
  /** The trace that the call is part of. */
  readonly parent?: TraceParent;
}

export interface AfterwardsPlan {
  readonly agent: string;
  readonly recording: RecordingPlan;
  readonly analysis: AnalysisPlan;
  readonly webhookUrl?: string;
  /** Not in plans of older versions. */
  readonly telemetry?: TelemetryPlan;
  readonly isRedacted: boolean;
  readonly prices: Prices;
  readonly retentionMs: number;
}

const MS_PER_DAY = 86_400_000;

/** `fill` fills the placeholders of a text as the call's plan does. */
export function afterwardsPlan(
  agent: Agent,
  env: AfterwardsVariables,
  fill: (text: string) => string,
): AfterwardsPlan {
  const { recording, extraction, models, languages } = agent;
  const { announcement = '' } = recording;
  const texts = typeof announcement === 'string' ? [announcement] : Object.values(announcement);
  const webhookUrl =
    agent.webhookUrl === undefined ? env.AGENT_WEBHOOK_URL : fill(agent.webhookUrl);
  return {
    agent: agent.name,
    recording: {
      isOn: recording.isOn,
      consent: recording.consent,
      announcements: texts.filter((text) => text !== '').map(fill),
    },
    analysis: {
      hasSummary: extraction.summary,
      ...(extraction.schema === undefined ? {} : { schema: extraction.schema }),
      models: [models.primary, models.fallbacks[0] ?? models.primary],
      language: languages[0] ?? 'en-US',
    },
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    isRedacted: agent.redact || env.AGENT_REDACT === 'on',
    prices: pricesOfAgent(agent, env),
    retentionMs: retentionMs(env),
  };
}

/** `traceparent`: the custom parameter of the stream. A trace that is not kept by whoever began it is not sent either. */
export function telemetryPlan(
  env: TelemetryVariables,
  traceparent: string | undefined,
): TelemetryPlan {
  const parent = parseTraceParent(traceparent);
  const isSampled = parent?.isSampled ?? true;
  const signals = (['traces', 'metrics'] as const).filter(
    (signal) => endpointOf(env, signal) !== undefined && (signal !== 'traces' || isSampled),
  );
  return { signals, ...(parent === undefined ? {} : { parent }) };
}

/** How long a call is kept after its end. */
export function retentionMs(env: AfterwardsVariables): number {
  return env.RETENTION_DAYS * MS_PER_DAY;
}
