/**
 * Why a call that we dialled ended, in Twilio's words: a call status and the SIP code of its last callback.
 *
 * Asterisk gives a Q.850 cause with every hang-up, a `dialstatus` with ARI's `Dial` event, and through `PJSIP_RESPONSE_CODE` or a
 * `Reason` header sometimes the SIP code itself, which says most.
 */

import type { CallStatus } from '@patchcord/shared/twilio/call-record';

/** How a channel that we dialled ended without an answer. */
export type Unanswered =
  /** Our ring time was over. */
  | { readonly kind: 'timeout' }
  /** We gave up first: Twilio's `Status=canceled`. */
  | { readonly kind: 'canceled' }
  /** The far end, or Asterisk, said no. */
  | {
      readonly kind: 'refused';
      /** Of the far end's final answer. */
      readonly sipCode?: number | undefined;
      /** Q.850 cause; 0 is unknown. */
      readonly cause?: number | undefined;
      /** Of ARI's `Dial` event. */
      readonly dialStatus?: string | undefined;
    };

export interface CallOutcome {
  readonly status: Extract<CallStatus, 'busy' | 'failed' | 'no-answer' | 'canceled'>;
  /** `SipResponseCode` of the last callback. */
  readonly sipCode: number;
}

/** `SipResponseCode` of a call that we gave up: 487 Request Terminated. */
export const SIP_CODE_CANCELED = 487;

/** `SipResponseCode` of a call that was answered, whatever ended it. */
export const SIP_CODE_ANSWERED = 200;

/**
 * SIP codes of Q.850 causes, RFC 3398 §7.2.4.1 (ISUP cause → SIP), but for three: 19 and 18, which Asterisk sets as well when
 * the ring time is over, and 21, which for RFC 3398 is 403 and from a phone's "decline" is 603.
 */
const SIP_CODE_OF_CAUSE: Readonly<Record<number, number>> = {
  1: 404, // unallocated number
  2: 404, // no route to network
  3: 404, // no route to destination
  16: 480, // normal clearing, but nobody had answered
  17: 486, // user busy
  18: 408, // no user responding
  19: 480, // no answer from the user
  20: 480, // subscriber absent: a phone that is not registered
  21: 603, // call rejected
  22: 410, // number changed
  23: 410, // redirection to new destination
  26: 404, // non-selected user clearing
  27: 502, // destination out of order
  28: 484, // address incomplete
  29: 501, // facility rejected
  31: 480, // normal unspecified
  34: 503, // no circuit available
  38: 503, // network out of order
  41: 503, // temporary failure
  42: 503, // switching equipment congestion
  44: 503, // requested circuit not available
  47: 503, // resource unavailable
  50: 403, // facility not subscribed
  55: 403, // incoming class barred
  57: 403, // bearer capability not authorised
  58: 503, // bearer capability not available: codecs
  65: 488, // bearer capability not implemented
  70: 488, // only restricted digital
  79: 501, // service not implemented
  87: 403, // user not member of closed user group
  88: 488, // incompatible destination
  102: 504, // recovery of timer expiry
  111: 500, // protocol error
  127: 500, // interworking
};

/** What `Dial` says where neither a code nor a cause does. */
const SIP_CODE_OF_DIAL_STATUS: Readonly<Record<string, number>> = {
  BUSY: 486,
  NOANSWER: 480,
  CANCEL: 487,
  CONGESTION: 503,
  CHANUNAVAIL: 503,
};

/**
 * Codes that are not `failed`. Twilio documents 486 and 487 (its status callbacks). 600 and 603 say that a person does not
 * want to talk now; that a declined call is `busy` and not `failed` is INFERRED from its voice clients. 404 and the 5xx are `failed`.
 */
const STATUS_OF_SIP_CODE: Readonly<Record<number, CallOutcome['status']>> = {
  408: 'no-answer',
  480: 'no-answer',
  486: 'busy',
  487: 'no-answer',
  600: 'busy',
  603: 'busy',
};

/** Where nothing is known. */
const SIP_CODE_UNKNOWN = 500;

export function callOutcome(end: Unanswered): CallOutcome {
  if (end.kind === 'canceled') return { status: 'canceled', sipCode: SIP_CODE_CANCELED };
  if (end.kind === 'timeout') return { status: 'no-answer', sipCode: SIP_CODE_CANCELED };
  const { cause = 0, dialStatus = '' } = end;
  const answered = end.sipCode ?? 0;
  const sipCode =
    (answered >= 300 && answered <= 699 ? answered : undefined) ??
    SIP_CODE_OF_CAUSE[cause] ??
    (Object.hasOwn(SIP_CODE_OF_DIAL_STATUS, dialStatus)
      ? SIP_CODE_OF_DIAL_STATUS[dialStatus]
      : undefined) ??
    SIP_CODE_UNKNOWN;
  return { status: STATUS_OF_SIP_CODE[sipCode] ?? 'failed', sipCode };
}
