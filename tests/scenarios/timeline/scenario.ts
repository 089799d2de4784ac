/** A whole call as somebody has written it: what is said with which pauses, what goes wrong, and the call it gives. */

import { CallSession } from '@patchcord/edge/src/call/core/session.ts';
import type { SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';
import type { CallResult } from '../../virtual-call/call-result.ts';
import { Draws } from '../../virtual-call/draws.ts';
import { TYPICAL_LATENCIES, type Latencies } from '../../virtual-call/latencies.ts';
import type { Outage } from '../../virtual-call/outage.ts';
import type { PeerKind } from '../../virtual-call/peer.ts';
import {
  SCRIPTS,
  type Aside,
  type CallPlan,
  type EarlyEnd,
  type Language,
  type NoiseKind,
  type PlannedTurn,
  type Surroundings,
} from '../../virtual-call/plan.ts';
import type { ScriptTurn } from '../../virtual-call/scripts/script.ts';
import { settingsFor } from '../../virtual-call/settings.ts';
import { speakText, type SpokenText } from '../../virtual-call/spoken-text.ts';
import { VirtualCall } from '../../virtual-call/virtual-call.ts';
import { isHan } from '../../virtual-call/words.ts';

/** `caller` has its pauses in milliseconds: `My number is <900> 012 <500> 345`. */
export interface ScenarioTurn extends ScriptTurn {
  /** After the agent's last sound; half a second. */
  readonly reactionMs?: number;
  /** He does not wait for the end of the answer before, but cuts in so long after its first sound. */
  readonly cutsInAfterMs?: number;
  readonly stopsWhenTalkedOver?: boolean;
  /** While this turn is answered, so long after the first sound. */
  readonly nods?: { readonly afterMs: number; readonly text: string };
  readonly noise?: {
    readonly afterMs: number;
    readonly kind: NoiseKind;
    readonly lengthMs: number;
  };
  readonly keys?: string;
}

export interface Scenario {
  /** Also the name of the file. */
  readonly name: string;
  /** What there is to see. */
  readonly about: string;
  readonly language: Language;
  /** Our relay, where nothing else is said. */
  readonly peer?: PeerKind;
  readonly seed?: number;
  readonly turns: readonly ScenarioTurn[];
  readonly surroundings?: Partial<Surroundings>;
  /** Somebody else in the room: when of the call, and what. */
  readonly bystander?: readonly (readonly [atMs: number, text: string, isUnderstood: boolean])[];
  readonly latencies?: Partial<Latencies>;
  readonly outages?: readonly Outage[];
  readonly earlyEnd?: EarlyEnd;
  readonly settings?: (settings: SessionSettings) => SessionSettings;
}

const QUIET_ROOM: Surroundings = {
  speechDbov: -22,
  floorDbov: -60,
  voice: 1,
  background: 'none',
  backgroundDbov: -44,
  bystander: [],
  hasEcho: false,
  echoWordsProbability: 0,
};

export function runScenario(scenario: Scenario): CallResult {
  const plan = planOf(scenario);
  const settings = settingsFor(plan.script);
  return new VirtualCall(
    {
      plan,
      peer: scenario.peer ?? 'patchcord',
      latencies: { ...TYPICAL_LATENCIES, ...scenario.latencies },
      outages: scenario.outages ?? [],
    },
    (openedAt) =>
      new CallSession(scenario.settings?.(settings) ?? settings, { openedAt, firstTurnIndex: 0 }),
  ).run();
}

function planOf(scenario: Scenario): CallPlan {
  const { language, turns, surroundings, bystander = [], earlyEnd } = scenario;
  const seed = scenario.seed ?? 1;
  const script = SCRIPTS[language];
  const draws = Draws.of(seed, 'speech');
  const say = (text: string): SpokenText => sayWithPauses(text, draws, script.digits);
  return {
    seed,
    language,
    script,
    turns: turns.map((turn) => plannedTurn(turn, say)),
    hello: say(script.hello),
    surroundings: {
      ...QUIET_ROOM,
      ...surroundings,
      bystander: bystander.map(([atMs, text, isUnderstood]) => ({
        atMs,
        said: say(text),
        isUnderstood,
      })),
    },
    ...(earlyEnd === undefined ? {} : { earlyEnd }),
  };
}

function plannedTurn(turn: ScenarioTurn, say: (text: string) => SpokenText): PlannedTurn {
  const { caller, keys, reactionMs = 500, cutsInAfterMs, stopsWhenTalkedOver = false } = turn;
  const planned: PlannedTurn = {
    script: turn,
    said: say(caller),
    again: say(caller.replaceAll(PAUSE, ' ')),
    reactionMs,
    interruptsAfterMs: cutsInAfterMs,
    stopsWhenTalkedOver,
    aside: asideOf(turn, say),
  };
  return keys === undefined ? planned : { ...planned, keys };
}

function asideOf(
  { nods, noise }: ScenarioTurn,
  say: (text: string) => SpokenText,
): Aside | undefined {
  if (nods !== undefined) {
    return { kind: 'backchannel', afterMs: nods.afterMs, said: say(nods.text) };
  }
  if (noise === undefined) return undefined;
  const { afterMs, kind, lengthMs } = noise;
  return { kind: 'noise', afterMs, noise: kind, lengthMs };
}

const PAUSE = /\s*<\d+>\s*/gu;

function sayWithPauses(marked: string, draws: Draws, digits: readonly string[]): SpokenText {
  const parts = marked.split(/\s*<(\d+)>\s*/u);
  const units: SpokenText['units'][number][] = [];
  const pauses: SpokenText['pauses'][number][] = [];
  let at = 0;
  parts.forEach((part, i) => {
    if (i % 2 === 1) {
      pauses.push({ kind: 'unfinished', startMs: at, lengthMs: Number(part) });
      at += Number(part);
      return;
    }
    const said = speakText(part, draws, { digits, pace: 1, hasPauses: false });
    for (const [j, unit] of said.units.entries()) {
      const isJoined = j === 0 ? i > 0 && isHan(unit.lexical) : unit.isJoined;
      units.push({ ...unit, isJoined, startMs: unit.startMs + at, endMs: unit.endMs + at });
    }
    at += said.lengthMs;
  });
  const text = marked.replaceAll(PAUSE, isHan(marked) ? '' : ' ');
  return { text, units, pauses, lengthMs: at };
}
