/**
 * The signature by which an endpoint knows that a request is ours, in the form of `signing.ts`.
 *
 * Its key is derived from `AUTH_TOKEN`: whoever verifies tools can sign no call of Twilio's or the relay's. How to
 * verify it is in docs/tools.md.
 */

import { signBody } from '../signing.ts';

/** What the key is derived with; another use of `AUTH_TOKEN` derives with another text. */
const KEY_PURPOSE = 'patchcord tools v1';

/** `content` is the body; where there is none, path and query. `at` in milliseconds since 1970. */
export async function signatureOf(authToken: string, content: string, at: number): Promise<string> {
  return signBody(await toolKeyOf(authToken), content, at);
}

/** 64 hexadecimal digits, used as text: HMAC-SHA256 of the purpose, keyed with `AUTH_TOKEN`. */
async function toolKeyOf(authToken: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = Uint8Array.from(encoder.encode(authToken));
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', imported, encoder.encode(KEY_PURPOSE));
  return new Uint8Array(mac).toHex();
}
