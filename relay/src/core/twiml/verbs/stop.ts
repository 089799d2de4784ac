/** `<Stop><Stream name>`: ends a stream that `<Start>` began. */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import type { ReportProblem } from '../problem.ts';
import type { StepOf } from '../step.ts';

export function readStop(
  stop: TwimlElement,
  report: ReportProblem,
): StepOf<'stop-stream'> | undefined {
  const stream = stop.children.find((child) => child.name === 'Stream');
  const name = stream?.attributes['name'];
  if (name !== undefined && name !== '') return { kind: 'stop-stream', name };
  report({ code: 'TWIML_BAD_VERB', detail: '<Stop> must hold <Stream name="…">' });
  return undefined;
}
