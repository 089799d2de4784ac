import type { RecordingRecord } from '../call-record.ts';
import { accountPath, API_VERSION, dateJson } from './call-json.ts';

/** @see https://www.twilio.com/docs/voice/api/recording */
export function recordingJson(recording: RecordingRecord): Record<string, unknown> {
  const { accountSid, callSid, sid, durationSeconds } = recording;
  const path = `${accountPath(accountSid)}/Recordings/${sid}`;
  return {
    account_sid: accountSid,
    api_version: API_VERSION,
    call_sid: callSid,
    channels: recording.channels,
    conference_sid: null,
    date_created: dateJson(recording.startedAt),
    date_updated: dateJson(recording.updatedAt),
    duration: durationSeconds === undefined ? null : String(durationSeconds),
    encryption_details: null,
    error_code: null,
    media_url: path,
    price: null,
    price_unit: 'USD',
    sid,
    source: recording.source,
    start_time: dateJson(recording.startedAt),
    status: recording.status,
    subresource_uris: {
      add_on_results: `${path}/AddOnResults.json`,
      transcriptions: `${path}/Transcriptions.json`,
    },
    track: recording.track ?? 'both',
    uri: `${path}.json`,
  };
}

/** The same under its call, where Twilio leaves out two keys. */
export function callRecordingJson(recording: RecordingRecord): Record<string, unknown> {
  const { accountSid, callSid, sid } = recording;
  const { media_url: _url, subresource_uris: _uris, ...json } = recordingJson(recording);
  return { ...json, uri: `${accountPath(accountSid)}/Calls/${callSid}/Recordings/${sid}.json` };
}
