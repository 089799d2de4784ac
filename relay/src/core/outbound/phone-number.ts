/**
 * What a Twilio client passes as `To` or `From`, read strictly: digits with an optional `+`, or a plain `sip:` address. Whatever
 * could mean more in a dial string (`/ & @ , ; | ( ) $ { }`, spaces, control characters, `*` and `#`) is refused, not removed.
 *
 * @see ITU-T E.164 §6.2.1 (15 digits); RFC 3261 §19.1 (of which a small part is taken)
 */

import { splitCountryCode } from '@patchcord/shared/dialling/country-code';
import type { DialPlan } from '@patchcord/shared/dialling/dial-plan';

/** Who is to be called, in one spelling. */
export type Endpoint =
  /** `+` and 7 to 15 digits. */
  | { readonly kind: 'external'; readonly number: string }
  /** 2 to 5 digits, as dialled at the PBX. */
  | { readonly kind: 'extension'; readonly number: string }
  /** `sip:user@host` or `sip:user@host:port`, host in lower case. */
  | { readonly kind: 'sip'; readonly number: string; readonly user: string };

/** Longer than anything valid: a SIP user of 64, a host of 253. */
const TEXT_LENGTH_MAX = 330;
const E164_DIGITS_MAX = 15;
/** Country code and all: Niue has +683 4xxx. Shorter ones behind a `+` are no numbers of the world. */
const E164_DIGITS_MIN = 7;
/** Countries whose numbers keep their 0 behind the country code (libphonenumber: `leading_zero_possible`, or a plan with 0x). */
const NATIONAL_ZERO: ReadonlySet<string> = new Set(['39', '225', '229', '241', '242', '378']);
const EXTENSION = /^\d{2,5}$/;
const NUMBER = /^\+?\d+(?:[-.]\d+)*$/;
const SIP =
  /^sips?:([A-Za-z0-9._+-]{1,64})@((?:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)(:\d{1,5})?$/i;

/** The one spelling, or undefined for what is no number. Hyphens and full stops between digits are taken for decoration. */
export function parseEndpoint(text: string, plan: DialPlan): Endpoint | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const sip = SIP.exec(text);
  if (sip !== null) return parseSip(sip);
  if (!NUMBER.test(text)) return undefined;
  const digits = text.replace(/[^\d+]/g, '');
  if (digits.startsWith('+')) return parseE164(digits.slice(1));
  if (EXTENSION.test(digits)) return { kind: 'extension', number: digits };
  return parseDialled(digits, plan);
}

function parseSip([, user = '', host = '', port = '']: RegExpExecArray): Endpoint | undefined {
  const portNumber = Number(port.slice(1));
  if (host.length > 253 || (port !== '' && (portNumber < 1 || portNumber > 65_535))) {
    return undefined;
  }
  return { kind: 'sip', number: `sip:${user}@${host.toLowerCase()}${port}`, user };
}

function parseE164(digits: string): Endpoint | undefined {
  if (digits.length < E164_DIGITS_MIN || digits.length > E164_DIGITS_MAX) return undefined;
  const { countryCode, national } = splitCountryCode(digits);
  // No country code begins with 0. A 0 behind one is a slip, and `600…` without its plus would be Malaysia's premium service.
  if (countryCode.startsWith('0')) return undefined;
  if (national.startsWith('0') && !NATIONAL_ZERO.has(countryCode)) return undefined;
  return { kind: 'external', number: `+${digits}` };
}

/** Digits as dialled at a telephone of the country, or a number of the world whose `+` was lost. */
function parseDialled(digits: string, plan: DialPlan): Endpoint | undefined {
  const { countryCode, nationalPrefix, internationalPrefix } = plan;
  if (internationalPrefix !== '' && digits.startsWith(internationalPrefix)) {
    return parseE164(digits.slice(internationalPrefix.length));
  }
  if (countryCode === undefined) return undefined;
  if (nationalPrefix !== '' && digits.startsWith(nationalPrefix)) {
    return parseE164(countryCode + digits.slice(nationalPrefix.length));
  }
  return digits.startsWith(countryCode) ? parseE164(digits) : undefined;
}
