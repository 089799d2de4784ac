/** Speech recognition as a call needs it: audio in, hypotheses and phrases out, for as long as the call lasts. */

import type { Recognition } from '../call/core/contract.ts';
import type { Fault } from '../call/core/faults.ts';

export interface SttListener {
  /** Replaces the hypothesis before. */
  onHypothesis(recognition: Recognition): void;
  /** Without text: a sound without a word. */
  onPhrase(recognition: Recognition): void;
  /** The stream is of no use any more. Called once at most. */
  onFault(fault: Fault): void;
}

export interface SttStream {
  /** µ-law at 8 kHz of any length. Never throws; what cannot be sent is lost. */
  push(mulaw: Uint8Array): void;
  /** Nothing is reported afterwards. */
  close(): void;
}

export interface SttRequest {
  /** One: that language. Several: told apart at the beginning. BCP 47. */
  readonly languages: readonly string[];
  /** Which of the configured endpoints, from 0. */
  readonly endpoint: number;
}

export interface Stt {
  open(request: SttRequest, listener: SttListener): SttStream;
}
