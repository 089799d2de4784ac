/**
 * Twilio's voice webhooks. `/voice` connects the call to its stream; `/voice/ended` says how it goes on when the
 * stream has ended: a call that ended as it should is hung up, any other gets the fall-back verbs. `/voice/answered-by` is
 * told whether a person or a machine took a call of ours.
 */

import { Hono } from 'hono';
import { AGENT_PARAMETER, agentNameSchema } from '../agents/agent-shape.ts';
import { ANSWERED_BY_PARAMETER, answeredByOf } from '../call/answered-by.ts';
import { HttpError } from '../errors.ts';
import { connectTwiml, fallbackTwiml, hangupTwiml } from '../twiml.ts';
import type { AppEnv } from './context.ts';
import { limitForm, readWebhook, streamUrl, WEBHOOK_METHODS, XML } from './webhook.ts';

/** Sent on to the stream's `start`, where they are the only source of who calls whom. */
const PARAMETERS = ['From', 'To', 'Direction'] as const;

export const voice = new Hono<AppEnv>();

voice.on(WEBHOOK_METHODS, '/voice', limitForm, async (context) => {
  const { parsed, form, dialled, callSid } = await readWebhook(context);
  // The agent cannot be had, but the caller must not be left in silence.
  const twiml = parsed.isValid
    ? connectTwiml(streamUrl(dialled, callSid), parametersOf(form, dialled), '/voice/ended')
    : fallbackTwiml(parsed.fallback);
  return context.body(twiml, 200, XML);
});

voice.on(WEBHOOK_METHODS, '/voice/ended', limitForm, async (context) => {
  const { parsed, callSid } = await readWebhook(context);
  const report = await context.env.CALL.getByName(callSid).report();
  const fallback = parsed.isValid ? parsed.env.FALLBACK_TWIML : parsed.fallback;
  const twiml = report?.status === 'completed' ? hangupTwiml() : fallbackTwiml(fallback);
  return context.body(twiml, 200, XML);
});

/** The `AsyncAmdStatusCallback` of a call that was placed with `MachineDetection` and `AsyncAmd`. */
voice.on(WEBHOOK_METHODS, '/voice/answered-by', limitForm, async (context) => {
  const { form, callSid } = await readWebhook(context);
  const answeredBy = answeredByOf(form.get(ANSWERED_BY_PARAMETER));
  if (answeredBy === undefined) {
    throw new HttpError('FORM_INVALID', 'AnsweredBy must be a verdict of machine detection');
  }
  await context.env.CALL.getByName(callSid).putAnsweredBy(answeredBy);
  return context.body(null, 204);
});

/** With the agent that the webhook's URL names: `/voice?agent=NAME`. The signature covers it. */
function parametersOf(form: URLSearchParams, dialled: URL): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const name of PARAMETERS) {
    const value = form.get(name);
    if (value !== null) parameters[name] = value;
  }
  // The verdict was waited for before the document was asked for: the call was placed without `AsyncAmd`.
  const answeredBy = answeredByOf(form.get(ANSWERED_BY_PARAMETER));
  if (answeredBy !== undefined) parameters[ANSWERED_BY_PARAMETER] = answeredBy;
  const agent = dialled.searchParams.get('agent');
  if (agent === null) return parameters;
  if (agentNameSchema.safeParse(agent).success) return { ...parameters, [AGENT_PARAMETER]: agent };
  const message = `agent in the URL of the webhook is no name of an agent: ${agent.slice(0, 80)}`;
  console.error(JSON.stringify({ level: 'error', code: 'AGENT_NAME_INVALID', message }));
  return parameters;
}
