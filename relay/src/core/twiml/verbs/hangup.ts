/** `<Hangup>` ends the call; `<Reject>` ends it without answering, where it is the first verb. */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { StepOf } from '../step.ts';

export function readHangup(): StepOf<'hangup'> {
  return { kind: 'hangup' };
}

export function readReject(reject: TwimlElement, report: ReportProblem): StepOf<'reject'> {
  const reason = new Attributes(reject, report).choice('reason', ['rejected', 'busy']);
  return { kind: 'reject', reason };
}
