/** A call may have several streams, one after the other, in one record: of each, only what is new is sent. */

import type { CallRecord, Consumption, TurnRecord } from '../call/core/call-record.ts';
import type { LoggedEvent } from './telemetered-call.ts';

/** What was sent with the streams before. */
export interface Sent {
  /** The first turn that was not. */
  readonly turns: number;
  readonly endedAt: number;
  readonly errors: number;
  readonly consumption?: Consumption;
}

export interface Records<Call extends CallRecord> {
  readonly call: Call;
  readonly turns: readonly TurnRecord[];
  readonly events: readonly LoggedEvent[];
}

/** Everything, where nothing was sent. Else the call begins where the stream before had ended. */
export function unsent<Call extends CallRecord>(
  { call, turns, events }: Records<Call>,
  sent: Sent | undefined,
): Records<Call> {
  if (sent === undefined) return { call, turns, events };
  const { consumption } = call;
  return {
    call: {
      ...call,
      startedAt: Math.max(call.startedAt, sent.endedAt),
      errors: call.errors.slice(sent.errors),
      ...(consumption === undefined ? {} : { consumption: difference(consumption, sent) }),
    },
    turns: turns.filter(({ index }) => index >= sent.turns),
    events: events.filter(({ at }) => at > sent.endedAt),
  };
}

/** What is sent with all of these. */
export function sentWith({ call, turns }: Records<CallRecord>): Sent {
  const { consumption } = call;
  return {
    turns: turns.reduce((most, { index }) => Math.max(most, index + 1), 0),
    endedAt: call.endedAt ?? call.startedAt,
    errors: call.errors.length,
    ...(consumption === undefined ? {} : { consumption }),
  };
}

/** A stream whose process was lost leaves no consumption: then nothing is less than it was. */
function difference(all: Consumption, { consumption: before }: Sent): Consumption {
  if (before === undefined) return all;
  const less = (a: number, b: number | undefined): number => Math.max(0, a - (b ?? 0));
  const modelBefore = (model: string) => before.llm.find((usage) => usage.model === model);
  return {
    sttSeconds: less(all.sttSeconds, before.sttSeconds),
    ttsCharacters: less(all.ttsCharacters, before.ttsCharacters),
    llm: all.llm.map(({ model, promptTokens, completionTokens }) => ({
      model,
      promptTokens: less(promptTokens, modelBefore(model)?.promptTokens),
      completionTokens: less(completionTokens, modelBefore(model)?.completionTokens),
    })),
    wasted: {
      ttsCharacters: less(all.wasted.ttsCharacters, before.wasted.ttsCharacters),
      promptTokens: less(all.wasted.promptTokens, before.wasted.promptTokens),
      completionTokens: less(all.wasted.completionTokens, before.wasted.completionTokens),
    },
  };
}
