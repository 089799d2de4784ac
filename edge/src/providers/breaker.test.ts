import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelOptions } from '../call/core/settings.ts';
import { Breaker, type Endpoint } from './breaker.ts';
import { ProviderError } from './error.ts';
import type { Llm, LlmEvent } from './llm.ts';
import { GuardedLlm } from './llm/guarded-llm.ts';
import type { SttListener } from './stt.ts';
import { GuardedStt } from './stt/guarded-stt.ts';
import type { Tts, TtsListener } from './tts.ts';
import { GuardedTts } from './tts/guarded-tts.ts';

let tests = 0;
let changes: string[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  tests++;
  changes = [];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Circuits outlive a test, as they outlive a call: each test has names of its own. */
const named = (name: string): Endpoint => ({ name, key: `${name} ${tests}` });

const breakerOf = (provider: 'STT' | 'LLM' | 'TTS', openMs = 15_000): Breaker =>
  new Breaker({ provider, openMs, onChange: ({ message }) => changes.push(message) });

describe('a breaker', () => {
  const [a, b] = ['a', 'b'] as const;
  const failing = { code: 'LLM_UNAVAILABLE' } as const;

  it('spares an endpoint for all who share the isolate, while another one answers', () => {
    for (let i = 0; i < 3; i++)
      breakerOf('LLM')
        .begin(named(a), [named(b)])
        ?.fail(failing);
    const other = breakerOf('LLM');
    expect(other.begin(named(a), [named(b)])).toBeUndefined();
    expect(other.refusal(named(a))).toEqual({
      code: 'LLM_UNAVAILABLE',
      message: 'a: circuit open',
    });
    expect(changes).toEqual(['LLM a: circuit open, LLM_UNAVAILABLE']);
    vi.advanceTimersByTime(15_000);
    expect(other.begin(named(a), [named(b)])).toBeDefined();
    expect(other.begin(named(a), [named(b)])).toBeUndefined();
  });

  it('refuses nobody who has nowhere else to go', () => {
    const breaker = breakerOf('LLM');
    for (let i = 0; i < 3; i++) breaker.begin(named(a), [])?.fail(failing);
    expect(breaker.begin(named(a), [])).toBeDefined();
    for (let i = 0; i < 3; i++) breaker.begin(named(b), [])?.fail(failing);
    expect(breaker.begin(named(a), [named(b)])).toBeDefined();
  });

  it('can be switched off', () => {
    const breaker = breakerOf('LLM', 0);
    for (let i = 0; i < 9; i++) breaker.begin(named(a), [named(b)])?.fail(failing);
    expect(breaker.begin(named(a), [named(b)])).toBeDefined();
  });

  it.each([
    ['LLM_BAD_REQUEST', undefined],
    ['LLM_AUTH', undefined],
    ['LLM_QUOTA', undefined],
    ['TTS_BAD_REQUEST', undefined],
    ['TTS_QUOTA', undefined],
  ] as const)('takes %s for no fault of the endpoint', (code, retryAfterMs) => {
    const breaker = breakerOf('LLM');
    for (let i = 0; i < 9; i++) breaker.begin(named(a), [named(b)])?.fail({ code, retryAfterMs });
    expect(breaker.begin(named(a), [named(b)])).toBeDefined();
  });

  it.each([
    ['LLM_RATE_LIMITED', 40_000, 40_000],
    ['LLM_RATE_LIMITED', 1000, 15_000],
    ['LLM_RATE_LIMITED', 1e9, 300_000],
    ['STT_AUTH', undefined, 300_000],
    ['STT_QUOTA', undefined, 300_000],
  ] as const)(
    'opens at once at %s with Retry-After %s, for %s ms',
    (code, retryAfterMs, openMs) => {
      const breaker = breakerOf('LLM');
      breaker.begin(named(a), [named(b)])?.fail({ code, retryAfterMs });
      vi.advanceTimersByTime(openMs - 1);
      expect(breaker.begin(named(a), [named(b)])).toBeUndefined();
      vi.advanceTimersByTime(1);
      expect(breaker.begin(named(a), [named(b)])).toBeDefined();
    },
  );
});

describe('a model behind a circuit', () => {
  const models = (): ModelOptions => ({
    primary: `first ${tests}`,
    hedges: [`racer ${tests}`],
    hedgeAfterMs: 300,
    fallbacks: [`second ${tests}`],
  });

  function guarded(run: (signal: AbortSignal) => AsyncIterable<LlmEvent>): {
    readonly asked: string[];
    readonly ask: (model: string, signal?: AbortSignal) => Promise<string>;
  } {
    const asked: string[] = [];
    const llm: Llm = {
      stream: ({ model }, signal) => {
        asked.push(model);
        return run(signal);
      },
    };
    const timings = { llmFirstTokenMsMax: 2500, llmStallMsMax: 4000 };
    const guard = new GuardedLlm(llm, breakerOf('LLM'), { url: '', models: models(), timings });
    return {
      asked,
      async ask(model, signal = new AbortController().signal) {
        try {
          for await (const event of guard.stream({ model, messages: [] }, signal)) {
            if (signal.aborted) return 'aborted';
            void event;
          }
          return 'done';
        } catch (error) {
          return error instanceof ProviderError ? error.message : String(error);
        }
      },
    };
  }

  const text = { kind: 'text', text: 'Hello' } as const;

  it('is refused after three failures, with the one behind it to be asked', async () => {
    const { asked, ask } = guarded(async function* () {
      yield text;
      throw new ProviderError('LLM_BROKEN', 'the answer broke off');
    });
    const { primary, fallbacks } = models();
    for (let i = 0; i < 3; i++) expect(await ask(primary)).toBe('the answer broke off');
    expect(await ask(primary)).toBe(`${primary}: circuit open`);
    expect(asked).toHaveLength(3);
    // The last one of the chain is asked however often it fails.
    for (let i = 0; i < 5; i++) expect(await ask(fallbacks[0] ?? '')).toBe('the answer broke off');
  });

  it.each([
    ['without a word for as long as the session waits', 0, 2500, true],
    ['without a word, but early', 0, 2400, false],
    ['silent in mid-answer for as long as the session waits', 1, 4000, true],
    ['in the middle of its answer', 1, 3900, false],
  ] as const)('that is given up %s: %i words, %i ms', async (_, words, silentMs, isFailure) => {
    const { ask } = guarded(async function* (signal) {
      for (let i = 0; i < words; i++) yield text;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const { primary } = models();
    for (let i = 0; i < 3; i++) {
      const abort = new AbortController();
      const asked = ask(primary, abort.signal);
      // Until the model has been asked and its words have been taken.
      for (let tick = 0; tick < 20; tick++) await Promise.resolve();
      vi.advanceTimersByTime(silentMs);
      abort.abort();
      await asked;
    }
    expect(changes.length > 0).toBe(isFailure);
  });
});

describe('a voice behind a circuit', () => {
  function guarded(others: readonly Endpoint[]): {
    readonly tts: Tts;
    readonly provider: TtsListener;
    readonly spoken: string[];
    readonly faults: (string | undefined)[];
  } {
    const spoken: string[] = [];
    const faults: (string | undefined)[] = [];
    const listeners: TtsListener[] = [];
    const tts = new GuardedTts(
      (inner) => {
        listeners.push(inner);
        return {
          speak: (contextId, said) => spoken.push(`${contextId} ${said}`),
          flush: () => undefined,
          closeContext: () => undefined,
          close: () => undefined,
        };
      },
      { breaker: breakerOf('TTS'), endpoint: named('socket'), others },
      {
        onAudio: () => undefined,
        onDone: () => undefined,
        onFault: (contextId, { message }) => faults.push(`${contextId}: ${message}`),
      },
    );
    const [provider] = listeners;
    if (provider === undefined) throw new Error('the voice was not opened');
    return { tts, provider, spoken, faults };
  }

  it('counts a connection that is gone once, with all that waited for it', () => {
    const { tts, provider } = guarded([named('http')]);
    for (let i = 0; i < 2; i++) {
      for (const context of ['a', 'b', 'c']) tts.speak(`${context}${i}`, 'Hello');
      provider.onFault(undefined, { code: 'TTS_UNAVAILABLE', message: 'gone' });
    }
    expect(changes).toEqual([]);
    // Nobody waits for this one.
    provider.onFault(undefined, { code: 'TTS_UNAVAILABLE', message: 'gone' });
    expect(changes).toEqual([]);
    tts.speak('d', 'Hello');
    provider.onFault('d', { code: 'TTS_BROKEN', message: 'broken' });
    expect(changes).toEqual(['TTS socket: circuit open, TTS_BROKEN']);
  });

  it('is told of silence by how long it had been silent when it was closed', () => {
    const { tts, provider } = guarded([named('http')]);
    const wait = (contextId: string, waitedMs: number): void => {
      tts.speak(contextId, 'Hello');
      vi.advanceTimersByTime(waitedMs);
      tts.closeContext(contextId);
    };
    for (let i = 0; i < 5; i++) wait(`early ${i}`, 690);
    for (let i = 0; i < 2; i++) wait(`late ${i}`, 700);
    tts.speak('heard', 'Hello');
    provider.onAudio('heard', new Uint8Array(160), undefined);
    vi.advanceTimersByTime(9000);
    tts.closeContext('heard');
    expect(changes).toEqual([]);
    for (let i = 0; i < 3; i++) wait(`later ${i}`, 700);
    expect(changes).toEqual(['TTS socket: circuit open, no answer in time']);
  });

  it('refuses a context once, with all its text, and takes the next one when it is well', async () => {
    const { tts, provider, spoken, faults } = guarded([named('http')]);
    for (let i = 0; i < 3; i++) {
      tts.speak(`${i}`, 'Hello');
      provider.onFault(`${i}`, { code: 'TTS_UNAVAILABLE', message: 'gone' });
    }
    faults.length = 0;
    spoken.length = 0;
    tts.speak('refused', 'Hello');
    tts.speak('refused', 'again');
    tts.flush('refused');
    await Promise.resolve();
    expect(spoken).toEqual([]);
    expect(faults).toEqual(['refused: socket: circuit open']);
    tts.closeContext('refused');
    vi.advanceTimersByTime(15_000);
    tts.speak('trial', 'Hello');
    provider.onAudio('trial', new Uint8Array(160), undefined);
    provider.onDone('trial');
    tts.speak('next', 'Hello');
    expect(spoken).toEqual(['trial Hello', 'next Hello']);
  });
});

describe('speech recognition behind a circuit', () => {
  it('goes on to the other region at once, and lets one stream find out', async () => {
    const opened: number[] = [];
    const listeners: SttListener[] = [];
    const urls = ['a', 'b'].map((host) => ({ url: new URL(`wss://${host}${tests}.example`) }));
    const guard = new GuardedStt(
      {
        open: ({ endpoint }, listener) => {
          opened.push(endpoint);
          listeners.push(listener);
          return { push: () => undefined, close: () => undefined };
        },
      },
      breakerOf('STT'),
      urls,
    );
    const faults: string[] = [];
    const open = (endpoint: number) =>
      guard.open(
        { languages: ['en-US'], endpoint },
        {
          onHypothesis: () => undefined,
          onPhrase: () => undefined,
          onFault: ({ code }) => faults.push(code),
        },
      );
    // It has understood something each time, so no failure follows another.
    for (let i = 0; i < 4; i++) {
      open(0);
      listeners.at(-1)?.onHypothesis({ text: 'yes', startMs: 0, endMs: 300 });
      listeners.at(-1)?.onFault({ code: 'STT_UNAVAILABLE', message: 'gone' });
    }
    expect(changes).toEqual([]);
    for (let i = 0; i < 2; i++) {
      open(0);
      listeners.at(-1)?.onFault({ code: 'STT_UNAVAILABLE', message: 'gone' });
    }
    expect(changes).toHaveLength(1);
    const before = opened.length;
    open(0).push(new Uint8Array(160));
    await Promise.resolve();
    expect(opened).toHaveLength(before);
    expect(faults.at(-1)).toBe('STT_UNAVAILABLE');
    open(1);
    expect(opened.at(-1)).toBe(1);
    vi.advanceTimersByTime(15_000);
    // Closed before a word was said: the next one may try as well.
    open(0).close();
    open(0);
    listeners.at(-1)?.onPhrase({ text: 'yes', startMs: 0, endMs: 300 });
    open(0);
    expect(opened.slice(before)).toEqual([1, 0, 0, 0]);
  });
});
