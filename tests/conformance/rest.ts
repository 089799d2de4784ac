import { expect } from 'vitest';
import { Form } from '@patchcord/shared/twilio/rest/form';
import { parseCreateCall } from '@patchcord/shared/twilio/rest/create-call';
import twilio from 'twilio';
import { trunkNumber } from '../rig/trunk-number.ts';
import { parametersOf } from './raw-handler.ts';
import { once, type Rule, type Section } from './rule.ts';
import { ACCOUNT_SID, FROM, World } from './world.ts';

const HUMAN = `+${trunkNumber({ kind: 'human' })}`;
const RINGS = `+${trunkNumber({ kind: 'rings' })}`;
const BUSY = `+${trunkNumber({ kind: 'busy' })}`;
const PAUSE = '<Response><Pause length="60"/></Response>';
const UNKNOWN = `CA${'0'.repeat(32)}`;

const KEYS =
  'account_sid answered_by api_version caller_name date_created date_updated direction duration end_time forwarded_from from from_formatted group_sid parent_call_sid phone_number_sid price price_unit queue_time sid start_time status subresource_uris to to_formatted trunk_sid uri'.split(
    ' ',
  );

const RFC_2822 = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/;

type Json = Record<string, unknown>;
type CreateOptions = Parameters<World['client']['calls']['create']>[0];

/** A call from its creation to its end and its deletion: what REST said of it at each point. */
const life = once(async () => {
  await using world = await World.start();
  const form = { To: BUSY, From: FROM, Twiml: PAUSE, StatusCallback: `${world.httpUrl}/status` };
  const created = await world.rest('/Calls.json', form);
  const sid = String(created.json['sid']);
  await world.request('/status');
  await world.relay.idle();
  const fetched = await world.rest(`/Calls/${sid}.json`);
  const list = await world.rest('/Calls.json?PageSize=20');
  const removed = await world.rest(`/Calls/${sid}.json`, undefined, { method: 'DELETE' });
  const gone = await world.rest(`/Calls/${sid}.json`);
  return { sid, created, fetched, list, removed, gone };
});

/** An answered call, while it lives. */
async function inCall(work: (world: World, sid: string) => Promise<void>): Promise<void> {
  await using world = await World.start();
  const { sid } = await world.client.calls.create({
    to: HUMAN,
    from: FROM,
    twiml: PAUSE,
    statusCallback: `${world.httpUrl}/status`,
    statusCallbackEvent: ['answered', 'completed'],
  });
  await world.formWith('/status', { CallStatus: 'in-progress' });
  await work(world, sid);
}

function refusal(
  id: string,
  what: string,
  [status, code]: readonly [number, number],
  change: Partial<CreateOptions>,
  source = 'E',
): Rule {
  return {
    id,
    rule: `Refused with ${status} and ${code}: ${what}`,
    source,
    on: 'REST',
    test: async () => {
      await using world = await World.start();
      const error = await world.client.calls
        .create({ to: HUMAN, from: FROM, twiml: PAUSE, ...change })
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      expect(error).toBeInstanceOf(twilio.RestException);
      expect(error).toMatchObject({ status, code });
      expect(await world.pbx.trunk.calls()).toEqual([]);
    },
  };
}

