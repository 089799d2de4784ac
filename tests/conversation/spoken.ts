/** Text as the edge has it spoken: numbers, prices and addresses in words, piece by piece as the voice is given it. */

import type { Language } from '@patchcord/edge/src/call/core/language/language.ts';
import {
  SENTENCE_DEFAULTS,
  SentenceSplitter,
} from '@patchcord/edge/src/call/core/language/sentences.ts';
import { toSpoken } from '@patchcord/edge/src/call/core/language/spoken/spoken-text.ts';

export function spokenOf(text: string, language: Language = 'en'): string {
  const splitter = new SentenceSplitter(SENTENCE_DEFAULTS);
  const pieces = [...splitter.push(text), ...splitter.flush()];
  return pieces.map((piece) => toSpoken(piece, language).spoken).join('');
}
