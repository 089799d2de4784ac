/**
 * Webhooks of a transfer by Twilio. `/voice/transferred` is the action of the `<Dial>`: a call that nobody took goes
 * back to its agent. `/voice/whisper` is said to whoever answers a warm one.
 */

import { Hono } from 'hono';
import { dialOutcome, TRANSFER_PARAMETER } from '../transfer/returned-call.ts';
import { acceptedTwiml, whisperTwiml } from '../transfer/dial-twiml.ts';
import { connectTwiml, fallbackTwiml, hangupTwiml } from '../twiml.ts';
import type { AppEnv } from './context.ts';
import { limitForm, readWebhook, streamUrl, WEBHOOK_METHODS, XML } from './webhook.ts';

export const transfer = new Hono<AppEnv>();

transfer.on(WEBHOOK_METHODS, '/voice/transferred', limitForm, async (context) => {
  const { parsed, form, dialled, callSid } = await readWebhook(context);
  const outcome = dialOutcome(form);
  if (outcome === undefined) return context.body(hangupTwiml(), 200, XML);
  if (!parsed.isValid) return context.body(fallbackTwiml(parsed.fallback), 200, XML);
  const parameters = await context.env.CALL.getByName(callSid).takeBack();
  const twiml =
    parameters === undefined
      ? fallbackTwiml(parsed.env.FALLBACK_TWIML)
      : connectTwiml(
          streamUrl(dialled, callSid),
          { ...parameters, [TRANSFER_PARAMETER]: outcome },
          '/voice/ended',
        );
  return context.body(twiml, 200, XML);
});

transfer.on(WEBHOOK_METHODS, '/voice/whisper', limitForm, async (context) => {
  const { dialled } = await readWebhook(context);
  const text = dialled.searchParams.get('say') ?? '';
  return context.body(whisperTwiml(text, '/voice/whisper/accepted'), 200, XML);
});

transfer.on(WEBHOOK_METHODS, '/voice/whisper/accepted', limitForm, async (context) => {
  await readWebhook(context);
  return context.body(acceptedTwiml(), 200, XML);
});
