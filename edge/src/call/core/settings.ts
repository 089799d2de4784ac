/** All that a call's conversation depends on and that is not heard or said in it. */

import type { Consumption } from './call-record.ts';
import type { EndpointingOptions } from './hearing/endpointing-options.ts';
import type { HistoryOptions } from './thinking/history.ts';
import type { InterruptionOptions } from './hearing/interruption.ts';

/** What the agent says of its own accord, in one language. */
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
  /** Shortly before the longest call is over. */
  readonly wrapUp: string;
  readonly timeLimit: string;
  /** The conversation cannot go on; the next TwiML verb takes over. */
  readonly failure: string;
  /** First words while the model is still thinking, taken in turn. */
  readonly openers: readonly string[];
  /** When it, or a tool, thinks for longer than people wait in silence. */
  readonly fillers: readonly string[];
  /** After the beep of a mailbox. Empty: no message. */
  readonly voicemail: string;
}

export interface Timings {
  /** To the first token of one request; then the next model is asked. */
  readonly llmFirstTokenMsMax: number;
  /** Between two tokens. */
  readonly llmStallMsMax: number;
  /** In all, until an answer that has not begun is given up. */
  readonly llmMsMax: number;
  readonly ttsFirstAudioMsMax: number;
  /** After the audio so far has played out and text is still to be voiced. */
  readonly ttsStallMsMax: number;
  /** After the end of playout by our reckoning, until all marks are back. */
  readonly marksLateMsMax: number;
  /** After the caller's last sound: when an opener is said if the answer is not there yet. */
  readonly openerAfterMs: number;
  /** Silence of the agent's before a filler. */
  readonly fillerAfterMs: number;
  /** Silence of the caller before the agent speaks up. */
  readonly repromptMs: number;
  /** Digits of the keypad are one turn when none follows for so long; `#` ends them at once. */
  readonly keypadPauseMs: number;
  readonly callMsMax: number;
  /** No frame of the caller's for so long: the line is dead. */
  readonly mediaGapMsMax: number;
}

export interface Limits {
  /** After so many reprompts in a row the agent says goodbye. */
  readonly repromptsMax: number;
  /** After so many failed turns in a row the call is given up. */
  readonly failedTurnsMax: number;
  /** A longer answer is ended; 3000 characters are about three minutes of speech. */
  readonly agentCharsMax: number;
  /** Rounds of tool calls in one turn. */
  readonly toolStepsMax: number;
  /** Of the caller's. */
  readonly turnsMax: number;
  readonly cost?: CostLimit;
}

/** In millionths of the currency of the bill. */
export interface CostLimit {
  readonly microsMax: number;
  readonly microsOf: (consumption: Consumption, durationMs: number) => number;
}

export interface ModelOptions {
  /** Asked first. */
  readonly primary: string;
  /** Asked too when the first has said nothing for `hedgeAfterMs` (0: at once); whoever speaks first answers. */
  readonly hedges: readonly string[];
  readonly hedgeAfterMs: number;
  /** In this order where the others fail. */
  readonly fallbacks: readonly string[];
}

export interface SpeculationOptions {
  readonly isOn: boolean;
  /** Requests for one turn of the caller's that may turn out to be for nothing. */
  readonly triesMax: number;
  /** The least silence before a request is made ahead of the end of the turn. */
  readonly silenceMs: number;
}

export interface SttOptions {
  /** BCP 47; the first one is spoken to a caller of whom nothing is known. */
  readonly languages: readonly string[];
  /** More than one language: told apart at the beginning, then kept. */
  readonly isIdentifying: boolean;
  /** How many endpoints (regions) there are; the next one is tried when one fails. */
  readonly endpoints: number;
  /** A recogniser is replaced after so long, in a silence if there is one. */
  readonly rotateMs: number;
  /** Silence pushed ahead of time when the caller stops, so that the service finalises sooner; 0: none. */
  readonly finalSilenceMs: number;
}

/** A tool as the core needs to know it; what it does, the shell knows. */
export interface ToolOptions {
  readonly name: string;
  readonly isBuiltin: boolean;
  /** May be given up when the caller interrupts. */
  readonly isSafeToAbort: boolean;
  readonly timeoutMs: number;
}

/** How somebody else is reached. */
export interface TransferRoute {
  /** A number, a SIP URI or an extension. */
  readonly target: string;
  readonly manner: 'cold' | 'warm';
}

export interface TransferTarget extends TransferRoute {
  readonly name: string;
}

export interface VoicemailOptions {
  readonly mode: 'ignore' | 'hang-up' | 'leave-message';
}

export interface SessionSettings {
  readonly instructions: string;
  /** By ISO 639-1; every language of {@link SttOptions.languages} has one. */
  readonly phrases: Readonly<Record<string, Phrases>>;
  readonly timings: Timings;
  readonly limits: Limits;
  readonly models: ModelOptions;
  /** How many voices there are: the agent's own and those in its place. */
  readonly voices: number;
  readonly stt: SttOptions;
  readonly endpointing: EndpointingOptions;
  readonly interruption: InterruptionOptions;
  readonly speculation: SpeculationOptions;
  readonly history: HistoryOptions;
  readonly tools: readonly ToolOptions[];
  readonly transferTargets: readonly TransferTarget[];
  /** Who takes a call that cannot go on; nobody: the next TwiML verb. */
  readonly failureTarget?: TransferTarget;
  readonly voicemail: VoicemailOptions;
}
