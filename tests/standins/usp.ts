/**
 * Framing of Azure's Speech protocol ("USP"): messages with headers, in WebSocket messages.
 *
 * ```
 * text    Path: speech.phrase␍␊X-RequestId: 0123…␍␊Content-Type: application/json␍␊␍␊{"RecognitionStatus": …}
 * binary  ┌ 2 bytes ┬ headers, each with its ␍␊ ┬ body ┐   the two bytes are the length of the headers, big-endian
 * ```
 *
 * @see the SDK's WebsocketMessageFormatter; Microsoft's "Bing Speech WebSocket protocol"
 */

/** Most bytes of headers in a message. */
const HEADER_BYTES_MAX = 8192;

/** One message from a client. Header names are lower case. */
export interface UspMessage {
  readonly path: string;
  readonly requestId: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: UspBody;
}

/** Text of a text message, bytes of a binary one. */
export type UspBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

/** Why a message is not of the protocol. */
export type UspError = 'no-header-length' | 'header-too-long' | 'no-path';

/** Reads one WebSocket message, or says why it cannot. The body of a binary one is a view into `data`. */
export function decodeUsp(data: Uint8Array, isBinary: boolean): UspMessage | UspError {
  if (!isBinary) {
    const text = new TextDecoder().decode(data);
    const end = text.indexOf('\r\n\r\n');
    const head = end < 0 ? text : text.slice(0, end);
    if (head.length > HEADER_BYTES_MAX) return 'header-too-long';
    return withHeaders(head, { kind: 'text', text: end < 0 ? '' : text.slice(end + 4) });
  }
  if (data.length < 2) return 'no-header-length';
  const headerBytes = ((data[0] as number) << 8) | (data[1] as number);
  if (headerBytes > HEADER_BYTES_MAX || headerBytes + 2 > data.length) return 'header-too-long';
  const head = new TextDecoder().decode(data.subarray(2, 2 + headerBytes));
  return withHeaders(head, { kind: 'binary', bytes: data.subarray(2 + headerBytes) });
}

function withHeaders(head: string, body: UspBody): UspMessage | UspError {
  const headers = new Map<string, string>();
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) {
      headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
  }
  const path = headers.get('path');
  if (path === undefined) return 'no-path';
  return {
    path: path.toLowerCase(),
    requestId: (headers.get('x-requestid') ?? '').toLowerCase(),
    headers,
    body,
  };
}

/** A message to the client, as the service writes them. */
export function encodeUsp(path: string, requestId: string, body: object): string {
  return [
    `X-RequestId:${requestId.toUpperCase()}`,
    'Content-Type:application/json; charset=utf-8',
    `Path:${path}`,
    '',
    JSON.stringify(body),
  ].join('\r\n');
}

/** A client's binary message, for tests that are their own client. */
export function encodeUspAudio(requestId: string, audio: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(
    `Path: audio\r\nX-RequestId: ${requestId}\r\nX-Timestamp: ${new Date().toISOString()}\r\n`,
  );
  const message = new Uint8Array(2 + head.length + audio.length);
  message[0] = head.length >> 8;
  message[1] = head.length & 0xff;
  message.set(head, 2);
  message.set(audio, 2 + head.length);
  return message;
}
