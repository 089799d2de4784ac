/** Who may ask: Twilio's signature on webhooks and sockets, a bearer token on the API. */

import { isTwilioSignature, type SignedParams } from '@patchcord/shared/twilio/signature';
import { HttpError } from './errors.ts';

/** What a request was sent to, as far as its receiver can tell; `kind` decides which schemes are possible. */
export interface SignedRequest {
  readonly kind: 'webhook' | 'socket';
  readonly url: string;
  readonly headers: Headers;
  /** Host, with a port that is not the standard one, under which a proxy or tunnel is known to the sender. */
  readonly publicHost?: string | undefined;
}

/** Secure first: it is what Twilio uses. Validators of the SDKs are given `https:` for a socket now and then, so its senders too. */
const SCHEMES = {
  webhook: ['https', 'http'],
  socket: ['wss', 'ws', 'https', 'http'],
} as const;

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  https: '443',
  wss: '443',
  http: '80',
  ws: '80',
};

/** The longest signature looked at: 20 bytes are 28 characters of base64. */
const SIGNATURE_CHARS_MAX = 64;

/**
 * The URL that the sender signed, or an error when there is no or no valid signature.
 *
 * The sender signed the URL it dialled. Cloudflare hands it on with the real host; `wrangler dev` and tunnels change the scheme,
 * and a proxy's host is believed only as `publicHost`: `X-Forwarded-Host` can be written by anyone, and a request that was signed
 * for another site of the same account must not be good for this one.
 *
 * @see `validateRequest` of the Node SDK 6.2.0, `lib/webhooks/webhooks.js`: with and without port, as received and re-encoded
 */
export async function verifySignature(
  authToken: string,
  request: SignedRequest,
  params: SignedParams = {},
): Promise<URL> {
  const signature = request.headers.get('X-Twilio-Signature');
  if (signature === null) {
    throw new HttpError('SIGNATURE_MISSING', 'the request has no X-Twilio-Signature');
  }
  if (signature.length <= SIGNATURE_CHARS_MAX) {
    for (const url of candidateUrls(request)) {
      if (await isTwilioSignature(authToken, signature, url, params)) return new URL(url);
    }
  }
  throw new HttpError(
    'SIGNATURE_WRONG',
    'X-Twilio-Signature does not fit this URL and the AUTH_TOKEN of this Worker',
  );
}

/**
 * The same for a webhook with `body`: a form, whose fields are signed with the URL, or anything else, whose SHA-256 is in the
 * URL's `bodySHA256`. A GET has none.
 *
 * @see `validateRequestWithBody` of the Node SDK
 */
export async function verifyWebhook(
  authToken: string,
  request: Omit<SignedRequest, 'kind'>,
  body: string,
): Promise<URL> {
  const signed = { ...request, kind: 'webhook' } as const;
  const bodyHash = new URL(request.url).searchParams.get('bodySHA256');
  if (bodyHash === null) return verifySignature(authToken, signed, signedParams(body));
  const dialled = await verifySignature(authToken, signed);
  if (!areEqual(encoder.encode(bodyHash), encoder.encode(await sha256Hex(body)))) {
    throw new HttpError('SIGNATURE_WRONG', 'the body does not fit bodySHA256 of the URL');
  }
  return dialled;
}

/** A form's fields; one that is repeated has an array. */
function signedParams(body: string): SignedParams {
  const form = new URLSearchParams(body);
  return Object.fromEntries(
    [...new Set(form.keys())].map((key) => {
      const values = form.getAll(key);
      return [key, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

/** Every URL that the sender may have dialled, the likeliest first. */
export function candidateUrls({ kind, url, headers, publicHost }: SignedRequest): string[] {
  const received = new URL(url);
  const hosts = [publicHost, received.host, headers.get('Host') ?? undefined];
  const urls = new Set<string>();
  for (const rest of spellings(url, received)) {
    for (const host of new Set(hosts.filter((each) => each !== undefined))) {
      for (const scheme of SCHEMES[kind]) {
        for (const variant of portVariants(host, scheme)) urls.add(`${scheme}://${variant}${rest}`);
      }
    }
  }
  return [...urls].filter((each) => URL.canParse(each));
}

/** Path and query as received, as the URL standard writes them, and with the query as Node's `querystring` does. */
function spellings(url: string, { pathname, search, searchParams }: URL): ReadonlySet<string> {
  const raw = url.slice(url.indexOf('/', url.indexOf('://') + 3)) || '/';
  const query = [...searchParams].map((pair) => pair.map(encodeURIComponent).join('='));
  const legacy = query.length === 0 ? search : `?${query.join('&')}`;
  return new Set([raw, `${pathname}${search}`, `${pathname}${legacy}`]);
}

/** Some senders sign the default port, some leave out any port. */
function portVariants(host: string, scheme: string): string[] {
  const port = /:(\d+)$/u.exec(host)?.[1];
  if (port === undefined) return [host, `${host}:${DEFAULT_PORTS[scheme] ?? ''}`];
  return [host, host.slice(0, -port.length - 1)];
}

const encoder = new TextEncoder();

/**
 * Throws unless the request carries `Authorization: Bearer <token>`. Digests are compared, in constant time, so that
 * neither length nor content of the token shows in the time it takes.
 */
export async function verifyBearer(token: string, headers: Headers): Promise<void> {
  const given = /^Bearer +(\S+) *$/iu.exec(headers.get('Authorization') ?? '')?.[1];
  if (given === undefined) throw new HttpError('TOKEN_MISSING', 'the request has no bearer token');
  const [expected, actual] = await Promise.all([sha256(token), sha256(given)]);
  if (!areEqual(expected, actual)) {
    throw new HttpError('TOKEN_WRONG', 'the bearer token is not the API_TOKEN of this Worker');
  }
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
}

async function sha256Hex(text: string): Promise<string> {
  return (await sha256(text)).toHex();
}

/** In a time that depends on the first length only. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
