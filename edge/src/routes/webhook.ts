/** A webhook of Twilio's or the relay's: a signed form about one call. */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { isSid } from '@patchcord/shared/twilio/sid';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { verifyWebhook } from '../auth.ts';
import { readEnv, type ParsedEnv } from '../env.ts';
import { HttpError } from '../errors.ts';
import { logProblems, type AppEnv } from './context.ts';

/** A voice webhook has some 25 parameters; those of a SIP call with headers are the longest. */
const FORM_BYTES_MAX = 64 * 1024;

/** Of every answer that is TwiML. */
export const XML = { 'Content-Type': 'text/xml; charset=utf-8' } as const;

/** A webhook may be set to either. */
export const WEBHOOK_METHODS = ['POST', 'GET'];

export const limitForm = bodyLimit({
  maxSize: FORM_BYTES_MAX,
  onError: () => {
    throw new HttpError('FORM_TOO_LARGE', `a form holds at most ${FORM_BYTES_MAX} bytes`);
  },
});

export interface Webhook {
  readonly parsed: ParsedEnv;
  readonly form: URLSearchParams;
  /** The URL as the sender dialled and signed it. */
  readonly dialled: URL;
  readonly callSid: string;
}

/** The form, its signature verified. Of a GET it is the query. */
export async function readWebhook(context: Context<AppEnv>): Promise<Webhook> {
  const parsed = readEnv(context.env);
  if (!parsed.isValid) logProblems(parsed.problems);
  const authToken = parsed.isValid ? parsed.env.AUTH_TOKEN : parsed.authToken;
  if (authToken === undefined) {
    throw new HttpError('EDGE_MISCONFIGURED', 'the configuration is not valid, see /healthz');
  }
  const { url, headers, method } = context.req.raw;
  const publicHost = parsed.isValid ? parsed.env.PUBLIC_HOST : parsed.publicHost;
  const body = await context.req.text();
  const dialled = await verifyWebhook(authToken, { url, headers, publicHost }, body);
  const form = method === 'GET' ? new URL(url).searchParams : new URLSearchParams(body);
  const callSid = form.get('CallSid');
  if (callSid === null || !isSid('CA', callSid)) {
    throw new HttpError('FORM_INVALID', 'CallSid must be CA and 32 hexadecimal digits');
  }
  return { parsed, form, dialled, callSid };
}

/** The stream is at the host that was dialled. Without TLS only where a relay may do that: on a private network. */
export function streamUrl(dialled: URL, callSid: string): string {
  const isPlain = dialled.protocol === 'http:' && isPrivateHost(dialled.hostname);
  return `${isPlain ? 'ws' : 'wss'}://${dialled.host}/media/${callSid}`;
}
