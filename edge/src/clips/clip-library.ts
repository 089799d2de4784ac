/**
 * Phrases of the agent's that are always the same, voiced once and kept: in the isolate, and in R2 where it is bound.
 *
 * They are there at once when a call needs its first word, and still there when the voice provider is not. What the
 * isolate does not have is read from R2 beside the call, and what is not there either is voiced: for this call as for the
 * next one.
 */

import type { Clip } from '../call/core/speaking/clips.ts';
import { languageOf } from '../call/core/language/language.ts';
import { isSpoken } from '../call/core/language/scripts.ts';
import type { Phrases } from '../call/core/settings.ts';
import type { CallPlan } from '../call/plan.ts';
import { voiceOptions } from '../call/voice-options.ts';
import type { Env } from '../env.ts';
import { decodeClip, encodeClip } from './clip-file.ts';
import { clipKey, clipObjectName, type WantedClip } from './clip-key.ts';
import type { ClipShelf } from './clip-shelf.ts';

export interface VoicedPhrase extends Clip {
  readonly text: string;
}

/** Where clips outlive the isolate: R2. Both reject when it cannot be had. */
export interface ClipBucket {
  /** Undefined where there is none of that name, or none that could be a clip. */
  get(name: string): Promise<Uint8Array | undefined>;
  put(name: string, file: Uint8Array<ArrayBuffer>): Promise<void>;
}

export interface ClipLibraryParts {
  readonly env: Env;
  readonly shelf: ClipShelf;
  /** Absent: the isolate alone. */
  readonly bucket?: ClipBucket | undefined;
  /** Rejects when there is no voice; undefined when nothing can be heard. */
  readonly voice: (wanted: WantedClip, signal: AbortSignal) => Promise<Clip | undefined>;
  /** Keeps the object alive for it. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** R2 cannot be had; once for each call. */
  readonly onBucketFailed: (message: string) => void;
}

/** A Worker may wait for six answers at once; the call's own providers come first. */
const READS_AT_ONCE = 3;

/** An account of ElevenLabs has four or more voices at once, and calls want them too. */
const VOICED_AT_ONCE = 3;

const VOICE_MS_MAX = 10_000;

type OnClip = (clip: VoicedPhrase) => void;

interface Missing extends WantedClip {
  readonly key: string;
}

export class ClipLibrary {
  readonly #parts: ClipLibraryParts;
  #isBucketFailed = false;

  constructor(parts: ClipLibraryParts) {
    this.#parts = parts;
  }

