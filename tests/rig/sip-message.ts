/** A SIP request or response. Header names are lower case; a header that occurs several times keeps its order. */
export interface SipMessage {
  readonly start:
    | { readonly kind: 'request'; readonly method: string; readonly uri: string }
    | { readonly kind: 'response'; readonly status: number; readonly reason: string };
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** RFC 3261 §7.3.3. */
const COMPACT_NAMES: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
};

/** Parses a datagram; undefined when it is not SIP (a keep-alive, say). Header folding is not read: nobody sends it. */
export function parseSip(datagram: string): SipMessage | undefined {
  const [head = '', ...rest] = datagram.split('\r\n\r\n');
  const [startLine = '', ...lines] = head.split('\r\n');
  const start = parseStart(startLine);
  if (start === undefined) return undefined;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const written = line.slice(0, colon).trim().toLowerCase();
    const name = COMPACT_NAMES[written] ?? written;
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return { start, headers, body: rest.join('\r\n\r\n') };
}

function parseStart(line: string): SipMessage['start'] | undefined {
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(line);
  if (response !== null) {
    return { kind: 'response', status: Number(response[1]), reason: response[2] ?? '' };
  }
  const [method = '', uri = '', version] = line.split(' ');
  return version === 'SIP/2.0' ? { kind: 'request', method, uri } : undefined;
}

/** First value of a header, empty when it is missing. */
export function header(message: SipMessage, name: string): string {
  return message.headers.get(name)?.[0] ?? '';
}

/** Writes a message. `headers` in order; Content-Length is added. */
export function formatSip(
  startLine: string,
  headers: readonly (readonly [string, string])[],
  body = '',
): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${startLine}\r\n${lines}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The `tag` of a From or To; undefined when it has none. */
export function tagOf(value: string): string | undefined {
  return /;\s*tag=([^;\s]+)/i.exec(value)?.[1];
}

/** The URI of a Contact, From or To, without name and parameters. */
export function uriOf(value: string): string {
  return /<([^>]+)>/.exec(value)?.[1] ?? value.split(';')[0]?.trim() ?? '';
}

/** Q.850 cause of a Reason header (RFC 3326), or of Asterisk's own. */
export function causeOf(message: SipMessage): number | undefined {
  const reason = /Q\.850\s*;\s*cause=(\d+)/i.exec(header(message, 'reason'))?.[1];
  const cause = reason ?? header(message, 'x-asterisk-hangupcausecode');
  // 0 is what Asterisk 22 says when it has none to say.
  return cause === '' || cause === '0' ? undefined : Number(cause);
}
