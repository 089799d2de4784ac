/** The tools of the plain agent for tests: nobody presses keys, and one language is spoken. */

import type { CallOutput } from '../contract.ts';
import type { SessionSettings } from '../settings.ts';
import { SETTINGS } from '../settings.test-support.ts';
import { Toolbox } from './toolbox.ts';

export function toolboxFor(
  emit: (output: CallOutput) => void,
  settings: Pick<SessionSettings, 'tools' | 'transferTargets'> = SETTINGS,
  note: (text: string) => void = () => undefined,
): Toolbox {
  return new Toolbox({
    tools: settings.tools,
    targets: settings.transferTargets,
    emit,
    note,
    expectDigits: () => undefined,
    switchLanguage: () => false,
  });
}
