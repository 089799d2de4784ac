/**
 * What is left of a call, beside what its caller said and heard: the recording, the transcript, the cost, the summary, the
 * webhook. In workerd, with R2, D1 and alarms as wrangler runs them.
 */

import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { decodeWav } from '@patchcord/shared/audio/wav';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WebhookServer } from '../relay/webhook-server.ts';
import { decodeSpeech } from '../speech/decode.ts';
import { receptionistWith, type Brain } from '../standins/brain.ts';
import { Api } from './api/api.ts';
import { TwilioCall } from './twilio-call.ts';
import { startEdge } from './worker.ts';
import { API_TOKEN, AUTH_TOKEN, World } from './world.ts';

const SUMMARY = 'Somebody with card 4111 1111 1111 1111 wants a table.';
let analyses = 0;

const conversing = receptionistWith([
  { said: /record it/iu, tool: 'start_recording', arguments: {}, content: 'Thank you.' },
]);

/** Answers conversations as ever, and a call that has ended with its summary; the first time not by the schema. */
const brain: Brain = (messages, tools) => {
  const isAnalysis = messages[0]?.content.startsWith('You read the transcript') === true;
  if (!isAnalysis) return conversing(messages, tools);
  analyses++;
  const guests = analyses === 1 ? 'two' : 2;
  return { content: JSON.stringify({ summary: SUMMARY, extraction: { guests } }) };
};

const BOOKER = {
  name: 'booker',
  instructions: 'You take bookings.',
  greeting: 'Hello!',
  redact: true,
  recording: { isOn: true, consent: 'announce', announcement: 'This call is recorded.' },
  extraction: {
    summary: true,
    schema: {
      type: 'object',
      properties: { guests: { type: 'integer' } },
      required: ['guests'],
      additionalProperties: false,
    },
  },
  prices: { currency: 'USD', sttPerHour: 3600, linePerMinute: 6 },
};

const ASKER = {
  name: 'asker',
  instructions: 'You ask.',
  greeting: 'Hello!',
  recording: { isOn: true, consent: 'ask', announcement: 'May I record this call?' },
};

let world: World;
let receiver: WebhookServer;

beforeAll(async () => {
  // Twice it is not to be had; it tells nobody where else to go.
  receiver = await WebhookServer.start((response, number) => {
    if (number === 0) response.writeHead(500).end();
    else if (number === 1) response.writeHead(302, { Location: '/elsewhere' }).end();
    else response.writeHead(204).end();
  });
  world = await World.start({
    standins: { openrouter: { brain } },
    vars: {
      AGENT_RECORDING: 'on',
      AGENT_WEBHOOK_URL: `${receiver.url}/hook?key=1`,
      WEBHOOK_PRIVATE_HOSTS: 'on',
      WEBHOOK_RETRY_MS: '200',
      PRICE_CURRENCY: 'MYR',
      PRICE_PER_USD: '4',
    },
  });
  const api = new Api(world.edge.url, API_TOKEN);
  for (const agent of [BOOKER, ASKER]) {
    const written = await api.ask('POST', '/api/v1/agents', agent);
    if (written.status !== 201) throw new Error(JSON.stringify(written.body));
  }
});
afterAll(async () => {
  await world.stop();
  await receiver[Symbol.asyncDispose]();
});

const afterwards = z.object({
  cost: z
    .object({
      currency: z.string(),
      totalMicros: z.int(),
      sttMicros: z.int().optional(),
      lineMicros: z.int().optional(),
      llmMicros: z.int().optional(),
      ttsMicros: z.int().optional(),
    })
    .nullable(),
  summary: z.string().nullable(),
  extraction: z.unknown(),
  recording: z
    .object({ status: z.string(), startsMs: z.number(), durationMs: z.number().optional() })
    .nullable(),
  webhook: z.object({ status: z.string(), id: z.string(), tries: z.int() }).nullable(),
});

/** The call when everything is done that is to be done after it. */
async function settled(callSid: string): Promise<z.infer<typeof afterwards>> {
  let report: z.infer<typeof afterwards> | undefined;
  await expect
    .poll(async () => {
      report = afterwards.parse(await (await world.get(`/api/v1/calls/${callSid}`)).json());
      return report.webhook?.status;
    })
    .toBe('delivered');
  if (report === undefined) throw new Error('no report');
  return report;
}

