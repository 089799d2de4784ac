import twilio from 'twilio';
import { expect } from 'vitest';
import { parseConnectionOverrides } from '@patchcord/relay/io/webhook/connection-overrides';
import { isTwilioSignature, signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { trunkNumber } from '../rig/trunk-number.ts';
import { inboundCall } from './inbound-call.ts';
import { headerOf, parametersOf } from './raw-handler.ts';
import { once, type Section } from './rule.ts';
import { ACCOUNT_SID, AUTH_TOKEN, CALLER, FROM, World } from './world.ts';

const PLACES = ['City', 'State', 'Zip', 'Country'];

/** What the webhook of a call that REST placed is told, once somebody has answered. */
const outbound = once(async () => {
  await using world = await World.start();
  const to = `+${trunkNumber({ kind: 'human' })}`;
  const { sid } = await world.client.calls.create({
    to,
    from: FROM,
    url: `${world.httpUrl}/voice`,
  });
  const form = await world.form('/voice');
  await world.client.calls(sid).update({ status: 'completed' });
  return { form, to, sid };
});

export const VOICE_WEBHOOK: Section = {
  title: 'Voice webhook',
  file: 'voice-webhook.ts',
  rules: [
    {
      id: '8.1',
      rule: 'The request is these bytes: `Host`, then Content-Type, User-Agent, Accept, I-Twilio-Idempotency-Token, X-Twilio-Signature, X-Home-Region',
      source: 'C8',
      note: 'where `Host`, `Content-Length` and `Connection` stand is not known',
      test: async () => {
        const { webhook, webhookUrl } = await inboundCall();
        const token = headerOf(webhook, 'I-Twilio-Idempotency-Token');
        const signature = headerOf(webhook, 'X-Twilio-Signature');
        expect(webhook.head).toBe(
          `POST /voice HTTP/1.1\r\nHost: ${new URL(webhookUrl).host}\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nI-Twilio-Idempotency-Token: ${token}\r\nX-Twilio-Signature: ${signature}\r\nX-Home-Region: us1\r\nContent-Length: ${webhook.body.length}\r\nConnection: keep-alive\r\n\r\n`,
        );
      },
    },
    {
      id: '8.2',
      rule: '`I-Twilio-Idempotency-Token` is a UUID, another one for each request',
      source: 'C8',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Redirect>/next</Redirect></Response>',
        });
        await world.call({ until: 'sent' });
        const requests = [await world.request('/voice'), await world.request('/next')];
        const tokens = requests.map((request) => headerOf(request, 'I-Twilio-Idempotency-Token'));
        for (const token of tokens)
          expect(token).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        expect(new Set(tokens).size).toBe(2);
      },
    },
    {
      id: '8.3',
      rule: 'Always: `CallSid, AccountSid, From, To, CallStatus, ApiVersion, Direction`, and `Caller`, `Called`',
      source: 'D5, C7',
      test: async () => {
        const { webhook, callSid } = await inboundCall();
        expect(Object.fromEntries(parametersOf(webhook))).toMatchObject({
          CallSid: callSid,
          AccountSid: ACCOUNT_SID,
          From: CALLER,
          To: '999',
          Caller: CALLER,
          Called: '999',
          ApiVersion: '2010-04-01',
        });
      },
    },
    {
      id: '8.4',
      rule: 'A call that comes in: `CallStatus=ringing`, `Direction=inbound`',
      source: 'D5',
      test: async () => {
        const { webhook } = await inboundCall();
        const form = Object.fromEntries(parametersOf(webhook));
        expect(form).toMatchObject({ CallStatus: 'ringing', Direction: 'inbound' });
      },
    },
    {
      id: '8.5',
      rule: 'Places of both numbers are there, and empty where they are not known',
      source: 'D5, C7',
      test: async () => {
        const { webhook } = await inboundCall();
        const form = Object.fromEntries(parametersOf(webhook));
        for (const side of ['From', 'To', 'Caller', 'Called']) {
          for (const place of PLACES) expect(form[side + place]).toBe('');
        }
      },
    },
    {
      id: '8.6',
      rule: 'Nothing else, where nothing else is known',
      source: 'D5',
      test: async () => {
        const { webhook } = await inboundCall();
        const places = ['From', 'To', 'Caller', 'Called'].flatMap((side) =>
          PLACES.map((place) => side + place),
        );
        const always = 'CallSid AccountSid From To Caller Called CallStatus ApiVersion Direction';
        const names = parametersOf(webhook).map(([name]) => name);
        expect(names.toSorted()).toEqual([...always.split(' '), ...places].toSorted());
      },
    },
    {
      id: '8.7',
      rule: '`CallerName` where the PBX knows it',
      source: 'D5',
      test: async () => {
        await using world = await World.start();
        await world.call({ callerName: 'Ann' });
        expect(await world.form('/voice')).toMatchObject({ CallerName: 'Ann' });
      },
    },
    {
      id: '8.8',
      rule: 'With GET the same is in the query',
      source: 'D5',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Redirect method="GET">/next?a=1</Redirect></Response>',
        });
        await world.call({ until: 'sent' });
        const request = await world.request('/next');
        expect(request).toMatchObject({ method: 'GET', body: '' });
        const form = Object.fromEntries(parametersOf(request));
        expect(form).toMatchObject({ a: '1', From: CALLER, CallStatus: 'ringing' });
        expect(world.isSigned(request)).toBe(true);
      },
    },
    {
      id: '8.9',
      rule: "The signature is what the SDK takes for Twilio's",
      source: 'S',
      test: async () => {
        const { webhook, webhookUrl } = await inboundCall();
        const signature = headerOf(webhook, 'X-Twilio-Signature');
        const form = Object.fromEntries(parametersOf(webhook));
        expect(twilio.validateRequest(AUTH_TOKEN, signature, webhookUrl, form)).toBe(true);
        const forged = { ...form, From: '1' };
        expect(twilio.validateRequest(AUTH_TOKEN, signature, webhookUrl, forged)).toBe(false);
      },
    },
    {
      id: '8.10',
      rule: "The documentation's own example gives `L/OH5YylLD5NRKLltdqwSvS0BnU=`",
      source: 'D5, S',
      on: 'core',
      test: async () => {
        const params = {
          CallSid: 'CA1234567890ABCDE',
          Caller: '+14158675310',
          Digits: '1234',
          From: '+14158675310',
          To: '+18005551212',
        };
        const url = 'https://example.com/myapp.php?foo=1&bar=2';
        expect(await signTwilioRequest('12345', url, params)).toBe('L/OH5YylLD5NRKLltdqwSvS0BnU=');
      },
    },
    {
      id: '8.11',
      rule: 'Repeated parameters: unique, sorted, each with its key',
      source: 'S',
      on: 'core',
      test: async () => {
        const params = { a: ['2', '1', '2'], B: 'x' };
        const url = 'https://example.com/';
        const expected = twilio.getExpectedTwilioSignature('12345', url, params);
        expect(await signTwilioRequest('12345', url, params)).toBe(expected);
        expect(await isTwilioSignature('12345', expected, url, params)).toBe(true);
      },
    },
    {
      id: '8.12',
      rule: '5 s to connect, 15 s to read, 15 s in all',
      source: 'connection-overrides page',
      on: 'core',
      test: () =>
        expect(parseConnectionOverrides('https://example.com/')).toMatchObject({
          connectMsMax: 5000,
          readMsMax: 15_000,
          totalMsMax: 15_000,
        }),
    },
    {
      id: '8.13',
      rule: 'A call that REST placed, once it is answered: `CallStatus=in-progress`, `Direction=outbound-api`',
      source: 'D5, D6',
      test: async () => {
        const { form, to, sid } = await outbound();
        expect(form).toMatchObject({
          CallSid: sid,
          CallStatus: 'in-progress',
          Direction: 'outbound-api',
          From: FROM,
          To: to,
          Caller: FROM,
          Called: to,
        });
      },
    },
    {
      id: '8.14',
      rule: 'With `MachineDetection` it has `AnsweredBy` and `MachineDetectionDuration` too',
      source: 'D6',
      test: async () => {
        await using world = await World.start();
        await world.client.calls.create({
          to: `+${trunkNumber({ kind: 'silence' })}`,
          from: FROM,
          url: `${world.httpUrl}/voice`,
          machineDetection: 'Enable',
          machineDetectionSilenceTimeout: 2000,
        });
        const form = await world.form('/voice');
        expect(form['AnsweredBy']).toBe('unknown');
        expect(form['MachineDetectionDuration']).toMatch(/^[12]\d{3}$/);
      },
    },
    {
      id: '8.15',
      rule: 'A webhook that fails: the fall-back is asked with `ErrorCode` and `ErrorUrl`',
      source: 'D5',
      test: async () => {
        await using world = await World.start({
          answer: ({ target }) => (target === '/voice' ? { status: 500 } : undefined),
          environment: { VOICE_FALLBACK_URL: '{http}/fallback' },
        });
        await world.call({ until: 'sent' });
        expect(await world.form('/fallback')).toMatchObject({
          ErrorCode: '11200',
          ErrorUrl: `${world.httpUrl}/voice`,
          CallStatus: 'ringing',
        });
      },
    },
    {
      id: '8.16',
      rule: '`ForwardedFrom`, `StirVerstat`, `StirPassportToken`, `CallToken`, `SipHeader_…`',
      source: 'D5',
      note: 'a PBX does not tell the relay of them',
    },
    {
      id: '8.17',
      rule: '`bodySHA256` of a JSON body',
      source: 'S',
      note: 'nothing that the relay sends has one',
    },
  ],
};
