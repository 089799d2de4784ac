/**
 * Twilio's string identifiers: two letters and 32 lower-case hexadecimal digits.
 *
 * @see https://www.twilio.com/docs/glossary/what-is-a-sid
 */

export type SidPrefix = 'AC' | 'CA' | 'MZ' | 'RE';

const SID_BYTES = 16;

/** A new identifier from 128 bits of the platform's randomness. */
export function newSid(prefix: SidPrefix): string {
  return prefix + crypto.getRandomValues(new Uint8Array(SID_BYTES)).toHex();
}

export function isSid(prefix: SidPrefix, text: string): boolean {
  return text.startsWith(prefix) && /^[0-9a-f]{32}$/i.test(text.slice(prefix.length));
}
