/** Who may talk to the edge: requests and sockets signed by Twilio's own SDK, and the same ones tampered with. In workerd. */

import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { newSid } from '@patchcord/shared/twilio/sid';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUTH_TOKEN, World } from './world.ts';

const PUBLIC_HOST = 'agent.example';

let world: World;
beforeAll(async () => {
  world = await World.start({ vars: { PUBLIC_HOST } });
});
afterAll(() => world.stop());

interface Sent {
  readonly method?: 'GET' | 'POST';
  /** As it goes over the wire, not as the URL standard would write it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a webhook byte for byte; `fetch` would rewrite its path. */
async function send({ method = 'POST', path, headers = {}, body = '' }: Sent): Promise<number> {
  const { hostname, port } = new URL(world.edge.url);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = httpRequest({ hostname, port, method, path, headers }, (response) => {
    void text(response).then(() => resolve(response.statusCode ?? 0));
  });
  request.on('error', reject);
  request.end(method === 'GET' ? undefined : body);
  return promise;
}

const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
const CALL_SID = newSid('CA');
const FORM = { CallSid: CALL_SID, From: '+60 12', To: '+603', CallerName: "O'Neil & søn", Geo: '' };

function sign(url: string, params: Record<string, unknown> = {}, token = AUTH_TOKEN): string {
  return twilio.getExpectedTwilioSignature(token, url, params);
}

function encodeForm(fields: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, each] as [string, string]),
  );
  return new URLSearchParams(pairs).toString();
}

function post(path: string, signature: string, body = encodeForm(FORM)): Promise<number> {
  return send({ path, headers: { ...FORM_TYPE, 'X-Twilio-Signature': signature }, body });
}

describe('a webhook signed by the SDK', () => {
  test.each([
    ['as it was sent', () => world.edge.url, '/voice'],
    ['without the port', () => 'http://127.0.0.1', '/voice'],
    ['with a query', () => world.edge.url, '/voice?tenant=7&name=a%20b'],
    ['with an apostrophe', () => world.edge.url, "/voice?name=O'Neil"],
    ['with an escaped one', () => world.edge.url, '/voice?name=O%27Neil'],
    ['for the public host', () => `https://${PUBLIC_HOST}`, '/voice'],
    ['with the standard port', () => `https://${PUBLIC_HOST}:443`, '/voice'],
  ])('is taken: %s', async (_, origin, path) => {
    expect(await post(path, sign(`${origin()}${path}`, FORM))).toBe(200);
  });

  test('is taken: repeated fields, unique and sorted', async () => {
    const form = { ...FORM, Digits: ['2', '1', '2'] };
    const signature = sign(`${world.edge.url}/voice`, form);
    expect(await post('/voice', signature, encodeForm(form))).toBe(200);
  });

  test('is taken: a GET with everything in its query', async () => {
    const path = `/voice?${encodeForm(FORM)}`;
    const headers = { 'X-Twilio-Signature': sign(`${world.edge.url}${path}`) };
    expect(await send({ method: 'GET', path, headers })).toBe(200);
    const other = path.replace('603', '604');
    expect(await send({ method: 'GET', path: other, headers })).toBe(403);
  });

  test('is taken: JSON with bodySHA256, and only this body', async () => {
    const body = JSON.stringify({ CallSid: CALL_SID, text: '你好' });
    const hash = Buffer.from(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body)),
    ).toString('hex');
    const path = `/voice?bodySHA256=${hash}`;
    const headers = {
      'Content-Type': 'application/json',
      'X-Twilio-Signature': sign(`${world.edge.url}${path}`),
    };
    // What is in it is no voice webhook; but it may be said.
    expect(await send({ path, headers, body })).toBe(400);
    expect(await send({ path, headers, body: body.replace('好', '们') })).toBe(403);
    expect(await send({ path: path.replace(/.$/u, 'x'), headers, body })).toBe(403);
  });

  test('is refused when anything is not as it was signed', async () => {
    const url = `${world.edge.url}/voice`;
    const signature = sign(url, FORM);
    const rows: [string, Promise<number>][] = [
      ['the path', post('/voice/ended', signature)],
      ['a query', post('/voice?a=1', signature)],
      ['a field', post('/voice', signature, encodeForm({ ...FORM, From: '+60 13' }))],
      ['a field more', post('/voice', signature, encodeForm({ ...FORM, Digits: '1' }))],
      ['a field twice', post('/voice', signature, `${encodeForm(FORM)}&To=%2B604`)],
      ['a field less', post('/voice', signature, encodeForm({ CallSid: CALL_SID }))],
      ['no form', post('/voice', signature, '')],
      ['a letter', post('/voice', flip(signature))],
      ['cut off', post('/voice', signature.slice(0, -4))],
      ['empty', post('/voice', '')],
      ['another token', post('/voice', sign(url, FORM, 'another token'))],
      ['no field signed', post('/voice', sign(url))],
      ['another host', post('/voice', sign('https://other.example/voice', FORM))],
      ['none', send({ path: '/voice', headers: FORM_TYPE, body: encodeForm(FORM) })],
    ];
    for (const [what, status] of rows) expect([what, await status]).toEqual([what, 403]);
  });

  test('for another site is not made good by a header', async () => {
    const headers = {
      ...FORM_TYPE,
      'X-Twilio-Signature': sign('https://other.example/voice', FORM),
      'X-Forwarded-Host': 'other.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=other.example;proto=https',
    };
    expect(await send({ path: '/voice', headers, body: encodeForm(FORM) })).toBe(403);
  });
});

describe('a socket signed by the SDK', () => {
  /** 101, or the status in its place. */
  async function dial(path: string, signature: string | undefined): Promise<number> {
    const headers = signature === undefined ? {} : { 'X-Twilio-Signature': signature };
    const socket = new WebSocket(`${world.edge.wsUrl}${path}`, { headers });
    const { promise, resolve } = Promise.withResolvers<number>();
    socket.on('error', () => {});
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    const status = await promise;
    socket.terminate();
    return status;
  }

  test.each([
    ['wss and the public host', `wss://${PUBLIC_HOST}`],
    ['https and the public host', `https://${PUBLIC_HOST}`],
    ['wss with the standard port', `wss://${PUBLIC_HOST}:443`],
  ])('is taken: %s', async (_, origin) => {
    for (const path of ['/media', `/media/${CALL_SID}`]) {
      expect(await dial(path, sign(`${origin}${path}`))).toBe(101);
    }
  });

  test('is taken: as it was dialled', async () => {
    expect(await dial('/media', sign(`${world.edge.wsUrl}/media`))).toBe(101);
    expect(await dial('/media', sign(`${world.edge.url}/media`))).toBe(101);
  });

  test('is refused when anything is not as it was signed', async () => {
    const path = `/media/${CALL_SID}`;
    const signature = sign(`${world.edge.wsUrl}${path}`);
    expect(await dial(`/media/${newSid('CA')}`, signature)).toBe(403);
    expect(await dial('/media', signature)).toBe(403);
    expect(await dial(`${path}?a=1`, signature)).toBe(403);
    expect(await dial(path, flip(signature))).toBe(403);
    expect(await dial(path, sign(`${world.edge.wsUrl}${path}`, { a: '1' }))).toBe(403);
    expect(await dial(path, sign(`${world.edge.wsUrl}${path}`, {}, 'another'))).toBe(403);
    expect(await dial(path, '')).toBe(403);
    expect(await dial(path, undefined)).toBe(403);
  });
});

/** Another first letter. */
function flip(signature: string): string {
  return `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
}
