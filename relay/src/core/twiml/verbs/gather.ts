/**
 * `<Gather>`: keys the caller presses, during the prompts inside or after them.
 *
 * Only `dtmf` is understood: a `<Gather input="speech">` waits for keys too.
 *
 * @see https://www.twilio.com/docs/voice/twiml/gather
 */

import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { GatherStep, PromptStep } from '../step.ts';
import { readPause } from './pause.ts';
import { readPlay } from './play.ts';
import { readSay } from './say.ts';

const TIMEOUT_SECONDS_MAX = 600;
const DIGITS_MAX = 64;

export function readGather(gather: TwimlElement, report: ReportProblem): GatherStep {
  const attributes = new Attributes(gather, report);
  const prompts = gather.children.flatMap((child) => readPrompt(child, report) ?? []);
  const input = attributes.text('input') ?? 'dtmf';
  if (!input.split(/\s+/).includes('dtmf')) {
    const detail = `<Gather input="${input.slice(0, 40)}">: speech is not recognised here, keys are`;
    report({ code: 'TWIML_BAD_VERB', detail });
  }
  const numDigits = attributes.integer('numDigits', 0, 1, DIGITS_MAX);
  return {
    kind: 'gather',
    prompts,
    finishOnKey: attributes.keys('finishOnKey', '#'),
    // Twilio's `auto` is for speech.
    timeoutSeconds:
      attributes.text('timeout') === 'auto'
        ? 5
        : attributes.integer('timeout', 5, 0, TIMEOUT_SECONDS_MAX),
    action: attributes.action(),
    actionOnEmptyResult: attributes.boolean('actionOnEmptyResult', false),
    ...(numDigits === 0 ? {} : { numDigits }),
  };
}

function readPrompt(element: TwimlElement, report: ReportProblem): PromptStep | undefined {
  switch (element.name) {
    case 'Say':
      return readSay(element, report);
    case 'Play':
      return readPlay(element, report);
    case 'Pause':
      return readPause(element, report);
    default:
      report({
        code: 'TWIML_UNSUPPORTED_VERB',
        detail: `<Gather> holds <Say>, <Play> and <Pause>, got <${element.name}>`,
      });
      return undefined;
  }
}
