/** The index of calls: what the Durable Objects write into it, and how the API reads it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { newSid } from '@patchcord/shared/twilio/sid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { TwilioCall } from '../twilio-call.ts';
import { startEdge, type Edge } from '../worker.ts';
import { API_TOKEN, AUTH_TOKEN, World } from '../world.ts';
import { Api, errorOf } from './api.ts';

const pageSchema = z.object({
  calls: z.array(
    z.strictObject({
      callSid: z.string(),
      agent: z.string().nullable(),
      agentVersion: z.int().nullable(),
      status: z.enum(['in-progress', 'completed', 'failed']),
      direction: z.string().nullable(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      startedAt: z.iso.datetime(),
      endedAt: z.iso.datetime().nullable(),
      durationMs: z.int().nullable(),
      endReason: z.string().nullable(),
      turns: z.int(),
      costMicros: z.int().nullable(),
      currency: z.string().nullable(),
      language: z.string().nullable(),
      hasRecording: z.boolean(),
      summary: z.null(),
    }),
  ),
  nextCursor: z.string().nullable(),
});

let world: World;
let api: Api;
beforeAll(async () => {
  world = await World.start();
  api = new Api(world.edge.url, API_TOKEN);
});
afterAll(() => world.stop());

type Page = z.infer<typeof pageSchema>;

async function list(query: string): Promise<Page> {
  const answer = await api.get(`/api/v1/calls?${query}`);
  return pageSchema.parse(answer.body);
}

/** The only call that fits, as soon as the index has it. */
async function untilListed(query: string): Promise<Page['calls'][number]> {
  const look = async (): Promise<Page['calls'][number]> => {
    const { calls } = await list(query);
    const [only] = calls;
    if (only === undefined || calls.length > 1) throw new Error(`${calls.length} calls: ${query}`);
    return only;
  };
  return vi.waitFor(look, { timeout: 15_000 });
}

async function call(customParameters: Record<string, string>, end: 'hangUp' | 'drop' = 'hangUp') {
  const dialled = await world.dial({ customParameters });
  dialled[end]();
  return dialled.callSid;
}

const byNumber = (a: number, b: number): number => a - b;

describe('a call', () => {
  it('is in the list when it begins, and how it ended when it has', async () => {
    const customParameters = {
      From: '+60100000001',
      To: '+60300000001',
      Direction: 'inbound',
      agent: 'clinic',
    };
    const dialled = await world.dialAndListen({ customParameters });
    const begun = await untilListed('from=%2B60100000001');
    const known = {
      callSid: dialled.callSid,
      agent: 'clinic',
      direction: 'inbound',
      from: '+60100000001',
      to: '+60300000001',
      language: 'en-US',
      hasRecording: false,
    };
    expect(begun).toMatchObject({
      ...known,
      status: 'in-progress',
      endedAt: null,
      durationMs: null,
      endReason: null,
    });
    dialled.hangUp();
    const ended = await untilListed('from=%2B60100000001&status=completed');
    expect(ended).toMatchObject({ ...known, endReason: 'caller-hangup', turns: 1 });
    const report = await world.report(dialled.callSid);
    expect([report.status, report.endReason]).toEqual(['completed', 'caller-hangup']);
    const { startedAt, endedAt, durationMs } = ended;
    expect(durationMs).toBe(Date.parse(endedAt ?? '') - Date.parse(startedAt));
  });

  it('whose stream is lost is a failed one', async () => {
    await call({ From: '+60100000002' }, 'drop');
    const lost = await untilListed('from=%2B60100000002&status=failed');
    expect(lost).toMatchObject({ endReason: 'stream-lost', agent: null, direction: null });
  });
});

describe('the list', () => {
  const sids: string[] = [];
  beforeAll(async () => {
    for (let i = 0; i < 5; i++) {
      const Direction = i % 2 === 0 ? 'inbound' : 'outbound-api';
      sids.unshift(await call({ From: '+601777', To: `+60${i}`, Direction, agent: `a${i % 2}` }));
      await untilListed(`from=%2B601777&to=%2B60${i}&status=completed`);
    }
  });

  it('has the newest first, page by page, each call once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = await list(`from=%2B601777&limit=2${next}`);
      expect(page.calls.length).toBeLessThanOrEqual(2);
      seen.push(...page.calls.map(({ callSid }) => callSid));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(sids);
  });

  it.each([
    ['direction=outbound-api', [1, 3]],
    ['agent=a0', [0, 2, 4]],
    ['agent=a0&direction=outbound-api', []],
    ['to=%2B603', [3]],
    ['status=completed', [0, 1, 2, 3, 4]],
    ['status=in-progress', []],
    ['since=2000-01-01T00:00:00Z', [0, 1, 2, 3, 4]],
    ['since=2100-01-01T00:00:00%2B08:00', []],
    ['until=2000-01-01T00:00:00Z', []],
  ])('takes %s', async (query, expected) => {
    const { calls } = await list(`from=%2B601777&${query}`);
    expect(calls.map(({ to }) => Number(to?.slice(3))).sort(byNumber)).toEqual(expected);
  });

  it('takes an instant from the call of then on, and up to the one before', async () => {
    const { calls } = await list('from=%2B601777');
    const at = calls[2]?.startedAt ?? '';
    const since = await list(`from=%2B601777&since=${at}`);
    const until = await list(`from=%2B601777&until=${at}`);
    expect(since.calls.map(({ callSid }) => callSid)).toEqual(sids.slice(0, 3));
    expect(until.calls.map(({ callSid }) => callSid)).toEqual(sids.slice(3));
  });

  it.each([
    ['status', 'status=over'],
    ['agent', 'agent=A'],
    ['since', 'since=yesterday'],
    ['since', 'since=2026-01-01T00:00:00'],
    ['limit', 'limit=1000'],
    ['limit', 'limit=-1'],
    ['cursor', 'cursor=x'],
    ['caller', 'caller=1'],
  ])('refuses a wrong %s: %s', async (path, query) => {
    const { code, fields } = errorOf(await api.get(`/api/v1/calls?${query}`));
    expect([code, fields.map((field) => field.path)]).toEqual(['400 QUERY_INVALID', [path]]);
  });
});

