/**
 * `<Play>`: a file behind a URL, a sound of the PBX (`sound:NAME`, which Twilio does not have), or `digits`.
 *
 * @see https://www.twilio.com/docs/voice/twiml/play
 */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { PlayDigitsStep, PlayStep } from '../step.ts';
import { readLoop } from './loop.ts';

const DIGITS = /^[0-9*#A-DwW]{1,64}$/;

export function readPlay(
  play: TwimlElement,
  report: ReportProblem,
): PlayStep | PlayDigitsStep | undefined {
  const attributes = new Attributes(play, report);
  const digits = attributes.text('digits');
  if (digits !== undefined) {
    if (DIGITS.test(digits)) return { kind: 'play-digits', digits };
    report({
      code: 'TWIML_BAD_VERB',
      detail: 'digits of <Play> must be 1 to 64 of 0-9, *, #, w and W',
    });
    return undefined;
  }
  if (play.text === '') {
    report({ code: 'TWIML_BAD_VERB', detail: '<Play> must hold a URL' });
    return undefined;
  }
  return { kind: 'play', url: play.text, loop: readLoop(attributes) };
}
