/** Whether the caller takes the floor while the agent has it. */

export interface BargeInOptions {
  /** Speech of at least this length is meant: a cough or a click is shorter. */
  readonly speechMsMin: number;
}

export interface BargeInEvidence {
  /** Length of the speech going on since the agent could be heard, by our own ears; 0 when nobody speaks. */
  readonly speechMs: number;
  /** Recognised words in speech that began after the agent could be heard. */
  readonly words: string;
}

/** Recognised words are enough even where the detector has heard nothing: a quiet caller is a caller too. */
export function isBargeIn(evidence: BargeInEvidence, options: BargeInOptions): boolean {
  return evidence.words.trim() !== '' || evidence.speechMs >= options.speechMsMin;
}
