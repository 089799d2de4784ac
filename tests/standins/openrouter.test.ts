import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import type { OpenRouterOptions, OpenRouterStandin } from './openrouter.ts';
import { startOpenRouterStandin } from './openrouter.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function start(
  options: OpenRouterOptions = {},
  key = 'right-key',
): Promise<{ standin: OpenRouterStandin; client: OpenAI }> {
  const standin = await startOpenRouterStandin({
    apiKey: 'right-key',
    latencies: { firstTokenMs: 0, tokenMs: 0 },
    ...options,
  });
  closing.push(() => standin.close());
  return { standin, client: new OpenAI({ baseURL: standin.url, apiKey: key, maxRetries: 0 }) };
}

const ASK = {
  model: 'openai/gpt-5-mini',
  messages: [
    { role: 'system' as const, content: 'You are a receptionist.' },
    { role: 'user' as const, content: 'Do you sell purple umbrellas?' },
  ],
};
const ANSWER = 'You said: Do you sell purple umbrellas?';

const HANG_UP = {
  type: 'function' as const,
  function: { name: 'end_call', parameters: { type: 'object', properties: {} } },
};

describe('the openai SDK', () => {
  test('streams an answer token by token, with usage and cost last', async () => {
    const { standin, client } = await start();
    const { data: stream, response } = await client.chat.completions
      .create({ ...ASK, stream: true })
      .withResponse();
    const chunks = await Array.fromAsync(stream);
    const tokens = chunks.flatMap((chunk) => chunk.choices[0]?.delta.content ?? []);
    expect(tokens.join('')).toBe(ANSWER);
    expect(tokens.length).toBeGreaterThan(5);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: tokens.filter((token) => token !== '').length },
    });
    expect(Reflect.get(chunks.at(-1)?.usage ?? {}, 'cost')).toBeGreaterThan(0);
    expect(response.headers.get('x-generation-id')).toBe(chunks[0]?.id);
    expect(standin.requests.entries[0]).toMatchObject({ status: 200, outcome: 'done' });
    expect(standin.abortedCount).toBe(0);
  });

  test('gets comments to skip while it waits', async () => {
    const { standin } = await start();
    const response = await fetch(`${standin.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer right-key' },
      body: JSON.stringify({ ...ASK, stream: true }),
    });
    const lines = (await response.text()).split('\n\n');
    expect(lines[0]).toBe(': OPENROUTER PROCESSING');
    expect(lines.slice(-2)).toEqual(['data: [DONE]', '']);
  });

  test('gets a whole answer', async () => {
    const { client } = await start();
    const answer = await client.chat.completions.create(ASK);
    expect(answer.choices[0]?.message.content).toBe(ANSWER);
    expect(answer.usage?.total_tokens).toBeGreaterThan(10);
  });

  test('gets tool calls in parts when a tool is offered and asked for', async () => {
    const { client } = await start({
      brain: (_, tools) => ({
        content: 'Goodbye!',
        toolCalls: tools.map(({ name }) => ({ name, arguments: { reason: 'caller is done' } })),
      }),
    });
    const runner = client.chat.completions.stream({ ...ASK, tools: [HANG_UP] });
    const { choices } = await runner.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Goodbye!',
        tool_calls: [
          {
            type: 'function',
            function: { name: 'end_call', arguments: '{"reason":"caller is done"}' },
          },
        ],
      },
    });
  });

  test('lists models', async () => {
    const { client } = await start();
    expect((await client.models.list()).data.map((model) => model.id)).toEqual([
      'stand-in/receptionist',
    ]);
  });
});

describe('faults before the stream', () => {
  test('a wrong key is 401', async () => {
    const { client } = await start({}, 'wrong-key');
    await expect(client.chat.completions.create(ASK)).rejects.toMatchObject({ status: 401 });
  });

  test.each([402, 429, 500, 503])("%i in OpenRouter's shape", async (status) => {
    const { standin, client } = await start();
    standin.next({ fault: { kind: 'status', status, retryAfterS: 7 } });
    const error: unknown = await client.chat.completions.create(ASK).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ status, code: status });
    if (error instanceof OpenAI.APIError) expect(error.headers?.get('retry-after')).toBe('7');
    expect((await client.chat.completions.create(ASK)).choices.length).toBe(1);
  });

  test('a refused connection', async () => {
    const { standin, client } = await start();
    standin.next({ fault: { kind: 'refuse' } });
    await expect(client.chat.completions.create(ASK)).rejects.toBeInstanceOf(
      OpenAI.APIConnectionError,
    );
  });

  test('a body that is no request is 400', async () => {
    const { client } = await start();
    await expect(
      client.chat.completions.create({ model: 'any', messages: [] }),
    ).rejects.toMatchObject({ status: 400 });
  });
});

/** Text until the end, and how it ended. */
async function read(client: OpenAI): Promise<{ text: string; error: unknown }> {
  let text = '';
  try {
    for await (const chunk of await client.chat.completions.create({ ...ASK, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
  } catch (error) {
    return { text, error };
  }
  return { text, error: undefined };
}

describe('faults in the stream', () => {
  test('an error chunk with HTTP status 200', async () => {
    const { standin, client } = await start();
    standin.next({ fault: { kind: 'error', after: 2, code: 502, message: 'upstream died' } });
    const { text, error } = await read(client);
    expect(text).toBe('You said:');
    expect(error).toMatchObject({ code: 502 });
    expect(String(error)).toContain('upstream died');
    expect(standin.requests.entries[0]).toMatchObject({ status: 200, outcome: 'failed' });
  });

  test('a cut connection', async () => {
    const { standin, client } = await start();
    standin.next({ fault: { kind: 'disconnect', after: 1 } });
    const { text, error } = await read(client);
    expect(text).toBe('You');
    expect(error).toBeDefined();
  });

  test('garbage', async () => {
    const { standin, client } = await start();
    standin.always({ fault: { kind: 'garbage', after: 1 } });
    expect((await read(client)).error).toBeInstanceOf(SyntaxError);
  });

  test('a stall, which the client ends; the abort is noticed and counted', async () => {
    const { standin, client } = await start();
    standin.next({ fault: { kind: 'stall', after: 3 } });
    const stream = await client.chat.completions.create({ ...ASK, stream: true });
    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text === 'You said: Do') stream.controller.abort();
    }
    expect(text).toBe('You said: Do');
    await expect.poll(() => standin.abortedCount).toBe(1);
    expect(standin.requests.entries[0]).toMatchObject({ outcome: 'aborted', tokensSent: 3 });
  });

  test('a slow first token', async () => {
    const { standin, client } = await start();
    standin.next({ fault: { kind: 'slow', delayMs: 120 } });
    const startedAt = performance.now();
    expect((await read(client)).text).toBe(ANSWER);
    expect(performance.now() - startedAt).toBeGreaterThan(115);
  });
});
