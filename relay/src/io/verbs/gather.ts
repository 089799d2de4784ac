/** `<Gather>`: prompts, and the caller's keys. */

import { performance } from 'node:perf_hooks';
import { Digits } from '../../core/digits.ts';
import type { GatherStep, StepOutcome } from '../../core/twiml/step.ts';
import type { Line } from './line.ts';
import { playPrompt } from './prompt.ts';

export async function gather(step: GatherStep, line: Line): Promise<StepOutcome> {
  const { prompts, numDigits, finishOnKey, timeoutSeconds, action, actionOnEmptyResult } = step;
  const digits = new Digits({ count: numDigits, finishOnKey, timeoutMs: timeoutSeconds * 1000 });
  const over = Promise.withResolvers<void>();
  const end = (): void => over.resolve();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(timer);
    if (digits.wakeAt === undefined) return;
    timer = setTimeout(end, Math.max(0, digits.wakeAt - performance.now()));
  };
  // The first key ends the prompts.
  const pressed = new AbortController();
  const offDigit = line.onDigit((key) => {
    pressed.abort();
    if (digits.press(key, performance.now())) end();
    else wait();
  });
  line.signal.addEventListener('abort', end, { once: true });
  const prompting = AbortSignal.any([line.signal, pressed.signal]);
  try {
    for (const prompt of prompts) {
      if (prompting.aborted) break;
      await playPrompt(prompt, line, prompting);
    }
    digits.listen(performance.now());
    wait();
    await over.promise;
  } finally {
    clearTimeout(timer);
    offDigit();
    line.signal.removeEventListener('abort', end);
  }
  if (digits.digits === '' && !actionOnEmptyResult) return { kind: 'done' };
  return {
    kind: 'action',
    address: action,
    parameters: {
      msg: 'Gather End',
      Digits: digits.digits,
      FinishedOnKey: digits.finishedOnKey,
    },
  };
}
