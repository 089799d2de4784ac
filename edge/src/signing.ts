/**
 * What the edge signs its own requests with, so that whoever gets one knows that it is ours and not an old one again:
 * `X-Patchcord-Signature: t=1764000000,v1=HEX`, where HEX is HMAC-SHA256 over `t.body`, keyed with AUTH_TOKEN.
 */

export const SIGNATURE_HEADER = 'X-Patchcord-Signature';

/** The header's value for `body` sent at `now`, milliseconds since 1970; `t` is in seconds. */
export async function signBody(key: string, body: string, now: number): Promise<string> {
  const timestampSec = Math.floor(now / 1000);
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const;
  const hmacKey = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, [
    'sign',
  ]);
  const signed = encoder.encode(`${timestampSec}.${body}`);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, signed));
  return `t=${timestampSec},v1=${mac.toHex()}`;
}
