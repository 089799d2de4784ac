import twilio from 'twilio';
import { expect } from 'vitest';
import { ACCOUNT_SID, AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { headerOf, parametersOf } from './raw-handler.ts';
import { once, type Section } from './rule.ts';
import { World } from './world.ts';

const STREAM = (more: string): string =>
  `<Response><Connect><Stream url="{ws}/m" ${more}/></Connect></Response>`;

/** A stream that begins and ends: what its callback was told. */
async function callbacksOf(more: string) {
  await using world = await World.start({ twiml: STREAM(more) });
  const phone = await world.call();
  const stream = await world.stream();
  await phone.hangup();
  await world.formWith('/stream', { StreamEvent: 'stream-stopped' });
  return {
    sid: stream.streamSid,
    callSid: (await world.form('/voice'))['CallSid'],
    requests: world.requestsTo('/stream'),
    forms: world.requestsTo('/stream').map(parametersOf),
    url: world.httpUrl,
    areSigned: world.requestsTo('/stream').every((request) => world.isSigned(request)),
  };
}

const plain = once(() => callbacksOf('statusCallback="{http}/stream"'));

export const STREAM_CALLBACKS: Section = {
  title: 'Stream status callbacks',
  file: 'stream-callbacks.ts',
  rules: [
    {
      id: '7.1',
      rule: '`stream-started`, then `stream-stopped`',
      source: 'D2, C3',
      test: async () => {
        const { forms } = await plain();
        expect(forms.map((form) => Object.fromEntries(form)['StreamEvent'])).toEqual([
          'stream-started',
          'stream-stopped',
        ]);
      },
    },
    {
      id: '7.2',
      rule: 'Fields in this order: `StreamName, StreamEvent, CallSid, Timestamp, AccountSid, StreamSid`',
      source: 'C3',
      test: async () => {
        const { forms, sid, callSid } = await plain();
        expect(forms[0]).toEqual([
          ['StreamName', sid],
          ['StreamEvent', 'stream-started'],
          ['CallSid', callSid],
          ['Timestamp', expect.any(String)],
          ['AccountSid', ACCOUNT_SID],
          ['StreamSid', sid],
        ]);
      },
    },
    {
      id: '7.3',
      rule: '`Timestamp` is ISO 8601 with nanoseconds, UTC',
      source: 'C3',
      test: async () => {
        for (const form of (await plain()).forms) {
          const timestamp = Object.fromEntries(form)['Timestamp'] ?? '';
          expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
          expect(Math.abs(Date.parse(timestamp) - Date.now())).toBeLessThan(60_000);
        }
      },
    },
    {
      id: '7.4',
      rule: '`StreamName` is the SID where the document gives no `name`, else that',
      source: 'C3, D2',
      test: async () => {
        const { forms, sid } = await callbacksOf('statusCallback="{http}/stream" name="my stream"');
        for (const form of forms) {
          expect(Object.fromEntries(form)).toMatchObject({
            StreamName: 'my stream',
            StreamSid: sid,
          });
        }
      },
    },
    {
      id: '7.5',
      rule: "Signed as every webhook; the SDK takes it for Twilio's",
      source: 'D2, S',
      test: async () => {
        const { areSigned, requests } = await plain();
        expect(areSigned).toBe(true);
        expect(requests[0]?.method).toBe('POST');
      },
    },
    {
      id: '7.6',
      rule: '`statusCallbackMethod="GET"`: the same in the query, signed with it',
      source: 'D2, S',
      test: async () => {
        const more = 'statusCallback="{http}/stream?a=1" statusCallbackMethod="GET"';
        const { requests, url, forms } = await callbacksOf(more);
        const [request] = requests;
        if (request === undefined) throw new Error('no request');
        expect(request).toMatchObject({ method: 'GET', body: '' });
        expect(forms[0]?.map(([name]) => name)).toEqual(
          'a StreamName StreamEvent CallSid Timestamp AccountSid StreamSid'.split(' '),
        );
        const signature = headerOf(request, 'X-Twilio-Signature');
        const full = `${url}${request.target}`;
        expect(twilio.validateRequest(AUTH_TOKEN, signature, full, {})).toBe(true);
      },
    },
    {
      id: '7.7',
      rule: 'A relative `statusCallback` starts from the address of the document',
      source: 'D2 (an older text)',
      test: async () => {
        expect((await callbacksOf('statusCallback="stream"')).forms).toHaveLength(2);
      },
    },
    {
      id: '7.8',
      rule: 'No `statusCallback`, no callback',
      source: 'D2',
      test: async () => {
        await using world = await World.start();
        const phone = await world.call();
        await world.stream();
        await phone.hangup();
        await world.relay.idle();
        expect(world.handler.requests.all.map(({ target }) => target)).toEqual(['/voice']);
      },
    },
    {
      id: '7.9',
      rule: '`StreamError` on `stream-error` only',
      source: 'D2',
      test: async () => {
        await using world = await World.start({ twiml: STREAM('statusCallback="/stream"') });
        await world.call();
        (await world.stream()).close();
        await world.formWith('/stream', { StreamEvent: 'stream-stopped' });
        const forms = world
          .requestsTo('/stream')
          .map((each) => Object.fromEntries(parametersOf(each)));
        for (const form of forms) {
          expect('StreamError' in form).toBe(form['StreamEvent'] === 'stream-error');
        }
      },
    },
    {
      id: '7.10',
      rule: 'The handler closes: `stream-started`, `stream-error` with 31921, `stream-stopped`',
      source: 'E; the order is INFERRED',
      test: async () => {
        await using world = await World.start({ twiml: STREAM('statusCallback="/stream"') });
        await world.call();
        (await world.stream()).close();
        await world.formWith('/stream', { StreamEvent: 'stream-stopped' });
        const forms = world
          .requestsTo('/stream')
          .map((each) => Object.fromEntries(parametersOf(each)));
        expect(forms.map((form) => form['StreamEvent'])).toEqual([
          'stream-started',
          'stream-error',
          'stream-stopped',
        ]);
      },
    },
    {
      id: '7.11',
      rule: 'The text of `StreamError`',
      source: 'UNKNOWN',
      note: 'here the number and the title of its error page: `31921 Stream - WebSocket - Close Error`',
    },
  ],
};
