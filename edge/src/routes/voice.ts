/**
 * Twilio's voice webhooks. `/voice` connects the call to its stream; `/voice/ended` says how it goes on when the
 * stream has ended: a call that ended as it should is hung up, any other gets the fall-back verbs.
 */

import { isSid } from '@patchcord/shared/twilio/sid';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AGENT_PARAMETER, agentNameSchema } from '../agents/agent-shape.ts';
import { verifyWebhook } from '../auth.ts';
import { readEnv, type ParsedEnv } from '../env.ts';
import { HttpError } from '../errors.ts';
import { isPrivateHost } from '@patchcord/shared/private-host';
import { connectTwiml, fallbackTwiml, hangupTwiml } from '../twiml.ts';
import { logProblems, type AppEnv } from './context.ts';

/** A voice webhook has some 25 parameters; those of a SIP call with headers are the longest. */
const FORM_BYTES_MAX = 64 * 1024;

/** Sent on to the stream's `start`, where they are the only source of who calls whom. */
const PARAMETERS = ['From', 'To', 'Direction'] as const;

/** A number's webhook may be set to either. */
const METHODS = ['POST', 'GET'];

export const voice = new Hono<AppEnv>();

const limit = bodyLimit({
  maxSize: FORM_BYTES_MAX,
  onError: () => {
    throw new HttpError('FORM_TOO_LARGE', `a form holds at most ${FORM_BYTES_MAX} bytes`);
  },
});

voice.on(METHODS, '/voice', limit, async (context) => {
  const { parsed, form, dialled, callSid } = await readWebhook(context);
  // The agent cannot be had, but the caller must not be left in silence.
  const twiml = parsed.isValid
    ? connectTwiml(streamUrl(dialled, callSid), parametersOf(form, dialled), '/voice/ended')
    : fallbackTwiml(parsed.fallback);
  return context.body(twiml, 200, XML);
});

voice.on(METHODS, '/voice/ended', limit, async (context) => {
  const { parsed, callSid } = await readWebhook(context);
  const report = await context.env.CALL.getByName(callSid).report();
  const fallback = parsed.isValid ? parsed.env.FALLBACK_TWIML : parsed.fallback;
  const twiml = report?.status === 'completed' ? hangupTwiml() : fallbackTwiml(fallback);
  return context.body(twiml, 200, XML);
});

const XML = { 'Content-Type': 'text/xml; charset=utf-8' } as const;

interface Webhook {
  readonly parsed: ParsedEnv;
  readonly form: URLSearchParams;
  /** The URL as the sender dialled and signed it. */
  readonly dialled: URL;
  readonly callSid: string;
}

/** A form of Twilio's or the relay's, its signature verified. */
async function readWebhook(context: Context<AppEnv>): Promise<Webhook> {
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

/** With the agent that the webhook's URL names: `/voice?agent=NAME`. The signature covers it. */
function parametersOf(form: URLSearchParams, dialled: URL): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const name of PARAMETERS) {
    const value = form.get(name);
    if (value !== null) parameters[name] = value;
  }
  const agent = dialled.searchParams.get('agent');
  if (agent === null) return parameters;
  if (agentNameSchema.safeParse(agent).success) return { ...parameters, [AGENT_PARAMETER]: agent };
  const message = `agent in the URL of the webhook is no name of an agent: ${agent.slice(0, 80)}`;
  console.error(JSON.stringify({ level: 'error', code: 'AGENT_NAME_INVALID', message }));
  return parameters;
}

/** The stream is at the host that was dialled. Without TLS only where a relay may do that: on a private network. */
function streamUrl(dialled: URL, callSid: string): string {
  const isPlain = dialled.protocol === 'http:' && isPrivateHost(dialled.hostname);
  return `${isPlain ? 'ws' : 'wss'}://${dialled.host}/media/${callSid}`;
}
