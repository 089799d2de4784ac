/** The owner's keys, from `edge/.dev.vars`: where `wrangler dev` and the demo read them too. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { ProviderName } from './check.ts';

export const DEV_VARS = 'edge/.dev.vars';

export const KEY_VARIABLES: Readonly<Record<ProviderName, string>> = {
  azure: 'AZURE_SPEECH_KEY',
  openrouter: 'OPENROUTER_API_KEY',
  elevenlabs: 'ELEVENLABS_API_KEY',
};

/** Variables of `file` that are filled in; none where there is no file. */
export function readVars(file: string | undefined): Readonly<Record<string, string>> {
  const path = file ?? fileURLToPath(new URL(`../../${DEV_VARS}`, import.meta.url));
  if (!existsSync(path)) return {};
  const entries = Object.entries(parseEnv(readFileSync(path, 'utf8'))).flatMap(([name, value]) =>
    value === undefined || value.trim() === '' ? [] : [[name, value.trim()] as const],
  );
  return Object.fromEntries(entries);
}
