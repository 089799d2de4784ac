/** What a piece of the agent's speech is to a caller who hears all of it. */

import type { Phrases } from '@patchcord/edge/src/call/core/settings.ts';
import type { SpeechPiece } from './agent-speech.ts';
import type { ModelAnswer } from './model.ts';

export type PieceRole =
  /** "Okay.", "One moment please.", words before a tool is called: the answer is still to come. */
  | 'filler'
  /** Part of an answer that goes on. */
  | 'open'
  /** The end of an answer, or a phrase of its own. */
  | 'final'
  /** The same, of an answer that shows he was not understood. */
  | 'final-misunderstood';

/** `answer` is the one that the piece is part of; none for the agent's own phrases. */
export function roleOf(
  piece: SpeechPiece,
  phrases: Phrases,
  answer: ModelAnswer | undefined,
): PieceRole {
  const { openers, fillers, apology, notUnderstood, reprompt } = phrases;
  const text = piece.text.trim();
  if ([...openers, ...fillers].includes(text)) return 'filler';
  if ([apology, notUnderstood, reprompt].includes(text)) return 'final-misunderstood';
  if (answer === undefined) return 'final';
  if (answer.toolCall !== undefined && answer.toolCall.name !== 'end_call') return 'filler';
  if (!answer.text.trim().endsWith(text)) return 'open';
  return answer.kind === 'scripted' ? 'final' : 'final-misunderstood';
}
