/** `<Connect><Stream>`: both ways, until the handler closes the stream. */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { StepOf } from '../step.ts';
import { readStream } from './stream.ts';

export function readConnect(
  connect: TwimlElement,
  report: ReportProblem,
): StepOf<'connect-stream'> | undefined {
  const element = connect.children.find(({ name }) => name === 'Stream');
  if (element === undefined) {
    const inner = connect.children[0]?.name ?? 'nothing';
    const detail = `<Connect> must hold <Stream>, got ${inner}`;
    report({ code: 'TWIML_UNSUPPORTED_VERB', detail });
    return undefined;
  }
  const stream = readStream(element, 'Connect', report);
  if (stream === undefined) return undefined;
  const action = new Attributes(connect, report).action();
  return { kind: 'connect-stream', stream, ...(action.url === undefined ? {} : { action }) };
}