async function recordingOf(callSid: string): Promise<{ left: Uint8Array; right: Uint8Array }> {
  const response = await world.get(`/api/v1/calls/${callSid}/recording`);
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('audio/wav');
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect([...bytes.subarray(20, 22)]).toEqual([7, 0]);
  const wav = decodeWav(bytes);
  if (typeof wav === 'string') throw new Error(wav);
  expect(wav.sampleRateHz).toBe(8000);
  expect(wav.channels).toHaveLength(2);
  // Not from `wav`: µ-law has two codes for silence.
  const data = bytes.subarray(bytes.length - 2 * (wav.channels[0]?.length ?? 0));
  return { left: data.filter((_, i) => i % 2 === 0), right: data.filter((_, i) => i % 2 === 1) };
}

const joined = (frames: readonly Uint8Array[]): Uint8Array => Buffer.concat(frames);

/** Where each sample that is heard is. */
const placesOf = (channel: Uint8Array): number[] =>
  [...channel.keys()].filter((i) => (channel[i] ?? MULAW_SILENCE) !== MULAW_SILENCE);

/** How far the samples of `got` are from where they are in `wanted`, at most. */
function shiftOf(got: Uint8Array, wanted: Uint8Array): number {
  const [at, should] = [placesOf(got), placesOf(wanted)];
  return at.reduce((most, place, i) => Math.max(most, Math.abs(place - (should[i] ?? 0))), 0);
}

/** Question, answer, and another question in the middle of it. */
async function converse(call: TwilioCall): Promise<void> {
  await call.untilHeard('Hello!');
  call.say('When are you open?');
  await call.until(() => call.heard.includes('We are open'));
  call.say('And on Sunday?');
  await call.until(() => call.clears === 1);
  await call.until(() => call.heard.endsWith('You said: And on Sunday?'));
  await call.until(() => !call.isPlaying);
  call.hangUp();
}

describe('the recording of a call', () => {
  it('over our relay is what both sides heard, to the sample, with an interruption in it', async () => {
    const call = await world.dial({ isPatchcord: true });
    await converse(call);
    const { recording } = await settled(call.callSid);
    expect(call.failures).toEqual([]);
    expect(call.pauses).toBeGreaterThan(0);
    expect(recording?.status).toBe('stored');
    const { left, right } = await recordingOf(call.callSid);
    const caller = joined(call.sent);
    const heard = joined(call.played);
    expect(Buffer.compare(left.subarray(0, caller.length), caller)).toBe(0);
    expect(left.length - caller.length).toBeLessThanOrEqual(160);
    expect(decodeSpeech(right)).toBe(call.heard);
    const samples = (channel: Uint8Array) => channel.filter((code) => code !== MULAW_SILENCE);
    expect(Buffer.compare(samples(right), samples(heard))).toBe(0);
    expect(shiftOf(right, heard)).toBeLessThanOrEqual(160);
  });

  it('over Twilio has all that was heard, near its time, and little of what was cut off', async () => {
    const call = await world.dial();
    await converse(call);
    await settled(call.callSid);
    const { left, right } = await recordingOf(call.callSid);
    const caller = joined(call.sent);
    const heard = joined(call.played);
    expect(Buffer.compare(left.subarray(0, caller.length), caller)).toBe(0);
    // What Twilio had played of a word when it was told to stop, it tells nobody.
    expect(Math.abs(placesOf(right).length - placesOf(heard).length)).toBeLessThanOrEqual(8 * 60);
    const onsetOf = (channel: Uint8Array) => placesOf(channel)[0] ?? 0;
    expect(Math.abs(onsetOf(right) - onsetOf(heard))).toBeLessThanOrEqual(160);
    const lastOf = (channel: Uint8Array) => placesOf(channel).at(-1) ?? 0;
    expect(Math.abs(lastOf(right) - lastOf(heard))).toBeLessThanOrEqual(160);
    expect(decodeSpeech(right).endsWith('You said: And on Sunday?')).toBe(true);
  });

  it('is read in parts, by who may', async () => {
    const call = await world.dial();
    await call.untilHeard('Hello!');
    call.hangUp();
    await settled(call.callSid);
    const path = `/api/v1/calls/${call.callSid}/recording`;
    const ask = async (range: string) =>
      await fetch(`${world.edge.url}${path}`, {
        headers: { Authorization: `Bearer ${API_TOKEN}`, Range: range },
      });
    const whole = new Uint8Array(await (await world.get(path)).arrayBuffer());
    const part = await ask('bytes=10-99');
    expect(part.status).toBe(206);
    expect(part.headers.get('Content-Range')).toBe(`bytes 10-99/${whole.length}`);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(whole.subarray(10, 100));
    const beyond = await ask(`bytes=${whole.length}-`);
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('Content-Range')).toBe(`bytes */${whole.length}`);
    expect((await world.get(path, 'another token')).status).toBe(401);
    const none = await world.get(`/api/v1/calls/CA${'0'.repeat(32)}/recording`);
    expect(none.status).toBe(404);
  });
});

