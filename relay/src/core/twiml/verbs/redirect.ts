/** `<Redirect>`: another document takes the place of this one. */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { StepOf } from '../step.ts';

export function readRedirect(
  redirect: TwimlElement,
  report: ReportProblem,
): StepOf<'redirect'> | undefined {
  if (redirect.text === '') {
    report({ code: 'TWIML_BAD_REDIRECT', detail: '<Redirect> must hold a URL' });
    return undefined;
  }
  const method = new Attributes(redirect, report).method('method');
  return { kind: 'redirect', address: { url: redirect.text, method }, parameters: {} };
}