/** For another edge with the same stand-ins. */
function varsOf({ standins }: World, more: Record<string, string>): Record<string, string> {
  return {
    AUTH_TOKEN,
    API_TOKEN,
    AZURE_SPEECH_KEY: 'a key',
    AZURE_SPEECH_URL: standins.azureSpeechUrl,
    OPENROUTER_API_KEY: 'a key',
    OPENROUTER_URL: standins.openrouterUrl,
    ELEVENLABS_API_KEY: 'a key',
    ELEVENLABS_URL: standins.elevenlabsUrl,
    AGENT_GREETING: 'Hello!',
    ...more,
  };
}

describe('an edge without a database', () => {
  it('holds calls as ever, says once what is missing, and has no list', async () => {
    const logs: string[] = [];
    // A variable of the name hides what wrangler.toml binds.
    const vars = varsOf(world, { DB: '' });
    const edge = await startEdge({ vars, onLog: (line) => logs.push(line) });
    try {
      const client = new Api(edge.url, API_TOKEN);
      for (const path of ['/api/v1/calls', '/api/v1/agents']) {
        expect(errorOf(await client.get(path)).code).toBe('503 DATABASE_MISSING');
      }
      const dialled = await TwilioCall.dial({ wsUrl: edge.wsUrl, authToken: AUTH_TOKEN });
      await dialled.untilHeard('Hello!');
      dialled.hangUp();
      const path = `/api/v1/calls/${dialled.callSid}`;
      await vi.waitFor(async () =>
        expect((await client.get(path)).body).toMatchObject({ status: 'completed' }),
      );
      expect(logs.filter((line) => line.includes('CALL_INDEX_FAILED'))).toHaveLength(1);
    } finally {
      await edge.stop();
    }
  });
});

describe('a call that was lost with its edge', () => {
  it('is a failed one in the list as soon as somebody looks at it', async () => {
    const persistPath = await mkdtemp(join(tmpdir(), 'patchcord-calls-'));
    const vars = varsOf(world, { AGENT_LANGUAGE: 'ms-MY' });
    const statuses = async (edge: Edge) => {
      const { body } = await new Api(edge.url, API_TOKEN).get('/api/v1/calls');
      return pageSchema
        .parse(body)
        .calls.map(({ status, endReason, language }) => [status, endReason, language]);
    };
    try {
      const before = await startEdge({ vars, persistPath });
      await using owner = new AsyncDisposableStack();
      owner.defer(() => before.stop());
      const lost = await TwilioCall.dial({ wsUrl: before.wsUrl, authToken: AUTH_TOKEN });
      await vi.waitFor(async () => expect(await statuses(before)).toHaveLength(1));
      await owner.disposeAsync();
      const after = await startEdge({ vars, persistPath });
      try {
        expect(await statuses(after)).toEqual([['in-progress', null, 'ms-MY']]);
        await new Api(after.url, API_TOKEN).get(`/api/v1/calls/${lost.callSid}`);
        await vi.waitFor(async () =>
          expect(await statuses(after)).toEqual([['failed', 'edge-restarted', 'ms-MY']]),
        );
      } finally {
        await after.stop();
      }
    } finally {
      await rm(persistPath, { recursive: true });
    }
  });
});

describe('the agent that the URL of the webhook names', () => {
  async function voice(query: string): Promise<string> {
    const url = `${world.edge.url}/voice${query}`;
    const form = { CallSid: newSid('CA'), From: '+6012', To: '+603' };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': await signTwilioRequest(AUTH_TOKEN, url, form) },
      body: new URLSearchParams(form),
    });
    expect(response.status).toBe(200);
    return response.text();
  }

  it('is a parameter of the stream', async () => {
    expect(await voice('?agent=clinic-receptionist')).toContain(
      '<Parameter name="agent" value="clinic-receptionist"/>',
    );
    expect(await voice('')).not.toContain('name="agent"');
  });

  it('is left out, and logged, when it can be no name', async () => {
    expect(await voice('?agent=No%20Name')).toContain('<Connect>');
    expect(await voice('?agent=No%20Name')).not.toContain('name="agent"');
    expect(world.logs.some((line) => line.includes('AGENT_NAME_INVALID'))).toBe(true);
  });
});
