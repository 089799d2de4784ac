import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AudioDecoder } from './audio-decoder.ts';
import { AudioLibrary, type AudioLibraryOptions } from './audio-library.ts';

const NEVER = new AbortController().signal;
const AUDIO = Uint8Array.from([1, 2, 3, 4]);

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A web server on loopback: its address, and what it was asked. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/greeting.ulaw`, requests };
}

function openLibrary(options: Partial<AudioLibraryOptions> = {}): AudioLibrary {
  return new AudioLibrary({ decoder: new AudioDecoder(), ...options });
}

describe('the cache', () => {
  it('asks whether audio has changed, by both validators', async () => {
    const { url, requests } = await serve((request, response) => {
      const headers = { ETag: '"1"', 'Last-Modified': 'Sun, 22 Nov 2026 10:00:00 GMT' };
      const isKnown = request.headers['if-none-match'] === '"1"';
      response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? undefined : AUDIO);
    });
    const library = openLibrary();
    const first = await library.fetch(url, NEVER);
    expect(first).toEqual(AUDIO);
    expect(await library.fetch(`${url}#here`, NEVER)).toBe(first);
    expect(requests[1]?.headers['if-modified-since']).toBe('Sun, 22 Nov 2026 10:00:00 GMT');
  });

  it('takes audio that has changed', async () => {
    const { url } = await serve((_, response, count) => {
      response.writeHead(200, { ETag: `"${count}"` }).end(Uint8Array.of(count));
    });
    const library = openLibrary();
    expect([...(await library.fetch(url, NEVER))]).toEqual([1]);
    expect([...(await library.fetch(url, NEVER))]).toEqual([2]);
  });

  it.each([
    ['max-age=60', [1, 1, 2]],
    ['public, max-age=60, no-store', [1, 2, 3]],
    ['max-age=60, no-cache', [1, 2, 3]],
    ['', [1, 2, 3]],
  ])('keeps an answer with "%s" for its time', async (directives, expected) => {
    const { url } = await serve((_, response, count) => {
      response.writeHead(200, { 'Cache-Control': directives }).end(Uint8Array.of(count));
    });
    let now = 0;
    const library = openLibrary({ now: () => now });
    const heard: (number | undefined)[] = [];
    for (now of [0, 59_000, 61_000]) heard.push((await library.fetch(url, NEVER))[0]);
    expect(heard).toEqual(expected);
  });

  it('downloads once for all who want it, also after one of them has left', async () => {
    const { url, requests } = await serve((_, response) => {
      setTimeout(() => response.end(AUDIO), 50);
    });
    const library = openLibrary();
    const controller = new AbortController();
    const fetches = [NEVER, controller.signal, NEVER].map((signal) => library.fetch(url, signal));
    controller.abort(new Error('hung up'));
    const results = await Promise.allSettled(fetches);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(requests).toHaveLength(1);
  });

  it('ends a download that nobody waits for', async () => {
    const closed = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { url } = await serve((_, response) => {
      response.on('close', closed.resolve);
      response.flushHeaders();
      asked.resolve();
    });
    const controller = new AbortController();
    const fetched = openLibrary().fetch(url, controller.signal);
    await asked.promise;
    controller.abort(new Error('hung up'));
    await expect(fetched).rejects.toThrow('hung up');
    await closed.promise;
  });
});

describe('what it asks', () => {
  it('follows redirects', async () => {
    const { url, requests } = await serve((request, response) => {
      if (request.url === '/b') response.end(Buffer.from('RIFF'));
      else response.writeHead(302, { Location: '/b' }).end();
    });
    await expect(openLibrary().fetch(url, NEVER)).rejects.toMatchObject({
      code: 'AUDIO_UNSUPPORTED',
    });
    expect(requests.map((request) => request.url)).toEqual(['/greeting.ulaw', '/b']);
  });

  it.each([
    ['without end', '/again', 'AUDIO_REDIRECT'],
    ['to a public host without TLS', 'http://example.com/a.wav', 'AUDIO_REDIRECT'],
    ['to a file', 'file:///etc/passwd', 'AUDIO_REDIRECT'],
  ])('does not follow redirects %s', async (_, location, code) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(302, { Location: location }).end();
    });
    await expect(openLibrary().fetch(url, NEVER)).rejects.toMatchObject({ code });
  });

  it('shows user and password to the server that they are for', async () => {
    const { url, requests } = await serve((_, response) => response.end(AUDIO));
    await openLibrary().fetch(url.replace('//', '//me:p%40ss@'), NEVER);
    expect(requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:p@ss')}`);
  });

  it.each(['http://example.com/a.wav', 'http://169.254.169.254/', 'file:///etc/passwd', 'a.wav'])(
    'does not ask %s',
    async (url) => {
      await expect(openLibrary().fetch(url, NEVER)).rejects.toMatchObject({
        code: 'AUDIO_UNREACHABLE',
      });
    },
  );
});

describe('what it refuses', () => {
  it('another status', async () => {
    const { url } = await serve((_, response) => response.writeHead(404).end());
    await expect(openLibrary().fetch(url, NEVER)).rejects.toMatchObject({
      code: 'AUDIO_BAD_STATUS',
    });
  });

  it.each([
    ['announced', { 'Content-Length': '1001' }],
    ['sent', {}],
  ])('too many bytes, %s', async (_, headers) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, headers);
      response.write(Buffer.alloc(1001));
    });
    const library = openLibrary({ encodedBytesMax: 1000 });
    await expect(library.fetch(url, NEVER)).rejects.toMatchObject({ code: 'AUDIO_TOO_LARGE' });
  });

  it('a server that takes too long', async () => {
    const { url } = await serve((_, response) => void response.write('x'));
    const library = openLibrary({ timeoutMs: 50 });
    await expect(library.fetch(url, NEVER)).rejects.toMatchObject({ code: 'AUDIO_TIMEOUT' });
  });

  it('a port where nobody listens', async () => {
    const fetched = openLibrary().fetch('http://127.0.0.1:1/a.wav', NEVER);
    await expect(fetched).rejects.toMatchObject({ code: 'AUDIO_UNREACHABLE' });
  });
});
