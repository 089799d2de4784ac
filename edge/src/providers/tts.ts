/** A voice as a call needs it: text in pieces in, audio with alignment out, several utterances ("contexts") at once. */

import type { Alignment } from '../call/core/contract.ts';
import type { Fault } from '../call/core/faults.ts';

export interface TtsListener {
  /** µ-law at 8 kHz of any length, in order within its context. */
  onAudio(contextId: string, mulaw: Uint8Array, alignment: Alignment | undefined): void;
  /** All audio of the context has come. */
  onDone(contextId: string): void;
  /** Without a context: the connection, and every context with it. `isUnasked`: an open circuit refuses the request. */
  onFault(contextId: string | undefined, fault: Fault, isUnasked?: boolean): void;
}

export interface Tts {
  /** Begins the context if it is new. Pieces of one context are spoken in order. */
  speak(contextId: string, text: string): void;
  /** No more text for this context. */
  flush(contextId: string): void;
  /** Nothing more is wanted of this context. */
  closeContext(contextId: string): void;
  /** Ends the connection. Nothing is reported afterwards. */
  close(): void;
}
