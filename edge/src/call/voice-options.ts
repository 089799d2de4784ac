/** How the voice provider is asked in one call. */

import type { Env } from '../env.ts';
import type { ElevenLabsOptions } from '../providers/tts/elevenlabs-options.ts';
import { NO_KEY } from './no-key.ts';
import type { CallPlan } from './plan.ts';

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
