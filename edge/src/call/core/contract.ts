/**
 * What goes into the core of a call and what comes out: plain values, no platform.
 *
 * Feed inputs, poll outputs until `idle`, then wait for `wakeAt` or the next input. Instants (`…At`, `now`) are
 * milliseconds of any steady clock that is the same throughout a call; audio is µ-law at 8 kHz, one channel.
 */

import type { Fault } from './faults.ts';
import type { WaterfallMs } from './latency.ts';

/** Where the characters of a piece of synthesised audio begin, milliseconds from the start of that piece. */
export interface Alignment {
  readonly chars: readonly string[];
  readonly startsMs: readonly number[];
  readonly durationsMs: readonly number[];
}

export interface ToolCall {
  readonly name: string;
  /** As the model wrote them: JSON, or something that was meant to be. */
  readonly argumentsJson: string;
}

/** Recognised words. Positions in milliseconds of audio pushed since `stt-open`. */
export interface Recognition {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export type CallInput =
  | {
      readonly kind: 'start';
      readonly callSid: string;
      readonly streamSid: string;
      readonly customParameters: Readonly<Record<string, string>>;
      /** Why a provider cannot even be tried, such as a missing key. */
      readonly missing: { readonly stt?: Fault; readonly llm?: Fault; readonly tts?: Fault };
    }
  | { readonly kind: 'media'; readonly mulaw: Uint8Array }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'dtmf'; readonly digit: string }
  /** The stream ended, with Twilio's `stop` or by the socket alone. */
  | { readonly kind: 'stop'; readonly reason: EndReason }
  | ({ readonly kind: 'stt-hypothesis'; readonly sttId: number } & Recognition)
  | ({ readonly kind: 'stt-phrase'; readonly sttId: number } & Recognition)
  | { readonly kind: 'stt-error'; readonly sttId: number; readonly fault: Fault }
  | { readonly kind: 'llm-text'; readonly requestId: number; readonly text: string }
  | { readonly kind: 'llm-tool-call'; readonly requestId: number; readonly call: ToolCall }
  | { readonly kind: 'llm-done'; readonly requestId: number }
  | { readonly kind: 'llm-error'; readonly requestId: number; readonly fault: Fault }
  | {
      readonly kind: 'tts-audio';
      readonly contextId: string;
      readonly mulaw: Uint8Array;
      readonly alignment?: Alignment;
    }
  /** All audio of the context has come. */
  | { readonly kind: 'tts-done'; readonly contextId: string }
  /** Without `contextId`: the connection, and every context with it. */
  | { readonly kind: 'tts-error'; readonly contextId?: string; readonly fault: Fault };

/** Over which of the two ways to the voice provider a context goes. */
export type TtsRoute = 'socket' | 'http';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export type CallOutput =
  | { readonly kind: 'send-media'; readonly mulaw: Uint8Array }
  | { readonly kind: 'send-mark'; readonly name: string }
  | { readonly kind: 'send-clear' }
  | { readonly kind: 'stt-open'; readonly sttId: number }
  | { readonly kind: 'stt-push'; readonly mulaw: Uint8Array }
  | { readonly kind: 'stt-close' }
  | {
      readonly kind: 'llm-request';
      readonly requestId: number;
      readonly messages: readonly Message[];
    }
  | { readonly kind: 'llm-abort'; readonly requestId: number }
  | {
      readonly kind: 'tts-speak';
      readonly contextId: string;
      readonly route: TtsRoute;
      readonly text: string;
    }
  /** No more text for this context: voice what is left. */
  | { readonly kind: 'tts-flush'; readonly contextId: string; readonly route: TtsRoute }
  /** Nothing more is wanted of this context. */
  | { readonly kind: 'tts-close'; readonly contextId: string; readonly route: TtsRoute }
  | { readonly kind: 'record-call'; readonly record: CallRecord }
  | { readonly kind: 'record-turn'; readonly record: TurnRecord }
  | { readonly kind: 'close-socket'; readonly code: number; readonly reason: string }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly code?: string;
      readonly message: string;
    }
  /** Nothing to do before `wakeAt`; undefined when only an input can change anything. */
  | { readonly kind: 'idle'; readonly wakeAt: number | undefined };

export type EndReason =
  /** The caller hung up, or the relay ended the stream. */
  | 'caller-hangup'
  /** The socket went without a `stop`. */
  | 'stream-lost'
  /** Another stream of the same call took its place. */
  | 'stream-replaced'
  | 'agent-hangup'
  | 'silence'
  | 'time-limit'
  | 'provider-failure'
  | 'protocol-error'
  | 'internal-error'
  /** Written by the next start of the object: the process that held the call is gone. */
  | 'edge-restarted';

export interface CallRecord {
  readonly callSid: string;
  readonly streamSid: string;
  readonly status: 'in-progress' | 'completed' | 'failed';
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly endReason?: EndReason;
  readonly from?: string;
  readonly to?: string;
  /** Faults that belong to no turn. */
  readonly errors: readonly Fault[];
}

export type TurnKind = 'greeting' | 'reply' | 'reprompt' | 'farewell';

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
  readonly waterfallMs: WaterfallMs;
  readonly errors: readonly Fault[];
}
