/** What is in the database, as schemas: it may have been written by another version. */

import { z } from 'zod';
import type { CallRecord, RecordingRecord } from '@patchcord/shared/twilio/call-record';

const text = z.string();
const at = z.number();

export const callRecordSchema: z.ZodType<CallRecord> = z.object({
  sid: text,
  accountSid: text,
  parentCallSid: text.exactOptional(),
  direction: z.enum(['inbound', 'outbound-api', 'outbound-dial']),
  from: text,
  to: text,
  callerName: text.exactOptional(),
  forwardedFrom: text.exactOptional(),
  status: z.enum([
    'queued',
    'initiated',
    'ringing',
    'in-progress',
    'completed',
    'busy',
    'failed',
    'no-answer',
    'canceled',
  ]),
  answeredBy: z
    .enum([
      'human',
      'machine_start',
      'machine_end_beep',
      'machine_end_silence',
      'machine_end_other',
      'fax',
      'unknown',
    ])
    .exactOptional(),
  createdAt: at,
  updatedAt: at,
  startedAt: at.exactOptional(),
  answeredAt: at.exactOptional(),
  endedAt: at.exactOptional(),
});

export const recordingRecordSchema: z.ZodType<RecordingRecord> = z.object({
  sid: text,
  accountSid: text,
  callSid: text,
  status: z.enum(['in-progress', 'completed', 'absent', 'failed']),
  source: z.enum(['RecordVerb', 'DialVerb', 'OutboundAPI', 'StartCallRecordingAPI']),
  channels: z.union([z.literal(1), z.literal(2)]),
  track: z.enum(['inbound', 'outbound', 'both']).exactOptional(),
  startedAt: at,
  updatedAt: at,
  durationSeconds: z.number().exactOptional(),
});

/** One row: the record is JSON. */
export const recordRowSchema = z.object({ record: text });
export const recordingRowSchema = z.object({ path: text });
