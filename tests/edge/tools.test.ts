/** Tools of agents in workerd: real HTTP endpoints, a real server of tools, and a caller who hears what they answer. */

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { receptionistWith } from '../standins/brain.ts';
import { Api } from './api/api.ts';
import { McpTestServer } from './mcp-server.ts';
import { ToolServer } from './tool-server.ts';
import type { TwilioCall } from './twilio-call.ts';
import { API_TOKEN, AUTH_TOKEN, World } from './world.ts';

const NAMES = ['order', 'slow', 'hang', 'fail', 'flaky', 'moved', 'picture', 'big'] as const;

const BRAIN = receptionistWith([
  ...NAMES.map((name) => ({
    said: new RegExp(`\\b${name}\\b`, 'iu'),
    tool: name,
    arguments: { what: 'the blue one' },
  })),
  { said: /wrong/iu, tool: 'order', arguments: { what: 5 } },
  {
    said: /unsafe/iu,
    tool: 'book',
    arguments: {},
    content: 'I book it, and that may take a while.',
  },
  {
    said: /search/iu,
    tool: 'search',
    arguments: {},
    content: 'I search, and that may take a while.',
  },
  { said: /customer/iu, tool: 'crm_find_customer', arguments: { name: 'Siti' } },
  { said: /refuse/iu, tool: 'crm_refuse', arguments: {} },
  {
    said: /remember/iu,
    tool: 'note',
    arguments: { text: 'allergic to nuts' },
    content: 'I noted it.',
  },
]);

let world: World;
let tools: ToolServer;
let mcp: McpTestServer;

beforeAll(async () => {
  [tools, mcp] = await Promise.all([ToolServer.start(), McpTestServer.start()]);
  world = await World.start({
    vars: { BOOKING_KEY: 'sesame', AGENT_FILLER_MS: '1200' },
    standins: { openrouter: { brain: BRAIN } },
  });
  const http = (name: string, change: object = {}): object => ({
    kind: 'http',
    name,
    description: `Does ${name}`,
    url: `${tools.url}/${name}`,
    timeoutMs: 4000,
    parameters: {
      type: 'object',
      properties: { what: { type: 'string' } },
      additionalProperties: false,
    },
    ...change,
  });
  const base = {
    instructions: 'Be kind.',
    greeting: 'Hello!',
    phrases: { fillers: ['Hold on.'], openers: [] },
  };
  const agents = [
    {
      ...base,
      name: 'http',
      variables: { shop: {} },
      tools: [
        http('order', {
          url: `${tools.url}/order/{{shop}}`,
          headers: { Authorization: 'Bearer {{secret.BOOKING_KEY}}' },
        }),
        http('slow'),
        http('hang', { timeoutMs: 900 }),
        http('fail', { isIdempotent: true }),
        http('flaky', { isIdempotent: true, method: 'GET' }),
        http('moved', { isIdempotent: true }),
        http('picture'),
        http('big', { resultCharsMax: 100 }),
        http('search', { url: `${tools.url}/hang/search`, isSafeToAbort: true, timeoutMs: 20_000 }),
        http('book', { url: `${tools.url}/hang/book`, timeoutMs: 20_000 }),
        { kind: 'builtin', name: 'note' },
        { kind: 'builtin', name: 'end_call' },
      ],
    },
    {
      ...base,
      name: 'mcp',
      tools: [
        {
          kind: 'mcp',
          name: 'crm',
          url: mcp.url,
          headers: { Authorization: 'Bearer {{secret.BOOKING_KEY}}' },
          allow: ['find.customer', 'refuse'],
        },
        { kind: 'mcp', name: 'lost', url: `${tools.url}/hang/mcp` },
        { kind: 'mcp', name: 'away', url: 'http://127.0.0.1:9/mcp' },
      ],
    },
  ];
  const api = new Api(world.edge.url, API_TOKEN);
  for (const agent of agents) {
    expect((await api.post('/api/v1/agents', agent)).status).toBe(201);
  }
});
afterAll(async () => {
  await world.stop();
  tools.stop();
  mcp.stop();
});

const dial = (agent: string, more: Readonly<Record<string, string>> = {}): Promise<TwilioCall> =>
  world.dialAndListen({ customParameters: { agent, ...more } });

/** What the caller hears after he has said something. */
async function answerTo(call: TwilioCall, said: string, end: string): Promise<string> {
  const before = call.heard;
  call.say(said);
  await call.untilHeard(end);
  return call.heardSince(before);
}

