/**
 * The one thing that is asked of Twilio's REST interface: another document for a call that is going on.
 *
 * @see https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource
 */

import { z } from 'zod';
import { boundText, readBounded } from '../tools/bounded-text.ts';

export interface TwilioAccount {
  /** Such as `https://api.twilio.com`. */
  readonly url: string;
  readonly accountSid: string;
  /** Of the account, or an API key. */
  readonly user: string;
  readonly password: string;
}

const ANSWER_MS_MAX = 8000;

/** A call's resource has two thousand characters; an error some hundred. */
const ANSWER_CHARS_MAX = 8000;
const MESSAGE_CHARS_MAX = 120;

const errorSchema = z.object({ code: z.number().nullish(), message: z.string().nullish() });

/**
 * Replaces what the call `callSid` does by `twiml`. Answers why it could not, or undefined when Twilio has taken it: then
 * the stream ends by and by. Never rejects.
 *
 * Asked once: a second request that crosses the answer to the first would begin the dialling anew.
 */
export async function redirectCall(
  account: TwilioAccount,
  callSid: string,
  twiml: string,
): Promise<string | undefined> {
  const { url, accountSid, user, password } = account;
  const target = new URL(`/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`, url);
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}` },
      body: new URLSearchParams({ Twiml: twiml }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await readBounded(response.body, ANSWER_CHARS_MAX);
    return response.ok ? undefined : `Twilio answered ${response.status}${reasonOf(text)}`;
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return isLate ? `Twilio did not answer within ${ANSWER_MS_MAX} ms` : 'Twilio cannot be reached';
  }
}

/** Twilio's own number and words, where there are any. */
function reasonOf(text: string): string {
  try {
    const { code, message } = errorSchema.parse(JSON.parse(text));
    const parts = [code, message].filter((part) => part !== undefined && part !== null);
    return parts.length === 0 ? '' : `: ${boundText(parts.join(' '), MESSAGE_CHARS_MAX)}`;
  } catch {
    return '';
  }
}