describe('an agent that announces the recording', () => {
  it('has it from then on; summary, numbers, cost and webhook say the same', async () => {
    const call = await world.dial({ customParameters: { agent: 'booker', From: '+6012' } });
    await call.untilHeard('This call is recorded. Hello!');
    call.say('A table for two. My card is 4111 1111 1111 1111.');
    await call.until(() => call.heard.endsWith('anything else?'));
    await call.until(() => !call.isPlaying);
    call.hangUp();
    const report = await settled(call.callSid);
    expect(report).toMatchObject({
      summary: 'Somebody with card [card number] wants a table.',
      extraction: { guests: 2 },
      webhook: { status: 'delivered' },
    });
    // The caller still heard the number; nothing that is kept has it.
    expect(call.heard).toContain('one one one one');
    const text = await (await world.get(`/api/v1/calls/${call.callSid}`)).text();
    expect(text).toContain('[card number]');
    expect(text).not.toContain('1111 1111');
    expect(world.logs.join('\n')).not.toContain('1111 1111');

    const { right } = await recordingOf(call.callSid);
    expect(report.recording?.startsMs).toBeGreaterThan(500);
    expect(decodeSpeech(right)).not.toContain('recorded');
    expect(decodeSpeech(right)).toContain('I have noted');

    const posted = receiver.requests.all.filter(({ body }) => body.includes(call.callSid));
    const [hook] = posted;
    expect(posted).toHaveLength(1);
    expect(hook?.path).toBe('/hook?key=1');
    const event: unknown = JSON.parse(hook?.body ?? '');
    expect(event).toMatchObject({
      id: report.webhook?.id,
      type: 'call.completed',
      call: { callSid: call.callSid, agent: 'booker', from: '+6012', status: 'completed' },
      summary: report.summary,
      extraction: { guests: 2 },
      cost: report.cost,
      recording: { path: `/api/v1/calls/${call.callSid}/recording` },
    });
    expect(hook?.body).not.toContain('1111 1111');

    const cost = report.cost ?? { currency: '', totalMicros: 0 };
    expect(cost.currency).toBe('MYR');
    const { sttMicros = 0, lineMicros = 0, llmMicros = 0, ttsMicros = 0 } = cost;
    // One dollar a second of recognition, and ten cents of line, at four ringgit.
    const seconds = call.sent.length / 50;
    expect(Math.abs(sttMicros / 4_000_000 - seconds)).toBeLessThan(1.5);
    expect(Math.abs(lineMicros / 400_000 - seconds)).toBeLessThan(1.5);
    expect(llmMicros).toBeGreaterThan(0);
    expect(cost.totalMicros).toBe(sttMicros + lineMicros + llmMicros + ttsMicros);
    const list = z
      .object({ calls: z.array(z.looseObject({ callSid: z.string() })) })
      .parse(await (await world.get('/api/v1/calls?agent=booker')).json());
    expect(list.calls[0]).toMatchObject({
      callSid: call.callSid,
      costMicros: cost.totalMicros,
      currency: 'MYR',
      hasRecording: true,
      summary: report.summary,
    });
  });
});

describe('an agent that asks before it records', () => {
  it('has what was said after the caller agreed', async () => {
    const call = await world.dial({ customParameters: { agent: 'asker' } });
    await call.untilHeard('Hello!');
    call.say('You may record it.');
    await call.until(() => call.heard.includes('Thank you.'));
    await call.until(() => !call.isPlaying);
    const before = call.heard;
    call.say('When are you open?');
    await call.until(() => call.heardSince(before).endsWith('Monday to Saturday.'));
    await call.until(() => !call.isPlaying);
    call.hangUp();
    await settled(call.callSid);
    const { left, right } = await recordingOf(call.callSid);
    expect(decodeSpeech(left)).toBe('When are you open?');
    expect(decodeSpeech(right)).not.toContain('Hello!');
    expect(decodeSpeech(right)).toContain('Monday to Saturday.');
  });

  it('has nothing of a caller who did not agree', async () => {
    const call = await world.dial({ customParameters: { agent: 'asker' } });
    await call.untilHeard('Hello!');
    call.hangUp();
    const { recording } = await settled(call.callSid);
    expect(recording).toBeNull();
    const response = await world.get(`/api/v1/calls/${call.callSid}/recording`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'RECORDING_NOT_FOUND' } });
  });
});