export const REST: Section = {
  title: 'REST',
  file: 'rest.ts',
  rules: [
    {
      id: '10.1',
      rule: '`POST Calls.json` answers 201 with the call, `queued`',
      source: 'O, S',
      on: 'REST',
      test: async () => {
        const { created } = await life();
        expect(created).toMatchObject({
          status: 201,
          json: { status: 'queued', to: BUSY, from: FROM },
        });
      },
    },
    {
      id: '10.2',
      rule: '`GET Calls/{sid}.json` answers 200 with the call',
      source: 'O, S',
      on: 'REST',
      test: async () => {
        const { fetched, sid } = await life();
        expect(fetched).toMatchObject({ status: 200, json: { sid, status: 'busy' } });
      },
    },
    {
      id: '10.3',
      rule: 'A call that is not known: 404 and 20404',
      source: 'S, R',
      on: 'REST',
      test: async () => {
        const { gone } = await life();
        expect(gone).toMatchObject({ status: 404, json: { code: 20404 } });
      },
    },
    {
      id: '10.4',
      rule: '`DELETE Calls/{sid}.json` answers 204, and the call is gone',
      source: 'O',
      on: 'REST',
      test: async () => {
        const { removed, gone } = await life();
        expect([removed.status, gone.status]).toEqual([204, 404]);
      },
    },
    {
      id: '10.5',
      rule: 'A call has these keys, all of them, always, null where nothing is known',
      source: 'O',
      on: 'REST',
      test: async () => {
        const { created, fetched } = await life();
        expect(Object.keys(created.json)).toEqual(KEYS);
        expect(Object.keys(fetched.json)).toEqual(KEYS);
        for (const key of ['answered_by', 'group_sid', 'parent_call_sid', 'trunk_sid', 'price']) {
          expect(fetched.json[key]).toBeNull();
        }
      },
    },
    {
      id: '10.6',
      rule: 'Dates are RFC 2822; `duration` and `queue_time` are strings',
      source: 'O, D6',
      on: 'REST',
      test: async () => {
        const { json } = (await life()).fetched;
        for (const key of ['date_created', 'date_updated', 'start_time', 'end_time']) {
          expect(json[key]).toMatch(RFC_2822);
        }
        expect(json).toMatchObject({ duration: '0', queue_time: '0' });
      },
    },
    {
      id: '10.7',
      rule: '`direction` is `outbound-api`; `api_version`, `account_sid`, `uri` as Twilio has them',
      source: 'O, D6',
      on: 'REST',
      test: async () => {
        const { fetched, sid } = await life();
        expect(fetched.json).toMatchObject({
          direction: 'outbound-api',
          api_version: '2010-04-01',
          account_sid: ACCOUNT_SID,
          uri: `/2010-04-01/Accounts/${ACCOUNT_SID}/Calls/${sid}.json`,
        });
      },
    },
    {
      id: '10.8',
      rule: '`subresource_uris` names all nine',
      source: 'O',
      on: 'REST',
      test: async () => {
        const { fetched, sid } = await life();
        const uris = fetched.json['subresource_uris'] as Json;
        expect(Object.keys(uris).toSorted()).toEqual(
          'events notifications payments recordings siprec streams transcriptions user_defined_message_subscriptions user_defined_messages'.split(
            ' ',
          ),
        );
        expect(uris['streams']).toBe(
          `/2010-04-01/Accounts/${ACCOUNT_SID}/Calls/${sid}/Streams.json`,
        );
      },
    },
    {
      id: '10.9',
      rule: 'A list has `calls`, `first_page_uri, next_page_uri, previous_page_uri, page, page_size, start, end, uri`',
      source: 'O',
      on: 'REST',
      test: async () => {
        const { list, sid } = await life();
        const { calls, ...page } = list.json;
        expect(calls).toMatchObject([{ sid }]);
        expect(Object.keys(page).toSorted()).toEqual(
          'end first_page_uri next_page_uri page page_size previous_page_uri start uri'.split(' '),
        );
        expect(page).toMatchObject({ page: 0, page_size: 20, start: 0, next_page_uri: null });
      },
    },
    {
      id: '10.10',
      rule: 'Lists are narrowed by `To`, `From`, `Status`, `ParentCallSid`, `StartTime`, `EndTime` with `<` and `>`, as the SDK asks',
      source: 'O, S',
      on: 'REST',
      test: async () => {
        await using world = await World.start();
        const { calls } = world.client;
        const human = `+${trunkNumber({ kind: 'human' }, 1)}`;
        for (const to of [BUSY, human, HUMAN]) {
          await calls.create({ to, from: FROM, twiml: '<Response/>' });
        }
        await world.relay.idle();
        const dayBefore = new Date(Date.now() - 86_400_000);
        const dayAfter = new Date(Date.now() + 2 * 86_400_000);
        const counts = await Promise.all(
          [
            { to: BUSY },
            { from: FROM, limit: 2 },
            { status: 'completed' as const },
            { startTimeAfter: dayBefore, startTimeBefore: dayAfter },
            { startTimeAfter: dayAfter },
            { parentCallSid: UNKNOWN },
          ].map(async (filter) => (await calls.list(filter)).length),
        );
        expect(counts).toEqual([1, 2, 2, 3, 0, 0]);
      },
    },
    {
      id: '10.11',
      rule: '`Url` wins over `Twiml`',
      source: 'O',
      test: async () => {
        await using world = await World.start();
        const url = `${world.httpUrl}/next`;
        const twiml = `<Response><Redirect>${world.httpUrl}/wrong</Redirect></Response>`;
        await world.client.calls.create({ to: HUMAN, from: FROM, url, twiml });
        await world.request('/next');
        await world.relay.idle();
        expect(world.requestsTo('/wrong')).toEqual([]);
      },
    },
    {
      id: '10.12',
      rule: 'The form that the SDK sends: lists repeat the key, booleans are `true`, everything is understood',
      source: 'S',
      test: async () => {
        await using world = await World.start();
        await world.client.calls.create({
          to: HUMAN,
          from: FROM,
          statusCallback: `${world.httpUrl}/status`,
          statusCallbackEvent: ['initiated', 'completed'],
          record: true,
          machineDetection: 'Enable',
          asyncAmd: 'true',
          twiml: '<Response/>',
          timeout: 30,
          sendDigits: '1w2',
        });
        await world.formWith('/status', { CallStatus: 'completed' });
        const forms = world
          .requestsTo('/status')
          .map((each) => Object.fromEntries(parametersOf(each)));
        expect(forms.map((form) => form['CallStatus'])).toEqual(['initiated', 'completed']);
      },
    },
    {
      id: '10.13',
      rule: '`POST Calls/{sid}.json` with `Status=completed` ends a call, 200',
      source: 'O, D6',
      test: () =>
        inCall(async (world, sid) => {
          const answer = await world.rest(`/Calls/${sid}.json`, { Status: 'completed' });
          expect(answer).toMatchObject({ status: 200, json: { sid, status: 'completed' } });
          await world.formWith('/status', { CallStatus: 'completed' });
        }),
    },
    {
      id: '10.14',
      rule: '`Status=canceled` ends a call that rings, and none that is answered (21220)',
      source: 'D6',
      test: async () => {
        await inCall(async (world, sid) => {
          expect(await world.rest(`/Calls/${sid}.json`, { Status: 'canceled' })).toMatchObject({
            status: 400,
            json: { code: 21220 },
          });
          const { sid: ringing } = await world.client.calls.create({
            to: RINGS,
            from: FROM,
            twiml: PAUSE,
          });
          const canceled = await world.client.calls(ringing).update({ status: 'canceled' });
          expect(canceled.status).toBe('canceled');
        });
      },
    },
    {
      id: '10.15',
      rule: 'An update of a call that is over: 400 and 21220',
      source: 'D6, R',
      test: () =>
        inCall(async (world, sid) => {
          await world.client.calls(sid).update({ status: 'completed' });
          const update = world.client.calls(sid).update({ twiml: PAUSE });
          await expect(update).rejects.toMatchObject({ status: 400, code: 21220 });
        }),
    },
    {
      id: '10.16',
      rule: '`TimeLimit` of an update ends the call',
      source: 'D6',
      test: () =>
        inCall(async (world, sid) => {
          await world.client.calls(sid).update({ timeLimit: 1 });
          const form = await world.formWith('/status', { CallStatus: 'completed' });
          expect(Number(form['CallDuration'])).toBeLessThanOrEqual(3);
        }),
    },
    {
      id: '10.17',
      rule: '`FallbackUrl` is asked where `Url` fails',
      source: 'O',
      test: async () => {
        await using world = await World.start({
          answer: ({ target }) => (target === '/broken' ? { status: 404 } : undefined),
        });
        await world.client.calls.create({
          to: HUMAN,
          from: FROM,
          url: `${world.httpUrl}/broken`,
          fallbackUrl: `${world.httpUrl}/fallback`,
          fallbackMethod: 'GET',
        });
        const request = await world.request('/fallback');
        expect(request.method).toBe('GET');
        expect(Object.fromEntries(parametersOf(request))).toMatchObject({ ErrorCode: '11200' });
      },
    },
    {
      id: '10.18',
      rule: '`POST Calls/{sid}/Streams.json` answers 201 and opens a one-way stream; `Parameter1.Name` and `.Value` to 99 are `customParameters`',
      source: 'D4',
      test: () =>
        inCall(async (world, sid) => {
          const answer = await world.rest(`/Calls/${sid}/Streams.json`, {
            Url: `${world.wsUrl}/m`,
            Name: 'ear',
            Track: 'both_tracks',
            StatusCallback: `${world.httpUrl}/stream`,
            'Parameter1.Name': 'a',
            'Parameter1.Value': '1',
            'Parameter99.Name': 'z',
            'Parameter99.Value': '99',
            'Parameter100.Name': 'no',
          });
          expect(answer.status).toBe(201);
          const stream = await world.stream();
          const { json } = await stream.untilEvent('start');
          expect(json).toHaveProperty('start.customParameters', { a: '1', z: '99' });
          expect(json).toHaveProperty('start.tracks', ['inbound', 'outbound']);
          expect(answer.json['sid']).toBe(stream.streamSid);
          expect(await world.form('/stream')).toMatchObject({ StreamName: 'ear' });
        }),
    },
    {
      id: '10.19',
      rule: 'A stream has the keys `account_sid call_sid date_updated name sid status uri`',
      source: 'O, D4',
      test: () =>
        inCall(async (world, sid) => {
          const path = `/Calls/${sid}/Streams`;
          const { json } = await world.rest(`${path}.json`, { Url: `${world.wsUrl}/m` });
          expect(Object.keys(json).toSorted()).toEqual(
            'account_sid call_sid date_updated name sid status uri'.split(' '),
          );
          expect(json).toMatchObject({ call_sid: sid, name: null, status: 'in-progress' });
          expect(json['date_updated']).toMatch(RFC_2822);
          await world.stream();
          const stopped = await world.rest(`${path}/${String(json['sid'])}.json`, {
            Status: 'stopped',
          });
          expect(stopped).toMatchObject({ status: 200, json: { status: 'stopped' } });
        }),
    },
    {
      id: '10.20',
      rule: 'Errors are `{code, message, more_info, status}`; the SDK makes a RestException of them',
      source: 'S, R',
      on: 'REST',
      test: async () => {
        await using world = await World.start();
        const { status, json } = await world.rest(`/Calls/${UNKNOWN}.json`);
        expect(status).toBe(404);
        expect(json).toEqual({
          code: 20404,
          message: expect.any(String),
          more_info: 'https://www.twilio.com/docs/errors/20404',
          status: 404,
        });
        await expect(world.client.calls(UNKNOWN).fetch()).rejects.toMatchObject({
          status: 404,
          code: 20404,
          moreInfo: 'https://www.twilio.com/docs/errors/20404',
        });
      },
    },
    {
      id: '10.21',
      rule: 'A wrong password, or none: 401 and 20003',
      source: 'E',
      on: 'REST',
      test: async () => {
        await using world = await World.start();
        for (const headers of [{}, { Authorization: `Basic ${btoa(`${ACCOUNT_SID}:wrong`)}` }]) {
          expect(await world.rest('/Calls.json', undefined, { headers })).toMatchObject({
            status: 401,
            json: { code: 20003 },
          });
        }
      },
    },
    refusal('10.22', 'no `To`', [400, 21201], { to: '' }),
    refusal('10.23', 'a `To` that is no number', [400, 21211], { to: 'nobody' }),
    refusal('10.24', 'a `From` that is no number', [400, 21212], { from: 'nobody' }),
    refusal('10.25', 'a `From` that is none of ours', [400, 21210], { from: '+15551234567' }),
    refusal('10.26', 'a `Url` that is none', [400, 21205], { url: 'nonsense', twiml: '' }),
    refusal('10.27', 'neither `Url` nor `Twiml`', [400, 21205], { twiml: '' }),
    refusal('10.28', 'a country that may not be called', [400, 21215], { to: '+447700900000' }),
    refusal(
      '10.29',
      '`Twiml` of more than 4000 characters',
      [400, 32018],
      {
        twiml: `<Response>${' '.repeat(4000)}</Response>`,
      },
      'O; the number is INFERRED',
    ),
    refusal(
      '10.30',
      'more than 32 `SendDigits`',
      [400, 21206],
      { sendDigits: '1'.repeat(33) },
      'O; the number is INFERRED',
    ),
    refusal(
      '10.31',
      'a `Timeout` above 600',
      [400, 21208],
      { timeout: 601 },
      'O; the number is INFERRED',
    ),
    {
      id: '10.32',
      rule: '`SendDigits` are pressed when the call is answered, and switch answering-machine detection off',
      source: 'O',
      test: async () => {
        await using world = await World.start();
        await using desk = await world.pbx.register({ extension: '201' });
        const url = `${world.httpUrl}/next`;
        await world.client.calls.create({
          to: '201',
          from: FROM,
          url,
          sendDigits: '12',
          machineDetection: 'Enable',
        });
        const form = await world.form('/next');
        expect(form).not.toHaveProperty('AnsweredBy');
        const phone = await desk.nextCall();
        await expect.poll(() => phone.receivedDigits).toBe('12');
      },
    },
    {
      id: '10.33',
      rule: 'Malformed `Twiml` is taken, and fails with 12100 once the call is answered; so does an entity bomb',
      source: 'E; INFERRED',
      test: async () => {
        const bomb = '<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>';
        for (const twiml of ['<Response>', bomb]) {
          await using world = await World.start();
          await world.client.calls.create({ to: HUMAN, from: FROM, twiml });
          await world.warned(12100);
          await world.relay.idle();
        }
      },
    },
    {
      id: '10.34',
      rule: '`Twiml` of 10 MB is refused before it is read',
      source: 'ours',
      on: 'REST',
      note: '413; a form holds 64 KiB',
      test: async () => {
        await using world = await World.start();
        const Twiml = `<Response>${' '.repeat(10_000_000)}</Response>`;
        const { status } = await world.rest('/Calls.json', { To: HUMAN, From: FROM, Twiml });
        expect(status).toBe(413);
      },
    },
    refusal('10.37', 'an emergency number', [400, 21216], { to: '112' }, 'ours; the number is E'),
    refusal('10.38', 'no `From`', [400, 21213], { from: '' }),
    {
      id: '10.39',
      rule: 'Defaults: `Timeout` 60 s; detection 30 s, 2400 ms, 1200 ms, 5000 ms; `Method` POST; one event, `completed`',
      source: 'O',
      on: 'core',
      test: () => {
        const form = new URLSearchParams({
          To: HUMAN,
          From: FROM,
          Url: 'https://example.com/',
          StatusCallback: 'https://example.com/status',
          MachineDetection: 'Enable',
        });
        expect(parseCreateCall(new Form(form))).toMatchObject({
          timeoutSeconds: 60,
          document: { method: 'POST' },
          statusCallback: { method: 'POST', events: ['completed'] },
          machineDetection: {
            timeoutMs: 30_000,
            speechThresholdMs: 2400,
            speechEndThresholdMs: 1200,
            silenceTimeoutMs: 5000,
            isAsync: false,
          },
        });
      },
    },
    {
      id: '10.40',
      rule: 'A list of more than a page leads on with `next_page_uri`, and back',
      source: 'O, S',
      on: 'REST',
      test: async () => {
        await using world = await World.start();
        for (const to of [BUSY, HUMAN]) {
          await world.client.calls.create({ to, from: FROM, twiml: '<Response/>' });
        }
        await world.relay.idle();
        const account = `/2010-04-01/Accounts/${ACCOUNT_SID}`;
        const { json: first } = await world.rest('/Calls.json?PageSize=1');
        const next = String(first['next_page_uri']);
        const { json: second } = await world.rest(next.replace(account, ''));
        expect(first['calls']).toMatchObject([{ to: HUMAN }]);
        expect(second['calls']).toMatchObject([{ to: BUSY }]);
        expect(second).toMatchObject({ page: 1, start: 1, end: 1, next_page_uri: null });
        expect(second['previous_page_uri']).toEqual(
          expect.stringContaining(`${account}/Calls.json?`),
        );
        expect(await world.client.calls.list({ pageSize: 1 })).toHaveLength(2);
      },
    },
    {
      id: '10.35',
      rule: 'API keys (`SK…` and their secret) are taken as well',
      source: 'S',
      on: 'REST',
      deviation: 'only the account SID and its token',
      test: async () => {
        await using world = await World.start();
        const headers = { Authorization: `Basic ${btoa(`SK${'1'.repeat(32)}:secret`)}` };
        const { status } = await world.rest('/Calls.json', undefined, { headers });
        expect(status).toBe(200);
      },
    },
    {
      id: '10.36',
      rule: '`ApplicationSid` gives the document',
      source: 'O',
      on: 'REST',
      deviation: 'refused with 21218: there are no applications',
      test: async () => {
        await using world = await World.start();
        const form = { To: HUMAN, From: FROM, ApplicationSid: `AP${'1'.repeat(32)}` };
        expect((await world.rest('/Calls.json', form)).status).toBe(201);
      },
    },
  ],
};
