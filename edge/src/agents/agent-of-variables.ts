/** The agent that the Worker's variables describe: one without a name, for those who need but one. */

import type { Env } from '../env.ts';
import { agentSchema, type Agent } from './agent.ts';

/** Every field that no variable sets. */
const DEFAULTS: Agent = agentSchema.parse({ name: 'variables', instructions: '-' });

/** The variables have been checked by their own rules, which allow more than those of an agent in the database. */
export function agentOfVariables(env: Env): Agent {
  return {
    ...DEFAULTS,
    instructions: env.AGENT_INSTRUCTIONS,
    languages: [env.AGENT_LANGUAGE],
    voice: {
      ...DEFAULTS.voice,
      voiceId: env.AGENT_VOICE,
      model: env.AGENT_VOICE_MODEL,
      fallbackVoiceIds: env.AGENT_FALLBACK_VOICES,
    },
    models: {
      ...DEFAULTS.models,
      primary: env.AGENT_MODEL,
      hedges: env.AGENT_HEDGE_MODELS,
      hedgeAfterMs: env.AGENT_HEDGE_MS,
      fallbacks: env.AGENT_FALLBACK_MODELS,
    },
    greeting: env.AGENT_GREETING,
    phrases: {
      apology: env.AGENT_APOLOGY,
      notUnderstood: env.AGENT_NOT_UNDERSTOOD,
      reprompt: env.AGENT_REPROMPT,
      goodbye: env.AGENT_GOODBYE,
      timeLimit: env.AGENT_TIME_LIMIT,
      failure: env.AGENT_FAILURE,
    },
    limits: {
      ...DEFAULTS.limits,
      callMsMax: env.AGENT_CALL_MS_MAX,
      repromptMs: env.AGENT_REPROMPT_MS,
      repromptsMax: env.AGENT_REPROMPTS_MAX,
    },
    endpointing: { ...DEFAULTS.endpointing, minMs: env.AGENT_END_OF_TURN_MS },
    interruption: { ...DEFAULTS.interruption, pauseAfterMs: env.AGENT_BARGE_IN_MS },
    // A call of ours that a mailbox answers wants an agent that says what is to be done about it.
    voicemail: { mode: 'ignore' },
    recording: { isOn: env.AGENT_RECORDING === 'on', consent: 'none' },
    redact: env.AGENT_REDACT === 'on',
  };
}
