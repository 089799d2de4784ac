/** Runs the checks of the chosen providers, one after the other: they share the connection to the internet. */

import { parseEnv } from '@patchcord/edge/src/env.ts';
import { z } from 'zod';
import { startStandins } from '../standins/start.ts';
import { type ProviderName, PROVIDERS, type ProviderReport } from './check.ts';
import { SPOKEN } from './checks/elevenlabs.ts';
import { KEY_VARIABLES } from './keys.ts';
import { startRuntime, type Runtime } from './runtime.ts';
import { espeakSpeech, toneSpeech, type FoundSpeech } from './speech.ts';

export interface SmokeOptions {
  readonly providers: readonly ProviderName[];
  /** The edge's variables, keys among them. */
  readonly vars: Readonly<Record<string, string>>;
  /** The stand-ins in place of the providers. */
  readonly isStandins: boolean;
  /** Told before the checks of each provider. */
  readonly onBegin?: (provider: ProviderName, note: string) => void;
}

const reportSchema = z.object({
  provider: z.enum(PROVIDERS),
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['good', 'bad', 'unchecked']),
      detail: z.string(),
    }),
  ),
  figuresMs: z.record(z.string(), z.number()),
});

/** The edge wants one; nothing is signed here. */
const AUTH_TOKEN = 'not-used-by-the-smoke-checks';
const STANDIN_KEY = 'the-key-of-the-stand-ins';

/** Answers a report for each provider whose key is in `vars`, in the order given. Throws where a variable is wrong. */
export async function smoke(options: SmokeOptions): Promise<ProviderReport[]> {
  await using owner = new AsyncDisposableStack();
  let { vars } = options;
  if (options.isStandins) {
    const standins = await startStandins({
      azureSpeech: { key: STANDIN_KEY },
      openrouter: { apiKey: STANDIN_KEY },
      elevenlabs: { apiKey: STANDIN_KEY },
    });
    owner.defer(() => standins.close());
    vars = {
      AZURE_SPEECH_KEY: STANDIN_KEY,
      AZURE_SPEECH_URL: standins.azureSpeechUrl,
      OPENROUTER_API_KEY: STANDIN_KEY,
      OPENROUTER_URL: standins.openrouterUrl,
      ELEVENLABS_API_KEY: STANDIN_KEY,
      ELEVENLABS_URL: standins.elevenlabsUrl,
    };
  }
  const chosen = options.providers.filter((name) => vars[KEY_VARIABLES[name]] !== undefined);
  if (chosen.length === 0) return [];
  const parsed = parseEnv({ AUTH_TOKEN, ...vars });
  if (!parsed.isValid) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const runtime = await startRuntime({ AUTH_TOKEN, ...vars });
  owner.defer(() => runtime.stop());

  const reports: ProviderReport[] = [];
  for (const name of chosen) {
    const speech = name === 'azure' ? await findSpeech(runtime, vars, options) : undefined;
    const note = speech === undefined ? '' : `speech: ${speech.source}`;
    options.onBegin?.(name, note);
    const response = await runtime.post(`/${name}`, speech?.mulaw);
    reports.push(reportSchema.parse(await response.json()));
  }
  return reports;
}

/** The best there is: a real voice, then a robot's. */
async function findSpeech(
  runtime: Runtime,
  vars: SmokeOptions['vars'],
  { isStandins }: SmokeOptions,
): Promise<FoundSpeech> {
  if (isStandins) return toneSpeech(SPOKEN);
  if (vars[KEY_VARIABLES.elevenlabs] !== undefined) {
    const response = await runtime.post('/speak');
    const mulaw = new Uint8Array(await response.arrayBuffer());
    if (mulaw.length > 0) return { source: 'ElevenLabs', mulaw };
  }
  return espeakSpeech(SPOKEN);
}
