/**
 * What the edge signs its own requests with, so that whoever gets one knows that it is ours and not an old one again:
 * `X-Patchcord-Signature: t=1764000000,v1=HEX`, where HEX is HMAC-SHA256 over `t.CONTENT`.
 *
 * The key is derived from `AUTH_TOKEN` for each purpose: whoever verifies a tool's requests can sign neither calls of
 * Twilio's or the relay's, nor what is sent after a call. How to verify: docs/tools.md, docs/afterwards.md.
 */

export const SIGNATURE_HEADER = 'X-Patchcord-Signature';

export type SigningPurpose = 'tools' | 'calls';

/** The header's value for `content` sent at `now`, milliseconds since 1970; `t` is in seconds. */
export async function signatureOf(
  purpose: SigningPurpose,
  authToken: string,
  content: string,
  now: number,
): Promise<string> {
  // 64 hexadecimal digits, used as text: such a key is easily handed on.
  const key = await hmacHex(authToken, `patchcord ${purpose} v1`);
  const timestampSec = Math.floor(now / 1000);
  return `t=${timestampSec},v1=${await hmacHex(key, `${timestampSec}.${content}`)}`;
}

async function hmacHex(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const;
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, [
    'sign',
  ]);
  const mac = await crypto.subtle.sign('HMAC', imported, encoder.encode(text));
  return new Uint8Array(mac).toHex();
}
