/** The result of the bench for people: ours beside the baseline, each language, each bound. */

import type { ConversationBenchResult } from './bench.ts';
import type { Figures, Quantiles, Share } from './figures.ts';

type Cell = (figures: Figures) => string;

const ms = (pick: (figures: Figures) => Quantiles, which: 'median' | 'p95'): Cell => {
  return (figures) => String(pick(figures)[which] ?? '-');
};
const percent = (pick: (figures: Figures) => Share): Cell => {
  return (figures) => {
    const { share, n } = pick(figures);
    return share === undefined ? '-' : `${(share * 100).toFixed(1)}% /${n}`;
  };
};

const ROWS: readonly (readonly [name: string, cell: Cell])[] = [
  ['calls', ({ calls }) => String(calls)],
  ['caller turns', ({ turns }) => String(turns)],
  ['response, median ms', ms((f) => f.responseLatencyMs, 'median')],
  ['response, p95 ms', ms((f) => f.responseLatencyMs, 'p95')],
  ["model's words, median ms", ms((f) => f.answerLatencyMs, 'median')],
  ["model's words, p95 ms", ms((f) => f.answerLatencyMs, 'p95')],
  ['measured turns', (f) => String(f.responseLatencyMs.n)],
  ['engine overhead, median ms', ms((f) => f.engineOverheadMs, 'median')],
  ['engine overhead, p95 ms', ms((f) => f.engineOverheadMs, 'p95')],
  ['answered', percent((f) => f.responseRate)],
  ['understood whole', percent((f) => f.understoodRate)],
  ['agent talks over caller', percent((f) => f.agentInterruptsRate)],
  ['both begin at once', (f) => String(f.collisions)],
  ['back-channels ignored', percent((f) => f.backchannelsIgnoredRate)],
  ['  held, median ms', ms((f) => f.backchannelHoldMs, 'median')],
  ['  held, p95 ms', ms((f) => f.backchannelHoldMs, 'p95')],
  ['noises ignored', percent((f) => f.noisesIgnoredRate)],
  ['  held, p95 ms', ms((f) => f.noiseHoldMs, 'p95')],
  ['yields to interruption', percent((f) => f.yieldRate)],
  ['  silent after, median ms', ms((f) => f.yieldSilenceMs, 'median')],
  ['  silent after, p95 ms', ms((f) => f.yieldSilenceMs, 'p95')],
  ['  went on too early', (f) => String(f.falseResumes)],
  ['heard text exact', percent((f) => f.historyExactRate)],
  ['  in the next request', percent((f) => f.historyInRequestExactRate)],
  ['  in the record', percent((f) => f.historyInRecordExactRate)],
  ['cost thrown away', (f) => `${(f.speculationCostShare * 100).toFixed(1)}%`],
  ['cost, USD per 1000 min', (f) => (f.costMicrosPerMinute / 1000).toFixed(2)],
  ['"hello?"', ({ hellos }) => String(hellos)],
];

export function formatConversationBench(result: ConversationBenchResult): string {
  const { ours, baseline, bounds, machine } = result;
  const columns = [ours.all, baseline.all, ours.en, ours.ms, ours.zh];
  const head = row('', ['ours', 'baseline', 'ours en', 'ours ms', 'ours zh']);
  const table = ROWS.map(([name, cell]) => row(name, columns.map(cell)));
  const judged = bounds.map(
    ({ name, bound, value, isMet }) =>
      `${isMet ? '✓' : '✗'} ${name.padEnd(40)}${String(value ?? 'no case').padEnd(10)}${bound}`,
  );
  const where = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore}; ${result.tookSeconds} s`;
  return `${[head, ...table].join('\n')}\n\n${judged.join('\n')}\n\n${where}\n`;
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(28) + cells.map((cell) => cell.padStart(16)).join('');
}
