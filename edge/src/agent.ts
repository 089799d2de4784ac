/** From the Worker's variables to the plan of a call: an agent without a name, for those who need but one. */

import { ENDPOINTING_DEFAULTS } from './call/core/endpointing.ts';
import { INTERRUPTION_DEFAULTS } from './call/core/interruption.ts';
import { languageOf } from './call/core/language/language.ts';
import { LEXICONS } from './call/core/language/lexicons.ts';
import type { Phrases } from './call/core/settings.ts';
import type { CallPlan } from './call/plan.ts';
import { builtinDefinitions } from './call/builtin-tools.ts';
import { NO_KEY } from './call/providers.ts';
import type { Env } from './env.ts';

/** Where Azure recognises continuously; the path of facts/voice-conversation.md section 6. */
const AZURE_PATH = '/stt/speech/universal/v2';

const TOOLS = ['end_call', 'note'] as const;

export function planOf(env: Env): CallPlan {
  const language = languageOf(env.AGENT_LANGUAGE);
  const { AGENT_VOICE_MODEL: modelId, AGENT_FALLBACK_VOICES: fallbackVoices } = env;
  const voices = [env.AGENT_VOICE, ...fallbackVoices].map((voiceId) => ({ voiceId, modelId }));
  const hedge = env.AGENT_HEDGE_MODEL === undefined ? {} : { hedge: env.AGENT_HEDGE_MODEL };
  return {
    voices,
    llm: { tools: builtinDefinitions(TOOLS), tokensMax: 800 },
    stt: {
      endpoints: [{ url: azureUrl(env), key: env.AZURE_SPEECH_KEY ?? NO_KEY }],
      segmentationSilenceMs: 300,
      phraseList: [],
    },
    settings: {
      instructions: env.AGENT_INSTRUCTIONS,
      phrases: { [language]: phrasesOf(env) },
      timings: {
        llmFirstTokenMsMax: env.AGENT_LLM_TIMEOUT_MS,
        llmStallMsMax: env.AGENT_LLM_TIMEOUT_MS,
        llmMsMax: 2 * env.AGENT_LLM_TIMEOUT_MS,
        ttsFirstAudioMsMax: env.AGENT_TTS_TIMEOUT_MS,
        ttsStallMsMax: env.AGENT_TTS_TIMEOUT_MS,
        toolMsMax: 10_000,
        marksLateMsMax: 8000,
        openerAfterMs: env.AGENT_OPENER_MS,
        fillerAfterMs: env.AGENT_FILLER_MS,
        repromptMs: env.AGENT_REPROMPT_MS,
        keypadPauseMs: 2000,
        callMsMax: env.AGENT_CALL_MS_MAX,
        mediaGapMsMax: 10_000,
      },
      limits: {
        repromptsMax: env.AGENT_REPROMPTS_MAX,
        failedTurnsMax: 3,
        agentCharsMax: 3000,
        toolStepsMax: 4,
      },
      models: {
        primary: env.AGENT_MODEL,
        ...hedge,
        hedgeAfterMs: env.AGENT_HEDGE_MS,
        fallbacks: env.AGENT_FALLBACK_MODELS,
      },
      voices: voices.length,
      stt: {
        languages: [env.AGENT_LANGUAGE],
        isIdentifying: false,
        endpoints: 1,
        rotateMs: 540_000,
        finalSilenceMs: 0,
      },
      endpointing: { ...ENDPOINTING_DEFAULTS, minMs: env.AGENT_END_OF_TURN_MS },
      interruption: { ...INTERRUPTION_DEFAULTS, pauseAfterMs: env.AGENT_BARGE_IN_MS },
      speculation: { isOn: true, triesMax: 3, silenceMs: 120 },
      history: { messagesMax: 60, charsMax: 24_000 },
      tools: TOOLS.map((name) => ({ name, isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 })),
      transferTargets: [],
      voicemail: { mode: 'ignore' },
    },
  };
}

function phrasesOf(env: Env): Phrases {
  const { phrases } = LEXICONS[languageOf(env.AGENT_LANGUAGE)];
  return {
    ...phrases,
    greeting: env.AGENT_GREETING ?? phrases.greeting,
    apology: env.AGENT_APOLOGY ?? phrases.apology,
    notUnderstood: env.AGENT_NOT_UNDERSTOOD ?? phrases.notUnderstood,
    reprompt: env.AGENT_REPROMPT ?? phrases.reprompt,
    goodbye: env.AGENT_GOODBYE ?? phrases.goodbye,
    timeLimit: env.AGENT_TIME_LIMIT ?? phrases.timeLimit,
    failure: env.AGENT_FAILURE ?? phrases.failure,
  };
}

function azureUrl(env: Env): URL {
  const base = env.AZURE_SPEECH_URL ?? `wss://${env.AZURE_SPEECH_REGION}.stt.speech.microsoft.com`;
  const url = new URL(base);
  if (url.pathname === '/') url.pathname = AZURE_PATH;
  return url;
}
