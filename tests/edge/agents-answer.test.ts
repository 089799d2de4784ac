/** Agents of the database answer calls in workerd, and the variables where there is none. */

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Api } from './api/api.ts';
import { startEdge } from './worker.ts';
import { TwilioCall } from './twilio-call.ts';
import { API_TOKEN, AUTH_TOKEN, World } from './world.ts';

let world: World;
let api: Api;
beforeAll(async () => {
  world = await World.start();
  api = new Api(world.edge.url, API_TOKEN);
});
afterAll(() => world.stop());

async function write(agent: Readonly<Record<string, unknown>>): Promise<void> {
  expect((await api.post('/api/v1/agents', agent)).status).toBe(201);
}

/** What the model was told at its latest request. */
function lastRequest(): { model: string; messages: { role: string; content: string }[] } {
  return world.standins.openrouter.requests.entries.at(-1)?.body as ReturnType<typeof lastRequest>;
}

it('with its own greeting, language, variables, model and voice', async () => {
  await write({
    name: 'klinik',
    instructions: 'You are the desk of {{clinic}}. {{callerNumber}} calls. It is {{date}}.',
    variables: { clinic: { default: 'Damai' }, patient: {} },
    languages: ['ms-MY', 'en-US'],
    voice: { voiceId: 'malayvoice', model: 'eleven_v3' },
    models: { primary: 'some/model' },
    greeting: { 'ms-MY': 'Selamat datang, {{patient}}.' },
  });
  const call = await world.dial({
    customParameters: {
      agent: 'klinik',
      From: '+60123',
      patient: 'Puan Siti',
      clinic: 'Sejahtera',
    },
  });
  await call.untilHeard('Selamat datang, Puan Siti.');
  call.say('Pukul berapa anda buka?');
  await call.untilHeard('Kami buka dari pukul sembilan hingga enam.');
  call.hangUp();

  const { model, messages } = lastRequest();
  expect(model).toBe('some/model');
  const [system] = messages;
  expect(system?.content).toMatch(
    /^You are the desk of Sejahtera\. \+60123 calls\. It is \w+day /u,
  );
  expect(system?.content).toContain('(Asia/Kuala_Lumpur)');
  const { requests } = world.standins.elevenlabs;
  expect(JSON.stringify(requests.entries)).toContain('malayvoice');
  const report = await world.finalReport(call.callSid);
  expect(report).toMatchObject({ agent: 'klinik', agentVersion: 1, language: 'ms-MY' });
  await vi.waitFor(async () => {
    const { body } = await api.get('/api/v1/calls?agent=klinik');
    expect(body).toMatchObject({ calls: [{ agent: 'klinik', agentVersion: 1 }] });
  });
});

it('in the version that is current when the call begins, a few seconds later at most', async () => {
  const agent = { name: 'shop', instructions: 'Be kind.', greeting: 'One.' };
  await write(agent);
  const first = await world.dial({ customParameters: { agent: 'shop' } });
  await first.untilHeard('One.');
  await api.put('/api/v1/agents/shop', { ...agent, greeting: 'Two.' }, '"1"');
  await vi.waitFor(
    async () => {
      const call = await world.dial({ customParameters: { agent: 'shop' } });
      await call.until(() => /(?:One|Two)\./u.test(call.heard));
      call.hangUp();
      expect(call.heard).toBe('Two.');
    },
    { timeout: 20_000 },
  );
  first.hangUp();
  expect((await world.finalReport(first.callSid)).agentVersion).toBe(1);
});

it('the variables answer for an agent that is not there, and the log says so', async () => {
  const call = await world.dialAndListen({ customParameters: { agent: 'nobody' } });
  call.hangUp();
  expect(await world.finalReport(call.callSid)).toMatchObject({ agent: null, agentVersion: null });
  const told = world.logs.filter((line) => line.includes(call.callSid) && line.includes('AGENT_'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('AGENT_UNKNOWN');
});

it('the one called default answers where the stream names none, and the variables where there is none', async () => {
  const before = await world.dialAndListen();
  before.hangUp();
  expect((await world.finalReport(before.callSid)).agent).toBeNull();
  expect(world.logs.some((line) => line.includes(before.callSid) && line.includes('AGENT_'))).toBe(
    false,
  );
  await write({ name: 'default', instructions: 'Be kind.', greeting: 'By default.' });
  await vi.waitFor(
    async () => {
      const call = await world.dial();
      await call.until(() => /(?:Hello!|default\.)$/u.test(call.heard));
      call.hangUp();
      expect(call.heard).toBe('By default.');
    },
    { timeout: 20_000 },
  );
});

it('the variables answer where there is no database', async () => {
  const logs: string[] = [];
  const { azureSpeechUrl, openrouterUrl, elevenlabsUrl } = world.standins;
  const edge = await startEdge({
    vars: {
      AUTH_TOKEN,
      DB: '',
      AZURE_SPEECH_KEY: 'a key',
      OPENROUTER_API_KEY: 'a key',
      ELEVENLABS_API_KEY: 'a key',
      AZURE_SPEECH_URL: azureSpeechUrl,
      OPENROUTER_URL: openrouterUrl,
      ELEVENLABS_URL: elevenlabsUrl,
      AGENT_GREETING: 'Hello!',
    },
    onLog: (line) => logs.push(line),
  });
  try {
    const customParameters = { agent: 'klinik' };
    const call = await TwilioCall.dial({
      wsUrl: edge.wsUrl,
      authToken: AUTH_TOKEN,
      customParameters,
    });
    await call.untilHeard('Hello!');
    call.hangUp();
    expect(logs.filter((line) => line.includes('AGENT_UNAVAILABLE'))).toHaveLength(1);
  } finally {
    await edge.stop();
  }
});
