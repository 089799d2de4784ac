/**
 * Whether an `Authorization` header is HTTP Basic with just these credentials: `AccountSid:AuthToken`, as Twilio has it. API
 * keys (`SK…`) are not known here.
 *
 * Compares SHA-256 digests, all bytes of them, so that the time taken tells nothing about a guess.
 *
 * @see RFC 7617
 */
export async function isBasicAuth(
  header: string | undefined,
  user: string,
  password: string,
): Promise<boolean> {
  const [, credentials] = /^basic +([A-Za-z0-9+/=]{1,1024}) *$/i.exec(header ?? '') ?? [];
  if (credentials === undefined) return false;
  let given: Uint8Array<ArrayBuffer>;
  try {
    given = Uint8Array.fromBase64(credentials);
  } catch {
    return false;
  }
  const expected = new TextEncoder().encode(`${user}:${password}`);
  const [a, b] = await Promise.all([digest(given), digest(expected)]);
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
