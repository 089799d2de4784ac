/** The providers of one call, from the Worker's variables. */

import type { Env } from '../env.ts';
import { OpenRouterLlm } from '../providers/llm/openrouter.ts';
import type { Llm } from '../providers/llm.ts';
import { AzureStt } from '../providers/stt/azure.ts';
import type { Stt } from '../providers/stt.ts';
import { ElevenLabsHttp } from '../providers/tts/elevenlabs-http.ts';
import type { ElevenLabsOptions } from '../providers/tts/elevenlabs-options.ts';
import { ElevenLabsSocket } from '../providers/tts/elevenlabs.ts';
import type { Tts, TtsListener } from '../providers/tts.ts';
import type { TtsRoute } from './core/contract.ts';

export interface Providers {
  readonly stt: Stt;
  readonly llm: Llm;
  openTts(route: TtsRoute, listener: TtsListener): Tts;
}

/** Where Azure recognises continuously; the path of facts/voice-conversation.md section 6. */
const AZURE_PATH = '/stt/speech/universal/v2';

/** In place of a key that is missing: the SDKs want one, and the session, which knows what is missing, asks nobody. */
const NO_KEY = 'none';

export function createProviders(env: Env): Providers {
  const tts: ElevenLabsOptions = {
    apiKey: env.ELEVENLABS_API_KEY ?? NO_KEY,
    url: env.ELEVENLABS_URL,
    voiceId: env.AGENT_VOICE,
    modelId: env.AGENT_VOICE_MODEL,
    languageCode: env.AGENT_LANGUAGE.slice(0, env.AGENT_LANGUAGE.indexOf('-')),
  };
  return {
    stt: new AzureStt({
      key: env.AZURE_SPEECH_KEY ?? NO_KEY,
      url: azureUrl(env),
      language: env.AGENT_LANGUAGE,
    }),
    llm: new OpenRouterLlm({
      apiKey: env.OPENROUTER_API_KEY ?? NO_KEY,
      url: env.OPENROUTER_URL,
      model: env.AGENT_MODEL,
    }),
    openTts: (route, listener) =>
      route === 'socket' ? new ElevenLabsSocket(tts, listener) : new ElevenLabsHttp(tts, listener),
  };
}

function azureUrl(env: Env): URL {
  const base = env.AZURE_SPEECH_URL ?? `wss://${env.AZURE_SPEECH_REGION}.stt.speech.microsoft.com`;
  const url = new URL(base);
  if (url.pathname === '/') url.pathname = AZURE_PATH;
  return url;
}
