/** A few conversations of the bench: who calls whom, what is said, and how each has to go. */

import { expect } from 'vitest';
import type { CallPlan, Language } from '../virtual-call/plan.ts';
import type { Kept } from './kept.ts';
import type { CallerPlan, PlayedTurn } from './planned-caller.ts';

type Way = 'in' | 'in-plain' | 'out-person' | 'out-mailbox';

export interface Sample {
  readonly name: string;
  readonly language: Language;
  readonly seed: number;
  readonly way: Way;
  readonly hangsUpAfterMs?: number;
}

export const SAMPLES: readonly Sample[] = [
  // Reads digits, coughs over a tool of HTTP's, interrupts.
  { name: 'en-digits-tool', language: 'en', seed: 22, way: 'in' },
  { name: 'en-person-called', language: 'en', seed: 23, way: 'out-person' },
  // Nods, interrupts, coughs; the stream is Twilio's.
  { name: 'en-plain-stream', language: 'en', seed: 34, way: 'in-plain' },
  { name: 'ms-interrupts-tool', language: 'ms', seed: 25, way: 'in' },
  { name: 'ms-digits-nod', language: 'ms', seed: 15, way: 'in' },
  { name: 'ms-mailbox', language: 'ms', seed: 1, way: 'out-mailbox' },
  { name: 'zh-digits-nod', language: 'zh', seed: 15, way: 'in' },
  { name: 'zh-hangs-up', language: 'zh', seed: 34, way: 'in', hangsUpAfterMs: 1500 },
];

/** Of tests/edge/tool-server.ts. */
const TOOL_ANSWER = 'It is on its way.';

/** Who the edge takes the other side for. */
export const ANSWERED_BY = {
  in: null,
  'in-plain': null,
  'out-person': 'person',
  'out-mailbox': 'machine',
} as const;

export function callerPlanOf({ seed, way, hangsUpAfterMs }: Sample, plan: CallPlan): CallerPlan {
  const opening = way === 'out-person' ? { opening: plan.hello } : {};
  return hangsUpAfterMs === undefined
    ? { seed, turns: plan.turns, ...opening }
    : { seed, turns: plan.turns.slice(0, -1), hangsUpAfterMs };
}

export function endReasonOf({ way, hangsUpAfterMs }: Sample): string {
  if (way === 'out-mailbox') return 'machine';
  return hangsUpAfterMs === undefined ? 'agent-hangup' : 'caller-hangup';
}

export function saidIn(
  { way }: Sample,
  { hello }: CallPlan,
  played: readonly PlayedTurn[],
): readonly string[] {
  const turns = played.map(({ turn }) => turn.said.text);
  return way === 'out-person' ? [hello.text, ...turns] : turns;
}

/** Every turn has the script's answer: heard out by who nodded or coughed, and not by who spoke into it or hung up. */
export function expectAnswers(
  sample: Sample,
  { report: kept }: Kept,
  played: readonly PlayedTurn[],
): void {
  const replies = kept.turns.filter(({ kind }) => kind === 'reply');
  expect(replies).toHaveLength(played.length);
  for (const [i, { turn }] of played.entries()) {
    const { agent, afterTool = '', tool, isLast } = turn.script;
    const reply = replies[i];
    const next = played[i + 1];
    const isCut = next === undefined ? sample.hangsUpAfterMs !== undefined : next.isInto;
    const heard = bare(reply?.heard ?? '').replace(bare(reply?.opener ?? ''), '');
    const name = isLast === true ? 'end_call' : tool;
    expect(reply?.tools.map((call) => call.name)).toEqual(name === undefined ? [] : [name]);
    if (tool !== undefined) expect(reply?.tools[0]?.result).toBe(TOOL_ANSWER);
    expect([turn.script.caller, reply?.interrupted]).toEqual([turn.script.caller, isCut]);
    if (isCut) expect(bare(agent + afterTool).startsWith(heard)).toBe(true);
    else expect(heard).toBe(bare(agent + afterTool));
  }
}

function bare(text: string): string {
  return text.replaceAll(/\s+/gu, '');
}
