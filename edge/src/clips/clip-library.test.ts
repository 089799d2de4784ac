import { describe, expect, it } from 'vitest';
import { agentSchema } from '../agents/agent.ts';
import type { Clip } from '../call/core/speaking/clips.ts';
import { planOfAgent } from '../call/plan-of-agent.ts';
import type { CallPlan } from '../call/plan.ts';
import { parseEnv, type Env } from '../env.ts';
import { ClipLibrary, type ClipBucket, type ClipLibraryParts } from './clip-library.ts';
import { ClipShelf } from './clip-shelf.ts';

const PHRASES = {
  apology: 'Sorry?',
  failure: 'We are broken.',
  notUnderstood: 'Pardon?',
  reprompt: 'Hello?',
  goodbye: 'Bye.',
  timeLimit: '',
  openers: ['Okay,', 'Well,'],
  fillers: ['One moment.'],
};

/** In the order in which they are wanted. */
const TEXTS = 'Hello!|Okay,|Well,|One moment.|Sorry?|We are broken.|Pardon?|Hello?|Bye.'.split('|');

function envOf(variables: Readonly<Record<string, string>> = {}): Env {
  const parsed = parseEnv({ AUTH_TOKEN: 'sesame', ELEVENLABS_API_KEY: 'a key', ...variables });
  if (!parsed.isValid) throw new Error(JSON.stringify(parsed.problems));
  return parsed.env;
}

function planOf(agent: object = {}, parameters: Readonly<Record<string, string>> = {}): CallPlan {
  const parsed = agentSchema.parse({
    name: 'test',
    instructions: 'Be kind.',
    greeting: 'Hello!',
    phrases: PHRASES,
    ...agent,
  });
  return planOfAgent(parsed, { env: envOf(), parameters, startedAt: 0, secret: () => undefined });
}

class MemoryBucket implements ClipBucket {
  readonly files = new Map<string, Uint8Array>();
  gets = 0;
  isBroken = false;

  async get(name: string): Promise<Uint8Array | undefined> {
    this.gets++;
    await Promise.resolve();
    if (this.isBroken) throw new Error('R2 is away');
    return this.files.get(name);
  }

  async put(name: string, file: Uint8Array): Promise<void> {
    await Promise.resolve();
    if (this.isBroken) throw new Error('R2 is away');
    this.files.set(name, file);
  }
}

/** One isolate with its shelf; voicing waits for `release` where it is held. */
class Isolate {
  readonly shelf = new ClipShelf();
  readonly voiced: string[] = [];
  readonly failures: string[] = [];
  readonly #work: Promise<unknown>[] = [];
  readonly #held: (() => void)[] = [];
  isHeld = false;
  hasVoice = true;
  atOnce = 0;
  atOnceMax = 0;

  async load(plan: CallPlan, parts: Partial<ClipLibraryParts> = {}): Promise<string[]> {
    const heard: string[] = [];
    const library = new ClipLibrary({
      env: envOf(),
      shelf: this.shelf,
      voice: ({ text }) => this.#voice(text),
      waitUntil: (work) => void this.#work.push(work),
      onBucketFailed: (message) => void this.failures.push(message),
      ...parts,
    });
    await library.load(plan, ({ text }) => void heard.push(text));
    return heard;
  }

