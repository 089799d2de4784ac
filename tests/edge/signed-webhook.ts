/** A webhook or callback as Twilio posts it: a form, signed by Twilio's own SDK. */

import twilio from 'twilio';
import { AUTH_TOKEN } from './world.ts';

export async function postSigned(
  url: string,
  form: Readonly<Record<string, string>>,
  authToken: string = AUTH_TOKEN,
): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': twilio.getExpectedTwilioSignature(authToken, url, form) },
    body: new URLSearchParams(form),
  });
}
