/**
 * `<Say>`: text for the synthesizer. Elements inside (SSML) are read for their text only.
 *
 * @see https://www.twilio.com/docs/voice/twiml/say
 */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { SayStep } from '../step.ts';
import { readLoop } from './loop.ts';

/** Twilio's own bound. */
const TEXT_LENGTH_MAX = 4096;

export function readSay(say: TwimlElement, report: ReportProblem): SayStep | undefined {
  const text = say.innerText.replaceAll(/\s+/g, ' ').trim();
  if (text === '') {
    report({ code: 'TWIML_BAD_VERB', detail: '<Say> must hold text' });
    return undefined;
  }
  if (text.length > TEXT_LENGTH_MAX) {
    const detail = `<Say> holds at most ${TEXT_LENGTH_MAX} characters, got ${text.length}`;
    report({ code: 'TWIML_BAD_VERB', detail });
    return undefined;
  }
  const attributes = new Attributes(say, report);
  const voice = attributes.text('voice');
  const language = attributes.text('language');
  return {
    kind: 'say',
    text,
    loop: readLoop(attributes),
    ...(voice === undefined ? {} : { voice }),
    ...(language === undefined ? {} : { language }),
  };
}
