/** The providers of one call, from the Worker's variables and the call's plan. */

import type { Env } from '../env.ts';
import { OpenRouterLlm } from '../providers/llm/openrouter.ts';
import type { Llm } from '../providers/llm.ts';
import { AzureStt } from '../providers/stt/azure.ts';
import type { Stt } from '../providers/stt.ts';
import { ElevenLabsHttp } from '../providers/tts/elevenlabs-http.ts';
import type { ElevenLabsOptions } from '../providers/tts/elevenlabs-options.ts';
import { ElevenLabsSocket } from '../providers/tts/elevenlabs.ts';
import type { CallPlan } from './plan.ts';
import type { OpenVoice } from './voices.ts';

export interface Providers {
  readonly stt: Stt;
  readonly llm: Llm;
  readonly openTts: OpenVoice;
}

/** In place of a key that is missing: the SDKs want one, and the session, which knows what is missing, asks nobody. */
export const NO_KEY = 'none';

export function createProviders(env: Env, plan: CallPlan): Providers {
  return {
    stt: new AzureStt(plan.stt),
    llm: new OpenRouterLlm({
      apiKey: env.OPENROUTER_API_KEY ?? NO_KEY,
      url: env.OPENROUTER_URL,
      plan: plan.llm,
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
  return {
    apiKey: env.ELEVENLABS_API_KEY ?? NO_KEY,
    url: env.ELEVENLABS_URL,
    voiceId: found.voiceId,
    modelId: found.modelId,
    languageCode: language,
  };
}
