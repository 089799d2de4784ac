/** How long the caller is waited for. Milliseconds. */

export interface EndpointingOptions {
  /** The least silence after the last sound, when the text is complete: a question, "yes", a full stop. */
  readonly minMs: number;
  /** When the text could go on or not. */
  readonly openMs: number;
  /** While digits are read out: they come in groups. */
  readonly digitsMs: number;
  /** After "and", "my number is", "um". */
  readonly unfinishedMs: number;
  /** After "a complaint about" with a full stop, which recognition sets at every pause. */
  readonly doubtfulMs: number;
  /** A hypothesis is stable that has not changed for so long. */
  readonly stableMs: number;
  /** Text that does not reach the last sound (a breath, a door) closes the turn when nothing has come for so long. */
  readonly uncoveredMs: number;
  /** After so much silence the turn closes with whatever text there is. */
  readonly maxMs: number;
  /** Text reaches the last sound if it ends no more than this before it. */
  readonly coverToleranceMs: number;
  /** After so much silence without a single word none will come: whoever speaks is told so while he still waits. */
  readonly wordlessMs: number;
  /** So much speech without a single recognised word is no cough. */
  readonly deafSpeechMs: number;
  /** The shortest sound that may be a word. */
  readonly wordSpeechMs: number;
  /** So much speech behind the last word that was recognised is the rest of the sentence, and no breath. */
  readonly restSpeechMs: number;
  /** After so much silence recognition has something to say of what was heard, or it is doubted: another one is asked. */
  readonly doubtMs: number;
  /** The caller waits for so long to be understood by another one where there are words of his already. */
  readonly secondOpinionMs: number;
  /** Learns from the pauses this caller makes within sentences. */
  readonly isAdaptive: boolean;
  /** The model is asked to say first whether the caller has finished. */
  readonly hasGate: boolean;
}

export const ENDPOINTING_DEFAULTS: EndpointingOptions = {
  minMs: 400,
  openMs: 600,
  digitsMs: 1200,
  unfinishedMs: 1700,
  doubtfulMs: 1300,
  stableMs: 120,
  uncoveredMs: 480,
  maxMs: 3000,
  coverToleranceMs: 250,
  wordlessMs: 1900,
  deafSpeechMs: 450,
  wordSpeechMs: 180,
  restSpeechMs: 300,
  doubtMs: 800,
  secondOpinionMs: 700,
  isAdaptive: true,
  hasGate: false,
};
