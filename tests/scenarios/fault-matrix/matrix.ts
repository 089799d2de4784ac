/** All cells: every fault at every stage in every phase, each in several variants. */

import { play, type Extent, type Outcome } from './cell.ts';
import { FAULTS, shapeOf, type FaultName, type Stage } from './faults.ts';
import { PHASES, type Phase } from './phases.ts';
import { SETUPS, type Setup } from './setups.ts';

export interface Variant {
  readonly setup: Setup;
  readonly extent: Extent;
}

export interface Run extends Variant {
  readonly outcome: Outcome;
}

export interface Cell {
  readonly stage: Stage;
  readonly fault: FaultName;
  readonly phase: Phase;
  /** The first two are what a Worker without any further setting does: once, and for good. */
  readonly runs: readonly Run[];
}

/** Longer is a line that seems to be dead. */
export const SILENCE_MS_MAX = 2500;

const [ALONE, ALONE_FIRST, ONE, ONE_FIRST, SEVERAL] = SETUPS;

function variantsOf(stage: Stage): Variant[] {
  const all: readonly (readonly [Setup | undefined, readonly Extent[]])[] =
    stage === 'tool'
      ? [
          [ALONE, ['all']],
          [ALONE_FIRST, ['all']],
        ]
      : [
          [ALONE, ['once', 'all']],
          [ALONE_FIRST, ['once', 'all']],
          [ONE, ['first']],
          [ONE_FIRST, stage === 'tts' ? ['first', 'all'] : ['all']],
          [SEVERAL, ['first', 'all']],
        ];
  return all.flatMap(([setup, extents]) =>
    setup === undefined ? [] : extents.map((extent) => ({ setup, extent })),
  );
}

export function playCell(stage: Stage, fault: FaultName, phase: Phase): Cell {
  const runs = variantsOf(stage).map((variant) => ({
    ...variant,
    outcome: play({ stage, fault, phase, ...variant }),
  }));
  return { stage, fault, phase, runs };
}

/** The phases in which `stage` is at work. */
export function phasesOf(stage: Stage): Phase[] {
  return PHASES.filter(({ impossible }) => impossible[stage] === undefined);
}

export function playStage(stage: Stage): Cell[] {
  return FAULTS.flatMap((fault) => phasesOf(stage).map((phase) => playCell(stage, fault, phase)));
}

/** What is wrong with a run, in words; nothing where the caller was well served. */
export function problemsOf(
  { stage, fault, phase }: Cell,
  { setup, extent, outcome }: Run,
): string[] {
  const { silenceMs, heard, codes, logged, isMet, isNextAnswered, endReason, status, left } =
    outcome;
  const shape = stage === 'tool' ? undefined : shapeOf(fault, stage);
  const problems: string[] = [];
  const demand = (isRight: boolean, problem: string): void => {
    const name = `${stage}, ${fault}, ${phase.name}, ${setup.name}, ${extent}`;
    if (!isRight) problems.push(`${name}: ${problem}`);
  };
  demand(silenceMs <= SILENCE_MS_MAX, `${silenceMs} ms of silence`);
  demand(heard.length > 0, 'nothing is heard');
  demand(left.length === 0, `left behind: ${left.join(', ')}`);
  const isFailed = endReason === 'provider-failure';
  demand(status === (isFailed ? 'failed' : 'completed'), `status ${status} after ${endReason}`);

  // Nobody has to know of a recogniser that is slow; everything else is recorded, or logged where nobody waited for it.
  const known: readonly string[] = [...codes, ...logged];
  const isTold = shape === undefined || !isMet || shape.fresh.kind === 'late';
  demand(isTold || shape.codes.some((code) => known.includes(code)), `no code; ${known.join(' ')}`);

  // All models and all voices are of one account; another region is an account of its own.
  const isFinal = shape?.isFinal === true && (extent !== 'first' || stage !== 'stt');
  if (isFinal && isMet && !phase.isLast) demand(isFailed, `ended by ${endReason}`);
  const mustGoOn = extent !== 'all' && !isFinal && phase.isLast !== true;
  if (mustGoOn) demand(isNextAnswered, `the next question is not answered: ${endReason}`);
  return problems;
}
