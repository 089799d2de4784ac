/**
 * Transfers on genuine Twilio: the call's document is replaced over REST, and comes back where nobody takes it. The edge in
 * workerd, Twilio's REST interface in place of Twilio, and its documents as Twilio's own SDK writes them.
 */

import { newSid } from '@patchcord/shared/twilio/sid';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT_SID, AUTH_TOKEN, RestServer } from '../rest/rest-server.ts';
import { receptionistWith } from '../standins/brain.ts';
import { Api } from './api/api.ts';
import { postSigned } from './signed-webhook.ts';
import type { TwilioCall } from './twilio-call.ts';
import { API_TOKEN, World } from './world.ts';

const TARGETS = ['sales', 'boss', 'desk', 'lobby'];

const BRAIN = receptionistWith([
  ...TARGETS.map((target) => ({
    said: new RegExp(`\\b${target}\\b`, 'iu'),
    tool: 'transfer',
    arguments: { target },
    content: 'I connect you.',
  })),
  { said: /remember/iu, tool: 'note', arguments: { text: 'no nuts' }, content: 'I noted it.' },
]);

const AGENT = {
  name: 'shop',
  instructions: 'Be kind.',
  languages: ['en-US', 'ms-MY'],
  greeting: { 'en-US': 'Hello!', 'ms-MY': 'Helo!' },
  phrases: { openers: [], fillers: [], notConnected: 'Nobody is there.' },
  variables: { shop: {} },
  tools: [
    { kind: 'builtin', name: 'transfer' },
    { kind: 'builtin', name: 'note' },
    { kind: 'builtin', name: 'send_digits' },
  ],
  transferTargets: [
    { name: 'sales', description: 'Who wants to buy', number: '+60312345678' },
    {
      name: 'boss',
      description: 'Who is angry',
      number: '+60312345679',
      kind: 'warm',
      announcement: 'A caller for {{shop}} & more. Press a key.',
    },
    { name: 'desk', description: 'Who wants the desk', sip: 'sip:desk@pbx.example;user=phone' },
    { name: 'lobby', description: 'Who wants 201', extension: '201' },
  ],
};

let rest: RestServer;
let world: World;
beforeAll(async () => {
  rest = await RestServer.start();
  world = await World.start({
    vars: { AUTH_TOKEN, TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_API_URL: rest.baseUrl },
    standins: { openrouter: { brain: BRAIN } },
  });
  const api = new Api(world.edge.url, API_TOKEN);
  for (const agent of [AGENT, { ...AGENT, name: 'broken', failureTarget: 'sales' }]) {
    expect((await api.post('/api/v1/agents', agent)).status).toBe(201);
  }
});
afterAll(async () => {
  await world.stop();
  await rest[Symbol.asyncDispose]();
});

const PARAMETERS = {
  agent: 'shop',
  shop: 'Kedai Kita',
  From: '+60121111111',
  Direction: 'inbound',
};

/** A call that Twilio knows, unless it `isUnknown`; the caller has heard the greeting. */
async function begin(
  options: { isUnknown?: boolean; isNamed?: boolean; agent?: string } = {},
): Promise<TwilioCall> {
  const callSid = newSid('CA');
  if (options.isUnknown !== true) {
    rest.calls.add({ sid: callSid, status: 'in-progress', direction: 'inbound' });
  }
  const { isNamed = true, agent = 'shop' } = options;
  const customParameters = { ...PARAMETERS, agent, AnsweredBy: 'human' };
  return await world.dialAndListen({ callSid, authToken: AUTH_TOKEN, customParameters, isNamed });
}

/** The document that Twilio was given after the caller asked for `who`. */
async function askFor(call: TwilioCall, who: string): Promise<string> {
  const before = rest.calls.updated.length;
  call.say(`I want the ${who}`);
  await call.untilHeard('I connect you.');
  await call.until(() => rest.calls.updated.length > before);
  const { document } = rest.calls.updated.at(-1) ?? expect.fail('no update');
  return document?.kind === 'twiml' ? document.twiml : expect.fail('no TwiML');
}

function post(path: string, form: Readonly<Record<string, string>>): Promise<string> {
  const url = new URL(path, world.edge.url).href;
  return postSigned(url, form, AUTH_TOKEN).then((response) => response.text());
}

function dialOf(options: Parameters<twilio.twiml.VoiceResponse['dial']>[0]) {
  const response = new twilio.twiml.VoiceResponse();
  const dial = response.dial({ action: `${world.edge.url}/voice/transferred`, ...options });
  return { response, dial };
}

interface ModelRequest {
  readonly messages: readonly { readonly content: string }[];
  readonly tools: readonly { readonly function: { readonly name: string } }[];
}

function lastRequest(): ModelRequest {
  return world.standins.openrouter.requests.entries.at(-1)?.body as ModelRequest;
}

