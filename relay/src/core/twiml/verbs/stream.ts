/**
 * `<Stream>` inside `<Connect>` and `<Start>`.
 *
 * @see https://www.twilio.com/docs/voice/twiml/stream; facts section 5
 */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { StreamSpec } from '../step.ts';

/** Name and value together, facts section 5. */
const PARAMETER_LENGTH_MAX = 500;

const TRACKS = ['inbound_track', 'outbound_track', 'both_tracks'] as const;

/** Undefined, and reported, where the stream cannot be opened. */
export function readStream(
  stream: TwimlElement,
  verb: 'Connect' | 'Start',
  report: ReportProblem,
): StreamSpec | undefined {
  const attributes = new Attributes(stream, report);
  const url = attributes.text('url');
  if (url === undefined) {
    report({ code: 'TWIML_BAD_STREAM', detail: '<Stream> must have a url' });
    return undefined;
  }
  const wanted = attributes.text('track') ?? 'inbound_track';
  const track = TRACKS.find((each) => each === wanted);
  if (track === undefined || (verb === 'Connect' && track !== 'inbound_track')) {
    const expected = verb === 'Connect' ? 'inbound_track' : `one of ${TRACKS.join(', ')}`;
    const detail = `track of <${verb}><Stream> must be ${expected}, got ${wanted} (Twilio error 31941)`;
    report({ code: 'TWIML_BAD_STREAM', detail });
    return undefined;
  }
  const name = attributes.text('name');
  const statusCallback = attributes.address('statusCallback');
  return {
    url,
    track,
    parameters: readParameters(stream, report),
    ...(name === undefined ? {} : { name }),
    ...(statusCallback === undefined ? {} : { statusCallback }),
  };
}

/** A parameter that is left out does not stop the stream. */
function readParameters(stream: TwimlElement, report: ReportProblem): Record<string, string> {
  const parameters: Record<string, string> = {};
  const bad = (detail: string): void => report({ code: 'TWIML_BAD_STREAM', detail });
  for (const { name: element, attributes } of stream.children) {
    const { name, value } = attributes;
    if (element !== 'Parameter' || name === undefined || value === undefined) {
      bad(`<Stream> holds <Parameter name value>, got <${element}>`);
    } else if (name.length + value.length >= PARAMETER_LENGTH_MAX) {
      bad(
        `<Parameter name="${name.slice(0, 40)}"> must be below ${PARAMETER_LENGTH_MAX} characters`,
      );
    } else {
      // A plain assignment to `__proto__` would be lost.
      Object.defineProperty(parameters, name, { value, enumerable: true, configurable: true });
    }
  }
  return parameters;
}
