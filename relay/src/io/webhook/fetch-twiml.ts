/**
 * Asks a voice webhook what to do with a call: a signed form, TwiML back.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/voice-webhooks
 */

import { parseTwiml, TWIML_LENGTH_MAX, type TwimlElement } from '@patchcord/shared/twilio/twiml';
import { sendSignedRequest, type WebhookTarget } from './signed-request.ts';
import { WebhookError } from './webhook-error.ts';

/** Sends `params` to the webhook and answers the document's verbs. Rejects with a {@link WebhookError}. */
export async function fetchTwiml(
  target: WebhookTarget,
  authToken: string,
  params: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly TwimlElement[]> {
  const answer = await sendSignedRequest({
    ...target,
    authToken,
    params,
    signal,
    textLengthMax: TWIML_LENGTH_MAX,
  }).catch((error: unknown) => {
    if (!(error instanceof WebhookError) || error.code !== 'WEBHOOK_TOO_LARGE') throw error;
    const detail = `a document holds at most ${TWIML_LENGTH_MAX} characters`;
    throw new WebhookError('TWIML_TOO_LARGE', 12100, detail);
  });
  if (answer.status < 200 || answer.status > 299) {
    throw new WebhookError('WEBHOOK_BAD_STATUS', 11200, `answered ${answer.status}`);
  }
  const document = parseTwiml(answer.text);
  if (document.kind === 'verbs') return document.verbs;
  throw new WebhookError(document.code, document.twilioCode, document.detail);
}
