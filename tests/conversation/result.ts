/** What a conversation was, from both ends: the phone's and the edge's. Becomes `out/demo/result.json`. */

import type { CallReport } from './call-report.ts';
import type { Exchange } from './converse.ts';
import { spokenOf } from './spoken.ts';
import { characterErrors } from './text-distance.ts';

export interface TurnResult {
  /** What the caller said; undefined for the greeting. */
  readonly caller: string | undefined;
  /** What speech-to-text made of it. */
  readonly understood: string | undefined;
  /** All that the agent meant to say. */
  readonly agent: string;
  /** What the edge keeps in its history as heard. */
  readonly remembered: string;
  /** What the caller heard. */
  readonly heard: string;
  readonly interrupted: boolean;
  /** From the caller's interruption to silence at the phone. */
  readonly yieldMs: number | undefined;
  /** The caller's last sample to the agent's first one, both at the phone. */
  readonly responseMs: number | undefined;
  readonly waterfallMs: Readonly<Record<string, number>>;
}

export interface ConversationResult {
  readonly pbx: string;
  readonly callSid: string;
  readonly endReason: string | null;
  readonly characterErrors: number;
  readonly lostPackets: number;
  readonly turns: readonly TurnResult[];
  /** Faults that the edge reports. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

export function combine(
  pbx: string,
  exchanges: readonly Exchange[],
  report: CallReport,
  lostPackets: number,
): ConversationResult {
  const turns = exchanges.map((exchange, index): TurnResult => {
    const turn = report.turns[index];
    return {
      caller: exchange.caller,
      understood: turn?.understood,
      agent: turn?.agent ?? '',
      remembered: turn?.heard ?? '',
      heard: exchange.heard,
      interrupted: turn?.interrupted ?? false,
      yieldMs: exchange.yieldMs === undefined ? undefined : Math.round(exchange.yieldMs),
      responseMs:
        exchange.caller === undefined
          ? undefined
          : Math.round(exchange.heardStartMs - exchange.callerEndMs),
      waterfallMs: turn?.waterfallMs ?? {},
    };
  });
  return {
    pbx,
    callSid: report.callSid,
    endReason: report.endReason,
    characterErrors: turns.reduce((sum, turn) => sum + errorsOf(turn), 0),
    lostPackets,
    turns,
    errors: [...report.errors, ...report.turns.flatMap(({ errors }) => errors)],
  };
}

/** Wrong characters both ways. Of an interrupted answer only the part that was heard can be compared. */
function errorsOf({ caller, understood, agent, heard, interrupted }: TurnResult): number {
  const inbound = characterErrors(caller ?? '', understood ?? '');
  const spoken = spokenOf(agent);
  if (!interrupted) return inbound + characterErrors(spoken, heard);
  const whole = heard.slice(0, Math.max(0, heard.lastIndexOf(' ')));
  return inbound + characterErrors(spoken.slice(0, whole.length), whole);
}
