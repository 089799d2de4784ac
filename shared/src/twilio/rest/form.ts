/** What was sent with a request: a form or a query. */

import type { HttpMethod, WebhookAddress } from '../call-control.ts';
import { TwilioError } from '../call-control.ts';
import { badParameter } from './error-json.ts';

/** Bytes of a form. A document of 4000 characters, each three bytes and escaped, is 36 kB. */
export const FORM_BYTES_MAX = 64 * 1024;

/** Parameters of a form. A stream with 99 parameters of its own has some 210; tens of thousands of short ones only cost time. */
export const FORM_PARAMETERS_MAX = 1000;

/** Characters of an address that is called back. */
const URL_LENGTH_MAX = 4000;

/** Parameters by name. One that is empty counts as not given; a name that is repeated is a list. */
export class Form {
  readonly #values: URLSearchParams;

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name)?.trim() ?? '';
    return value === '' ? undefined : value;
  }

  /** As it was given, white space and all. */
  raw(name: string): string {
    return this.#values.get(name) ?? '';
  }

  /** Names that begin so, in the order given. */
  names(prefix: string): string[] {
    return [...new Set(this.#values.keys())].filter((name) => name.startsWith(prefix));
  }

  /** Throws a {@link TwilioError} with `code`, as all below do, where the value is not what it must be. */
  integer(name: string, min: number, max: number, code?: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw badParameter(`${name} must be an integer from ${min} to ${max}`, code);
  }

  isTrue(name: string): boolean {
    const text = this.text(name)?.toLowerCase() ?? 'false';
    if (text === 'true' || text === 'false') return text === 'true';
    throw badParameter(`${name} must be true or false`);
  }

  oneOf<const T extends string>(name: string, values: readonly T[], code?: number): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return known(name, text, values, code);
  }

  /** A list: the name repeated, or one value with spaces between. Each entry once. */
  listOf<const T extends string>(
    name: string,
    values: readonly T[],
    code?: number,
  ): T[] | undefined {
    const words = this.#values.getAll(name).flatMap((value) => value.split(/[\s,]+/));
    const given = [...new Set(words.filter((word) => word !== ''))];
    return given.length === 0 ? undefined : given.map((word) => known(name, word, values, code));
  }

  /** An absolute `http(s)` URL and how it is asked for. */
  webhook(name: string, methodName: string, code?: number): WebhookAddress | undefined {
    const url = this.text(name);
    const method: HttpMethod = this.oneOf(methodName, ['GET', 'POST']) ?? 'POST';
    if (url === undefined) return undefined;
    const isUrl =
      url.length <= URL_LENGTH_MAX &&
      /^https?:\/\/[^/?#]/i.test(url) &&
      !/[\s\p{Cc}]/u.test(url) &&
      URL.canParse(url);
    if (!isUrl) throw badParameter(`${name} is not a valid URL: ${url.slice(0, 200)}`, code);
    return { url, method };
  }
}

function known<T extends string>(
  name: string,
  text: string,
  values: readonly T[],
  code: number | undefined,
): T {
  const value = values.find((each) => each.toLowerCase() === text.toLowerCase());
  if (value !== undefined) return value;
  throw badParameter(`Invalid ${name} ${text.slice(0, 100)}: one of ${values.join(', ')}`, code);
}

/**
 * Reads a request's form. Throws 413 beyond {@link FORM_BYTES_MAX}, 400 beyond {@link FORM_PARAMETERS_MAX}, 415 for anything but a
 * form.
 */
export async function readForm(request: Request): Promise<Form> {
  const type = request.headers.get('content-type') ?? 'application/x-www-form-urlencoded';
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new TwilioError(415, 20001, 'send application/x-www-form-urlencoded');
  }
  return new Form(new URLSearchParams(parsePairs(await readText(request))));
}

/**
 * The pairs of a form. Throws 400 beyond {@link FORM_PARAMETERS_MAX}. Not by `URLSearchParams`, which in Node 26 takes
 * quadratic time for characters outside the BMP (0.7 s for 64 kB of them) and 8 µs for every escape that is not UTF-8.
 *
 * @see https://url.spec.whatwg.org/#urlencoded-parsing
 */
export function parsePairs(text: string): [name: string, value: string][] {
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > FORM_PARAMETERS_MAX) {
    throw badParameter(`a form holds at most ${FORM_PARAMETERS_MAX} parameters`);
  }
  return pairs.map((pair) => {
    const end = pair.indexOf('=');
    return end === -1
      ? [unescapeText(pair), '']
      : [unescapeText(pair.slice(0, end)), unescapeText(pair.slice(end + 1))];
  });
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** `+` is a blank, `%41` a byte; what is no escape stays, and what is not UTF-8 becomes U+FFFD. */
function unescapeText(escaped: string): string {
  const text = escaped.replaceAll('+', ' ');
  if (!text.includes('%')) return text;
  const bytes = encoder.encode(text);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    const high = byte === PERCENT ? hexDigit(bytes[i + 1]) : -1;
    const low = high === -1 ? -1 : hexDigit(bytes[i + 2]);
    if (low !== -1) i += 2;
    bytes[length++] = low === -1 ? byte : high * 16 + low;
  }
  return utf8.decode(bytes.subarray(0, length));
}

const PERCENT = 0x25;

/** -1 for anything but a hexadecimal digit in ASCII. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x41 + 10 : -1;
}

async function readText(request: Request): Promise<string> {
  const reader = request.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > FORM_BYTES_MAX) {
      await reader.cancel();
      throw new TwilioError(413, 20001, `a request holds at most ${FORM_BYTES_MAX} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
