import { LANGUAGES } from './language.ts';
import type { MachineKind } from './lexicon.ts';
import { LEXICONS } from './lexicons.ts';
import { normalOf } from './words.ts';

/** An announcement is at its point within this much. */
const CHARS_MAX = 2000;

/**
 * The first kind whose phrases are found. "Not available, please leave a message" is a voicemail, and so is "press one
 * to leave a message"; a screening that mentions availability is still a screening.
 */
const ORDER: readonly MachineKind[] = ['screening', 'voicemail', 'unavailable', 'ivr'];

/** What answered, told by phrases that only machines say; undefined when there are none. */
export function machineKindOf(text: string): MachineKind | undefined {
  const normal = normalOf(text.slice(-CHARS_MAX));
  return ORDER.find((kind) =>
    LANGUAGES.some((language) =>
      LEXICONS[language].machinePhrases[kind].some((pattern) => pattern.test(normal)),
    ),
  );
}
