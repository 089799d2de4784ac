/**
 * A call and what belongs to it, as Twilio's resources know them: the data behind status callbacks and the REST answers.
 *
 * Instants are Unix milliseconds. What is not known is absent.
 *
 * @see facts sections 7 and 8; https://www.twilio.com/docs/voice/api/call-resource
 */

export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

/** The states a call never leaves. */
export const FINAL_STATUSES: ReadonlySet<CallStatus> = new Set([
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
]);

export type CallDirection = 'inbound' | 'outbound-api' | 'outbound-dial';

export type AnsweredBy =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

export interface CallRecord {
  readonly sid: string;
  readonly accountSid: string;
  /** The call whose `<Dial>` made this one. */
  readonly parentCallSid?: string;
  readonly direction: CallDirection;
  readonly from: string;
  readonly to: string;
  readonly callerName?: string;
  readonly forwardedFrom?: string;
  readonly status: CallStatus;
  readonly answeredBy?: AnsweredBy;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Dialling began, or the caller arrived. */
  readonly startedAt?: number;
  readonly answeredAt?: number;
  readonly endedAt?: number;
}

export type StreamTrack = 'inbound_track' | 'outbound_track' | 'both_tracks';

export interface StreamRecord {
  readonly sid: string;
  readonly accountSid: string;
  readonly callSid: string;
  readonly name?: string;
  readonly status: 'in-progress' | 'stopped';
  readonly updatedAt: number;
}

export interface RecordingRecord {
  readonly sid: string;
  readonly accountSid: string;
  readonly callSid: string;
  readonly status: 'in-progress' | 'completed' | 'absent' | 'failed';
  /** What asked for it. */
  readonly source: 'RecordVerb' | 'DialVerb' | 'OutboundAPI' | 'StartCallRecordingAPI';
  readonly channels: 1 | 2;
  /** Whose audio; both where absent. */
  readonly track?: 'inbound' | 'outbound' | 'both';
  readonly startedAt: number;
  readonly updatedAt: number;
  /** Whole seconds; absent while it runs. */
  readonly durationSeconds?: number;
}
