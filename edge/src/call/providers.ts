/** The providers of one call, from the Worker's variables and the call's plan. */

import type { Env } from '../env.ts';
import { OpenRouterLlm } from '../providers/llm/openrouter.ts';
import type { Llm } from '../providers/llm.ts';
import { AzureStt } from '../providers/stt/azure.ts';
import type { Stt } from '../providers/stt.ts';
import { ElevenLabsHttp } from '../providers/tts/elevenlabs-http.ts';
import type { ElevenLabsOptions } from '../providers/tts/elevenlabs-options.ts';
import { ElevenLabsSocket } from '../providers/tts/elevenlabs.ts';
import { NO_KEY } from './no-key.ts';
import type { CallPlan, ToolDefinition } from './plan.ts';
import type { OpenVoice } from './voices.ts';

export interface Providers {
  readonly stt: Stt;
  readonly llm: Llm;
  readonly openTts: OpenVoice;
}

/** `moreTools`: those that are known only when the call is under way. */
export function createProviders(
  env: Env,
  plan: CallPlan,
  moreTools?: () => Promise<readonly ToolDefinition[]>,
): Providers {
  return {
    stt: new AzureStt(plan.stt),
    llm: new OpenRouterLlm({
      apiKey: env.OPENROUTER_API_KEY ?? NO_KEY,
      url: env.OPENROUTER_URL,
      plan: plan.llm,
      ...(moreTools === undefined ? {} : { moreTools }),
    }),
    openTts: ({ transport, voice, language }, listener) => {
      const options = voiceOptions(env, plan, voice, language);
      return transport === 'socket'
        ? new ElevenLabsSocket(options, listener)
        : new ElevenLabsHttp(options, listener);
    },
  };
}

/** How the voice number `voice` is asked for, 0 being the agent's own. */
export function voiceOptions(
  env: Env,
  plan: CallPlan,
  voice: number,
  language: string,
): ElevenLabsOptions {
  const found = plan.voices[voice] ?? plan.voices[0];
  if (found === undefined) throw new Error('an agent without a voice');
  const own = found.languages?.[language];
  return {
    apiKey: env.ELEVENLABS_API_KEY ?? NO_KEY,
    url: env.ELEVENLABS_URL,
    voiceId: own?.voiceId ?? found.voiceId,
    modelId: own?.modelId ?? found.modelId,
    languageCode: language,
  };
}
