/** Webhooks and callbacks over the wire, checked with Twilio's own SDK. */

import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import { Counters } from '@patchcord/relay/io/counters';
import { openLog } from '@patchcord/relay/io/log';
import { CallbackQueue } from '@patchcord/relay/io/webhook/callback-queue';
import { parseConnectionOverrides } from '@patchcord/relay/io/webhook/connection-overrides';
import { fetchTwiml } from '@patchcord/relay/io/webhook/fetch-twiml';
import { sendSignedRequest } from '@patchcord/relay/io/webhook/signed-request';
import fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { WebhookServer, type ReceivedRequest } from './webhook-server.ts';

const AUTH_TOKEN = '12345';
const PARAMS = {
  Called: '+1 555',
  To: 'sip:a@b',
  CallSid: 'CA1',
  Empty: '',
  Umlaut: 'äé',
  From: "o'",
};

function send(url: string, more: Partial<Parameters<typeof sendSignedRequest>[0]> = {}) {
  return sendSignedRequest({
    url,
    method: 'POST',
    authToken: AUTH_TOKEN,
    params: PARAMS,
    signal: new AbortController().signal,
    textLengthMax: 1000,
    ...more,
  });
}

const ok = (response: ServerResponse): void => {
  response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<Response/>');
};

function isSigned({ headers, body, path }: ReceivedRequest, base: string): boolean {
  const form = Object.fromEntries(new URLSearchParams(body));
  const signature = String(headers['x-twilio-signature']);
  return twilio.validateRequest(AUTH_TOKEN, signature, `${base}${path}`, form);
}

