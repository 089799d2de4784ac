/** The providers of one call, from the Worker's variables and the call's plan. */

import type { Env } from '../env.ts';
import { Breaker, type CircuitChange, type Endpoint } from '../providers/breaker.ts';
import type { ProviderPrefix } from '../providers/error.ts';
import { GuardedLlm } from '../providers/llm/guarded-llm.ts';
import { OpenRouterLlm } from '../providers/llm/openrouter.ts';
import type { Llm } from '../providers/llm.ts';
import { AzureStt } from '../providers/stt/azure.ts';
import { GuardedStt } from '../providers/stt/guarded-stt.ts';
import type { Stt } from '../providers/stt.ts';
import { ElevenLabsHttp } from '../providers/tts/elevenlabs-http.ts';
import { ElevenLabsSocket } from '../providers/tts/elevenlabs.ts';
import { GuardedTts } from '../providers/tts/guarded-tts.ts';
import type { VoiceRoute } from './core/contract.ts';
import { voiceWays } from './core/speaking/voice-routes.ts';
import { NO_KEY } from './no-key.ts';
import type { CallPlan, ToolDefinition } from './plan.ts';
import { voiceOptions } from './voice-options.ts';
import type { OpenVoice } from './voices.ts';

export interface Providers {
  readonly stt: Stt;
  readonly llm: Llm;
  readonly openTts: OpenVoice;
}

export interface ProviderParts {
  /** Tools that are known only when the call is under way. */
  readonly moreTools?: () => Promise<readonly ToolDefinition[]>;
  /** An endpoint is not asked any more, or is again: in this call and in all others of the isolate. */
  readonly onCircuit?: (change: CircuitChange) => void;
}

export function createProviders(
  env: Env,
  plan: CallPlan,
  { moreTools, onCircuit }: ProviderParts = {},
): Providers {
  const breakerOf = (provider: ProviderPrefix): Breaker =>
    new Breaker({
      provider,
      openMs: env.PROVIDER_CIRCUIT_MS,
      onChange: (change) => onCircuit?.(change),
    });
  const llm = new OpenRouterLlm({
    apiKey: env.OPENROUTER_API_KEY ?? NO_KEY,
    url: env.OPENROUTER_URL,
    plan: plan.llm,
    ...(moreTools === undefined ? {} : { moreTools }),
  });
  const { models, timings } = plan.settings;
  return {
    stt: new GuardedStt(new AzureStt(plan.stt), breakerOf('STT'), plan.stt.endpoints),
    llm: new GuardedLlm(llm, breakerOf('LLM'), { url: env.OPENROUTER_URL, models, timings }),
    openTts: guardedVoices(env, plan, breakerOf('TTS')),
  };
}

function guardedVoices(env: Env, plan: CallPlan, breaker: Breaker): OpenVoice {
  return (options, listener) => {
    const { transport, voice, language } = options;
    const own = voiceOptions(env, plan, voice, language);
    const ways = voiceWays(plan.settings.voices);
    const place = ways.findIndex((way) => way.transport === transport && way.voice === voice);
    const endpointOf = (way: VoiceRoute): Endpoint => {
      const { url, voiceId, modelId } = voiceOptions(env, plan, way.voice, language);
      const name = `${voiceId} over ${way.transport}`;
      return { name, key: `${url} ${modelId} ${name}` };
    };
    return new GuardedTts(
      (inner) =>
        transport === 'socket' ? new ElevenLabsSocket(own, inner) : new ElevenLabsHttp(own, inner),
      {
        breaker,
        endpoint: endpointOf(options),
        others: ways.slice(place + 1).map(endpointOf),
      },
      listener,
    );
  };
}
