/** From the Worker's variables to the settings of one call. */

import type { SessionSettings } from './call/core/settings.ts';
import type { Env } from './env.ts';

export function sessionSettings(env: Env): SessionSettings {
  return {
    instructions: env.AGENT_INSTRUCTIONS,
    phrases: {
      greeting: env.AGENT_GREETING,
      apology: env.AGENT_APOLOGY,
      notUnderstood: env.AGENT_NOT_UNDERSTOOD,
      reprompt: env.AGENT_REPROMPT,
      goodbye: env.AGENT_GOODBYE,
      timeLimit: env.AGENT_TIME_LIMIT,
      failure: env.AGENT_FAILURE,
    },
    timings: {
      llmFirstTokenMsMax: env.AGENT_LLM_TIMEOUT_MS,
      llmStallMsMax: env.AGENT_LLM_TIMEOUT_MS,
      ttsFirstAudioMsMax: env.AGENT_TTS_TIMEOUT_MS,
      ttsStallMsMax: env.AGENT_TTS_TIMEOUT_MS,
      marksLateMsMax: 8000,
      repromptMs: env.AGENT_REPROMPT_MS,
      keypadPauseMs: 2000,
      callMsMax: env.AGENT_CALL_MS_MAX,
    },
    limits: { repromptsMax: env.AGENT_REPROMPTS_MAX, failedTurnsMax: 3, agentCharsMax: 3000 },
    endpointing: {
      silenceMs: env.AGENT_END_OF_TURN_MS,
      hypothesisSilenceMs: env.AGENT_END_OF_TURN_MS + 400,
      stableMs: 400,
      uncoveredMs: 800,
      waitMsMax: env.AGENT_END_OF_TURN_MS + 2500,
      coverToleranceMs: 250,
      deafSpeechMs: 1200,
    },
    bargeIn: { speechMsMin: env.AGENT_BARGE_IN_MS },
    history: { messagesMax: 60, charsMax: 24_000 },
  };
}
