/** One call of the bench for people who want to know why a figure is what it is. */

import type { CallResult } from '../../virtual-call/call-result.ts';
import { CallFloor } from './floor.ts';
import { historyCases } from './history-case.ts';
import { asideCases, interruptionCases } from './interruption-case.ts';
import { turnCases } from './turn-case.ts';

/** The timeline, then what counts of it. */
export function formatTrace(result: CallResult): string {
  const { plan, network, startedAt, endedAt, endedBy, warnings, trace } = result;
  const floor = new CallFloor(result);
  const { surroundings } = plan;
  const legs = Object.entries(network).map(([name, ms]) => `${name} ${Math.round(ms)}`);
  const turns = result.utterances.filter(({ kind }) => kind === 'turn');
  const judged = turnCases(floor).map((turn, i) => {
    const utterance = turns[i];
    const seconds = (((utterance?.endAt ?? 0) - startedAt) / 1000).toFixed(3).padStart(8);
    return `${seconds}  "${utterance?.said?.text ?? ''}" ${figures({ ...turn, overheadMs: undefined })}`;
  });
  return [
    `call ${plan.seed} in ${plan.language}, ${plan.turns.length} turns planned; ${legs.join(', ')} ms one way`,
    `room: speech ${Math.round(surroundings.speechDbov)} dBov, floor ${Math.round(surroundings.floorDbov)}, background ${surroundings.background}, echo ${surroundings.hasEcho}, bystander ${surroundings.bystander.length}`,
    '',
    trace?.format(startedAt) ?? '',
    '',
    `ended by ${endedBy} after ${((endedAt - startedAt) / 1000).toFixed(1)} s`,
    ...warnings,
    '',
    'turns, by their end',
    ...judged,
    ...interruptionCases(floor).map((each) => `interruption ${figures(each)}`),
    ...asideCases(floor).map((each) => `aside ${figures(each)}`),
    ...historyCases(floor).map((each) => `heard text ${figures(each)}`),
  ].join('\n');
}

function figures(of: object): string {
  return Object.entries(of)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(
      ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : String(value)}`,
    )
    .join(', ');
}