describe('a signed request', () => {
  it("is what Twilio's SDK takes for Twilio's, with Twilio's headers in order", async () => {
    await using server = await WebhookServer.start(ok);
    const answer = await send(`${server.url}/voice?a=1&b=%27'#rc=0`);
    expect(answer).toMatchObject({ status: 200, contentType: 'text/xml', text: '<Response/>' });
    const [request] = server.requests.all;
    if (request === undefined) throw new Error('no request');
    expect(request).toMatchObject({ method: 'POST', path: "/voice?a=1&b=%27'" });
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual(PARAMS);
    expect(isSigned(request, server.url)).toBe(true);
    const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names.slice(0, 7)).toEqual([
      'Host',
      'Content-Type',
      'User-Agent',
      'Accept',
      'I-Twilio-Idempotency-Token',
      'X-Twilio-Signature',
      'X-Home-Region',
    ]);
    expect(request.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'user-agent': 'TwilioProxy/1.1',
      'x-home-region': 'us1',
    });
  });

  it('has its parameters in the query of a GET', async () => {
    await using server = await WebhookServer.start(ok);
    await send(`${server.url}/voice?a=1`, { method: 'GET' });
    await send(server.url, { method: 'GET' });
    for (const request of server.requests.all) {
      expect(request.body).toBe('');
      expect(isSigned(request, server.url)).toBe(true);
    }
    const [first, second] = server.requests.all;
    expect(first?.path).toMatch(/^\/voice\?a=1&Called=%2B1\+555&To=/);
    expect(second?.path).toMatch(/^\/\?Called=/);
  });

  it("is what Twilio's SDK takes for Twilio's, whatever is in it", async () => {
    await using server = await WebhookServer.start(ok);
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const path = fc.stringMatching(/^[!-"$->@-~]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true }),
        fc.constantFrom('GET' as const, 'POST' as const),
        async (query, params, method) => {
          await send(`${server.url}/voice?${query}`, { params, method });
          const request = server.requests.all.at(-1);
          expect(request !== undefined && isSigned(request, server.url)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('follows redirects: a GET with the parameters, a POST behind 307, no more than five', async () => {
    await using server = await WebhookServer.start((response, number, { path }) => {
      if (path.startsWith('/end')) return ok(response);
      const status = path === '/post' ? 307 : 302;
      const location = path.startsWith('/loop') ? '/loop' : `/end?n=${number}`;
      response.writeHead(status, { Location: location }).end();
    });
    const answer = await send(`${server.url}/get`);
    expect(answer.url).toMatch(/\/end\?n=0$/);
    await send(`${server.url}/post`);
    const ends = server.requests.all.filter(({ path }) => path.startsWith('/end'));
    expect(ends.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(ends.every((request) => isSigned(request, server.url))).toBe(true);
    await expect(send(`${server.url}/loop`, { method: 'POST' })).rejects.toMatchObject({
      code: 'WEBHOOK_REDIRECT',
      twilioCode: 11215,
    });
  });

  it.each(['http://example.com/', 'ftp://127.0.0.1/', 'https://'])(
    'does not follow to %s',
    async (location) => {
      await using server = await WebhookServer.start((response) => {
        response.writeHead(302, { Location: location }).end();
      });
      await expect(send(server.url)).rejects.toMatchObject({ code: 'WEBHOOK_REDIRECT' });
    },
  );

  it.each([
    ['#rc=2&rp=5xx', [500, 500, 200], 200, 3],
    ['#rc=1&rp=5xx', [500, 500, 200], 500, 2],
    ['#rp=5xx', [404, 200], 404, 1],
    ['#rp=all', [404, 200], 200, 2],
    ['#rp=4xx,5xx&rc=5', [404, 503, 200], 200, 3],
    ['', [500, 200], 500, 1],
  ])('%s: %j gives %i', async (fragment, statuses, expected, requests) => {
    await using server = await WebhookServer.start((response, number) => {
      response.writeHead(statuses[number] ?? 200).end();
    });
    expect((await send(`${server.url}/${fragment}`)).status).toBe(expected);
    const tokens = server.requests.all.map(({ headers }) => headers['i-twilio-idempotency-token']);
    expect(tokens).toHaveLength(requests);
    expect(new Set(tokens).size).toBe(1);
  });

  it('ends in time: no answer, an answer that stalls, no connection, too long an answer', async () => {
    await using server = await WebhookServer.start((response, _number, { path }) => {
      if (path === '/stall') response.write('<Resp');
      if (path === '/long') response.end('x'.repeat(1001));
    });
    for (const path of ['/silence#rt=100', '/stall#rt=100', '/silence#tt=100']) {
      await expect(send(server.url + path)).rejects.toMatchObject({ code: 'WEBHOOK_TIMEOUT' });
    }
    expect(server.requests.all).toHaveLength(3);
    await expect(send(`${server.url}/silence#tt=300&rt=100&rp=rt&rc=5`)).rejects.toMatchObject({
      code: 'WEBHOOK_TIMEOUT',
    });
    await expect(send(`${server.url}/long`)).rejects.toMatchObject({ code: 'WEBHOOK_TOO_LARGE' });
    await expect(send('http://127.0.0.1:9/')).rejects.toMatchObject({
      code: 'WEBHOOK_UNREACHABLE',
      twilioCode: 11205,
    });
    await expect(send('mailto:me')).rejects.toMatchObject({ twilioCode: 11100 });
    await expect(send('https://name.invalid/')).rejects.toMatchObject({
      code: 'WEBHOOK_UNREACHABLE',
    });
  });

  it('does not try again what broke behind the request', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on('error', () => {});
      socket.once('data', () => socket.resetAndDestroy());
    });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'WEBHOOK_UNREACHABLE',
    });
    expect(connections).toBe(1);
    server.close();
  });

  it('does not hold a kept connection that was closed meanwhile against the handler', async () => {
    await using server = await WebhookServer.start((response, number) => {
      if (number === 1) response.destroy();
      else ok(response);
    });
    expect((await send(server.url)).status).toBe(200);
    expect((await send(server.url)).status).toBe(200);
    expect(server.requests.all).toHaveLength(3);
  });

  it('is ended by its signal', async () => {
    await using server = await WebhookServer.start(() => {});
    const leaving = new AbortController();
    const sent = send(`${server.url}/#rp=all&rc=5`, { signal: leaving.signal });
    await server.requests.until('a request', () => true);
    leaving.abort();
    await expect(sent).rejects.toMatchObject({ code: 'WEBHOOK_UNREACHABLE' });
    expect(server.requests.all).toHaveLength(1);
  });
});

it.each([
  ['', 1, ['ct'], 5000, 15_000, 15_000],
  ['#', 1, ['ct'], 5000, 15_000, 15_000],
  ['#rc=6&rp=never&ct=99&rt=15001&tt=x', 1, ['ct'], 5000, 15_000, 15_000],
  ['#rc=0&rp=all&ct=100&rt=200&tt=300', 0, ['ct', 'rt', '4xx', '5xx'], 100, 200, 300],
  ['#rc=5&rp=rt,5xx,__proto__', 5, ['rt', '5xx'], 5000, 15_000, 15_000],
])('connection overrides %j', (fragment, retriesMax, reasons, connect, read, total) => {
  expect(parseConnectionOverrides(`https://a.example/b?c=d${fragment}`)).toEqual({
    url: 'https://a.example/b?c=d',
    retriesMax,
    retryReasons: new Set(reasons),
    connectMsMax: connect,
    readMsMax: read,
    totalMsMax: total,
  });
});

