/**
 * Phrases of the agent's that are always the same, voiced once and kept: in the isolate, and in R2 where it is bound.
 *
 * They are there at once when a call needs its first word, and still there when the voice provider is not. What is missing
 * is voiced over HTTP beside the call, for the next one.
 */

import type { Env } from '../env.ts';
import { synthesise } from '../providers/tts/elevenlabs-http.ts';
import type { ElevenLabsOptions } from '../providers/tts/elevenlabs-options.ts';
import { leadingSilenceBytes } from './core/leading-silence.ts';
import { isSpoken } from './core/scripts.ts';
import type { Phrases } from './core/settings.ts';
import type { CallPlan } from './plan.ts';
import { voiceOptions } from './providers.ts';

export interface VoicedPhrase {
  readonly text: string;
  readonly mulaw: Uint8Array;
}

interface Wanted {
  readonly key: string;
  readonly text: string;
  readonly options: ElevenLabsOptions;
}

/** Of all calls in the isolate: some hundred phrases of two seconds. */
const CLIPS_MAX = 400;
const VOICE_MS_MAX = 10_000;

const kept = new Map<string, Uint8Array>();
/** What is being voiced just now: a hundred calls that begin together voice it once. */
const underWay = new Set<string>();

export class ClipLibrary {
  readonly #env: Env;
  readonly #waitUntil: (work: Promise<unknown>) => void;

  constructor(env: Env, waitUntil: (work: Promise<unknown>) => void) {
    this.#env = env;
    this.#waitUntil = waitUntil;
  }

  /** Hands over what is there, and voices what is not, one after the other: the account allows few at once. */
  load(plan: CallPlan, onClip: (clip: VoicedPhrase) => void): void {
    const { AGENT_CLIPS, ELEVENLABS_API_KEY } = this.#env;
    if (AGENT_CLIPS === 'off' || ELEVENLABS_API_KEY === undefined) return;
    const missing: Wanted[] = [];
    for (const [language, phrases] of Object.entries(plan.settings.phrases)) {
      for (const text of allPhrases(phrases)) {
        if (!plan.fixedPhrases.has(text)) continue;
        const options = voiceOptions(this.#env, plan, 0, language);
        const key = keyOf(options, text);
        const mulaw = kept.get(key);
        if (mulaw === undefined) missing.push({ key, text, options });
        else onClip({ text, mulaw });
      }
    }
    if (missing.length > 0) this.#waitUntil(this.#voiceAll(missing, onClip));
  }

  async #voiceAll(missing: readonly Wanted[], onClip: (clip: VoicedPhrase) => void): Promise<void> {
    for (const wanted of missing) {
      const mulaw = await voice(wanted);
      if (mulaw !== undefined) onClip({ text: wanted.text, mulaw });
    }
  }
}

/** The voice may be away: the call itself will notice, and says so. */
async function voice({ key, text, options }: Wanted): Promise<Uint8Array | undefined> {
  const known = kept.get(key);
  if (known !== undefined || underWay.has(key)) return known;
  underWay.add(key);
  try {
    const mulaw = await synthesise(options, text, AbortSignal.timeout(VOICE_MS_MAX));
    const audible = mulaw.subarray(leadingSilenceBytes(mulaw));
    if (audible.length === 0) return undefined;
    const [oldest] = kept.keys();
    if (kept.size >= CLIPS_MAX && oldest !== undefined) kept.delete(oldest);
    kept.set(key, audible);
    return audible;
  } catch {
    return undefined;
  } finally {
    underWay.delete(key);
  }
}

/** All that an agent says word for word, those first that are wanted first. */
function allPhrases(phrases: Phrases): readonly string[] {
  const { openers, fillers, failure, apology, notUnderstood, reprompt, goodbye, timeLimit } =
    phrases;
  const { greeting } = phrases;
  const all = [greeting, ...openers, fillers, failure, apology, notUnderstood, reprompt, goodbye];
  return [...new Set([...all.flat(), timeLimit])].filter(isSpoken);
}

function keyOf({ voiceId, modelId, languageCode }: ElevenLabsOptions, text: string): string {
  return JSON.stringify([voiceId, modelId, languageCode, text]);
}
