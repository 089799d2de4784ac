/** Where speech recognition is: the region of the key, and a second one where there is one. */

import type { Env } from '../env.ts';
import { NO_KEY } from './no-key.ts';
import type { SttPlan } from './plan.ts';

/** Where Azure recognises continuously; the path of facts/voice-conversation.md section 6. */
const AZURE_PATH = '/stt/speech/universal/v2';

/** In the order in which they are tried. A second region wants its own key: keys of Azure Speech are for one region. */
export function sttEndpoints(env: Env): SttPlan['endpoints'] {
  const first = {
    url: azureUrl(env.AZURE_SPEECH_URL, env.AZURE_SPEECH_REGION),
    key: env.AZURE_SPEECH_KEY ?? NO_KEY,
  };
  const { AZURE_SPEECH_FALLBACK_URL: url, AZURE_SPEECH_FALLBACK_REGION: region } = env;
  const { AZURE_SPEECH_FALLBACK_KEY: key } = env;
  if (key === undefined || (url === undefined && region === undefined)) return [first];
  return [first, { url: azureUrl(url, region ?? env.AZURE_SPEECH_REGION), key }];
}

function azureUrl(base: string | undefined, region: string): URL {
  const url = new URL(base ?? `wss://${region}.stt.speech.microsoft.com`);
  if (url.pathname === '/') url.pathname = AZURE_PATH;
  return url;
}
