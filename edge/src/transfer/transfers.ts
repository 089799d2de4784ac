/**
 * Transfers of a call that has come by Twilio itself: its document is replaced by a `<Dial>` over REST. The stream ends
 * with that; when nobody takes the call, `/voice/transferred` gives it back to the agent on a stream of its own.
 */

import { isCallForHelp } from '@patchcord/shared/dialling/emergency';
import { DIAL_PLAN_DEFAULT } from '@patchcord/shared/dialling/dial-plan';
import { dialTwiml } from './dial-twiml.ts';
import { redirectCall } from './twilio-calls.ts';
import type { TwilioVariables } from './variables.ts';

export interface ReachableTarget {
  /** A number, a SIP URI or an extension. */
  readonly target: string;
  /** What whoever answers a warm transfer is told. */
  readonly announcement: string;
}

export interface TransferRequest {
  readonly target: string;
  readonly manner: 'cold' | 'warm';
}

export interface TransfersParts {
  readonly env: TwilioVariables & { readonly AUTH_TOKEN: string };
  /** Where Twilio reaches this Worker, such as `https://agent.example`. */
  readonly origin: string;
  readonly callSid: string;
  /** Nobody else is ever dialled. */
  readonly targets: readonly ReachableTarget[];
  /** Notes that there is one more; false when there have been too many. */
  readonly begin: () => boolean;
}

/** How long somebody rings. */
const RING_SEC = 30;

export class Transfers {
  readonly #parts: TransfersParts;

  constructor(parts: TransfersParts) {
    this.#parts = parts;
  }

  /** Answers why the caller cannot be put through, or undefined when Twilio dials. Never rejects. */
  async connect({ target, manner }: TransferRequest): Promise<string | undefined> {
    const { env, origin, callSid, targets, begin } = this.#parts;
    const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_API_URL: url } = env;
    if (accountSid === undefined) {
      return 'the stream is not of our relay, and TWILIO_ACCOUNT_SID is not set';
    }
    const found = targets.find((each) => each.target === target);
    if (found === undefined) return 'it is none of the targets';
    if (isCallForHelp(target, DIAL_PLAN_DEFAULT)) return 'emergency numbers are never dialled';
    const said = new URLSearchParams({ say: found.announcement }).toString();
    const twiml = dialTwiml({
      target,
      manner,
      timeoutSec: RING_SEC,
      actionUrl: `${origin}/voice/transferred`,
      whisperUrl: `${origin}/voice/whisper?${said}`,
    });
    if (twiml === undefined) return 'Twilio cannot dial an extension of a PBX';
    if (!begin()) return 'there have been too many transfers in this call';
    const { TWILIO_API_KEY: key, TWILIO_API_SECRET: secret, AUTH_TOKEN: authToken } = env;
    const user = key !== undefined && secret !== undefined ? key : accountSid;
    const password = user === accountSid ? authToken : (secret ?? authToken);
    return await redirectCall({ url, accountSid, user, password }, callSid, twiml);
  }
}
