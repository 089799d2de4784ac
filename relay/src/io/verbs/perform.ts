/** Runs one step of a document. */

import type { StepOutcome, TwimlStep } from '../../core/twiml/step.ts';
import { connectStream } from './connect-stream.ts';
import { dial } from './dial.ts';
import { gather } from './gather.ts';
import type { Line } from './line.ts';
import { playPrompt } from './prompt.ts';
import { record } from './record.ts';

/**
 * Whether the caller must have been answered before it can run. Twilio waits with that during a `<Pause>` at the beginning, and
 * for `answerOnBridge`.
 */
export function needsMedia(step: TwimlStep): boolean {
  if (step.kind === 'dial') return !step.answerOnBridge;
  return step.kind !== 'pause';
}

/** Resolves when it is over, and soon after `line.signal` is aborted. */
export async function perform(step: TwimlStep, line: Line): Promise<StepOutcome> {
  switch (step.kind) {
    case 'connect-stream':
      return connectStream(step, line);
    case 'start-stream':
      try {
        line.streams.start(step.stream, line.documentUrl);
      } catch (error) {
        line.problem(error);
      }
      return { kind: 'done' };
    case 'stop-stream':
      line.streams.stop(step.name);
      return { kind: 'done' };
    case 'say':
    case 'play':
    case 'play-digits':
    case 'pause':
      return playPrompt(step, line);
    case 'gather':
      return gather(step, line);
    case 'dial':
      return dial(step, line);
    case 'record':
      return record(step, line);
    default:
      // Not verbs: the call itself acts on them.
      return { kind: 'done' };
  }
}
