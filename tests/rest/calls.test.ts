/** Calls through Twilio's own SDK. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twilioClient } from './twilio-client.ts';
import { ACCOUNT_SID, RestServer } from './rest-server.ts';

let server: RestServer;
beforeAll(async () => {
  server = await RestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

type CreateOptions = Parameters<RestServer['client']['calls']['create']>[0];

const PATH = `/2010-04-01/Accounts/${ACCOUNT_SID}`;
const TO = '+14155551212';
const FROM = '+15005550006';
const TWIML = '<Response><Hangup/></Response>';

describe('create', () => {
  it('sends every parameter through, and answers a call', async () => {
    const call = await server.client.calls.create({
      to: '+1 (415) 555-1212',
      from: FROM,
      url: 'https://example.com/voice?a=1',
      method: 'GET',
      fallbackUrl: 'https://example.com/fallback',
      statusCallback: 'https://example.com/status',
      statusCallbackEvent: ['initiated', 'answered'],
      sendDigits: '1w2#',
      timeout: 30,
      timeLimit: 600,
      record: true,
      recordingChannels: 'dual',
      recordingStatusCallback: 'https://example.com/recording',
      recordingStatusCallbackEvent: ['in-progress', 'completed'],
      callReason: 'a reason',
      byoc: 'BY00',
    });
    expect(call).toMatchObject({ to: TO, toFormatted: '(415) 555-1212', status: 'queued' });
    expect(server.calls.created.at(-1)).toEqual({
      to: TO,
      from: FROM,
      document: { kind: 'url', url: 'https://example.com/voice?a=1', method: 'GET' },
      fallback: { url: 'https://example.com/fallback', method: 'POST' },
      statusCallback: {
        url: 'https://example.com/status',
        method: 'POST',
        events: ['initiated', 'answered'],
      },
      sendDigits: '1w2#',
      timeoutSeconds: 30,
      timeLimitSeconds: 600,
      recording: {
        channels: 'dual',
        track: 'both',
        trim: 'trim-silence',
        callback: {
          url: 'https://example.com/recording',
          method: 'POST',
          events: ['in-progress', 'completed'],
        },
      },
    });
  });

  it("has Twilio's defaults", async () => {
    await server.client.calls.create({
      to: 'sip:201@pbx.example',
      from: 'client:me',
      twiml: TWIML,
      statusCallback: 'https://example.com/status',
      machineDetection: 'Enable',
      asyncAmd: 'true',
      asyncAmdStatusCallback: 'https://example.com/amd',
    });
    expect(server.calls.created.at(-1)).toEqual({
      to: 'sip:201@pbx.example',
      from: 'client:me',
      document: { kind: 'twiml', twiml: TWIML },
      statusCallback: { url: 'https://example.com/status', method: 'POST', events: ['completed'] },
      timeoutSeconds: 60,
      machineDetection: {
        mode: 'Enable',
        timeoutMs: 30_000,
        speechThresholdMs: 2400,
        speechEndThresholdMs: 1200,
        silenceTimeoutMs: 5000,
        isAsync: true,
        callback: { url: 'https://example.com/amd', method: 'POST' },
      },
    });
  });

  it('takes events in one value, and lets digits win over answering-machine detection', async () => {
    const response = await server.request('/Calls.json', {
      method: 'POST',
      body: new URLSearchParams({
        To: TO,
        From: FROM,
        Url: 'https://example.com/',
        StatusCallback: 'https://example.com/status',
        StatusCallbackEvent: 'initiated ringing',
        MachineDetection: 'Enable',
        SendDigits: '1',
      }),
    });
    expect(response.status).toBe(201);
    const created = server.calls.created.at(-1);
    expect(created?.statusCallback?.events).toEqual(['initiated', 'ringing']);
    expect(created?.machineDetection).toBeUndefined();
  });

  it.each<[string, Partial<CreateOptions>, number]>([
    ['no To', { to: '' }, 21201],
    ['no From', { from: '' }, 21213],
    ['a To that is no number', { to: 'me' }, 21211],
    ['a From that is no number', { from: 'nobody' }, 21212],
    ['no document', { twiml: '' }, 21205],
    ['a Url without a scheme', { url: 'example.com/voice' }, 21205],
    ['a Url of a file', { url: 'file:///etc/passwd' }, 21205],
    ['an application', { applicationSid: `AP${'0'.repeat(32)}` }, 21218],
    ['a long document', { twiml: `<Response>${' '.repeat(4000)}</Response>` }, 32018],
    ['letters as digits', { sendDigits: '1a' }, 21206],
    ['many digits', { sendDigits: '1'.repeat(33) }, 21206],
    ['a timeout of 601', { timeout: 601 }, 21208],
    ['a callback that is no URL', { statusCallback: 'localhost' }, 21609],
    ['an unknown event', { statusCallbackEvent: ['hangup'] }, 21626],
    ['an unknown method', { url: 'https://example.com', method: 'PUT' }, 20001],
    ['a detection timeout of 60', { machineDetectionTimeout: 60 }, 20001],
    ['an unknown detection', { machineDetection: 'Guess' }, 20001],
  ])('refuses %s', async (_what, change, code) => {
    const before = server.calls.created.length;
    await expect(
      server.client.calls.create({ to: TO, from: FROM, twiml: TWIML, ...change }),
    ).rejects.toMatchObject({
      status: 400,
      code,
      moreInfo: `https://www.twilio.com/docs/errors/${code}`,
    });
    expect(server.calls.created).toHaveLength(before);
  });
});

describe('one call', () => {
  it('has every key of the documentation, in order, null where it is not set', async () => {
    const { sid } = server.calls.add({
      status: 'completed',
      startedAt: Date.UTC(2026, 10, 22, 12, 0, 1),
      answeredAt: Date.UTC(2026, 10, 22, 12, 0, 5),
      endedAt: Date.UTC(2026, 10, 22, 12, 0, 54),
    });
    const response = await server.request(`/Calls/${sid}.json`);
    expect(response.headers.get('content-type')).toBe('application/json');
    const json = JSON.parse(await response.text());
    expect(Object.keys(json)).toEqual(
      'account_sid answered_by api_version caller_name date_created date_updated direction duration end_time forwarded_from from from_formatted group_sid parent_call_sid phone_number_sid price price_unit queue_time sid start_time status subresource_uris to to_formatted trunk_sid uri'.split(
        ' ',
      ),
    );
    expect(json).toMatchObject({
      duration: '49',
      end_time: 'Sun, 22 Nov 2026 12:00:54 +0000',
      start_time: 'Sun, 22 Nov 2026 12:00:01 +0000',
      price: null,
      queue_time: '0',
      uri: `${PATH}/Calls/${sid}.json`,
      subresource_uris: { recordings: `${PATH}/Calls/${sid}/Recordings.json` },
    });
    const call = await server.client.calls(sid).fetch();
    expect(call.startTime).toEqual(new Date('2026-11-22T12:00:01Z'));
  });

  it('is a 404 with 20404 if it is not there', async () => {
    const refusal = { status: 404, code: 20404 };
    const sid = `CA${'0'.repeat(32)}`;
    await expect(server.client.calls(sid).fetch()).rejects.toMatchObject(refusal);
    await expect(server.client.calls('CA1').fetch()).rejects.toMatchObject(refusal);
  });

  it('is changed and ended', async () => {
    const { sid } = server.calls.add({ status: 'in-progress' });
    await server.client.calls(sid).update({ twiml: TWIML });
    expect(server.calls.updated.at(-1)).toEqual({ document: { kind: 'twiml', twiml: TWIML } });
    const ended = await server.client.calls(sid).update({ status: 'completed' });
    expect(ended.status).toBe('completed');
    await expect(
      server.client.calls(sid).update({ url: 'https://example.com' }),
    ).rejects.toMatchObject({
      status: 400,
      code: 21220,
      message: 'Call is not in-progress. Cannot redirect.',
    });
  });

  it('is removed', async () => {
    const { sid } = server.calls.add({ status: 'completed' });
    expect(await server.client.calls(sid).remove()).toBe(true);
    await expect(server.client.calls(sid).fetch()).rejects.toMatchObject({ status: 404 });
  });
});

describe('a list', () => {
  it('is read over several pages', async () => {
    const to = '+4930123456';
    const sids = Array.from({ length: 7 }, () => server.calls.add({ to }).sid).toReversed();
    const all = await server.client.calls.list({ to, pageSize: 3 });
    expect(all.map(({ sid }) => sid)).toEqual(sids);
    const five = await server.client.calls.list({ to, pageSize: 2, limit: 5 });
    expect(five.map(({ sid }) => sid)).toEqual(sids.slice(0, 5));

    const first = await server.client.calls.page({ to, pageSize: 3 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    expect(third?.instances.map(({ sid }) => sid)).toEqual(sids.slice(6));
    const back = await third?.previousPage();
    expect(back?.instances.map(({ sid }) => sid)).toEqual(sids.slice(3, 6));
    const start = await back?.previousPage();
    expect(start?.instances.map(({ sid }) => sid)).toEqual(sids.slice(0, 3));
  });

  it("has Twilio's addresses", async () => {
    const to = '+4930999';
    const [third, second, first] = [1, 2, 3].map(() => server.calls.add({ to }).sid);
    const response = await server.request(`/Calls.json?PageSize=2&To=${encodeURIComponent(to)}`);
    const { calls, ...page } = JSON.parse(await response.text());
    expect(calls.map(({ sid }: { sid: string }) => sid)).toEqual([first, second]);
    const query = `To=%2B4930999&PageSize=2`;
    expect(page).toEqual({
      end: 1,
      first_page_uri: `${PATH}/Calls.json?${query}&Page=0`,
      next_page_uri: `${PATH}/Calls.json?${query}&Page=1&PageToken=PA${second}`,
      page: 0,
      page_size: 2,
      previous_page_uri: null,
      start: 0,
      uri: `${PATH}/Calls.json?${query}&Page=0`,
    });
    const next = await server.request(page.next_page_uri.slice(PATH.length));
    expect(JSON.parse(await next.text())).toMatchObject({
      calls: [{ sid: third }],
      next_page_uri: null,
      previous_page_uri: `${PATH}/Calls.json?${query}&Page=0&PageToken=PB${third}`,
      start: 2,
      end: 2,
    });
  });

  it('is filtered by status and time', async () => {
    const to = '+4930777';
    const at = (day: number, hour: number) => Date.UTC(2026, 9, day, hour);
    const [early, noon, late] = [at(1, 12), at(2, 12), at(3, 12)].map((startedAt) =>
      server.calls.add({ to, startedAt, status: 'busy' }),
    );
    const sids = async (filter: object) =>
      (await server.client.calls.list({ to, ...filter })).map(({ sid }) => sid);
    const second = new Date(at(2, 0));
    expect(await sids({ startTimeAfter: second })).toEqual([late?.sid, noon?.sid]);
    expect(await sids({ startTimeBefore: second })).toEqual([early?.sid]);
    expect(await sids({ startTime: new Date(at(2, 12)) })).toEqual([noon?.sid]);
    expect(await sids({ status: 'busy' })).toHaveLength(3);
    expect(await sids({ status: 'completed' })).toEqual([]);
    const day = await server.request(`/Calls.json?StartTime=2026-10-02&To=%2B4930777`);
    expect(JSON.parse(await day.text()).calls).toHaveLength(1);
  });

  it.each([
    'PageSize=0',
    'PageSize=1001',
    'PageSize=x',
    'Page=1',
    'PageToken=PA1',
    'Status=initiated',
    'StartTime=yesterday',
    'ParentCallSid=1',
  ])('refuses %s', async (query) => {
    const response = await server.request(`/Calls.json?${query}`);
    expect(response.status).toBe(400);
    expect(JSON.parse(await response.text())).toMatchObject({ code: 20001, status: 400 });
  });
});

describe('who may ask', () => {
  it('needs the right password', async () => {
    const stranger = twilioClient(server.baseUrl, ACCOUNT_SID, 'another token');
    await expect(stranger.calls.list()).rejects.toMatchObject({ status: 401, code: 20003 });
    const response = await fetch(`${server.baseUrl}${PATH}/Calls.json`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="Twilio API"');
    expect(JSON.parse(await response.text())).toEqual({
      code: 20003,
      message: 'Authenticate',
      more_info: 'https://www.twilio.com/docs/errors/20003',
      status: 401,
    });
  });

  it("does not see another account's calls", async () => {
    const response = await server.request(`/../AC${'6'.repeat(32)}/Calls.json`);
    expect(response.status).toBe(404);
    expect(JSON.parse(await response.text())).toMatchObject({ code: 20404 });
  });
});

it.each([
  ['GET', '/Messages.json', 404, 20404],
  ['PUT', '/Calls.json', 405, 20004],
  ['GET', '/Calls.xml', 406, 20001],
  ['GET', '/Calls', 200, undefined],
])('%s %s', async (method, path, status, code) => {
  const response = await server.request(path, { method });
  expect(response.status).toBe(status);
  expect(JSON.parse(await response.text()).code).toBe(code);
});

it('bounds a form, and takes nothing but forms', async () => {
  const body = new URLSearchParams({ To: TO, From: FROM, Twiml: 'x'.repeat(70_000) });
  const large = await server.request('/Calls.json', { method: 'POST', body });
  expect(large.status).toBe(413);
  const headers = { 'Content-Type': 'application/json' };
  const json = await server.request('/Calls.json', { method: 'POST', body: '{}', headers });
  expect(json.status).toBe(415);
  expect(server.reported).toEqual([]);
});
