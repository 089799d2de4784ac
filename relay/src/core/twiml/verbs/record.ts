/**
 * `<Record>`: the caller's voice into a file.
 *
 * @see https://www.twilio.com/docs/voice/twiml/record
 */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { RecordStep } from '../step.ts';
import { readRecordingCallback } from './recording-callback.ts';

const TIMEOUT_SECONDS_MAX = 600;
const LENGTH_SECONDS_MAX = 14_400;

export function readRecord(record: TwimlElement, report: ReportProblem): RecordStep {
  const attributes = new Attributes(record, report);
  const callback = readRecordingCallback(attributes);
  if (attributes.boolean('transcribe', false)) {
    report({ code: 'TWIML_BAD_VERB', detail: '<Record transcribe> is not done here' });
  }
  return {
    kind: 'record',
    timeoutSeconds: attributes.integer('timeout', 5, 0, TIMEOUT_SECONDS_MAX),
    finishOnKey: attributes.keys('finishOnKey', '1234567890*#'),
    maxLengthSeconds: attributes.integer('maxLength', 3600, 1, LENGTH_SECONDS_MAX),
    playBeep: attributes.boolean('playBeep', true),
    trim: attributes.choice('trim', ['trim-silence', 'do-not-trim']),
    action: attributes.action(),
    ...(callback === undefined ? {} : { callback }),
  };
}