describe('a caller who is put through', () => {
  it('is dialled on by Twilio: a number, and the call ends well', async () => {
    const call = await begin();
    const { response, dial } = dialOf({ timeout: 30 });
    dial.number('+60312345678');
    expect(await askFor(call, 'sales')).toBe(response.toString());
    call.hangUp();
    expect(await world.finalReport(call.callSid)).toMatchObject({
      status: 'completed',
      endReason: 'transferred',
      errors: [],
    });
    const form = { CallSid: call.callSid, DialCallStatus: 'completed', DialBridged: 'true' };
    expect(await post('/voice/transferred', form)).toContain('<Response><Hangup/></Response>');
  });

  it('is dialled on to a SIP address, and the socket may go without a word', async () => {
    const call = await begin();
    const { response, dial } = dialOf({ timeout: 30 });
    dial.sip('sip:desk@pbx.example;user=phone');
    expect(await askFor(call, 'desk')).toBe(response.toString());
    call.drop();
    const { endReason } = await world.finalReport(call.callSid);
    expect(endReason).toBe('transferred');
  });

  it('is announced first, and taken with a key', async () => {
    const call = await begin();
    const twiml = await askFor(call, 'boss');
    const url = `${world.edge.url}/voice/whisper?say=A+caller+for+Kedai+Kita+%26+more.+Press+a+key.`;
    const { response, dial } = dialOf({ timeout: 30, answerOnBridge: true });
    dial.number({ url }, '+60312345679');
    expect(twiml).toBe(response.toString());
    call.hangUp();
    const leg = { CallSid: newSid('CA') };
    const whisper = new twilio.twiml.VoiceResponse();
    whisper
      .gather({ numDigits: 1, timeout: 10, action: '/voice/whisper/accepted' })
      .say('A caller for Kedai Kita & more. Press a key.');
    whisper.hangup();
    expect(await post(url, leg)).toBe(whisper.toString());
    expect(await post('/voice/whisper/accepted', { ...leg, Digits: '1' })).toContain(
      '<Response></Response>',
    );
  });
});

describe('a caller whom nobody takes', () => {
  it.each([[true], [false]])(
    'is with the agent again, who knows of it; the first stream named the call: %s',
    async (isNamed) => {
      const call = await begin({ isNamed });
      call.say('Remember nuts');
      await call.untilHeard('I noted it.');
      await askFor(call, 'sales');
      call.hangUp();
      expect((await world.finalReport(call.callSid)).endReason).toBe('transferred');
      const twiml = await post('/voice/transferred', {
        CallSid: call.callSid,
        DialCallStatus: 'no-answer',
      });
      const again = new twilio.twiml.VoiceResponse();
      const stream = again.connect().stream({ url: `${world.edge.wsUrl}/media/${call.callSid}` });
      const parameters = { ...PARAMETERS, TransferOutcome: 'no-answer' };
      for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value });
      again.redirect('/voice/ended');
      expect(twiml).toBe(again.toString());

      const back = await world.dial({
        callSid: call.callSid,
        authToken: AUTH_TOKEN,
        customParameters: parameters,
      });
      await back.untilHeard('Nobody is there.');
      back.say('Too bad');
      await back.untilHeard('You said: Too bad.');
      expect(back.heard).toBe('Nobody is there. You said: Too bad.');
      const system = lastRequest().messages[0]?.content;
      expect(system).toContain('nobody took the call (no-answer)');
      expect(system).toContain('- Caller: I want the sales\n- You: I connect you.');
      back.hangUp();
      const report = await world.finalReport(call.callSid);
      expect(report.endReason).toBe('caller-hangup');
      expect(report).toMatchObject({ notes: ['no nuts'] });
      expect(report.turns.map(({ heard }) => heard)).toEqual([
        'Hello!',
        'I noted it.',
        'I connect you.',
        'Nobody is there.',
        'You said: Too bad.',
      ]);
    },
  );

  it('is not given back to an agent that cannot go on', async () => {
    const call = await begin({ agent: 'broken' });
    const before = rest.calls.updated.length;
    world.standins.openrouter.always({ fault: { kind: 'status', status: 401 } });
    call.say('Well?');
    await call.until(() => rest.calls.updated.length > before);
    world.standins.openrouter.behaviour.reset();
    call.hangUp();
    expect((await world.finalReport(call.callSid)).endReason).toBe('transferred');
    const form = { CallSid: call.callSid, DialCallStatus: 'busy', DialBridged: 'false' };
    expect(await post('/voice/transferred', form)).toMatch(/<Response><Say>Sorry/u);
  });

  it('is told when Twilio refuses, and the conversation goes on', async () => {
    const call = await begin({ isUnknown: true });
    call.say('I want the sales');
    await call.until(() => /I connect you\. You said: \[the transfer failed: /u.test(call.heard));
    call.say('Never mind');
    await call.untilHeard('You said: Never mind.');
    call.hangUp();
    const { errors } = await world.finalReport(call.callSid);
    expect(errors).toEqual([
      {
        code: 'TRANSFER_FAILED',
        message: `Twilio answered 404: 20404 The requested resource ${call.callSid} was not found`,
      },
    ]);
  });

  it('is told when the target is one that only a PBX knows', async () => {
    const call = await begin();
    call.say('I want the lobby');
    await call.until(() => call.heard.includes('Twilio cannot dial an extension of a PBX'));
    call.hangUp();
    expect(
      rest.calls.updated.some(({ document }) => JSON.stringify(document).includes('201')),
    ).toBe(false);
  });

  it('is sent on where the call has never been put through, and nobody may ask unsigned', async () => {
    const form = { CallSid: newSid('CA'), DialCallStatus: 'busy' };
    expect(await post('/voice/transferred', form)).toContain('<Say>');
    for (const path of ['/voice/transferred', '/voice/whisper?say=x', '/voice/whisper/accepted']) {
      const response = await postSigned(`${world.edge.url}${path}`, form, 'another token');
      expect([path, response.status]).toEqual([path, 403]);
    }
  });
});

it('offers no keys to press: Twilio cannot send them on a stream', async () => {
  const toolsOf = async (isPatchcord: boolean): Promise<string[]> => {
    const call = await world.dialAndListen({
      authToken: AUTH_TOKEN,
      customParameters: PARAMETERS,
      isPatchcord,
    });
    call.say('Well?');
    await call.untilHeard('You said: Well?');
    call.hangUp();
    return lastRequest().tools.map((tool) => tool.function.name);
  };
  expect(await toolsOf(false)).not.toContain('send_digits');
  expect(await toolsOf(true)).toContain('send_digits');
});