describe('an HTTP tool', () => {
  it('is asked as the agent says, signed, and the caller hears what it answers', async () => {
    const call = await dial('http', { shop: 'Jalan 1/2' });
    const end = 'Done. The answer was: It is on its way.';
    expect(await answerTo(call, 'Where is my order?', end)).toBe(end);
    call.hangUp();

    const [request] = tools.requestsOf('order');
    if (request === undefined) throw new Error('nobody asked');
    expect(request).toMatchObject({
      method: 'POST',
      path: '/order/Jalan%201%2F2',
      body: '{"what":"the blue one"}',
      headers: { authorization: 'Bearer sesame', 'x-patchcord-call': call.callSid },
    });
    // As docs/tools.md has it.
    const header = String(request.headers['x-patchcord-signature']);
    const { t, v1 } = Object.fromEntries(header.split(',').map((part) => part.split('=')));
    const key = createHmac('sha256', AUTH_TOKEN).update('patchcord tools v1').digest('hex');
    expect(v1).toBe(createHmac('sha256', key).update(`${t}.${request.body}`).digest('hex'));
    expect(Math.abs(Date.now() / 1000 - Number(t))).toBeLessThan(60);
  });

  it('is not asked with arguments that do not fit, and the model is told', async () => {
    const call = await dial('http');
    const asked = tools.requestsOf('order').length;
    const before = call.heard;
    call.say('Something wrong, please.');
    await call.until(() => call.heardSince(before).includes('arguments are wrong'));
    call.hangUp();
    expect(tools.requestsOf('order')).toHaveLength(asked);
    await vi.waitFor(() => expect(world.logs.some(hasCode('TOOL_ARGUMENTS'))).toBe(true));
  });

  it('that takes long is waited for with a filler', async () => {
    const call = await dial('http');
    const end = 'Done. The answer was: It took long.';
    expect(await answerTo(call, 'This is slow.', end)).toBe(`Hold on. ${end}`);
    call.hangUp();
  });

  it.each([
    ['fail', 'error: the tool answered five hundred: out of paper.', 3, 'TOOL_STATUS'],
    ['moved', 'error: the tool has moved and cannot be asked.', 1, 'TOOL_REDIRECTED'],
    ['picture', 'error: the tool answered with something that is no text.', 1, 'TOOL_UNREADABLE'],
    ['hang', 'error: the tool did not answer in time.', 1, 'TOOL_TIMEOUT'],
    ['flaky', 'It worked.', 2, undefined],
  ])('that would %s is told of in a line', async (name, answer, requests, code) => {
    const call = await dial('http');
    const before = tools.requestsOf(name).length;
    await answerTo(call, `Please ${name}.`, `The answer was: ${answer}`);
    call.hangUp();
    expect(tools.requestsOf(name).slice(before)).toHaveLength(requests);
    if (code === undefined) return;
    expect(world.logs.filter(hasCode(code)).some((line) => line.includes(call.callSid))).toBe(true);
  });

  it('that says too much is cut short', async () => {
    const call = await dial('http');
    await answerTo(call, 'A big one.', 'the answer is longer than may be read].');
    call.hangUp();
    expect(tools.requestsOf('big').map(({ outcome }) => outcome)).toEqual(['given-up']);
  });

  it.each([
    ['search', 'given-up'],
    ['book', 'open'],
  ] as const)('%s is %s when the caller interrupts', async (name, outcome) => {
    const call = await dial('http');
    call.say(name === 'search' ? 'Search for it.' : 'Do the unsafe one.');
    await vi.waitFor(() => expect(tools.requestsOf(`hang/${name}`)).toHaveLength(1), 15_000);
    await call.until(() => call.heard.includes('that may'));
    await answerTo(call, 'No, never mind that.', 'You said: No, never mind that.');
    const [request] = tools.requestsOf(`hang/${name}`);
    expect(request?.outcome).toBe(outcome);
    call.hangUp();
    await world.finalReport(call.callSid);
    // Not even the end of the call ends what must not be given up.
    expect(request?.outcome).toBe(outcome);
  });
});

describe('a server of tools', () => {
  it('is asked for them while the greeting is said, and once for all calls', async () => {
    const call = await dial('mcp');
    const end = 'Done. The answer was: Siti has paid.';
    expect(await answerTo(call, 'Has the customer paid?', end)).toBe(end);
    expect(mcp.authorizations).toEqual(new Set(['Bearer sesame']));
    const offered = world.standins.openrouter.requests.entries.at(-1)?.body as {
      tools: { function: { name: string } }[];
    };
    // Not `forget`, which is not allowed, and nothing of the two servers that are not there.
    expect(offered.tools.map((tool) => tool.function.name)).toEqual([
      'crm_find_customer',
      'crm_refuse',
    ]);
    for (const server of ['lost', 'away']) {
      const isTold = (line: string): boolean =>
        line.includes('MCP_UNAVAILABLE') && line.includes(`${server}:`);
      expect(world.logs.some(isTold)).toBe(true);
    }
    call.hangUp();
    await vi.waitFor(() => expect(mcp.sessions).toBe(0));

    const again = await dial('mcp');
    await answerTo(again, 'Please refuse.', 'Done. The answer was: error: not on a Sunday.');
    again.hangUp();
    expect(mcp.methods.filter((method) => method === 'tools/list')).toHaveLength(1);
    expect(mcp.methods.filter((method) => method === 'tools/call')).toHaveLength(2);
    expect(mcp.methods).not.toContain('GET');
  });
});

describe('a tool that is part of the telephone', () => {
  it('keeps a note, and hangs up when the goodbye has been heard', async () => {
    const call = await dial('http');
    expect(await answerTo(call, 'Remember that.', 'I noted it.')).toBe('I noted it.');
    call.say('Goodbye.');
    await call.until(() => call.closed !== undefined);
    expect(call.closed).toEqual({ code: 1000, reason: 'agent-hangup' });
    expect(call.heard.endsWith('Thank you for calling. Goodbye!')).toBe(true);
    const report = await world.finalReport(call.callSid);
    expect(report).toMatchObject({ notes: ['allergic to nuts'], agent: 'http', agentVersion: 1 });
    expect(report.turns.map(({ heard }) => heard)).toEqual([
      'Hello!',
      'I noted it.',
      'Thank you for calling. Goodbye!',
    ]);
  });
});

function hasCode(code: string): (line: string) => boolean {
  return (line) => line.includes(`"${code}"`);
}
