/**
 * `X-Twilio-Signature`: base64 of HMAC-SHA1, keyed with the account's auth token, over the URL followed by every form
 * parameter as key + value in order of the keys.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security and `lib/webhooks/webhooks.js` of the Node SDK 6.2.0
 */

/** Form parameters; a key that is repeated has an array. */
export type SignedParams = Readonly<Record<string, string | readonly string[]>>;

/** The text that is signed. Repeated values are made unique and sorted, each with its key, as the SDK does. */
function signedText(url: string, params: SignedParams): string {
  let text = url;
  for (const key of Object.keys(params).toSorted()) {
    const value = params[key] ?? '';
    if (typeof value === 'string') text += key + value;
    else for (const each of [...new Set(value)].toSorted()) text += key + each;
  }
  return text;
}

const encoder = new TextEncoder();

function importKey(authToken: string, usage: 'sign' | 'verify') {
  const algorithm = { name: 'HMAC', hash: 'SHA-1' } as const;
  return crypto.subtle.importKey('raw', encoder.encode(authToken), algorithm, false, [usage]);
}

/** Signs a webhook (`https:` URL with its form) or a media socket (`wss:` URL, no parameters). */
export async function signTwilioRequest(
  authToken: string,
  url: string,
  params: SignedParams = {},
): Promise<string> {
  const key = await importKey(authToken, 'sign');
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(signedText(url, params)));
  return new Uint8Array(mac).toBase64();
}

/**
 * Whether `signature` is what the holder of `authToken` would send with this URL and form. Compares in constant time
 * (WebCrypto's `verify`). False for anything that is not base64.
 */
export async function isTwilioSignature(
  authToken: string,
  signature: string,
  url: string,
  params: SignedParams = {},
): Promise<boolean> {
  let mac: Uint8Array<ArrayBuffer>;
  try {
    mac = Uint8Array.fromBase64(signature);
  } catch {
    return false;
  }
  const key = await importKey(authToken, 'verify');
  return crypto.subtle.verify('HMAC', key, mac, encoder.encode(signedText(url, params)));
}
