/** `pnpm bench edge`: many conversations at once on workerd, beside one that has it for itself. */

import { createRequire } from 'node:module';
import { raisePriority } from '../../e2e/priority.ts';
import type { StandinsOptions } from '../../standins/start.ts';
import { describeHost, isPunctual } from '../../host/punctual.ts';
import type { HostTimes } from '../../host/stalls.ts';
import { describeMachine, type Machine } from '../machine.ts';
import {
  conversationFigures,
  missedBounds,
  ratioOf,
  type ConversationFigures,
  type CpuMs,
  type EdgeBounds,
  type EdgeFigures,
} from './figures.ts';
import type { LoopLateness } from './messages.ts';
import { EdgeUnderLoad, type EdgeRun } from './run.ts';

export interface EdgeBenchOptions {
  readonly calls: number;
  /** Caller's turns in each of them. */
  readonly turns: number;
  /** Conversations alone, one after the other. */
  readonly aloneCalls: number;
  readonly peer: 'patchcord' | 'twilio';
}

export interface EdgeBenchResult extends EdgeFigures {
  /** Of workerd, in MB, proportional set size. */
  readonly memoryMb: {
    readonly before: number;
    readonly peak: number;
    readonly after: number;
    readonly settled: number;
  };
  /** Parts of one core while all were there. */
  readonly cores: CpuMs;
  readonly latenessMs: { readonly callers: LoopLateness; readonly standins: LoopLateness };
  /** How often the edge logged each code while all were there. */
  readonly codes: Readonly<Record<string, number>>;
  readonly bounds: EdgeBounds;
  readonly missed: readonly string[];
  /** Of the time while all were there. */
  readonly host: HostTimes;
  /** Runs of all at once that missed a bound while the host kept the CPU for others, and were therefore done again. */
  readonly earlier: readonly { readonly missed: readonly string[]; readonly host: HostTimes }[];
  readonly machine: Machine & { readonly workerd: string };
  readonly command: string;
}

const BOUNDS: EdgeBounds = { p95RatioMax: 1.2, memoryMbPerCallMax: 4 };

/**
 * The medians of `tests/virtual-call/latencies.ts`, the same for every request: then whatever comes on top of them is the
 * edge's and the machine's. `finalMs` is what is left of 1016 ms after the silence that ends a phrase.
 */
const PROVIDERS: StandinsOptions = {
  azureSpeech: { latencies: { hypothesisMs: 240, finalMs: 516 } },
  openrouter: { latencies: { firstTokenMs: 550, tokenMs: 14 } },
  elevenlabs: { latencies: { firstByteMs: 200, chunkMs: 20, leadingSilenceMs: 200 } },
};

const WARM_UP_TURNS = 2;
const ALONE_TURNS = 5;
const RAMP_MS = 5000;
/** A host that does not keep time starves callers and providers too, and the run says nothing; the last one counts in any case. */
const RUNS_MAX = 3;
/** Objects are put away ten seconds after their last event. */
const SETTLE_MS = 15_000;

export async function benchEdge(
  { calls, turns, aloneCalls, peer }: EdgeBenchOptions,
  progress: (line: string) => void,
): Promise<EdgeBenchResult> {
  using _priority = raisePriority();
  const machine = describeMachine();
  const isPatchcord = peer === 'patchcord';
  await using edge = await EdgeUnderLoad.start(PROVIDERS, {});
  progress('warm-up');
  await edge.run({ first: 90, calls: 1, turns: WARM_UP_TURNS, rampMs: 0, isPatchcord });
  progress(`${aloneCalls} conversations, one after the other`);
  const alone: EdgeRun[] = [];
  for (let first = 0; first < aloneCalls; first++) {
    alone.push(await edge.run({ first, calls: 1, turns: ALONE_TURNS, rampMs: 0, isPatchcord }));
  }
  const aloneFigures = conversationFigures(
    alone.flatMap((run) => run.calls),
    sum(alone.map(({ cpuMs }) => cpuMs.workerd)),
  );
  let first: EdgeRun | undefined;
  const together = async (): Promise<Together> => {
    progress(`${calls} conversations at once`);
    const run = await edge.run({ first: 0, calls, turns, rampMs: RAMP_MS, isPatchcord });
    // The first run's: workerd does not give back what it once had, so the next ones begin with it.
    first ??= run;
    const { before, peak } = first.pssBytes;
    const figures = figuresOf(aloneFigures, run, (peak - before) / calls);
    return { run, figures, missed: missedBounds(figures, BOUNDS) };
  };
  const earlier: EdgeBenchResult['earlier'][number][] = [];
  let { run, figures, missed } = await together();
  while (missed.length > 0 && !isPunctual(run.host) && earlier.length + 1 < RUNS_MAX) {
    earlier.push({ missed, host: run.host });
    progress(`${missed.join(', ')}; ${describeHost(run.host)}; once more`);
    await edge.pssBytesIn(SETTLE_MS);
    ({ run, figures, missed } = await together());
  }
  const settled = await edge.pssBytesIn(SETTLE_MS);
  const { before, peak, after } = (first ?? run).pssBytes;
  return {
    ...figures,
    memoryMb: {
      before: megabytes(before),
      peak: megabytes(peak),
      after: megabytes(after),
      settled: megabytes(settled),
    },
    cores: {
      workerd: share(run.cpuMs.workerd, run),
      proxy: share(run.cpuMs.proxy, run),
      callers: share(run.cpuMs.callers, run),
      standins: share(run.cpuMs.standins, run),
    },
    latenessMs: run.latenessMs,
    codes: run.codes,
    bounds: BOUNDS,
    missed,
    host: run.host,
    earlier,
    machine: { ...machine, workerd: workerdVersion() },
    command: `pnpm bench edge --edge-calls ${calls} --edge-turns ${turns} --edge-alone ${aloneCalls} --peer ${peer}`,
  };
}

interface Together {
  readonly run: EdgeRun;
  readonly figures: EdgeFigures;
  readonly missed: readonly string[];
}

function figuresOf(alone: ConversationFigures, run: EdgeRun, bytesPerCall: number): EdgeFigures {
  const together = conversationFigures(run.calls, run.cpuMs.workerd);
  return {
    alone,
    together,
    responseP95Ratio: ratioOf(together.responseMs, alone.responseMs),
    answerP95Ratio: ratioOf(together.answerMs, alone.answerMs),
    memoryMbPerCall: Math.round((bytesPerCall / 2 ** 20) * 100) / 100,
  };
}

function workerdVersion(): string {
  const wrangler = createRequire(import.meta.url).resolve('wrangler/package.json');
  const { dependencies }: { dependencies: Record<string, string> } =
    createRequire(wrangler)(wrangler);
  return dependencies['workerd'] ?? 'unknown';
}

function share(cpuMs: number, { wallMs }: EdgeRun): number {
  return Math.round((cpuMs / wallMs) * 100) / 100;
}

function megabytes(bytes: number): number {
  return Math.round((bytes / 2 ** 20) * 10) / 10;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
