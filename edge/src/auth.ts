/** Who may ask: Twilio's signature on webhooks and sockets, a bearer token on the API. */

import { isTwilioSignature, type SignedParams } from '@patchcord/shared/twilio/signature';
import { HttpError } from './errors.ts';

/** What a request was sent to, as far as its receiver can tell; `kind` decides which schemes are possible. */
export interface SignedRequest {
  readonly kind: 'webhook' | 'socket';
  readonly url: string;
  readonly headers: Headers;
}

/** Secure first: it is what Twilio uses. */
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
const HOSTS_MAX = 3;

/**
 * The URL that the sender signed, or an error when there is no or no valid signature.
 *
 * The sender signed the URL it dialled; a proxy, a tunnel or `wrangler dev` may have changed scheme, host and port since.
 * So every URL that can have led here is tried. That weakens nothing: whoever can sign any of them has the token.
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

/** Every URL that the sender may have dialled, the likeliest first. */
export function candidateUrls({ kind, url, headers }: SignedRequest): string[] {
  const received = new URL(url);
  const rest = url.slice(url.indexOf('/', url.indexOf('://') + 3)) || '/';
  const forwarded = headers.get('X-Forwarded-Host')?.split(',')[0]?.trim();
  const hosts = [forwarded, headers.get('Host') ?? undefined, received.host];
  const forwardedScheme = headers.get('X-Forwarded-Proto')?.split(',')[0]?.trim();

  const schemes: readonly string[] = SCHEMES[kind];
  const likely = schemes.filter((scheme) => scheme === forwardedScheme);
  const urls = new Set<string>();
  for (const host of new Set(hosts.filter((each) => each !== undefined).slice(0, HOSTS_MAX))) {
    for (const scheme of [...likely, ...schemes]) {
      for (const variant of portVariants(host, scheme)) urls.add(`${scheme}://${variant}${rest}`);
    }
  }
  return [...urls].filter((each) => URL.canParse(each));
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
  const [expected, actual] = await Promise.all(
    [token, given].map((text) => crypto.subtle.digest('SHA-256', encoder.encode(text))),
  );
  if (expected === undefined || actual === undefined || !areEqual(expected, actual)) {
    throw new HttpError('TOKEN_WRONG', 'the bearer token is not the API_TOKEN of this Worker');
  }
}

function areEqual(first: ArrayBuffer, second: ArrayBuffer): boolean {
  const a = new Uint8Array(first);
  const b = new Uint8Array(second);
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
