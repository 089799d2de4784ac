/**
 * Asks a voice webhook what to do with a call, as Twilio asks: a signed form, Twilio's headers, TwiML back.
 *
 * @see facts section 6; https://www.twilio.com/docs/usage/webhooks/voice-webhooks
 */

import { randomUUID } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { parseTwiml, TWIML_LENGTH_MAX, type TwimlElement } from '@patchcord/shared/twilio/twiml';
import { RelayError } from '../core/error.ts';

const POST_HEADERS = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };

/** Twilio's own limit for the whole exchange, connection-overrides page. */
const TIMEOUT_MS = 15_000;

export type WebhookCode =
  | 'WEBHOOK_UNREACHABLE'
  | 'WEBHOOK_TIMEOUT'
  /** Another status than 2xx. Twilio's 11200. */
  | 'WEBHOOK_BAD_STATUS'
  /** Not XML, too large, or not a `<Response>`. Twilio's 12100 and 12200. */
  | 'TWIML_NOT_XML'
  | 'TWIML_TOO_LARGE'
  | 'TWIML_NOT_RESPONSE';

export class WebhookError extends RelayError<WebhookCode> {}

export interface VoiceCall {
  readonly callSid: string;
  readonly accountSid: string;
  readonly from: string;
  readonly to: string;
  readonly callStatus: 'ringing' | 'in-progress';
}

/** What is asked: the document of the call, or the one a `<Redirect>` leads to. */
export interface WebhookTarget {
  readonly url: string;
  readonly method: 'GET' | 'POST';
}

/** Sends the call to the webhook and answers the document's verbs. Rejects with a {@link WebhookError}. */
export async function fetchTwiml(
  target: WebhookTarget,
  authToken: string,
  call: VoiceCall,
  signal: AbortSignal,
): Promise<readonly TwimlElement[]> {
  const params = {
    CallSid: call.callSid,
    AccountSid: call.accountSid,
    From: call.from,
    To: call.to,
    CallStatus: call.callStatus,
    ApiVersion: '2010-04-01',
    Direction: 'inbound',
    Caller: call.from,
    Called: call.to,
  };
  const form = new URLSearchParams(params).toString();
  const document = parseTwiml(await request(target, authToken, params, form, signal));
  if (document.kind === 'verbs') return document.verbs;
  throw new WebhookError(document.code, `${document.detail} (Twilio error ${document.twilioCode})`);
}

async function request(
  { url, method }: WebhookTarget,
  authToken: string,
  params: Readonly<Record<string, string>>,
  form: string,
  signal: AbortSignal,
): Promise<string> {
  // A GET has the form in its query and signs just the URL.
  const isGet = method === 'GET';
  const fullUrl = isGet ? `${url}${url.includes('?') ? '&' : '?'}${form}` : url;
  const signature = await signTwilioRequest(authToken, fullUrl, isGet ? {} : params);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const outgoing = send(fullUrl, {
    method,
    headers: {
      ...(isGet ? {} : POST_HEADERS),
      'User-Agent': 'TwilioProxy/1.1',
      Accept: '*/*',
      'I-Twilio-Idempotency-Token': randomUUID(),
      'X-Twilio-Signature': signature,
      'X-Home-Region': 'us1',
      ...(isGet ? {} : { 'Content-Length': Buffer.byteLength(form) }),
    },
    signal: AbortSignal.any([timeout, signal]),
  });
  const fail = (cause: unknown): void => {
    reject(
      timeout.aborted
        ? new WebhookError('WEBHOOK_TIMEOUT', `no answer within ${TIMEOUT_MS / 1000} s`, { cause })
        : new WebhookError('WEBHOOK_UNREACHABLE', 'cannot reach the webhook', { cause }),
    );
  };
  outgoing.on('error', fail);
  outgoing.on('response', (response) => {
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) {
      response.resume();
      reject(new WebhookError('WEBHOOK_BAD_STATUS', `answered ${status} (Twilio error 11200)`));
      return;
    }
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length <= TWIML_LENGTH_MAX) return;
      const detail = `a document holds at most ${TWIML_LENGTH_MAX} characters (Twilio error 12100)`;
      reject(new WebhookError('TWIML_TOO_LARGE', detail));
      outgoing.destroy();
    });
    response.on('error', fail);
    response.on('end', () => resolve(text));
  });
  outgoing.end(isGet ? undefined : form);
  return promise;
}
