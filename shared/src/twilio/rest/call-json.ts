import { FINAL_STATUSES, type CallRecord } from '../call-record.ts';
import { formatRfc2822 } from '../dates.ts';
import { formatAddress } from './phone-number.ts';

export const API_VERSION = '2010-04-01';

export function accountPath(accountSid: string): string {
  return `/${API_VERSION}/Accounts/${accountSid}`;
}

/** An instant, or null where it is not known. */
export function dateJson(at: number | undefined): string | null {
  return at === undefined ? null : formatRfc2822(at);
}

/**
 * A call as Twilio answers it: every key, `null` where it is not set, numbers that Twilio has as text as text.
 *
 * A call that is being dialled and does not ring yet is `initiated` in callbacks and `ringing` here: Twilio's resource knows no
 * `initiated`. What a call costs is not known: `price` is null.
 *
 * @see https://www.twilio.com/docs/voice/api/call-resource#call-properties
 */
export function callJson(call: CallRecord): Record<string, unknown> {
  const path = `${accountPath(call.accountSid)}/Calls/${call.sid}`;
  return {
    account_sid: call.accountSid,
    answered_by: call.answeredBy ?? null,
    api_version: API_VERSION,
    caller_name: call.callerName ?? null,
    date_created: dateJson(call.createdAt),
    date_updated: dateJson(call.updatedAt),
    direction: call.direction,
    duration: durationJson(call),
    end_time: dateJson(call.endedAt),
    forwarded_from: call.forwardedFrom ?? null,
    from: call.from,
    from_formatted: formatAddress(call.from),
    group_sid: null,
    parent_call_sid: call.parentCallSid ?? null,
    phone_number_sid: null,
    price: null,
    price_unit: 'USD',
    queue_time: '0',
    sid: call.sid,
    start_time: dateJson(call.startedAt),
    status: call.status === 'initiated' ? 'ringing' : call.status,
    subresource_uris: {
      notifications: `${path}/Notifications.json`,
      recordings: `${path}/Recordings.json`,
      payments: `${path}/Payments.json`,
      events: `${path}/Events.json`,
      siprec: `${path}/Siprec.json`,
      streams: `${path}/Streams.json`,
      transcriptions: `${path}/Transcriptions.json`,
      user_defined_message_subscriptions: `${path}/UserDefinedMessageSubscriptions.json`,
      user_defined_messages: `${path}/UserDefinedMessages.json`,
    },
    to: call.to,
    to_formatted: formatAddress(call.to),
    trunk_sid: null,
    uri: `${path}.json`,
  };
}

/** Whole seconds from answer to end, as text; "0" for a call that was not answered, null while it lives. */
function durationJson({ status, answeredAt, endedAt }: CallRecord): string | null {
  if (!FINAL_STATUSES.has(status)) return null;
  if (answeredAt === undefined || endedAt === undefined) return '0';
  return String(Math.max(0, Math.round((endedAt - answeredAt) / 1000)));
}
