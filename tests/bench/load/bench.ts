/** `pnpm bench load`: how evenly forty phones hear, beside a stream of this machine that no call has touched. */

import { requireAsterisk, requirePackages } from '../../rig/requirement.ts';
import { readCpuTimes, stolenSince } from '../../host/cpu-times.ts';
import { describeMachine, type Machine } from '../machine.ts';
import { figuresOf, runLoad, type LoadOptions, type LoadRun } from './run.ts';

/** At the phones, mean over calls of each one's RFC 3550 jitter. */
const JITTER_MS_MAX = 3;

export interface LoadBenchResult {
  readonly calls: number;
  readonly seconds: number;
  readonly jitterMsMean: number;
  readonly jitterMsMax: number;
  /** Of a bare process at the same priority, in the same capture. */
  readonly controlJitterMsMean: number;
  /** Jitter at the phones over the control's: what calls add to what the host does to everybody. */
  readonly ratioToControl: number;
  /** Why the run is bad; empty when it is good. */
  readonly problems: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
  /** Part of the machine's CPU time that its host gave to others meanwhile. */
  readonly stolenCpu: number;
  readonly machine: Machine;
  readonly command: string;
}

/** Throws with the reason where Asterisk, sipp or tshark cannot be had. */
export async function benchLoad(options: LoadOptions): Promise<LoadBenchResult> {
  const needs = [await requireAsterisk(22), await requirePackages('sip-tester', 'tshark')];
  for (const { available, reason } of needs) if (!available) throw new Error(reason);
  const machine = describeMachine();
  const cpuTimes = readCpuTimes();
  const run = await runLoad(options);
  const jitterMsMean = round(run.toPhones.jitterMsMean);
  const controlJitterMsMean = round(run.control.jitterMsMean);
  return {
    calls: options.calls,
    seconds: options.seconds,
    jitterMsMean,
    jitterMsMax: JITTER_MS_MAX,
    controlJitterMsMean,
    ratioToControl: round(run.toPhones.jitterMsMean / run.control.jitterMsMean),
    problems: problemsOf(run, options.calls),
    figures: figuresOf(run),
    stolenCpu: stolenSince(cpuTimes),
    machine,
    command: `pnpm bench load --load-calls ${options.calls} --load-seconds ${options.seconds}`,
  };
}

/** The bound on jitter, and what must hold for any figure to mean something. */
function problemsOf(run: LoadRun, calls: number): string[] {
  const { jitterMsMean } = run.toPhones;
  const lost = run.toPhones.lost + run.fromRelay.lost;
  const found: readonly (readonly [isBad: boolean, problem: string])[] = [
    [run.callers.successful !== calls, `${run.callers.successful} of ${calls} calls went through`],
    [run.dropped > 0, `the capture missed ${run.dropped} packets`],
    [run.toPhones.streams.length !== calls, `${run.toPhones.streams.length} streams to phones`],
    [run.control.streams.length !== 1, `${run.control.streams.length} control streams`],
    [lost > 0, `${lost} packets were lost`],
    [
      !(jitterMsMean <= JITTER_MS_MAX),
      `mean jitter at the phones is ${round(jitterMsMean)} ms, more than ${JITTER_MS_MAX}`,
    ],
  ];
  return found.flatMap(([isBad, problem]) => (isBad ? [problem] : []));
}

/** The result for people. */
export function formatLoadBench(result: LoadBenchResult): string {
  const { figures, machine } = result;
  const rows: readonly (readonly [string, string, string])[] = [
    ['calls at once', `${result.calls} for ${result.seconds} s`, ''],
    ['mean jitter at the phones', `${result.jitterMsMean} ms`, `<= ${result.jitterMsMax} ms`],
    ['control: a bare process, same capture', `${result.controlJitterMsMean} ms`, 'the host'],
    ['phones / control', String(result.ratioToControl), ''],
    ['mean jitter from the relay', `${String(figures['jitterMsMeanOfRelay'])} ms`, ''],
    [
      'longest gap: phones, control',
      `${String(figures['gapMsMax'])}, ${String(figures['gapMsMaxOfControl'])} ms`,
      '',
    ],
    ['lost to the phones', String(figures['lostToPhones']), '0'],
  ];
  const table = rows.map(([name, value, aim]) => `${name.padEnd(38)}${value.padEnd(22)}${aim}`);
  const where = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore}, ${Math.round(result.stolenCpu * 100)} % of the CPU stolen by the host`;
  const problems = result.problems.map((problem) => `✗ ${problem}\n`).join('');
  return `${table.join('\n')}\n\n${where}\n${problems}`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
