/** `recordingStatusCallback` with its method and events, of `<Record>` and `<Dial>`. */

import type { RecordingCallback } from '@patchcord/shared/twilio/call-control';
import type { Attributes } from '../attributes.ts';

const EVENTS = ['in-progress', 'completed', 'absent'] as const;

export function readRecordingCallback(attributes: Attributes): RecordingCallback | undefined {
  const address = attributes.address('recordingStatusCallback');
  if (address === undefined) return undefined;
  const events = attributes.words('recordingStatusCallbackEvent', EVENTS, ['completed']);
  return { ...address, events };
}
