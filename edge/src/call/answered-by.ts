/** Verdicts on who or what answered a call of ours: Twilio's words, and our relay's. */

import type { AnsweredBy } from '@patchcord/shared/twilio/call-record';

/** The form field of a webhook or callback, and the custom parameter of a stream, that has one. */
export const ANSWERED_BY_PARAMETER = 'AnsweredBy';

const VERDICTS = {
  human: true,
  machine_start: true,
  machine_end_beep: true,
  machine_end_silence: true,
  machine_end_other: true,
  fax: true,
  unknown: true,
} as const satisfies Record<AnsweredBy, true>;

/** Undefined where it is none of them. */
export function answeredByOf(text: string | null | undefined): AnsweredBy | undefined {
  return isVerdict(text) ? text : undefined;
}

function isVerdict(text: string | null | undefined): text is AnsweredBy {
  return typeof text === 'string' && Object.hasOwn(VERDICTS, text);
}
