/**
 * Whether an outbound call may be made: the one gate before anything is dialled.
 *
 * In this order, so that nothing can open what an earlier one closes: emergency numbers, what is no number, premium numbers,
 * `OUTBOUND_ALLOW`, the caller ID, the rates. A call that is allowed counts in the rates at once; when it is over, {@link
 * OutboundPolicy.callEnded} must be called.
 *
 * Twilio's numbers: 21201, 21211, 21212, 21210, 21215, 21216 and 20429 from Twilio's error dictionary; 400 for 21215 from
 * what its API answered others (twilio-python issue 411); 400 for 21216 and 429 for 20429 from memory. Twilio itself queues
 * calls beyond its rate; refusing is ours, because a queue hides a loop.
 */

import type { AllowList } from './allow-list.ts';
import type { DialPlan } from '@patchcord/shared/dialling/dial-plan';
import { digitsOf, isCallForHelp } from '@patchcord/shared/dialling/emergency';
import { parseEndpoint, type Endpoint } from './phone-number.ts';
import { isPremium } from './premium.ts';
import { RateLimit, type RateLimits, type RateRefusal } from './rate-limit.ts';

export type RefusalCode =
  | 'OUTBOUND_TO_MISSING'
  | 'OUTBOUND_TO_INVALID'
  | 'OUTBOUND_TO_EMERGENCY'
  | 'OUTBOUND_TO_PREMIUM'
  | 'OUTBOUND_TO_NOT_ALLOWED'
  | 'OUTBOUND_FROM_INVALID'
  | 'OUTBOUND_FROM_NOT_OURS'
  | 'OUTBOUND_RATE';

export interface Refusal {
  readonly isAllowed: false;
  readonly code: RefusalCode;
  /** Twilio's number, such as 21211. */
  readonly twilioCode: number;
  readonly httpStatus: number;
  /** For the client, in Twilio's words where it has some. */
  readonly reason: string;
}

export interface Permission {
  readonly isAllowed: true;
  readonly endpoint: Endpoint;
  /** Caller ID in one spelling. */
  readonly from: Endpoint;
}

export type Decision = Permission | Refusal;

export interface OutboundRequest {
  readonly to: string;
  readonly from: string;
  /** Milliseconds of any clock that does not go back. */
  readonly now: number;
}

export interface OutboundOptions {
  readonly plan: DialPlan;
  readonly allowList: AllowList;
  /** Caller IDs that may be shown, in one spelling as {@link parseEndpoint} gives them; empty: any that is a number. */
  readonly callerIds: readonly string[];
  readonly limits: RateLimits;
}

const RATE_REASONS: Readonly<Record<RateRefusal, string>> = {
  'per-second': 'too many calls a second',
  'at-once': 'too many calls at once',
  'number-per-hour': 'too many calls to this number within an hour',
  'number-gap': 'this number was called a moment ago',
  numbers: 'too many different numbers within an hour',
};

export class OutboundPolicy {
  readonly #options: OutboundOptions;
  readonly #callerIds: ReadonlySet<string>;
  readonly #rate: RateLimit;

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#callerIds = new Set(options.callerIds);
    this.#rate = new RateLimit(options.limits);
  }

  /** Calls that were allowed and have not ended. */
  get active(): number {
    return this.#rate.active;
  }

  /** Never throws, whatever `to` and `from` hold. Texts in `reason` are bounded. */
  decide({ to, from, now }: OutboundRequest): Decision {
    const { plan, allowList } = this.#options;
    const shown = show(to);
    if (to === '') return refuse('OUTBOUND_TO_MISSING', 21201, "No 'To' number is specified");
    if (isCallForHelp(to, plan)) {
      return refuse(
        'OUTBOUND_TO_EMERGENCY',
        21216,
        `Account not allowed to call ${shown}: emergency numbers are never dialled`,
      );
    }
    const endpoint = parseEndpoint(to, plan);
    if (endpoint === undefined) {
      return refuse(
        'OUTBOUND_TO_INVALID',
        21211,
        `The phone number you are attempting to call, ${shown}, is not valid.`,
      );
    }
    if (isExpensive(endpoint, plan)) {
      return refuse(
        'OUTBOUND_TO_PREMIUM',
        21216,
        `Account not allowed to call ${shown}: premium numbers are never dialled`,
      );
    }
    if (!allowList.allows(endpoint)) {
      return refuse(
        'OUTBOUND_TO_NOT_ALLOWED',
        21215,
        `Account not authorized to call ${shown}: OUTBOUND_ALLOW does not open it`,
      );
    }
    const caller = parseEndpoint(from, plan);
    if (caller === undefined) {
      return refuse(
        'OUTBOUND_FROM_INVALID',
        21212,
        `The 'From' number ${show(from)} is not a valid phone number.`,
      );
    }
    if (this.#callerIds.size > 0 && !this.#callerIds.has(caller.number)) {
      return refuse(
        'OUTBOUND_FROM_NOT_OURS',
        21210,
        `The source phone number provided, ${show(from)}, is not yet verified for your account.`,
      );
    }
    const limited = endpoint.kind === 'extension' ? undefined : endpoint.number;
    const limit = this.#rate.take(limited, now);
    if (limit !== undefined) {
      return refuse('OUTBOUND_RATE', 20429, `Too Many Requests: ${RATE_REASONS[limit]}`, 429);
    }
    return { isAllowed: true, endpoint, from: caller };
  }

  /** A call that was allowed is over, or was never placed after all. Once for each. */
  callEnded(): void {
    this.#rate.release();
  }
}

function refuse(
  code: RefusalCode,
  twilioCode: number,
  reason: string,
  httpStatus: number = 400,
): Refusal {
  return { isAllowed: false, code, twilioCode, httpStatus, reason };
}

function isExpensive(endpoint: Endpoint, plan: DialPlan): boolean {
  const dialled = endpoint.kind === 'sip' ? parseEndpoint(digitsOf(endpoint.user), plan) : endpoint;
  return dialled?.kind === 'external' && isPremium(dialled.number.slice(1));
}

/** Safe to log and to answer: printable and not long. */
function show(text: string): string {
  return text.slice(0, 40).replace(/[^ -~]/g, '?');
}
