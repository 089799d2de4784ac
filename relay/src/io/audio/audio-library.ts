/**
 * The audio behind the URLs of `<Play>`: downloaded, decoded to µ-law at 8 kHz, and kept in memory.
 *
 * Kept as Twilio keeps it: for the `max-age` of the answer, not at all with `no-store`, and otherwise for as long as the
 * server says that it has not changed, by `ETag` or `Last-Modified`.
 *
 * @see https://www.twilio.com/docs/voice/twiml/play; RFC 9111 §4
 */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { ByteCache } from '../../core/byte-cache.ts';
import type { AudioDecoder } from './audio-decoder.ts';
import { AudioError } from './audio-error.ts';
import { ENCODED_BYTES_MAX } from './decode-audio.ts';
import { readBody } from './read-body.ts';
import { SingleFlight } from './single-flight.ts';

export interface AudioLibraryOptions {
  readonly decoder: AudioDecoder;
  /** Of decoded audio, 8,000 bytes a second; 64 MiB are 2 hours and a quarter. */
  readonly cacheBytesMax?: number;
  readonly encodedBytesMax?: number;
  /** For the whole download, redirects included. */
  readonly timeoutMs?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

const CACHE_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 15_000;
const REDIRECTS_MAX = 5;

interface Recording {
  readonly mulaw: Uint8Array;
  readonly freshUntil: number;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export class AudioLibrary {
  readonly #decoder: AudioDecoder;
  readonly #encodedBytesMax: number;
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #cache: ByteCache<Recording>;
  readonly #flights = new SingleFlight<Uint8Array>();

  constructor(options: AudioLibraryOptions) {
    this.#decoder = options.decoder;
    this.#encodedBytesMax = options.encodedBytesMax ?? ENCODED_BYTES_MAX;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#now = options.now ?? (() => performance.now());
    this.#cache = new ByteCache(
      options.cacheBytesMax ?? CACHE_BYTES_MAX,
      ({ mulaw }) => mulaw.length,
    );
  }

  /**
   * The audio at `url`, µ-law at 8 kHz. The array is shared with other calls: it must not be written to.
   *
   * Rejects with an {@link AudioError}, or with the signal's reason.
   */
  async fetch(url: string, signal: AbortSignal): Promise<Uint8Array> {
    const target = parseUrl(url);
    return this.#flights.run(target.href, signal, (shared) => this.#load(target, shared));
  }

  async #load(target: URL, signal: AbortSignal): Promise<Uint8Array> {
    const known = this.#cache.get(target.href);
    if (known !== undefined && this.#now() < known.freshUntil) return known.mulaw;

    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await follow(target, known, AbortSignal.any([signal, timeout]));
      if (response.status === 304 && known !== undefined) {
        await response.body?.cancel();
        this.#keep(target, response.headers, known.mulaw, known);
        return known.mulaw;
      }
      const bytes = await readBody(response, this.#encodedBytesMax);
      const mulaw = await this.#decoder.decode(
        {
          bytes,
          contentType: response.headers.get('content-type') ?? '',
          path: target.pathname,
        },
        signal,
      );
      this.#keep(target, response.headers, mulaw);
      return mulaw;
    } catch (cause) {
      if (cause instanceof AudioError) throw cause;
      signal.throwIfAborted();
      if (!timeout.aborted) {
        throw new AudioError('AUDIO_UNREACHABLE', `cannot reach ${target.host}`, { cause });
      }
      const detail = `not downloaded within ${this.#timeoutMs / 1000} s`;
      throw new AudioError('AUDIO_TIMEOUT', detail, { cause });
    }
  }

  #keep(target: URL, headers: Headers, mulaw: Uint8Array, former?: Recording): void {
    const directives = (headers.get('cache-control') ?? '').toLowerCase();
    const etag = headers.get('etag') ?? former?.etag;
    const lastModified = headers.get('last-modified') ?? former?.lastModified;
    const maxAge = /no-cache/.test(directives) ? 0 : Number(/max-age=(\d+)/.exec(directives)?.[1]);
    const freshMs = Number.isNaN(maxAge) ? 0 : maxAge * 1000;
    const isUseful = freshMs > 0 || etag !== undefined || lastModified !== undefined;
    if (!isUseful || /no-store/.test(directives)) {
      this.#cache.delete(target.href);
      return;
    }
    const freshUntil = this.#now() + freshMs;
    this.#cache.set(target.href, { mulaw, freshUntil, etag, lastModified });
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new AudioError('AUDIO_UNREACHABLE', 'not a URL');
  url.hash = '';
  return url;
}

/** Nothing but `https:`, and `http:` where nobody can listen. */
function isAllowed(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isPrivateHost(url.hostname));
}

/** The answer that is no redirect: 200, or 304 for audio that is known. */
async function follow(
  target: URL,
  known: Recording | undefined,
  signal: AbortSignal,
): Promise<Response> {
  if (!isAllowed(target)) {
    const detail = 'must be https://, or http:// to a private address';
    throw new AudioError('AUDIO_UNREACHABLE', detail);
  }
  let url = target;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const response = await get(
      url,
      url.origin === target.origin ? target : undefined,
      known,
      signal,
    );
    const location = response.headers.get('location');
    if (response.ok || (response.status === 304 && known !== undefined)) return response;
    await response.body?.cancel();
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      throw new AudioError('AUDIO_BAD_STATUS', `${url.host} answered ${response.status}`);
    }
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    // A public server must not make the relay ask what only the private network can reach.
    const isInward = next !== undefined && isPrivateHost(next.hostname);
    if (next === undefined || !isAllowed(next) || (isInward && !isPrivateHost(url.hostname))) {
      throw new AudioError('AUDIO_REDIRECT', `${url.host} redirects to where it must not lead`);
    }
    url = next;
  }
  throw new AudioError('AUDIO_REDIRECT', `more than ${REDIRECTS_MAX} redirects`);
}

/** `credentials` is the URL whose user and password the server is to be given: fetch takes none in a URL. */
async function get(
  url: URL,
  credentials: URL | undefined,
  known: Recording | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const headers = new Headers({
    Accept: 'audio/wav, audio/mpeg, audio/basic, audio/*;q=0.9, */*;q=0.5',
    'User-Agent': 'TwilioProxy/1.1',
  });
  if (known?.etag !== undefined) headers.set('If-None-Match', known.etag);
  if (known?.lastModified !== undefined) headers.set('If-Modified-Since', known.lastModified);
  if (credentials !== undefined && credentials.username !== '') {
    const pair = [credentials.username, credentials.password].map(decodeURIComponent).join(':');
    headers.set('Authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  }
  return fetch(bare, { headers, redirect: 'manual', signal });
}
