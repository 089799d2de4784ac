/**
 * The WebSocket to a handler, opened as Twilio opens it: the same headers in the same order, no subprotocol, no
 * extensions of WebSocket, text frames. One header more asks whether the handler is our edge.
 *
 * @see facts section 1 (captures C5, C6)
 */

import { WebSocket, type ClientOptions } from 'ws';
import type { Dialect } from '@patchcord/shared/media-streams/dialect';
import {
  isPatchcord,
  PATCHCORD_HEADER,
  PATCHCORD_VERSION,
} from '@patchcord/shared/media-streams/extensions';
import { MESSAGE_BYTES_MAX } from '@patchcord/shared/media-streams/limits';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { RelayError } from '../core/error.ts';
import { byteLengthOf, textOf } from './socket-data.ts';

/**
 * From the first close frame, ours or the handler's, to the end of the TCP connection. ws waits for 30 s by itself: so long a
 * caller would hear silence when a handler says goodbye and leaves the connection open.
 */
const CLOSE_TIMEOUT_MS = 2000;

/** RFC 6455 §7.4.1. ws itself says 1006 of a connection that it ended because of what came. */
const CLOSE_PROTOCOL_ERROR = 1002;

const TEXT_FRAME = { binary: false } as const;

export type StreamCode =
  /** Nothing answered in time. Twilio's 31901. */
  | 'STREAM_TIMEOUT'
  /** Nobody listens there, or the name is unknown. Twilio's 31902. */
  | 'STREAM_REFUSED'
  /** TLS failed. Twilio's 31910. */
  | 'STREAM_TLS'
  /** Another status than 101. Twilio's 31920. */
  | 'STREAM_BAD_STATUS'
  /** What answers does not speak WebSocket. Twilio's 31924. */
  | 'STREAM_PROTOCOL';

const TWILIO_CODES: Readonly<Record<StreamCode, number>> = {
  STREAM_TIMEOUT: 31901,
  STREAM_REFUSED: 31902,
  STREAM_TLS: 31910,
  STREAM_BAD_STATUS: 31920,
  STREAM_PROTOCOL: 31924,
};

export class StreamSocketError extends RelayError<StreamCode> {
  get twilioCode(): number {
    return TWILIO_CODES[this.code];
  }
}

export interface StreamSocketEvents {
  onText(text: string): void;
  onBinary(bytes: number): void;
  /** Closed by the handler or the network, or with 1002 for breaking RFC 6455; not after our own {@link StreamSocket.close}. */
  onClose(code: number): void;
}

/** Close codes with which a handler says that it is done (RFC 6455 §7.4.1: normal, going away, no code given). */
export function isOrderlyClose(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005;
}

export class StreamSocket {
  readonly #socket: WebSocket;
  readonly #closeCode: number;
  #isClosing = false;
  #hasExtensions = false;

  private constructor(socket: WebSocket, closeCode: number) {
    this.#socket = socket;
    this.#closeCode = closeCode;
  }

  /**
   * Opens the socket; rejects with a {@link StreamSocketError}. An abort ends the attempt. With `offersExtensions` the handler is asked
   * whether it is our edge.
   */
  static async open(
    url: string,
    authToken: string,
    dialect: Dialect,
    events: StreamSocketEvents,
    signal: AbortSignal,
    { offersExtensions = false } = {},
  ): Promise<StreamSocket> {
    const signature = await signTwilioRequest(authToken, url);
    const { promise, resolve, reject } = Promise.withResolvers<StreamSocket>();
    if (signal.aborted) throw new StreamSocketError('STREAM_TIMEOUT', 'given up: the call is over');
    const options: ClientOptions & { readonly closeTimeout: number } = {
      // ws fills these in and keeps our order, which is Twilio's.
      headers: {
        Host: new URL(url).host,
        'User-Agent': 'Twilio.TmeWs/1.0',
        Connection: '',
        'Sec-WebSocket-Key': '',
        'Sec-WebSocket-Version': '',
        Upgrade: '',
        'X-Twilio-Signature': signature,
        ...(offersExtensions ? { [PATCHCORD_HEADER]: PATCHCORD_VERSION } : {}),
      },
      perMessageDeflate: false,
      handshakeTimeout: dialect.handshakeTimeoutMs,
      maxPayload: MESSAGE_BYTES_MAX,
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    const socket = new WebSocket(url, options);
    const stream = new StreamSocket(socket, dialect.closeCode);
    const onAbort = (): void => socket.terminate();
    signal.addEventListener('abort', onAbort, { once: true });
    let isOpen = false;
    let isViolated = false;
    socket.on('upgrade', ({ headers }) => {
      const answer = headers[PATCHCORD_HEADER.toLowerCase()];
      stream.#hasExtensions = offersExtensions && isPatchcord(answer);
    });
    socket.on('open', () => {
      isOpen = true;
      signal.removeEventListener('abort', onAbort);
      resolve(stream);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      reject(new StreamSocketError('STREAM_BAD_STATUS', `answered ${status} in place of 101`));
      socket.terminate();
    });
    socket.on('message', (data, isBinary) => {
      if (stream.#isClosing) return;
      if (isBinary) events.onBinary(byteLengthOf(data));
      else events.onText(textOf(data));
    });
    socket.on('error', (error) => {
      reject(toStreamError(error));
      // The handler broke the protocol. ws has told it why; nothing that it may still say is worth waiting for.
      const code = 'code' in error ? error.code : undefined;
      isViolated = isOpen && code !== 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      if (isOpen) socket.terminate();
    });
    socket.on('close', (code) => {
      signal.removeEventListener('abort', onAbort);
      if (!isOpen) reject(new StreamSocketError('STREAM_REFUSED', 'closed before it was open'));
      else if (!stream.#isClosing) events.onClose(isViolated ? CLOSE_PROTOCOL_ERROR : code);
    });
    return promise;
  }

  /** The handler has answered that it is our edge. */
  get hasExtensions(): boolean {
    return this.#hasExtensions;
  }

  /** Bytes given to {@link send} that have not left yet. */
  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * Sends one text frame. As bytes, because ws then masks into the frame's own buffer and writes once; a string costs it a
   * copy more and a `writev` of two pieces (measured with bench relay: 10 % of the relay's CPU).
   */
  send(text: string): void {
    this.#socket.send(Buffer.from(text), TEXT_FRAME);
  }

  /** Closes with the dialect's code; {@link StreamSocketEvents.onClose} is not called. */
  close(): void {
    this.#isClosing = true;
    this.#socket.close(this.#closeCode);
  }
}

function toStreamError(error: Error): StreamSocketError {
  const code = 'code' in error ? String(error.code) : '';
  const options = { cause: error };
  if (/timed? ?out/i.test(error.message) || code === 'ETIMEDOUT') {
    return new StreamSocketError('STREAM_TIMEOUT', 'no answer in time', options);
  }
  if (/^(ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|ERR_SSL|EPROTO|HOSTNAME_)/.test(code)) {
    return new StreamSocketError('STREAM_TLS', 'TLS failed', options);
  }
  if (code.startsWith('WS_') || code.startsWith('HPE_') || /server response/i.test(error.message)) {
    return new StreamSocketError('STREAM_PROTOCOL', 'what answers is no WebSocket', options);
  }
  return new StreamSocketError('STREAM_REFUSED', 'cannot connect', options);
}
