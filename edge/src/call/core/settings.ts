/** All that a call's conversation depends on and that is not heard or said in it. */

import type { BargeInOptions } from './barge-in.ts';
import type { EndpointingOptions } from './endpointing.ts';
import type { HistoryOptions } from './history.ts';

/** What the agent says of its own accord. */
export interface Phrases {
  /** Spoken first. Empty: the agent waits for the caller. */
  readonly greeting: string;
  /** In place of an answer, or after the beginning of one. */
  readonly apology: string;
  /** The caller spoke but nothing was understood. */
  readonly notUnderstood: string;
  /** The caller says nothing. */
  readonly reprompt: string;
  /** The caller still says nothing; also when the model hangs up without a word of its own. */
  readonly goodbye: string;
  readonly timeLimit: string;
  /** The conversation cannot go on; the next TwiML verb takes over. */
  readonly failure: string;
}

export interface Timings {
  readonly llmFirstTokenMsMax: number;
  /** Between two tokens. */
  readonly llmStallMsMax: number;
  readonly ttsFirstAudioMsMax: number;
  /** After the audio so far has played out and text is still to be voiced. */
  readonly ttsStallMsMax: number;
  /** After the end of playout by our reckoning, until all marks are back. */
  readonly marksLateMsMax: number;
  /** Silence of the caller before the agent speaks up. */
  readonly repromptMs: number;
  /** Digits of the keypad are one turn when none follows for so long; `#` ends them at once. */
  readonly keypadPauseMs: number;
  readonly callMsMax: number;
}

export interface Limits {
  /** After so many reprompts in a row the agent says goodbye. */
  readonly repromptsMax: number;
  /** After so many failed turns in a row the call is given up. */
  readonly failedTurnsMax: number;
  /** A longer answer is ended; 3000 characters are about three minutes of speech. */
  readonly agentCharsMax: number;
}

export interface SessionSettings {
  readonly instructions: string;
  readonly phrases: Phrases;
  readonly timings: Timings;
  readonly limits: Limits;
  readonly endpointing: EndpointingOptions;
  readonly bargeIn: BargeInOptions;
  readonly history: HistoryOptions;
}