  /**
   * Hands over what is there, now, and the rest as it comes.
   *
   * Resolves, and never rejects, when it is known whether the greeting is there: at once unless R2 has to be asked for it.
   */
  async load(plan: CallPlan, onClip: OnClip): Promise<void> {
    const { env, shelf, bucket, waitUntil } = this.#parts;
    if (env.AGENT_CLIPS === 'off' || env.ELEVENLABS_API_KEY === undefined) return;
    const wanted = wantedOf(env, plan);
    const missing: Missing[] = [];
    for (const each of wanted) {
      const key = clipKey(each);
      const clip = shelf.find(key);
      if (clip === undefined) missing.push({ ...each, key });
      else onClip({ text: each.text, ...clip });
    }
    const [first, ...others] = missing;
    if (first === undefined) return;
    const isGreeting = first.text === greetingOf(plan);
    if (bucket === undefined || !isGreeting) return waitUntil(this.#loadAll(missing, onClip));
    const isThere = await this.#read(first, onClip);
    waitUntil(this.#loadAll(others, onClip, isThere ? [] : [first]));
  }

  /** `absent`: known not to be in R2. */
  async #loadAll(
    missing: readonly Missing[],
    onClip: OnClip,
    absent: readonly Missing[] = [],
  ): Promise<void> {
    const isRead = new Set<Missing>();
    await allOf(missing, READS_AT_ONCE, async (each) => {
      if (await this.#read(each, onClip)) isRead.add(each);
    });
    const unvoiced = [...absent, ...missing.filter((each) => !isRead.has(each))];
    await allOf(unvoiced, VOICED_AT_ONCE, (each) => this.#voice(each, onClip));
  }

  /** Whether it is there. */
  async #read({ key, text }: Missing, onClip: OnClip): Promise<boolean> {
    const { bucket, shelf } = this.#parts;
    if (bucket === undefined || this.#isBucketFailed) return false;
    try {
      const file = await bucket.get(await clipObjectName(key));
      // What is not whole is voiced again, and written over.
      const clip = file === undefined ? undefined : decodeClip(text, file);
      if (clip === undefined) return false;
      shelf.put(key, clip);
      onClip({ text, ...clip });
      return true;
    } catch (error) {
      this.#failBucket(error);
      return false;
    }
  }

  async #voice(missing: Missing, onClip: OnClip): Promise<void> {
    const { shelf } = this.#parts;
    const { key, text } = missing;
    const clip =
      shelf.find(key) ?? (await shelf.share(key, VOICE_MS_MAX, () => this.#voiceNow(missing)));
    if (clip !== undefined) onClip({ text, ...clip });
  }

  /** The voice may be away: the call itself will notice, and says so. */
  async #voiceNow(missing: Missing): Promise<Clip | undefined> {
    const { shelf, voice, waitUntil } = this.#parts;
    try {
      const clip = await voice(missing, AbortSignal.timeout(VOICE_MS_MAX));
      if (clip === undefined) return undefined;
      shelf.put(missing.key, clip);
      waitUntil(this.#write(missing, clip));
      return clip;
    } catch {
      return undefined;
    }
  }

  async #write({ key, text }: Missing, clip: Clip): Promise<void> {
    const { bucket } = this.#parts;
    if (bucket === undefined || this.#isBucketFailed) return;
    try {
      await bucket.put(await clipObjectName(key), encodeClip(text, clip));
    } catch (error) {
      this.#failBucket(error);
    }
  }

  /** It is not asked again in this call. */
  #failBucket(error: unknown): void {
    if (this.#isBucketFailed) return;
    this.#isBucketFailed = true;
    this.#parts.onBucketFailed(error instanceof Error ? error.message : String(error));
  }
}

/** What the agent begins with. */
function greetingOf({ settings }: CallPlan): string | undefined {
  const [locale = ''] = settings.stt.languages;
  return settings.phrases[languageOf(locale)]?.greeting;
}

/** All that the agent says in every call, in each of its languages; what is wanted first comes first. */
function wantedOf(env: Env, plan: CallPlan): WantedClip[] {
  const { phrases, stt } = plan.settings;
  const languages = [...new Set(stt.languages.map(languageOf))];
  const ofLanguages = languages.flatMap((language) => {
    const own = phrases[language];
    return own === undefined ? [] : [{ language, ranks: phrasesByUrgency(own) }];
  });
  const ranks = Math.max(0, ...ofLanguages.map((each) => each.ranks.length));
  const wanted = new Map<string, WantedClip>();
  for (let rank = 0; rank < ranks; rank++) {
    for (const { language, ranks: own } of ofLanguages) {
      for (const text of own[rank] ?? []) {
        if (!isSpoken(text) || !plan.fixedPhrases.has(text)) continue;
        const each = { text, options: voiceOptions(env, plan, 0, language) };
        // The core finds a clip by its text alone: two languages with one greeting have one clip of it.
        if (!wanted.has(text)) wanted.set(text, each);
      }
    }
  }
  return [...wanted.values()];
}

function phrasesByUrgency(phrases: Phrases): readonly (readonly string[])[] {
  const { greeting, openers, fillers, apology, failure } = phrases;
  const { notUnderstood, reprompt, goodbye, timeLimit } = phrases;
  return [
    [greeting],
    openers,
    fillers,
    [apology],
    [failure],
    [notUnderstood, reprompt, goodbye, timeLimit],
  ];
}

/** `atOnce` at a time, in order. */
async function allOf<Item>(
  items: readonly Item[],
  atOnce: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) await run(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
