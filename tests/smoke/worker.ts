/**
 * The Worker that the smoke checks run in: the edge's own adapters, wired by the edge's own code, in its own runtime.
 * It is started on this machine alone and never deployed.
 *
 * `POST /elevenlabs|openrouter|azure` answers a {@link ProviderReport}; Azure's request body is speech as µ-law.
 * `POST /speak` answers such speech, made by ElevenLabs.
 */

import { parseEnv, type Env } from '@patchcord/edge/src/env.ts';
import { checkAzure } from './checks/azure.ts';
import { checkElevenLabs, SPOKEN } from './checks/elevenlabs.ts';
import { checkOpenRouter } from './checks/openrouter.ts';
import { Voice } from './checks/voice.ts';
import { subjectOf, type Subject } from './subject.ts';

/** A key that is well-formed and no account's. */
const WRONG_KEY = '0123456789abcdef0123456789abcdef';

const worker = {
  async fetch(request: Request, bindings: Readonly<Record<string, unknown>>): Promise<Response> {
    const parsed = parseEnv(bindings);
    if (!parsed.isValid) return Response.json({ problems: parsed.problems }, { status: 400 });
    const { env } = parsed;
    const subject = subjectOf(env);
    const segmented = (segmentMs?: number): Subject => subjectOf(env, segmentMs);
    const wrong = subjectOf(withWrongKeys(env));
    switch (new URL(request.url).pathname) {
      case '/elevenlabs':
        return Response.json(await checkElevenLabs(subject, wrong));
      case '/openrouter':
        return Response.json(await checkOpenRouter(subject, wrong));
      case '/azure': {
        const mulaw = new Uint8Array(await request.arrayBuffer());
        const speech = mulaw.length === 0 ? undefined : { text: SPOKEN, mulaw };
        return Response.json(await checkAzure(segmented, wrong, speech));
      }
      case '/speak':
        return new Response(await speak(subject));
      default:
        return new Response(null, { status: 404 });
    }
  },
};

// oxlint-disable-next-line import/no-default-export -- this is how a Worker is found
export default worker;

function withWrongKeys(env: Env): Env {
  return {
    ...env,
    AZURE_SPEECH_KEY: WRONG_KEY,
    OPENROUTER_API_KEY: `sk-or-v1-${WRONG_KEY}`,
    ELEVENLABS_API_KEY: WRONG_KEY,
  };
}

/** Nothing where the voice cannot be had. */
async function speak(subject: Subject): Promise<Uint8Array<ArrayBuffer>> {
  const voice = new Voice(subject, 'http');
  const utterance = voice.begin('speech', SPOKEN);
  await voice.hear(utterance);
  voice.tts.close();
  return Uint8Array.from(utterance.mulaw);
}
