/** What the checks ask: the edge's adapters, and the settings that a call would ask them with. */

import { agentOfVariables } from '@patchcord/edge/src/agents/agent-of-variables.ts';
import { languageOf } from '@patchcord/edge/src/call/core/language/language.ts';
import { planOfAgent } from '@patchcord/edge/src/call/plan-of-agent.ts';
import { createProviders, type Providers } from '@patchcord/edge/src/call/providers.ts';
import type { Env } from '@patchcord/edge/src/env.ts';

export interface Subject {
  readonly providers: Providers;
  readonly model: string;
  /** BCP 47. */
  readonly languages: readonly string[];
  /** ISO 639-1. */
  readonly language: string;
}

/** With `segmentMs`, as much silence ends a segment of recognition; else what the agent says. */
export function subjectOf(env: Env, segmentMs?: number): Subject {
  const context = { env, parameters: {}, startedAt: Date.now(), secret: () => undefined };
  const agent = agentOfVariables(env);
  const stt = { ...agent.stt, segmentationSilenceMs: segmentMs ?? agent.stt.segmentationSilenceMs };
  const plan = planOfAgent({ ...agent, stt }, context);
  return {
    providers: createProviders(env, plan),
    model: plan.settings.models.primary,
    languages: plan.settings.stt.languages,
    language: languageOf(env.AGENT_LANGUAGE),
  };
}
