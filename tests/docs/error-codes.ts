/**
 * Finds the stable codes in the sources and in `docs/errors.md`.
 *
 * In the sources a code is a literal in capitals with an underscore, or one word in capitals given to `code`. Other
 * names in capitals, mostly of variables, are listed here: whoever adds one decides which of the two it is.
 */

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const NO_CODES: ReadonlySet<string> = new Set([
  // Variables of the relay.
  'ACCOUNT_SID',
  'ARI_APP',
  'ARI_PASSWORD',
  'ARI_URL',
  'ARI_USERNAME',
  'AUTH_TOKEN',
  'DATA_DIRECTORY',
  'DRAIN_SECONDS',
  'EXTENSION_ENDPOINT',
  'HTTP_LISTEN',
  'LOG_LEVEL',
  'MAX_CALLS',
  'OUTBOUND_ACCESS_PREFIX',
  'OUTBOUND_ALLOW',
  'OUTBOUND_CALLER_IDS',
  'OUTBOUND_CALLS_MAX',
  'OUTBOUND_CALLS_PER_SECOND',
  'OUTBOUND_COUNTRY_CODE',
  'OUTBOUND_ENDPOINT',
  'OUTBOUND_INTERNATIONAL_PREFIX',
  'OUTBOUND_NATIONAL_PREFIX',
  'OUTBOUND_PER_NUMBER_GAP_SECONDS',
  'OUTBOUND_PER_NUMBER_PER_HOUR',
  'PUBLIC_URL',
  'RTP_HOST',
  'RTP_PORTS',
  'SAY_COMMAND',
  'SAY_TOKEN',
  'SAY_URL',
  'SIP_ENDPOINT',
  'STATE_DIRECTORY',
  'STATUS_CALLBACK_URL',
  'STREAM_PARAMETERS',
  'STREAM_URL',
  'VOICE_FALLBACK_URL',
  'VOICE_URL',
  // Of the edge.
  'FALLBACK_TWIML',
  'PUBLIC_HOST',
  // Of systemd, and of channels on the PBX.
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'PATCHCORD_STATUS',
  'UNICASTRTP_LOCAL_ADDRESS',
  'UNICASTRTP_LOCAL_PORT',
  // Node's and ws' own codes; and the halves that `codeOfStatus` puts a provider's prefix before.
  'ERR_PARSE_ARGS',
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'BAD_REQUEST',
  'RATE_LIMITED',
]);

const LITERAL = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;
/** `code: 'SWEPT'`, and `const code = … : 'INTERNAL'`. */
const WORD_AS_CODE = /\bcode(?:: | = [^;]*: )'([A-Z]+)'/g;

/** Every name in the sources that may be a code, with the files it is in. */
export function namesInSources(): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const file of globSync('{relay,edge,shared}/src/**/*.ts', { cwd: ROOT })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(`${ROOT}${file}`, 'utf8');
    for (const [, name = ''] of [...text.matchAll(LITERAL), ...text.matchAll(WORD_AS_CODE)]) {
      names.set(name, [...(names.get(name) ?? []), file]);
    }
  }
  return names;
}

/** The codes that have a row of their own: the first cell of a table, in backticks. */
export function codesInDocument(): string[] {
  const text = readFileSync(`${ROOT}docs/errors.md`, 'utf8');
  return [...text.matchAll(/^\| `([A-Z][A-Z0-9_]*)` /gm)].map(([, code = '']) => code);
}
