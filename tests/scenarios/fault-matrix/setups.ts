/** The agents that the matrix is run with: what a Worker without any further setting has, and more of each provider. */

import { agentOfVariables } from '@patchcord/edge/src/agents/agent-of-variables.ts';
import { planOfAgent } from '@patchcord/edge/src/call/plan-of-agent.ts';
import type { SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';
import { PHRASES, SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { parseEnv } from '@patchcord/edge/src/env.ts';

export interface Setup {
  readonly name: string;
  readonly settings: SessionSettings;
  /** The agent's phrases have been voiced before, as they are from the second call on. */
  readonly hasClips: boolean;
  readonly hasFallbacks: boolean;
}

/** Of a tool, where the agent says nothing else, and what the core gives it beyond that. */
const TOOL_TIMEOUT_MS = 8500;

function defaults(): SessionSettings {
  const parsed = parseEnv({ AUTH_TOKEN: 'x', AZURE_SPEECH_REGION: 'here', AZURE_SPEECH_KEY: 'x' });
  if (!parsed.isValid) throw new Error(JSON.stringify(parsed.problems));
  const { env } = parsed;
  const context = { env, parameters: {}, startedAt: 0, secret: () => undefined, isPatchcord: true };
  const { settings } = planOfAgent(agentOfVariables(env), context);
  return {
    ...settings,
    instructions: 'Be brief.',
    phrases: { en: PHRASES },
    tools: SETTINGS.tools.map((tool) =>
      tool.isBuiltin ? tool : { ...tool, timeoutMs: TOOL_TIMEOUT_MS },
    ),
    transferTargets: SETTINGS.transferTargets,
  };
}

const ALONE = defaults();
const { primary } = ALONE.models;

const ONE: SessionSettings = {
  ...ALONE,
  models: { ...ALONE.models, fallbacks: ['second'] },
  voices: 2,
  stt: { ...ALONE.stt, endpoints: 2 },
};

const SEVERAL: SessionSettings = {
  ...ALONE,
  models: { primary, hedges: ['racing'], hedgeAfterMs: 800, fallbacks: ['second', 'third'] },
  voices: 3,
  stt: { ...ALONE.stt, endpoints: 3 },
};

export const PRIMARY_MODEL = primary;

/** The first is what `docs/faults.md` tells of; the longest silence is that of all. */
export const SETUPS: readonly Setup[] = [
  { name: 'no fall-backs', settings: ALONE, hasClips: true, hasFallbacks: false },
  { name: 'no fall-backs, first call', settings: ALONE, hasClips: false, hasFallbacks: false },
  { name: 'one fall-back', settings: ONE, hasClips: true, hasFallbacks: true },
  { name: 'one fall-back, first call', settings: ONE, hasClips: false, hasFallbacks: true },
  { name: 'several fall-backs', settings: SEVERAL, hasClips: true, hasFallbacks: true },
];
