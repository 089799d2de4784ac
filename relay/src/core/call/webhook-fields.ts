/**
 * The parameters of what Twilio sends about a call: names, values and order.
 *
 * The order is that of a captured status callback, which is no order at all (facts section 7); Twilio promises none, and the
 * signature sorts. Where other requests stand in it is INFERRED: names that were not captured come last. Where a number is, is
 * not known: those fields are there and empty, as Twilio has them.
 *
 * @see facts sections 5 to 7; https://www.twilio.com/docs/voice/twiml#request-parameters
 */

import type {
  CallRecord,
  RecordingRecord,
  StreamRecord,
} from '@patchcord/shared/twilio/call-record';
import { formatIsoNanoseconds, formatRfc2822 } from '@patchcord/shared/twilio/dates';
import { billedMinutes, type StatusReport } from './progress.ts';

export type WebhookFields = Readonly<Record<string, string>>;

export const API_VERSION = '2010-04-01';

const ORDER =
  'Called ToState CallerCountry Direction Timestamp CallbackSource SipResponseCode CallerState ToZip SequenceNumber CallSid To ToCountry CallerZip CalledZip ApiVersion CalledCity CallStatus Duration From CallDuration AccountSid CalledCountry CallerCity ToCity FromCountry Caller FromCity CalledState FromZip AnsweredBy FromState'.split(
    ' ',
  );

const PLACES: WebhookFields = Object.fromEntries(
  ORDER.filter((name) => /(?:City|State|Zip|Country)$/.test(name)).map((name) => [name, '']),
);

/** A recording of a call, as far as a request names it. */
export interface NamedRecording {
  readonly sid: string;
  readonly url: string;
  readonly durationSeconds: number;
}

/** The document of a call is asked for: the voice webhook, and what every request about a verb begins with. */
export function voiceFields(call: CallRecord, more: WebhookFields = {}): WebhookFields {
  return ordered({
    ...PLACES,
    CallSid: call.sid,
    AccountSid: call.accountSid,
    From: call.from,
    To: call.to,
    Caller: call.from,
    Called: call.to,
    CallStatus: call.status,
    ApiVersion: API_VERSION,
    Direction: call.direction,
    ...given('AnsweredBy', call.answeredBy),
    ...given('ForwardedFrom', call.forwardedFrom),
    ...given('CallerName', call.callerName),
    ...given('ParentCallSid', call.parentCallSid),
    ...more,
  });
}

/** A status callback. `recording` goes with the last one of a call that was recorded. */
export function statusFields(
  call: CallRecord,
  report: StatusReport,
  recording?: NamedRecording,
): WebhookFields {
  const { durationSeconds, sipResponseCode } = report;
  return voiceFields(call, {
    CallStatus: report.status,
    Timestamp: formatRfc2822(report.at),
    CallbackSource: 'call-progress-events',
    SequenceNumber: String(report.sequenceNumber),
    ...given('SipResponseCode', sipResponseCode),
    ...given('CallDuration', durationSeconds),
    ...given(
      'Duration',
      durationSeconds === undefined ? undefined : billedMinutes(durationSeconds),
    ),
    ...recordingGiven(recording),
  });
}

/** A stream's status callback, in captured order. `at` is Unix milliseconds. */
export function streamFields(
  stream: StreamRecord,
  event: 'stream-started' | 'stream-stopped' | 'stream-error',
  at: number,
  error?: string,
): WebhookFields {
  return {
    StreamName: stream.name ?? stream.sid,
    StreamEvent: event,
    CallSid: stream.callSid,
    Timestamp: formatIsoNanoseconds(at),
    AccountSid: stream.accountSid,
    StreamSid: stream.sid,
    ...given('StreamError', error),
  };
}

/** A recording's status callback. `url` is where the recording is, without an extension. */
export function recordingFields(recording: RecordingRecord, url: string): WebhookFields {
  return {
    RecordingSource: recording.source,
    RecordingSid: recording.sid,
    ...given('RecordingUrl', recording.status === 'absent' ? undefined : url),
    RecordingStatus: recording.status,
    RecordingChannels: String(recording.channels),
    ErrorCode: '0',
    CallSid: recording.callSid,
    RecordingStartTime: formatRfc2822(recording.startedAt),
    AccountSid: recording.accountSid,
    ...given('RecordingDuration', recording.durationSeconds),
    RecordingTrack: recording.track ?? 'both',
  };
}

/** The verdict of asynchronous answering-machine detection. */
export function machineDetectionFields(call: CallRecord, detectionMs: number): WebhookFields {
  return {
    CallSid: call.sid,
    AccountSid: call.accountSid,
    AnsweredBy: call.answeredBy ?? 'unknown',
    MachineDetectionDuration: String(Math.round(detectionMs)),
  };
}

function recordingGiven(recording: NamedRecording | undefined): WebhookFields {
  if (recording === undefined) return {};
  return {
    RecordingUrl: recording.url,
    RecordingSid: recording.sid,
    RecordingDuration: String(recording.durationSeconds),
  };
}

function given(name: string, value: string | number | undefined): WebhookFields {
  return value === undefined ? {} : { [name]: String(value) };
}

function ordered(fields: WebhookFields): WebhookFields {
  const known = ORDER.flatMap((name) => {
    const value = fields[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const others = Object.entries(fields).filter(([name]) => !ORDER.includes(name));
  return Object.fromEntries([...known, ...others]);
}
