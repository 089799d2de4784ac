import { expect, it } from 'vitest';
import type { CallRecord, RecordingRecord } from '@patchcord/shared/twilio/call-record';
import { CallProgress } from './progress.ts';
import {
  machineDetectionFields,
  recordingFields,
  statusFields,
  streamFields,
  voiceFields,
} from './webhook-fields.ts';

const CALL: CallRecord = {
  sid: 'CA1',
  accountSid: 'AC1',
  direction: 'outbound-api',
  from: '+15005550006',
  to: '+14155551212',
  status: 'in-progress',
  createdAt: 0,
  updatedAt: 0,
};
const AT = Date.UTC(2026, 1, 12, 11, 48, 25, 602);
const NAMED = { sid: 'RE1', url: 'https://pbx.example/RE1', durationSeconds: 7 };

/** What is not empty. */
function said(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

const BASE = {
  CallSid: 'CA1',
  AccountSid: 'AC1',
  From: '+15005550006',
  To: '+14155551212',
  Caller: '+15005550006',
  Called: '+14155551212',
  CallStatus: 'in-progress',
  ApiVersion: '2010-04-01',
  Direction: 'outbound-api',
};

it('the last status callback has the fields of the capture, in its order', () => {
  const progress = new CallProgress('queued', ['completed']);
  progress.move('in-progress', AT - 49_000);
  const [report] = progress.move('completed', AT, 200);
  if (report === undefined) throw new Error('no report');
  const fields = statusFields({ ...CALL, answeredBy: 'human' }, report);
  expect(Object.keys(fields).join(' ')).toBe(
    'Called ToState CallerCountry Direction Timestamp CallbackSource SipResponseCode CallerState ToZip SequenceNumber CallSid To ToCountry CallerZip CalledZip ApiVersion CalledCity CallStatus Duration From CallDuration AccountSid CalledCountry CallerCity ToCity FromCountry Caller FromCity CalledState FromZip AnsweredBy FromState',
  );
  expect(said(fields)).toEqual({
    ...BASE,
    CallStatus: 'completed',
    Timestamp: 'Thu, 12 Feb 2026 11:48:25 +0000',
    CallbackSource: 'call-progress-events',
    SequenceNumber: '0',
    SipResponseCode: '200',
    CallDuration: '49',
    Duration: '1',
    AnsweredBy: 'human',
  });
});

it('the voice webhook says where from by empty fields, and who forwarded', () => {
  const fields = voiceFields({ ...CALL, forwardedFrom: '+49', parentCallSid: 'CA0' });
  expect(Object.values(fields).filter((value) => value === '')).toHaveLength(16);
  expect(said(fields)).toEqual({ ...BASE, ForwardedFrom: '+49', ParentCallSid: 'CA0' });
  expect(Object.keys(voiceFields(CALL))[0]).toBe('Called');
});

it('what a verb has to say comes behind', () => {
  const fields = voiceFields(CALL, { Digits: '12', CallStatus: 'completed' });
  expect(fields).toMatchObject({ Digits: '12', CallStatus: 'completed' });
  expect(Object.keys(fields).at(-1)).toBe('Digits');
});

it('a stream, with nanoseconds and in captured order', () => {
  const stream = {
    sid: 'MZ1',
    accountSid: 'AC1',
    callSid: 'CA1',
    status: 'in-progress',
    updatedAt: 0,
  } as const;
  expect(Object.entries(streamFields(stream, 'stream-started', AT))).toEqual([
    ['StreamName', 'MZ1'],
    ['StreamEvent', 'stream-started'],
    ['CallSid', 'CA1'],
    ['Timestamp', '2026-02-12T11:48:25.602000000Z'],
    ['AccountSid', 'AC1'],
    ['StreamSid', 'MZ1'],
  ]);
  expect(streamFields({ ...stream, name: 'n' }, 'stream-error', AT, '31920')).toMatchObject({
    StreamName: 'n',
    StreamError: '31920',
  });
});

it('a recording', () => {
  const recording: RecordingRecord = {
    sid: 'RE1',
    accountSid: 'AC1',
    callSid: 'CA1',
    status: 'completed',
    source: 'OutboundAPI',
    channels: 2,
    startedAt: AT,
    updatedAt: AT,
    durationSeconds: 7,
  };
  expect(recordingFields(recording, NAMED.url)).toEqual({
    RecordingSource: 'OutboundAPI',
    RecordingSid: 'RE1',
    RecordingUrl: NAMED.url,
    RecordingStatus: 'completed',
    RecordingChannels: '2',
    ErrorCode: '0',
    CallSid: 'CA1',
    RecordingStartTime: 'Thu, 12 Feb 2026 11:48:25 +0000',
    AccountSid: 'AC1',
    RecordingDuration: '7',
    RecordingTrack: 'both',
  });
  expect(recordingFields({ ...recording, status: 'absent' }, NAMED.url)).not.toHaveProperty(
    'RecordingUrl',
  );
});

it('the verdict of machine detection', () => {
  expect(machineDetectionFields({ ...CALL, answeredBy: 'machine_start' }, 3210.4)).toEqual({
    CallSid: 'CA1',
    AccountSid: 'AC1',
    AnsweredBy: 'machine_start',
    MachineDetectionDuration: '3210',
  });
});
