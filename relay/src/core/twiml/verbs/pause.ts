/** `<Pause length>`: silence, in seconds. */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { PauseStep } from '../step.ts';

const SECONDS_MAX = 24 * 3600;

export function readPause(pause: TwimlElement, report: ReportProblem): PauseStep {
  const seconds = new Attributes(pause, report).integer('length', 1, 0, SECONDS_MAX);
  return { kind: 'pause', seconds };
}
