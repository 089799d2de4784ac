/** `<Say>`, `<Play>` and `<Pause>`: alone, or inside a `<Gather>`. */

import { setTimeout as pause } from 'node:timers/promises';
import { resolveDocumentUrl } from '../../core/twiml/document-url.ts';
import type { PromptStep, StepOutcome } from '../../core/twiml/step.ts';
import type { Line } from './line.ts';
import { playAudio } from './play-audio.ts';
import { playSound } from './play-sound.ts';
import { sendDigits } from './send-digits.ts';

/** Done when it has been heard, or when `signal` is aborted. What goes wrong is counted and logged. */
export async function playPrompt(
  step: PromptStep,
  line: Line,
  signal: AbortSignal = line.signal,
): Promise<StepOutcome> {
  try {
    return { kind: (await perform(step, line, signal)) ? 'done' : 'failed' };
  } catch (error) {
    if (signal.aborted) return { kind: 'done' };
    line.problem(error);
    return { kind: 'failed' };
  }
}

/** False where there was nothing to be heard: without a voice, a document of `<Say>` alone must not end in silence. */
async function perform(step: PromptStep, line: Line, signal: AbortSignal): Promise<boolean> {
  const { media, context, documentUrl } = line;
  const { audio, synthesizer } = context.services;
  switch (step.kind) {
    case 'pause':
      await pause(step.seconds * 1000, undefined, { signal });
      return true;
    case 'say': {
      const mulaw = await synthesizer.say(step, signal);
      if (mulaw !== undefined) await playAudio(media, mulaw, step.loop, signal);
      return mulaw !== undefined;
    }
    case 'play': {
      if (step.url.startsWith('sound:')) {
        for (let i = 0; i < step.loop && !signal.aborted; i++) {
          await playSound(step.url, line, signal);
        }
        return true;
      }
      const mulaw = await audio.fetch(resolveDocumentUrl(step.url, documentUrl, 'Play'), signal);
      await playAudio(media, mulaw, step.loop, signal);
      return true;
    }
    case 'play-digits':
      await sendDigits(step.digits, line, signal);
      return true;
  }
}
