/** What is kept of a call: its record and one for each turn. */

import type { LlmUsage } from './llm-usage.ts';
import type { Fault } from './faults.ts';
import type { WaterfallMs } from './records/latency.ts';

export type EndReason =
  /** The caller hung up, or the relay ended the stream. */
  | 'caller-hangup'
  /** The socket went without a `stop`. */
  | 'stream-lost'
  /** Another stream of the same call took its place. */
  | 'stream-replaced'
  | 'agent-hangup'
  /** The caller talks to somebody else now. */
  | 'transferred'
  /** A mailbox, with or without a message of ours. */
  | 'machine'
  | 'silence'
  | 'time-limit'
  /** As many turns as the agent may have. */
  | 'turn-limit'
  /** The call has cost what it may. */
  | 'cost-limit'
  | 'provider-failure'
  | 'protocol-error'
  | 'internal-error'
  /** Written by the next start of the object: the process that held the call is gone. */
  | 'edge-restarted';

/** Who or what took a call of ours: as far as the conversation itself could tell. */
export type AnsweredBy = 'person' | 'machine' | 'nobody';

/** What was asked of the providers, for the bill. */
export interface Consumption {
  readonly sttSeconds: number;
  readonly ttsCharacters: number;
  readonly llm: readonly (LlmUsage & { readonly model: string })[];
  /** Part of the above that was given up before the caller heard any of it. */
  readonly wasted: {
    readonly ttsCharacters: number;
    readonly promptTokens: number;
    readonly completionTokens: number;
  };
}

export interface CallRecord {
  readonly callSid: string;
  readonly streamSid: string;
  readonly status: 'in-progress' | 'completed' | 'failed';
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly endReason?: EndReason;
  readonly from?: string;
  readonly to?: string;
  /** Of a call of ours. */
  readonly answeredBy?: AnsweredBy;
  /** BCP 47; of the caller, as far as is known. */
  readonly language?: string;
  /** What the agent has noted, in order. */
  readonly notes: readonly string[];
  readonly consumption?: Consumption;
  /** Faults that belong to no turn. */
  readonly errors: readonly Fault[];
}

export type TurnKind = 'greeting' | 'reply' | 'reprompt' | 'farewell' | 'voicemail';

export interface ToolRecord {
  readonly name: string;
  readonly argumentsJson: string;
  /** Absent while it runs, and where it was given up. */
  readonly result?: string;
  readonly tookMs?: number;
}

/** One answer of the model's, however many requests it took. Instants as everywhere in the core. */
export interface AnswerTrace {
  /** Of the one that answered. */
  readonly model?: string;
  readonly requestedAt: number;
  readonly firstTokenAt?: number;
  readonly lastTokenAt?: number;
  /** Every request of it that has cost anything. */
  readonly usages: readonly (LlmUsage & { readonly model: string })[];
}

/** When what happened in a turn, for traces: instants where the record has durations. */
export interface TurnTrace {
  /** The instant that is 0 in the waterfall. */
  readonly waterfallAt: number;
  /** It was over, or cut off. */
  readonly endedAt: number;
  /** There was no answer: the agent apologised, or fell silent. */
  readonly hasFailed: boolean;
  readonly answers: readonly AnswerTrace[];
  /** When each of `tools` was called, in their order. */
  readonly toolsAt: readonly number[];
}

/** One utterance of the agent and what it answers. */
export interface TurnRecord {
  readonly index: number;
  readonly kind: TurnKind;
  readonly startedAt: number;
  /** What speech recognition made of the caller; absent when the agent spoke of its own accord. */
  readonly understood?: string;
  /** All the agent said or was about to say when it was cut off. */
  readonly agent: string;
  /** The beginning of `agent` that the caller heard. */
  readonly heard: string;
  readonly interrupted: boolean;
  /** Times the agent held its breath for a sound that was no interruption. */
  readonly falseAlarms: number;
  readonly isSpeculative: boolean;
  /** A first word from the cache, said while the model was thinking. */
  readonly opener?: string;
  readonly model?: string;
  readonly tools: readonly ToolRecord[];
  readonly waterfallMs: WaterfallMs;
  readonly errors: readonly Fault[];
  /** Not in records of older versions. */
  readonly trace?: TurnTrace;
}
