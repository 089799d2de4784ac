/** The result for people. */

import { describeHost } from '../../host/punctual.ts';
import type { Quantiles } from '../conversation/figures.ts';
import type { EdgeBenchResult } from './bench.ts';
import type { LoopLateness } from './messages.ts';

export function formatEdgeBench(result: EdgeBenchResult): string {
  const { alone, together, bounds, memoryMb, cores, latenessMs, machine } = result;
  const both = (name: string, of: (figures: typeof alone) => string | number, aim = ''): string =>
    line(name, String(of(alone)), String(of(together)), aim);
  const rows = [
    line('', 'alone', 'at once', 'aim'),
    both('calls', ({ calls }) => calls),
    both('turns', ({ turns }) => turns),
    both('lost turns', ({ lostTurns }) => lostTurns, '0'),
    both('response, median and p95 ms', ({ responseMs }) => quantiles(responseMs)),
    line('  p95 / p95 alone', '', String(result.responseP95Ratio), `<= ${bounds.p95RatioMax}`),
    both('answer, median and p95 ms', ({ answerMs }) => quantiles(answerMs)),
    line('  p95 / p95 alone', '', String(result.answerP95Ratio), `<= ${bounds.p95RatioMax}`),
    both('greeting, median and p95 ms', ({ greetingMs }) => quantiles(greetingMs)),
    both('workerd CPU, ms per call second', (figures) => figures.cpuMsPerCallSecond),
    both('  calls per core', ({ callsPerCore }) => callsPerCore),
    line(
      'memory per call, MB',
      '',
      String(result.memoryMbPerCall),
      `< ${bounds.memoryMbPerCallMax}`,
    ),
  ];
  const codes = Object.entries(result.codes).map(([code, count]) => `${count} ${code}`);
  return `${rows.join('\n')}

memory of workerd: ${memoryMb.before} MB before, ${memoryMb.peak} at most, ${memoryMb.after} at the end, ${memoryMb.settled} 15 s later
cores busy meanwhile: workerd ${cores.workerd}, wrangler's proxy ${cores.proxy}, callers ${cores.callers}, stand-ins ${cores.standins}
timers late p50, p99, max: callers ${lateness(latenessMs.callers)}, stand-ins ${lateness(latenessMs.standins)} ms
codes the edge logged: ${codes.join(', ') || 'none'}
${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, workerd ${machine.workerd}, load before ${machine.loadBefore}
in the worst second of this run ${describeHost(result.host)}
${result.earlier.map(({ missed, host }) => `run before it: ${missed.join(', ')}; ${describeHost(host)}\n`).join('')}${[...result.missed, ...alone.problems, ...together.problems].map((problem) => `✗ ${problem}\n`).join('')}`;
}

function line(...columns: readonly string[]): string {
  const widths = [34, 14, 14, 0];
  return columns
    .map((column, index) => column.padEnd(widths[index] ?? 0))
    .join('')
    .trimEnd();
}

function quantiles({ median, p95 }: Quantiles): string {
  return `${median ?? '-'}, ${p95 ?? '-'}`;
}

function lateness({ p50, p99, max }: LoopLateness): string {
  return `${p50}, ${p99}, ${max}`;
}
