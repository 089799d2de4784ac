/**
 * URLs in a document: absolute, or relative to the document that holds them.
 *
 * @see errors 31920 (query string), 31922 (scheme not wss), 31923 (malformed)
 */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { RelayError } from '../error.ts';

/** Throws `STREAM_BAD_URL` where Twilio would refuse it too. `ws:` is for loopback and private addresses only. */
export function resolveStreamUrl(url: string, documentUrl: string): string {
  const resolved = resolve(url, documentUrl.replace(/^http/, 'ws'));
  if (resolved === undefined) {
    throw new RelayError('STREAM_BAD_URL', `\`${url}\` is not a URL (Twilio error 31923)`);
  }
  const isPlain = resolved.protocol === 'ws:' && isPrivateHost(resolved.hostname);
  if (resolved.protocol !== 'wss:' && !isPlain) {
    throw new RelayError('STREAM_BAD_URL', `\`${url}\` must be wss:// (Twilio error 31922)`);
  }
  if (resolved.search !== '') {
    throw new RelayError(
      'STREAM_BAD_URL',
      `\`${resolved.origin}${resolved.pathname}\` must have no query: use <Parameter> (Twilio error 31920)`,
    );
  }
  // Signed and dialled as the document spells it: a validator compares the very text.
  return URL.canParse(url) ? url : resolved.href;
}

/**
 * The URL that a verb such as `<Redirect>` or `<Play>` leads to. Throws `TWIML_BAD_REDIRECT`. `http:` is for loopback and private
 * addresses only.
 */
export function resolveDocumentUrl(url: string, documentUrl: string, verb = 'Redirect'): string {
  const resolved = resolve(url, documentUrl);
  const isPlain = resolved?.protocol === 'http:' && isPrivateHost(resolved.hostname);
  if (resolved === undefined || (resolved.protocol !== 'https:' && !isPlain)) {
    throw new RelayError(
      'TWIML_BAD_REDIRECT',
      `<${verb}> must lead to an https:// URL, got \`${url.slice(0, 200)}\``,
    );
  }
  return resolved.href;
}

/** A document that REST brought has no URL of its own: then only absolute ones can be followed. */
function resolve(url: string, base: string): URL | undefined {
  if (URL.canParse(url)) return new URL(url);
  return URL.canParse(url, base) ? new URL(url, base) : undefined;
}
