import { builtinDefinition } from '@patchcord/edge/src/call/builtin-tools.ts';
import { OpenRouterLlm } from '@patchcord/edge/src/providers/llm/openrouter.ts';
import type { LlmEvent } from '@patchcord/edge/src/providers/llm.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startOpenRouterStandin, type OpenRouterStandin } from '../standins/openrouter.ts';

let standin: OpenRouterStandin;
let llm: OpenRouterLlm;
beforeAll(async () => {
  standin = await startOpenRouterStandin({ latencies: { firstTokenMs: 5, tokenMs: 1 } });
  const plan = { tools: [builtinDefinition('end_call')], tokensMax: 800 };
  llm = new OpenRouterLlm({ apiKey: 'a key', url: standin.url, plan });
});
afterAll(() => standin.close());
afterEach(() => standin.behaviour.reset());

async function ask(text: string, signal = new AbortController().signal): Promise<LlmEvent[]> {
  const events: LlmEvent[] = [];
  const request = { model: 'some/model', messages: [{ role: 'user', content: text }] } as const;
  for await (const event of llm.stream(request, signal)) {
    events.push(event);
  }
  return events;
}

const textOf = (events: readonly LlmEvent[]): string =>
  events.map((event) => (event.kind === 'text' ? event.text : '')).join('');

describe('the language model', () => {
  it('answers as a stream of text, through the fastest upstream', async () => {
    const events = await ask('I want a table.');
    expect(events.length).toBeGreaterThan(3);
    expect(textOf(events)).toBe('I have noted: I want a table. Is there anything else?');
    expect(standin.requests.entries.at(-1)?.body).toMatchObject({
      model: 'some/model',
      stream: true,
      provider: { sort: 'latency' },
    });
  });

  it('calls tools, put together from their pieces', async () => {
    const events = await ask('Goodbye.');
    expect(textOf(events)).toBe('Thank you for calling. Goodbye!');
    expect(events.at(-2)).toMatchObject({
      kind: 'tool-call',
      call: { name: 'end_call', argumentsJson: '{}' },
    });
    expect(events.at(-1)).toMatchObject({
      kind: 'usage',
      usage: { costMicros: expect.any(Number) },
    });
  });

  it('passes on for how long it is not to be asked', async () => {
    standin.next({ fault: { kind: 'status', status: 429, retryAfterS: 7 } });
    await expect(ask('Well?')).rejects.toMatchObject({
      code: 'LLM_RATE_LIMITED',
      retryAfterMs: 7000,
    });
    standin.next({ fault: { kind: 'status', status: 429 } });
    await expect(ask('Well?')).rejects.toMatchObject({ retryAfterMs: undefined });
  });

  it.each([
    ['400', { kind: 'status', status: 400 }, 'LLM_BAD_REQUEST'],
    ['401', { kind: 'status', status: 401 }, 'LLM_AUTH'],
    ['402', { kind: 'status', status: 402 }, 'LLM_QUOTA'],
    ['403, moderation', { kind: 'status', status: 403 }, 'LLM_BAD_REQUEST'],
    ['404', { kind: 'status', status: 404 }, 'LLM_BAD_REQUEST'],
    ['408', { kind: 'status', status: 408 }, 'LLM_UNAVAILABLE'],
    ['429', { kind: 'status', status: 429 }, 'LLM_RATE_LIMITED'],
    ['502', { kind: 'status', status: 502 }, 'LLM_UNAVAILABLE'],
    ['no connection', { kind: 'refuse' }, 'LLM_UNAVAILABLE'],
    ['an error in mid-stream', { kind: 'error', after: 3, code: 502 }, 'LLM_UNAVAILABLE'],
    ['a limit in mid-stream', { kind: 'error', after: 3, code: 429 }, 'LLM_RATE_LIMITED'],
    ['a cut connection', { kind: 'disconnect', after: 3 }, 'LLM_BROKEN'],
    ['garbage', { kind: 'garbage', after: 3 }, 'LLM_BROKEN'],
  ] as const)('fails with a code and without a secret: %s', async (_, fault, code) => {
    standin.next({ fault });
    const error: unknown = await ask('Well?').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ProviderError', code });
    expect(String(error)).not.toContain('a key');
    // Attempts are the session's business.
    expect(standin.behaviour.waiting).toBe(0);
  });

  it('is stopped upstream by an abort', async () => {
    standin.next({ tokenMs: 200 });
    const abort = new AbortController();
    const before = standin.abortedCount;
    standin.requests.clear();
    const asked = ask('I want a table.', abort.signal).catch(() => undefined);
    await expect.poll(() => standin.requests.entries.at(-1)?.tokensSent).toBeGreaterThan(0);
    abort.abort();
    await asked;
    await expect.poll(() => standin.abortedCount).toBe(before + 1);
  });
});
