/** Which providers of the demo are real: those whose key is in `edge/.dev.vars`. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';

const DEV_VARS = fileURLToPath(new URL('../../edge/.dev.vars', import.meta.url));

/** For each provider: its key, what else belongs to it, and the URL variable that would point at the stand-in. */
const PROVIDERS = [
  {
    name: 'Azure Speech',
    key: 'AZURE_SPEECH_KEY',
    url: 'AZURE_SPEECH_URL',
    more: ['AZURE_SPEECH_REGION'],
  },
  { name: 'OpenRouter', key: 'OPENROUTER_API_KEY', url: 'OPENROUTER_URL', more: ['AGENT_MODEL'] },
  { name: 'ElevenLabs', key: 'ELEVENLABS_API_KEY', url: 'ELEVENLABS_URL', more: ['AGENT_VOICE'] },
] as const;

export interface DemoProviders {
  /** Names of the real ones. */
  readonly real: readonly string[];
  /** For the edge, over the stand-ins' variables: an empty URL means the provider's own. */
  readonly vars: Readonly<Record<string, string>>;
}

export function readProviders(file = DEV_VARS): DemoProviders {
  if (!existsSync(file)) return { real: [], vars: {} };
  const devVars = parseEnv(readFileSync(file, 'utf8'));
  const real: string[] = [];
  const vars: Record<string, string> = {};
  for (const { name, key, url, more } of PROVIDERS) {
    const value = devVars[key]?.trim();
    if (value === undefined || value === '') continue;
    real.push(name);
    vars[key] = value;
    vars[url] = devVars[url] ?? '';
    for (const variable of more) {
      const given = devVars[variable];
      if (given !== undefined && given !== '') vars[variable] = given;
    }
  }
  return { real, vars };
}
