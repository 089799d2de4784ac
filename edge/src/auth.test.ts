import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { describe, expect, it } from 'vitest';
import { candidateUrls, verifyBearer, verifySignature, type SignedRequest } from './auth.ts';

const TOKEN = 'sesame';

async function signed(
  kind: SignedRequest['kind'],
  dialled: string,
  received: string,
  headers: Record<string, string> = {},
): Promise<SignedRequest> {
  const signature = await signTwilioRequest(TOKEN, dialled);
  return {
    kind,
    url: received,
    headers: new Headers({ 'X-Twilio-Signature': signature, ...headers }),
  };
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'passed',
    (error: unknown) => (error as { code?: string }).code,
  );

describe('a signature', () => {
  it.each([
    ['webhook', 'https://edge.example/voice', 'https://edge.example/voice'],
    ['webhook', 'https://edge.example/voice?a=b%20c', 'https://edge.example/voice?a=b%20c'],
    ['webhook', 'https://edge.example:443/voice', 'https://edge.example/voice'],
    ['webhook', 'https://edge.example/voice', 'https://edge.example:8443/voice'],
    ['webhook', 'https://edge.example/voice', 'http://edge.example/voice'],
    ['webhook', 'http://127.0.0.1:8787/voice', 'http://127.0.0.1:8787/voice'],
    ['webhook', "https://edge.example/voice?a=O'Neil", "https://edge.example/voice?a=O'Neil"],
    ['webhook', "https://edge.example/voice?a=O'Neil", 'https://edge.example/voice?a=O%27Neil'],
    ['webhook', 'https://edge.example/voice?a=O%27Neil', "https://edge.example/voice?a=O'Neil"],
    ['socket', 'wss://edge.example/media/CA1', 'https://edge.example/media/CA1'],
    ['socket', 'https://edge.example/media/CA1', 'https://edge.example/media/CA1'],
    ['socket', 'wss://edge.example:443/media/CA1', 'https://edge.example/media/CA1'],
    ['socket', 'ws://127.0.0.1:8787/media/CA1', 'http://127.0.0.1:8787/media/CA1'],
  ] as const)('of a %s to %s is found behind %s', async (kind, dialled, received) => {
    const request = await signed(kind, dialled, received);
    expect((await verifySignature(TOKEN, request)).host).toBe(new URL(dialled).host);
  });

  it.each([
    ['webhook', 'https://edge.example/voice', { publicHost: 'edge.example' }, 'passed'],
    ['socket', 'wss://edge.example/media', { publicHost: 'edge.example' }, 'passed'],
    ['webhook', 'https://edge.example:8443/voice', { publicHost: 'edge.example:8443' }, 'passed'],
    ['webhook', 'https://edge.example/voice', {}, 'SIGNATURE_WRONG'],
    ['webhook', 'https://edge.example/voice', { publicHost: 'b.example' }, 'SIGNATURE_WRONG'],
  ] as const)('of a %s to %s behind a proxy with %o: %s', async (kind, dialled, proxy, code) => {
    const { pathname } = new URL(dialled);
    // Anyone can write these headers: they decide nothing.
    const headers = { 'X-Forwarded-Host': 'edge.example', 'X-Forwarded-Proto': 'https' };
    const request = await signed(kind, dialled, `http://10.0.0.1:8787${pathname}`, headers);
    expect(await codeOf(verifySignature(TOKEN, { ...request, ...proxy }))).toBe(code);
  });

  it.each([
    ['of another path', 'https://edge.example/other', 'https://edge.example/voice'],
    ['of another host', 'https://evil.example/voice', 'https://edge.example/voice'],
    ['of another query', 'https://edge.example/voice?a=1', 'https://edge.example/voice?a=2'],
    ['of a socket', 'wss://edge.example/voice', 'https://edge.example/voice'],
  ])('%s is wrong', async (_, dialled, received) => {
    const request = await signed('webhook', dialled, received);
    expect(await codeOf(verifySignature(TOKEN, request))).toBe('SIGNATURE_WRONG');
  });

  it.each([
    ['none', undefined, 'SIGNATURE_MISSING'],
    ['an empty one', '', 'SIGNATURE_WRONG'],
    ['something that is not base64', 'ß', 'SIGNATURE_WRONG'],
    ['a very long one', 'A'.repeat(10_000), 'SIGNATURE_WRONG'],
  ])('is refused: %s', async (_, signature, code) => {
    const headers = new Headers();
    if (signature !== undefined) headers.set('X-Twilio-Signature', signature);
    const request = { kind: 'webhook', url: 'https://edge.example/voice', headers } as const;
    expect(await codeOf(verifySignature(TOKEN, request))).toBe(code);
  });

  it('covers the form', async () => {
    const url = 'https://edge.example/voice';
    const signature = await signTwilioRequest(TOKEN, url, { CallSid: 'CA1', Digits: ['1', '2'] });
    const headers = new Headers({ 'X-Twilio-Signature': signature });
    const request = { kind: 'webhook', url, headers } as const;
    const form = { CallSid: 'CA1', Digits: ['1', '2'] };
    expect(await codeOf(verifySignature(TOKEN, request, form))).toBe('passed');
    expect(await codeOf(verifySignature(TOKEN, request, { CallSid: 'CA2' }))).toBe(
      'SIGNATURE_WRONG',
    );
  });

  it('is looked for under a few URLs only', () => {
    const headers = new Headers({ Host: 'a:1' });
    const url = "http://c:3/media?a=O'Neil";
    const urls = candidateUrls({ kind: 'socket', url, headers, publicHost: 'b:2' });
    expect(urls.length).toBeLessThanOrEqual(72);
    expect(new Set(urls).size).toBe(urls.length);
  });
});

describe('a bearer token', () => {
  it.each([
    ['the right one', 'Bearer token', 'passed'],
    ['in lower case', 'bearer token', 'passed'],
    ['another', 'Bearer tokem', 'TOKEN_WRONG'],
    ['a longer one', 'Bearer token1', 'TOKEN_WRONG'],
    ['an empty one', 'Bearer ', 'TOKEN_MISSING'],
    ['another scheme', 'Basic token', 'TOKEN_MISSING'],
    ['none', undefined, 'TOKEN_MISSING'],
  ])('%s', async (_, value, expected) => {
    const headers = new Headers(value === undefined ? {} : { Authorization: value });
    expect(await codeOf(verifyBearer('token', headers))).toBe(expected);
  });
});
