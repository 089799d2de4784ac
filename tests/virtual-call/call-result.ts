/** What is known of a call when it is over. */

import type { CallRecord, TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type { SpeechPiece } from './agent-speech.ts';
import type { CallEvent } from './call-event.ts';
import type { Utterance } from './caller.ts';
import type { Ear } from './ear.ts';
import type { ModelRequest } from './model.ts';
import type { Network } from './network.ts';
import type { CallPlan } from './plan.ts';
import type { VoiceContext } from './synthesis.ts';
import type { Trace } from './trace.ts';

/** The engine took audio back; `threw` says whether there was any. */
export interface ClearEvent {
  readonly sentAt: number;
  readonly arrivedAt: number;
  readonly threwBytes: number;
}

export interface CallResult {
  readonly plan: CallPlan;
  readonly network: Network;
  readonly utterances: readonly Utterance[];
  readonly ear: Ear;
  readonly requests: readonly ModelRequest[];
  readonly contexts: readonly VoiceContext[];
  /** What the text of each piece came from; nothing for the agent's own phrases. */
  readonly requestOf: ReadonlyMap<SpeechPiece, ModelRequest>;
  readonly clears: readonly ClearEvent[];
  readonly pauses: number;
  readonly turns: readonly TurnRecord[];
  readonly call: CallRecord | undefined;
  readonly arrivals: ReadonlyMap<SpeechPiece, number>;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly endedBy: 'caller' | 'engine' | 'nobody';
  readonly warnings: readonly string[];
  /** In order of time. */
  readonly events: readonly CallEvent[];
  readonly trace: Trace | undefined;
}