  async settle(): Promise<void> {
    for (const work of this.#work) await work;
  }

  release(): void {
    this.isHeld = false;
    for (const go of this.#held.splice(0)) go();
  }

  async #voice(text: string): Promise<Clip | undefined> {
    this.voiced.push(text);
    this.atOnceMax = Math.max(this.atOnceMax, ++this.atOnce);
    await new Promise<void>((resolve) => (this.isHeld ? this.#held.push(resolve) : resolve()));
    this.atOnce--;
    if (!this.hasVoice) throw new Error('no voice');
    return { mulaw: new Uint8Array(100).fill(text.length) };
  }
}

describe('phrases of an agent', () => {
  it('are voiced once, three at a time, those first that are wanted first', async () => {
    const isolate = new Isolate();
    const bucket = new MemoryBucket();
    const heard = await isolate.load(planOf(), { bucket });
    await isolate.settle();
    expect(isolate.voiced).toEqual(TEXTS);
    expect(heard).toEqual(TEXTS);
    expect(isolate.atOnceMax).toBe(3);
    expect(bucket.files.size).toBe(TEXTS.length);
    expect(await isolate.load(planOf(), { bucket })).toEqual(TEXTS);
    expect(isolate.voiced).toHaveLength(TEXTS.length);
  });

  it('come from R2 in another isolate, the greeting before the call begins', async () => {
    const bucket = new MemoryBucket();
    const before = new Isolate();
    await before.load(planOf(), { bucket });
    await before.settle();
    const isolate = new Isolate();
    const heard = await isolate.load(planOf(), { bucket });
    expect(heard).toEqual(['Hello!']);
    await isolate.settle();
    // Three are read at once: which of them is there first is not promised.
    expect(heard.toSorted()).toEqual(TEXTS.toSorted());
    expect(isolate.voiced).toEqual([]);
  });

  it('are voiced and written again where R2 has something else', async () => {
    const bucket = new MemoryBucket();
    const before = new Isolate();
    await before.load(planOf(), { bucket });
    await before.settle();
    const good = new Map(bucket.files);
    const [first = '', second = ''] = bucket.files.keys();
    bucket.files.set(first, Uint8Array.of(1, 2, 3));
    bucket.files.set(second, (bucket.files.get(second) ?? new Uint8Array(9)).slice(0, -1));
    const isolate = new Isolate();
    const heard = await isolate.load(planOf(), { bucket });
    await isolate.settle();
    expect(isolate.voiced).toHaveLength(2);
    expect(heard.toSorted()).toEqual(TEXTS.toSorted());
    expect(bucket.files).toEqual(good);
  });

  it('are voiced without R2, and while it is away, which is said once', async () => {
    const isolate = new Isolate();
    expect(await isolate.load(planOf())).toEqual([]);
    await isolate.settle();
    expect(isolate.voiced).toEqual(TEXTS);
    const bucket = new MemoryBucket();
    bucket.isBroken = true;
    const other = new Isolate();
    const heard = await other.load(planOf(), { bucket });
    await other.settle();
    expect(heard).toEqual(TEXTS);
    expect(other.failures).toEqual(['R2 is away']);
    expect(bucket.gets).toBe(1);
  });

  it('reach a call that begins while they are voiced for another one', async () => {
    const isolate = new Isolate();
    isolate.isHeld = true;
    const first = await isolate.load(planOf());
    const second = await isolate.load(planOf());
    isolate.release();
    await isolate.settle();
    expect(first).toEqual(TEXTS);
    expect(second).toEqual(TEXTS);
    expect(isolate.voiced).toEqual(TEXTS);
  });

  it('are tried again by the next call where there was no voice', async () => {
    const isolate = new Isolate();
    isolate.hasVoice = false;
    const heard = await isolate.load(planOf());
    await isolate.settle();
    expect(heard).toEqual([]);
    isolate.hasVoice = true;
    await isolate.load(planOf());
    await isolate.settle();
    expect(heard).toEqual([]);
    expect(isolate.voiced).toEqual([...TEXTS, ...TEXTS]);
  });

  it('are not kept where each call has words of its own', async () => {
    const isolate = new Isolate();
    const agent = { greeting: 'Hello {{name}}!', variables: { name: { default: 'there' } } };
    await isolate.load(planOf(agent, { name: 'Aina' }));
    await isolate.settle();
    expect(isolate.voiced).toEqual(TEXTS.slice(1));
    await isolate.load(planOf(agent));
    await isolate.settle();
    expect(isolate.voiced.slice(TEXTS.length - 1)).toEqual(['Hello there!']);
  });

  it('are not waited for when the agent begins with none', async () => {
    const get = (): Promise<undefined> => new Promise(() => undefined);
    const bucket = { get, put: () => Promise.resolve() };
    expect(await new Isolate().load(planOf({ greeting: '' }), { bucket })).toEqual([]);
  });

  it.each([
    ['they are switched off', { AGENT_CLIPS: 'off' }],
    ['there is no voice', { ELEVENLABS_API_KEY: '' }],
  ])('are left alone where %s', async (_, variables) => {
    const isolate = new Isolate();
    const bucket = new MemoryBucket();
    await isolate.load(planOf(), { env: envOf(variables), bucket });
    await isolate.settle();
    expect([isolate.voiced, bucket.gets]).toEqual([[], 0]);
  });

  it('of two languages take turns', async () => {
    const isolate = new Isolate();
    const two = (text: string): object => ({ 'en-US': text, 'ms-MY': `ms ${text}` });
    const phrases = { ...PHRASES, openers: [two('Okay,')], fillers: [], apology: two('Sorry?') };
    await isolate.load(planOf({ languages: ['en-US', 'ms-MY'], greeting: two('Hello!'), phrases }));
    await isolate.settle();
    expect(isolate.voiced.slice(0, 6)).toEqual([
      'Hello!',
      'ms Hello!',
      'Okay,',
      'ms Okay,',
      'Sorry?',
      'ms Sorry?',
    ]);
  });
});
