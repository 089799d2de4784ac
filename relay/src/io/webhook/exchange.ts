/** One HTTP request and its answer, within limits of time and size. */

import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { performance } from 'node:perf_hooks';
import { urlToHttpOptions } from 'node:url';
import type { RetryReason } from './connection-overrides.ts';
import { WebhookError } from './webhook-error.ts';

export interface Message {
  /** Visible ASCII, with a path; what is after the host is sent as it is. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  readonly textLengthMax: number;
  readonly connectMsMax: number;
  readonly readMsMax: number;
  /** Monotonic milliseconds, `performance.now()`: the end of all attempts. */
  readonly deadlineAt: number;
}

export interface Received {
  readonly answer: { readonly status: number; readonly contentType: string; readonly text: string };
  readonly location: string | undefined;
}

/** A failed attempt that may be worth another. */
export class AttemptError extends WebhookError {
  readonly reason: RetryReason;

  constructor(reason: RetryReason, ...rest: ConstructorParameters<typeof WebhookError>) {
    super(...rest);
    this.reason = reason;
  }
}

/** One request, one answer. A kept connection that the server had closed meanwhile is not held against it. */
export async function exchange(message: Message): Promise<Received> {
  try {
    return await new Exchange(message).received;
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    return new Exchange(message, false).received;
  }
}

class StaleConnection extends Error {}

class Exchange {
  readonly received: Promise<Received>;
  readonly #message: Message;
  readonly #outgoing: ClientRequest;
  readonly #settled = Promise.withResolvers<Received>();
  #timer: NodeJS.Timeout | undefined;
  #stage: 'connecting' | 'waiting' | 'reading' = 'connecting';

  constructor(message: Message, isKeptAllowed = true) {
    this.#message = message;
    this.received = this.#settled.promise.finally(() => clearTimeout(this.#timer));
    const { url, method, headers, signal, body } = message;
    const isSecure = /^https:/i.test(url);
    const send = isSecure ? requestHttps : requestHttp;
    const agent = isKeptAllowed ? {} : { agent: false };
    const path = /^[a-z]+:\/\/[^/]*(.*)$/i.exec(url)?.[1] ?? '/';
    const options = urlToHttpOptions(new URL(url));
    this.#outgoing = send({ ...options, path, method, headers, signal, ...agent });
    this.#wait(message.connectMsMax);
    this.#outgoing.on('error', (error) => this.#fail(error));
    this.#outgoing.on('socket', (socket) => {
      const connected = (): void => {
        this.#stage = 'waiting';
        this.#wait(message.readMsMax);
      };
      if (this.#outgoing.reusedSocket) connected();
      else socket.once(isSecure ? 'secureConnect' : 'connect', connected);
    });
    this.#outgoing.on('response', (response) => this.#read(response));
    this.#outgoing.end(body);
  }

  /** Restarts the limit of the present stage; the limit of the whole comes first if it is nearer. */
  #wait(limitMs: number): void {
    clearTimeout(this.#timer);
    const leftMs = Math.max(0, this.#message.deadlineAt - performance.now());
    const isTotal = leftMs < limitMs;
    this.#timer = setTimeout(
      () => {
        const reason = this.#stage === 'connecting' ? 'ct' : 'rt';
        const limit = isTotal ? 'in the time for the whole exchange' : `within ${limitMs / 1000} s`;
        const what = reason === 'ct' ? 'no connection' : 'no answer';
        const error = new AttemptError(reason, 'WEBHOOK_TIMEOUT', 11200, `${what} ${limit}`);
        this.#settled.reject(error);
        this.#outgoing.destroy();
      },
      Math.min(limitMs, leftMs),
    );
  }

  #read(response: IncomingMessage): void {
    const { readMsMax, textLengthMax } = this.#message;
    this.#stage = 'reading';
    this.#wait(readMsMax);
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.#wait(readMsMax);
      text += chunk;
      if (text.length <= textLengthMax) return;
      const detail = `answered more than ${textLengthMax} characters`;
      this.#settled.reject(new WebhookError('WEBHOOK_TOO_LARGE', 11200, detail));
      this.#outgoing.destroy();
    });
    response.on('error', (error) => this.#fail(error));
    response.on('end', () => {
      const { statusCode = 0, headers } = response;
      const contentType = headers['content-type'] ?? '';
      const answer = { status: statusCode, contentType, text };
      this.#settled.resolve({ answer, location: headers.location });
    });
  }

  #fail(cause: NodeJS.ErrnoException): void {
    const code = cause.code ?? '';
    if (this.#outgoing.reusedSocket && this.#stage === 'waiting' && code === 'ECONNRESET') {
      this.#settled.reject(new StaleConnection());
      return;
    }
    // What may have reached the handler is not sent a second time, unless the URL asks for it.
    const reason = this.#stage === 'connecting' ? 'ct' : 'rt';
    const [twilioCode, what] = describeFailure(code);
    const error = new AttemptError(reason, 'WEBHOOK_UNREACHABLE', twilioCode, what, { cause });
    this.#settled.reject(error);
  }
}

/** Twilio's number for what Node reports. */
function describeFailure(code: string): [twilioCode: number, what: string] {
  if (/^(?:ENOTFOUND|EAI_AGAIN)$/.test(code)) return [11210, 'its host name does not resolve'];
  if (/^ERR_(?:TLS|SSL)|CERT|SELF_SIGNED|EPROTO/.test(code)) return [11220, 'its TLS fails'];
  return [11205, 'cannot reach the webhook'];
}
