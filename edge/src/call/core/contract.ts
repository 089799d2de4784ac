/**
 * What goes into the core of a call and what comes out: plain values, no platform.
 *
 * Feed inputs, poll outputs until `idle`, then wait for `wakeAt` or the next input. Instants (`…At`, `now`) are
 * milliseconds of any steady clock that is the same throughout a call; audio is µ-law at 8 kHz, one channel.
 */

import type { CallRecord, EndReason, TurnRecord } from './call-record.ts';
import type { Fault } from './faults.ts';
import type { LlmUsage } from './llm-usage.ts';

/** Where the characters of a piece of synthesised audio begin, milliseconds from the start of that piece. */
export interface Alignment {
  readonly chars: readonly string[];
  readonly startsMs: readonly number[];
  readonly durationsMs: readonly number[];
}

export interface ToolCall {
  /** The model's own name for this call; results refer to it. */
  readonly id: string;
  readonly name: string;
  /** As the model wrote them: JSON, or something that was meant to be. */
  readonly argumentsJson: string;
}

/**
 * Recognised words; none in a phrase: there was a sound, and not a word in it. Positions in milliseconds of audio pushed
 * since `stt-open`.
 */
export interface Recognition {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  /** BCP 47, where the recogniser identifies languages. */
  readonly language?: string;
}

export type TransferStatus = 'ringing' | 'answered' | 'failed' | 'ended';

export type CallInput =
  | {
      readonly kind: 'start';
      readonly callSid: string;
      readonly streamSid: string;
      readonly customParameters: Readonly<Record<string, string>>;
      /** Why a provider cannot even be tried, such as a missing key. */
      readonly missing: { readonly stt?: Fault; readonly llm?: Fault; readonly tts?: Fault };
      /** The peer is our relay: `played`, `pause`, `transfer` and their like are understood. */
      readonly isPatchcord: boolean;
    }
  /** `timestampMs`: where it begins on the caller's media clock, which goes on where frames are lost. */
  | { readonly kind: 'media'; readonly mulaw: Uint8Array; readonly timestampMs?: number }
  | { readonly kind: 'mark'; readonly name: string }
  /**
   * Samples played to their end since the stream began; `cleared` answers a `send-clear`. `timestampMs`: where on the caller's
   * media clock the last of them ends.
   */
  | {
      readonly kind: 'played';
      readonly samples: number;
      readonly cleared?: number;
      readonly timestampMs?: number;
    }
  | { readonly kind: 'dtmf'; readonly digit: string }
  | {
      readonly kind: 'transfer-progress';
      readonly transferId: string;
      readonly status: TransferStatus;
      readonly reason?: string;
    }
  /** Who or what answered a call of ours: Twilio's words, such as `human` and `machine_end_beep`. */
  | { readonly kind: 'answered-by'; readonly answeredBy: string }
  /** The stream ended, with Twilio's `stop` or by the socket alone. */
  | { readonly kind: 'stop'; readonly reason: EndReason }
  | ({ readonly kind: 'stt-hypothesis'; readonly sttId: number } & Recognition)
  | ({ readonly kind: 'stt-phrase'; readonly sttId: number } & Recognition)
  | { readonly kind: 'stt-error'; readonly sttId: number; readonly fault: Fault }
  | { readonly kind: 'llm-text'; readonly requestId: number; readonly text: string }
  | { readonly kind: 'llm-tool-call'; readonly requestId: number; readonly call: ToolCall }
  | { readonly kind: 'llm-usage'; readonly requestId: number; readonly usage: LlmUsage }
  | { readonly kind: 'llm-done'; readonly requestId: number }
  | { readonly kind: 'llm-error'; readonly requestId: number; readonly fault: Fault }
  | { readonly kind: 'tool-result'; readonly toolCallId: string; readonly result: string }
  | {
      readonly kind: 'tts-audio';
      readonly contextId: string;
      readonly mulaw: Uint8Array;
      readonly alignment?: Alignment;
    }
  /** All audio of the context has come. */
  | { readonly kind: 'tts-done'; readonly contextId: string }
  /** Without `contextId`: the connection over that route and voice, and every context with it. */
  | {
      readonly kind: 'tts-error';
      readonly contextId?: string;
      readonly route: VoiceRoute;
      readonly fault: Fault;
      /** Nobody was asked: it failed in other calls, or earlier. */
      readonly isUnasked?: boolean;
    }
  /** A phrase of the agent's that was voiced before and is kept; of use from now on. */
  | {
      readonly kind: 'clip';
      readonly text: string;
      readonly mulaw: Uint8Array;
      readonly alignment?: Alignment;
    };

/** One of the ways to a voice: over the socket or HTTP, with the agent's voice (0) or one of those in its place. */
export interface VoiceRoute {
  readonly transport: 'socket' | 'http';
  readonly voice: number;
}

/** What the model is told. A call of tools is an assistant's message; each result is a message of its own. */
export type Message =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly toolCalls?: readonly ToolCall[];
    }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

export type CallOutput =
  | { readonly kind: 'send-media'; readonly mulaw: Uint8Array }
  | { readonly kind: 'send-mark'; readonly name: string }
  | { readonly kind: 'send-clear' }
  /** Only where the peer is our relay: hold playout at this sample, and go on at the next one. */
  | { readonly kind: 'send-pause' }
  | { readonly kind: 'send-unpause' }
  | { readonly kind: 'send-dtmf'; readonly digits: string }
  | {
      readonly kind: 'transfer';
      readonly transferId: string;
      readonly target: string;
      readonly manner: 'cold' | 'warm';
    }
  | {
      readonly kind: 'stt-open';
      readonly sttId: number;
      /** One: that language. Several: the recogniser tells which one is spoken. BCP 47. */
      readonly languages: readonly string[];
      /** Which of the configured endpoints (regions), from 0. */
      readonly endpoint: number;
    }
  | { readonly kind: 'stt-push'; readonly sttId: number; readonly mulaw: Uint8Array }
  | { readonly kind: 'stt-close'; readonly sttId: number }
  | {
      readonly kind: 'llm-request';
      readonly requestId: number;
      readonly model: string;
      readonly messages: readonly Message[];
    }
  | { readonly kind: 'llm-abort'; readonly requestId: number }
  | { readonly kind: 'tool-call'; readonly call: ToolCall }
  | { readonly kind: 'tool-abort'; readonly toolCallId: string }
  | {
      readonly kind: 'tts-speak';
      readonly contextId: string;
      readonly route: VoiceRoute;
      /** ISO 639-1. */
      readonly language: string;
      readonly text: string;
    }
  /** No more text for this context: voice what is left. */
  | { readonly kind: 'tts-flush'; readonly contextId: string; readonly route: VoiceRoute }
  /** Nothing more is wanted of this context. */
  | { readonly kind: 'tts-close'; readonly contextId: string; readonly route: VoiceRoute }
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