it.each([
  ['a document', 200, '<Response><Hangup/></Response>', undefined, undefined],
  ['a refusal', 403, 'no', 'WEBHOOK_BAD_STATUS', 11200],
  ['a page', 200, '<html>', 'TWIML_NOT_XML', 12100],
  ['something else', 200, '<Other/>', 'TWIML_NOT_RESPONSE', 12200],
  ['too much', 200, ' '.repeat(70_000), 'TWIML_TOO_LARGE', 12100],
])('a voice webhook that answers %s', async (_what, status, text, code, twilioCode) => {
  await using server = await WebhookServer.start((response) => {
    response.writeHead(status).end(text);
  });
  const { signal } = new AbortController();
  const target = { url: server.url, method: 'POST' } as const;
  const fetched = fetchTwiml(target, AUTH_TOKEN, PARAMS, signal);
  if (code === undefined) expect(await fetched).toHaveLength(1);
  else await expect(fetched).rejects.toMatchObject({ code, twilioCode });
});

describe('callbacks', () => {
  function open(options: { concurrencyMax?: number; waitingMax?: number } = {}) {
    const lines: { code?: string; callSid?: string; twilioCode?: number; url?: string }[] = [];
    const log = openLog('debug', { write: (line) => lines.push(JSON.parse(line)) });
    const counters = new Counters();
    const queue = new CallbackQueue({ authToken: AUTH_TOKEN, log, counters, ...options });
    return { lines, counters, queue };
  }

  it('of a call go in order, one at a time; calls do not wait for each other', async () => {
    let inFlight = 0;
    let inFlightMost = 0;
    await using server = await WebhookServer.start((response, _number, { body }) => {
      inFlightMost = Math.max(inFlightMost, ++inFlight);
      const isSlow = body.includes('slow');
      setTimeout(
        () => {
          inFlight--;
          response.writeHead(204).end();
        },
        isSlow ? 50 : 1,
      );
    });
    const { queue, lines } = open({ concurrencyMax: 3 });
    const target = { url: `${server.url}/status`, method: 'POST' } as const;
    for (const callSid of ['slow', 'a', 'b', 'c', 'd']) {
      for (let number = 0; number < 5; number++) {
        queue.send(callSid, target, { CallSid: callSid, Number: String(number) });
      }
    }
    expect(queue.size).toBe(25);
    await queue.drain(10_000);
    expect(queue.size).toBe(0);
    expect(lines).toEqual([]);
    expect(inFlightMost).toBeLessThanOrEqual(3);
    const forms = server.requests.all.map(({ body }) => new URLSearchParams(body));
    for (const callSid of ['slow', 'a', 'b', 'c', 'd']) {
      const own = forms.filter((form) => form.get('CallSid') === callSid);
      expect(own.map((form) => form.get('Number'))).toEqual(['0', '1', '2', '3', '4']);
    }
    expect(forms.at(-1)?.get('CallSid')).toBe('slow');
    expect(server.requests.all.every((request) => isSigned(request, server.url))).toBe(true);
  });

  it('that fail are logged and counted, without the secrets of the URL; the next one goes', async () => {
    await using server = await WebhookServer.start((response, number) => {
      response.writeHead(number === 0 ? 500 : 200).end();
    });
    const { queue, lines, counters } = open();
    const target = { url: `${server.url}/status?key=secret`, method: 'POST' } as const;
    queue.send('CA1', target, {});
    queue.send('CA1', target, {});
    queue.send('CA2', { url: 'nowhere', method: 'POST' }, {});
    await queue.drain(10_000);
    expect(counters.errors.get('CALLBACK_FAILED')).toBe(2);
    expect(lines.find(({ callSid }) => callSid === 'CA1')).toMatchObject({
      code: 'CALLBACK_FAILED',
      twilioCode: 11200,
      url: `${server.url}/status`,
    });
    expect(server.requests.all).toHaveLength(2);
  });

  it('are bounded, and given up when the relay stops', async () => {
    await using server = await WebhookServer.start(() => {});
    const { queue, counters } = open({ concurrencyMax: 1, waitingMax: 3 });
    const target = { url: server.url, method: 'POST' } as const;
    for (let number = 0; number < 6; number++) queue.send('CA1', target, {});
    expect(counters.errors.get('CALLBACK_FAILED')).toBe(2);
    await server.requests.until('a request', () => true);
    await queue.drain(20);
    expect(counters.errors.get('CALLBACK_FAILED')).toBe(6);
    queue.send('CA1', target, {});
    expect(counters.errors.get('CALLBACK_FAILED')).toBe(7);
    await queue.drain(20);
  });
});