describe('a call whose time has come', () => {
  it('is removed: what was said, what was heard, and who called', async () => {
    const days = 4 / 86_400;
    const short = await World.start({
      vars: { AGENT_RECORDING: 'on', RETENTION_DAYS: days.toFixed(6) },
    });
    try {
      const call = await short.dialAndListen({ customParameters: { From: '+6012' } });
      call.hangUp();
      const path = `/api/v1/calls/${call.callSid}`;
      await expect.poll(async () => (await short.get(`${path}/recording`)).status).toBe(200);
      await expect.poll(async () => (await short.get(path)).status).toBe(404);
      expect((await short.get(`${path}/recording`)).status).toBe(404);
      const list: unknown = await (await short.get('/api/v1/calls')).json();
      expect(list).toMatchObject({
        calls: [{ callSid: call.callSid, from: null, hasRecording: false, summary: null }],
      });
    } finally {
      await short.stop();
    }
  });
});

describe('a call whose object was lost', () => {
  it('is told of, with all of its recording but the last seconds', async () => {
    const persistPath = await mkdtemp(join(tmpdir(), 'patchcord-afterwards-'));
    const vars = {
      AUTH_TOKEN,
      API_TOKEN,
      AGENT_RECORDING: 'on',
      AGENT_WEBHOOK_URL: `${receiver.url}/hook`,
      WEBHOOK_PRIVATE_HOSTS: 'on',
      WEBHOOK_RETRY_MS: '200',
      AGENT_GREETING: '',
      AZURE_SPEECH_KEY: 'a key',
      OPENROUTER_API_KEY: 'a key',
      ELEVENLABS_API_KEY: 'a key',
      AZURE_SPEECH_URL: world.standins.azureSpeechUrl,
      OPENROUTER_URL: world.standins.openrouterUrl,
      ELEVENLABS_URL: world.standins.elevenlabsUrl,
    };
    try {
      const before = await startEdge({ vars, persistPath });
      await using edges = new AsyncDisposableStack();
      edges.defer(() => before.stop());
      const call = await TwilioCall.dial({ wsUrl: before.wsUrl, authToken: AUTH_TOKEN });
      await call.until(() => call.sent.length > 9 * 50);
      await edges.disposeAsync();
      await call.until(() => call.closed !== undefined);
      const lastedMs = call.sent.length * 20;

      const after = await startEdge({ vars, persistPath });
      await using later = new AsyncDisposableStack();
      later.defer(() => after.stop());
      const client = new Api(after.url, API_TOKEN);
      const path = `/api/v1/calls/${call.callSid}`;
      // Whoever looks wakes it; else its alarm does.
      await expect
        .poll(async () => (await client.get(path)).body)
        .toMatchObject({
          status: 'failed',
          endReason: 'edge-restarted',
          recording: { status: 'stored' },
          webhook: { status: 'delivered' },
        });
      const body = afterwards.parse((await client.get(path)).body);
      const { startsMs, durationMs = 0 } = body.recording ?? { startsMs: 0 };
      // Pieces of eight seconds; frames that were on their way are lost with the last one.
      expect(durationMs).toBeGreaterThanOrEqual(8000);
      expect(lastedMs - durationMs).toBeLessThan(8000 + 2000);
      const [event] = receiver.requests.all.filter((request) =>
        request.body.includes(call.callSid),
      );
      expect(JSON.parse(event?.body ?? '')).toMatchObject({ recording: { startsMs, durationMs } });
    } finally {
      await rm(persistPath, { recursive: true });
    }
  });
});

describe('the webhook', () => {
  it('was tried until it was taken, each time the same event, signed anew', async () => {
    await expect.poll(() => receiver.requests.all.length).toBeGreaterThanOrEqual(3);
    const [first] = receiver.requests.all;
    const id = first?.headers['idempotency-key'];
    const tries = receiver.requests.all.filter(({ headers }) => headers['idempotency-key'] === id);
    expect(tries.length).toBeGreaterThanOrEqual(2);
    expect(receiver.requests.all.every(({ path }) => path.startsWith('/hook'))).toBe(true);
    for (const { headers, body } of tries) {
      expect(body).toBe(first?.body);
      const header = String(headers['x-patchcord-signature']);
      const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/u.exec(header) ?? [];
      expect(Math.abs(Number(t) - Date.now() / 1000)).toBeLessThan(120);
      const key = createHmac('sha256', AUTH_TOKEN).update('patchcord calls v1').digest('hex');
      expect(v1).toBe(createHmac('sha256', key).update(`${t}.${body}`).digest('hex'));
    }
  });
});
