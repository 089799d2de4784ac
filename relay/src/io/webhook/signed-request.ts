/**
 * Sends one webhook or callback as Twilio does: Twilio's headers in Twilio's order, signed, with its time limits, retries and
 * redirects.
 *
 * @see facts section 6; https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */

import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { isPrivateHost } from '@patchcord/shared/private-host';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import {
  parseConnectionOverrides,
  type ConnectionOverrides,
  type RetryReason,
} from './connection-overrides.ts';
import { AttemptError, exchange, type Received } from './exchange.ts';
import { WebhookError } from './webhook-error.ts';

/** Redirects of one request. Twilio's own number is not documented (its error 11215 exists). */
const REDIRECTS_MAX = 5;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Where a request goes. The URL may have connection overrides in its fragment. */
export interface WebhookTarget {
  readonly url: string;
  readonly method: 'GET' | 'POST';
}

export interface SignedRequest extends WebhookTarget {
  readonly authToken: string;
  /** In the order in which they are sent. */
  readonly params: Readonly<Record<string, string>>;
  /** Ends the request and its retries. */
  readonly signal: AbortSignal;
  /** Characters of the answer; more is `WEBHOOK_TOO_LARGE`. */
  readonly textLengthMax: number;
}

export interface WebhookAnswer {
  readonly status: number;
  /** Empty where there is none. */
  readonly contentType: string;
  readonly text: string;
  /** What answered, after redirects: relative addresses in the answer start from here. */
  readonly url: string;
}

/**
 * Answers whatever came in the end, of any status. Rejects with a {@link WebhookError}: `WEBHOOK_UNREACHABLE`,
 * `WEBHOOK_TIMEOUT`, `WEBHOOK_REDIRECT`, `WEBHOOK_TOO_LARGE`.
 */
export async function sendSignedRequest(request: SignedRequest): Promise<WebhookAnswer> {
  const overrides = parseConnectionOverrides(request.url);
  if (!/^https?:\/\//i.test(overrides.url) || !URL.canParse(overrides.url)) {
    throw new WebhookError('WEBHOOK_UNREACHABLE', 11100, 'its address is not an http(s) URL');
  }
  const idempotencyToken = randomUUID();
  const deadlineAt = performance.now() + overrides.totalMsMax;
  for (let retries = 0; ; retries++) {
    const isLast = retries >= overrides.retriesMax;
    let reason: RetryReason | undefined;
    try {
      const answer = await follow(request, overrides, idempotencyToken, deadlineAt);
      reason = answer.status >= 500 ? '5xx' : answer.status >= 400 ? '4xx' : undefined;
      if (isLast || reason === undefined || !overrides.retryReasons.has(reason)) return answer;
    } catch (error) {
      reason = error instanceof AttemptError ? error.reason : undefined;
      const isRetried = !isLast && reason !== undefined && overrides.retryReasons.has(reason);
      if (!isRetried || request.signal.aborted || performance.now() >= deadlineAt) throw error;
    }
  }
}

/**
 * One attempt with its redirects. As browsers do, and as Twilio's users see it, a POST becomes a GET on 301, 302 and 303; the
 * parameters go along, in the query.
 */
async function follow(
  request: SignedRequest,
  overrides: ConnectionOverrides,
  idempotencyToken: string,
  deadlineAt: number,
): Promise<WebhookAnswer> {
  let { method } = request;
  let url = wireUrl(overrides.url);
  for (let redirects = 0; ; redirects++) {
    const isGet = method === 'GET';
    const form = new URLSearchParams(request.params).toString();
    const separator = url.includes('?') ? '&' : '?';
    const fullUrl = isGet && form !== '' ? `${url}${separator}${form}` : url;
    // A GET has the parameters in its query and signs just the URL.
    const signature = await signTwilioRequest(
      request.authToken,
      fullUrl,
      isGet ? {} : request.params,
    );
    const { answer, location }: Received = await exchange({
      url: fullUrl,
      method,
      headers: {
        Host: new URL(fullUrl).host,
        ...(isGet ? {} : { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
        'User-Agent': 'TwilioProxy/1.1',
        Accept: '*/*',
        'I-Twilio-Idempotency-Token': idempotencyToken,
        'X-Twilio-Signature': signature,
        'X-Home-Region': 'us1',
        ...(isGet ? {} : { 'Content-Length': String(Buffer.byteLength(form)) }),
      },
      body: isGet ? undefined : form,
      signal: request.signal,
      textLengthMax: request.textLengthMax,
      connectMsMax: overrides.connectMsMax,
      readMsMax: overrides.readMsMax,
      deadlineAt,
    });
    if (!REDIRECTS.has(answer.status) || location === undefined) return { ...answer, url };
    if (redirects === REDIRECTS_MAX) {
      throw new WebhookError('WEBHOOK_REDIRECT', 11215, `more than ${REDIRECTS_MAX} redirects`);
    }
    url = redirectTarget(location, url);
    if (answer.status < 307) method = 'GET';
  }
}

/** Resolves a `Location`. A public host must not lead us to a private one, nor to a connection without TLS. */
function redirectTarget(location: string, from: string): string {
  const target = URL.parse(location, from);
  const isPrivate = target !== null && isPrivateHost(target.hostname);
  const isAllowed =
    target !== null &&
    (target.protocol === 'https:' || (target.protocol === 'http:' && isPrivate)) &&
    (!isPrivate || isPrivateHost(new URL(from).hostname));
  if (!isAllowed) {
    throw new WebhookError('WEBHOOK_REDIRECT', 11215, 'redirects to where it must not');
  }
  target.hash = '';
  return target.href;
}

/**
 * The URL as the handler sees it and as it is signed: what was given, but for a path that is missing and characters that cannot
 * be sent. `new URL()` alone would escape more, such as `'`, than Twilio does.
 */
function wireUrl(url: string): string {
  const [, origin = '', rest = ''] = /^([a-z]+:\/\/[^/?]*)(.*)$/is.exec(url) ?? [];
  if (!/^[!-~]*$/.test(url)) return new URL(url).href;
  return rest.startsWith('/') ? url : `${origin}/${rest}`;
}
