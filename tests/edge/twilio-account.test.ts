/** What Twilio's REST interface is sent for a transfer, and what is made of its answers. */

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseEnv } from '@patchcord/edge/src/env.ts';
import { Transfers, type TransfersParts } from '@patchcord/edge/src/transfer/transfers.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const ACCOUNT_SID = `AC${'a'.repeat(32)}`;
const CALL_SID = `CA${'b'.repeat(32)}`;

let server: Server;
let received: Received[];
let answer: { readonly status: number; readonly body: string };
beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url: path, headers } = request;
      received.push({ method, path, headers, body });
      if (answer.status === 0) request.socket.destroy();
      else response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  received = [];
  answer = { status: 200, body: '{}' };
});
afterAll(() => void server.close());

interface Change {
  readonly vars?: Readonly<Record<string, string>>;
  readonly parts?: Partial<TransfersParts>;
  readonly target?: string;
}

async function connect({ vars, parts, target = '+60312345678' }: Change = {}) {
  const { port } = server.address() as AddressInfo;
  const parsed = parseEnv({
    AUTH_TOKEN: 'sesame',
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_API_URL: `http://127.0.0.1:${port}`,
    ...vars,
  });
  if (!parsed.isValid) throw new Error(JSON.stringify(parsed.problems));
  const transfers = new Transfers({
    env: parsed.env,
    origin: 'https://agent.example',
    callSid: CALL_SID,
    targets: [{ target, announcement: 'A caller.' }],
    begin: () => true,
    ...parts,
  });
  return await transfers.connect({ target, manner: 'cold' });
}

describe('a transfer over REST', () => {
  it('is one POST of a form, with the account and its token', async () => {
    expect(await connect()).toBeUndefined();
    const [request, ...others] = received;
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      method: 'POST',
      path: `/2010-04-01/Accounts/${ACCOUNT_SID}/Calls/${CALL_SID}.json`,
      headers: {
        authorization: `Basic ${Buffer.from(`${ACCOUNT_SID}:sesame`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      },
    });
    const form = new URLSearchParams(request?.body);
    expect([...form.keys()]).toEqual(['Twiml']);
    expect(form.get('Twiml')).toContain('<Number>+60312345678</Number>');
  });

  it('may have an API key in place of the token', async () => {
    const key = `SK${'c'.repeat(32)}`;
    await connect({ vars: { TWILIO_API_KEY: key, TWILIO_API_SECRET: 'a secret' } });
    expect(received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`${key}:a secret`).toString('base64')}`,
    );
  });

  it.each([
    [401, '{"code":20003,"message":"Authenticate"}', 'Twilio answered 401: 20003 Authenticate'],
    [400, '{"code":21220}', 'Twilio answered 400: 21220'],
    [500, '<html>', 'Twilio answered 500'],
    [302, '', 'Twilio answered 302'],
    [0, '', 'Twilio cannot be reached'],
  ])('that fails says why: %i %s', async (status, body, reason) => {
    answer = { status, body };
    expect(await connect()).toBe(reason);
    expect(received).toHaveLength(1);
  });

  it('tells no more of an answer than can be said', async () => {
    answer = { status: 400, body: JSON.stringify({ code: 1, message: 'x'.repeat(5000) }) };
    expect((await connect())?.length).toBeLessThan(250);
  });

  it.each<[string, Change, string]>([
    ['no account', { vars: { TWILIO_ACCOUNT_SID: '' } }, 'TWILIO_ACCOUNT_SID is not set'],
    ['none of the targets', { parts: { targets: [] } }, 'it is none of the targets'],
    ['an emergency number', { target: '+6000999' }, 'emergency numbers are never dialled'],
    ['one at a SIP address', { target: 'sip:999@pbx.example' }, 'emergency numbers are never'],
    ['an extension', { target: '201' }, 'Twilio cannot dial an extension'],
    ['too many', { parts: { begin: () => false } }, 'too many transfers'],
  ])('is not asked for: %s', async (_, change, reason) => {
    expect(await connect(change)).toContain(reason);
    expect(received).toEqual([]);
  });
});
