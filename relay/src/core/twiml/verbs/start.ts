/** `<Start><Stream>`: one way, beside whatever verbs come next. */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import type { ReportProblem } from '../problem.ts';
import type { StepOf } from '../step.ts';
import { readStream } from './stream.ts';

export function readStart(
  start: TwimlElement,
  report: ReportProblem,
): StepOf<'start-stream'> | undefined {
  const element = start.children.find(({ name }) => name === 'Stream');
  if (element === undefined) {
    const inner = start.children[0]?.name ?? 'nothing';
    report({ code: 'TWIML_UNSUPPORTED_VERB', detail: `<Start> must hold <Stream>, got ${inner}` });
    return undefined;
  }
  const stream = readStream(element, 'Start', report);
  return stream === undefined ? undefined : { kind: 'start-stream', stream };
}
