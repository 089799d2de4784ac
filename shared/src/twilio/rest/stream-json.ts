import type { StreamRecord } from '../call-record.ts';
import { accountPath, dateJson } from './call-json.ts';

/** @see https://www.twilio.com/docs/voice/api/stream-resource */
export function streamJson(stream: StreamRecord): Record<string, unknown> {
  const { accountSid, callSid, sid } = stream;
  return {
    account_sid: accountSid,
    call_sid: callSid,
    date_updated: dateJson(stream.updatedAt),
    name: stream.name ?? null,
    sid,
    status: stream.status,
    uri: `${accountPath(accountSid)}/Calls/${callSid}/Streams/${sid}.json`,
  };
}
