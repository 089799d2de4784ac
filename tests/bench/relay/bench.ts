/** `pnpm bench relay`: what a call costs in the relay, beside the least that is possible and beside Asterisk's own way. */

import { readCpuTimes, stolenSince } from '../../host/cpu-times.ts';
import { describeMachine, type Machine } from '../machine.ts';
import { requireAsterisk, requirePackages } from '../../rig/requirement.ts';
import { runAsterisk, type AsteriskRun } from './asterisk.ts';
import { runBareLoop, runRelay, type Run } from './run.ts';

export interface RelayBenchOptions {
  readonly calls: number;
  /** Of each measured run. */
  readonly seconds: number;
  /** Pairs of runs, in turn; ratios are the median of the pairs. */
  readonly rounds: number;
  readonly asteriskCalls: number;
}

export interface RelayBenchResult {
  readonly calls: number;
  /** CPU of the relay over that of the bare loop, per call. */
  readonly ratioToBareLoop: number;
  /**
   * (Asterisk + relay) / (Asterisk with chan_websocket + the echo): both ways up to the handler's own work, which the echo is
   * in the second. Undefined where there is no Asterisk.
   */
  readonly ratioToChanWebsocket: number | undefined;
  /** The same with the echo's CPU on both sides: JSON and base64 cost it more than bare µ-law. */
  readonly ratioToChanWebsocketWithEcho: number | undefined;
  readonly tickLatenessMs: { readonly p50: number; readonly p99: number };
  readonly inboundDelayMs: { readonly p50: number; readonly p99: number };
  readonly outboundDelayMs: { readonly p50: number; readonly p99: number };
  readonly lostPackets: number;
  /** Priority of relay and bare loop: -10 as in the systemd unit, 0 where only root may raise it. */
  readonly nice: number;
  readonly relayCpuPercentPerCall: number;
  readonly bareLoopCpuPercentPerCall: number;
  readonly asterisk: readonly (AsteriskRun & { readonly way: string })[];
  readonly asteriskSkipped: string | undefined;
  /** Part of the machine's CPU time that its host gave to others meanwhile: with much of it, times say little. */
  readonly stolenCpu: number;
  readonly machine: Machine;
}

type Progress = (line: string) => void;

export async function benchRelay(
  options: RelayBenchOptions,
  progress: Progress,
): Promise<RelayBenchResult> {
  const machine = describeMachine();
  const cpuTimes = readCpuTimes();
  const relays: Run[] = [];
  const floors: Run[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    progress(`round ${round} of ${options.rounds}: relay, ${options.calls} calls`);
    relays.push(await runRelay(options));
    progress(`round ${round} of ${options.rounds}: bare loop`);
    floors.push(await runBareLoop(options));
  }
  const asterisk = await benchAsterisk(options, progress);
  const best = relays.toSorted((a, b) => a.tickLatenessMs.p99 - b.tickLatenessMs.p99);
  const middle = best[Math.floor(best.length / 2)];
  if (middle === undefined) throw new Error('a bench has at least one round');
  return {
    calls: Math.min(...relays.map(({ calls }) => calls)),
    ratioToBareLoop: median(
      relays.map((run, i) => run.cpuPercentPerCall / (floors[i]?.cpuPercentPerCall ?? Number.NaN)),
    ),
    ...asterisk,
    tickLatenessMs: middle.tickLatenessMs,
    inboundDelayMs: middle.echo.inboundDelayMs,
    outboundDelayMs: middle.load.outboundDelayMs,
    lostPackets: relays.reduce((sum, { load }) => sum + load.lost, 0),
    nice: middle.nice,
    relayCpuPercentPerCall: median(relays.map(({ cpuPercentPerCall }) => cpuPercentPerCall)),
    bareLoopCpuPercentPerCall: median(floors.map(({ cpuPercentPerCall }) => cpuPercentPerCall)),
    stolenCpu: stolenSince(cpuTimes),
    machine,
  };
}

type AsteriskPart = Pick<
  RelayBenchResult,
  'ratioToChanWebsocket' | 'ratioToChanWebsocketWithEcho' | 'asterisk' | 'asteriskSkipped'
>;

async function benchAsterisk(
  options: RelayBenchOptions,
  progress: Progress,
): Promise<AsteriskPart> {
  const missing = [await requireAsterisk(22), await requirePackages('sip-tester')].find(
    ({ available }) => !available,
  );
  if (missing !== undefined) {
    return {
      ratioToChanWebsocket: undefined,
      ratioToChanWebsocketWithEcho: undefined,
      asterisk: [],
      asteriskSkipped: missing.reason,
    };
  }
  const run = { calls: options.asteriskCalls, seconds: options.seconds };
  const pairs: { relay: AsteriskRun; own: AsteriskRun }[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    progress(`round ${round} of ${options.rounds}: Asterisk + relay, ${run.calls} calls`);
    const relay = await runAsterisk('relay', run);
    progress(`round ${round} of ${options.rounds}: Asterisk with chan_websocket`);
    pairs.push({ relay, own: await runAsterisk('chan_websocket', run) });
  }
  return {
    ratioToChanWebsocket: median(
      pairs.map(({ relay, own }) => (relay.asterisk + relay.relay) / (own.asterisk + own.echo)),
    ),
    ratioToChanWebsocketWithEcho: median(
      pairs.map(
        ({ relay, own }) => (relay.asterisk + relay.relay + relay.echo) / (own.asterisk + own.echo),
      ),
    ),
    asterisk: pairs.flatMap(({ relay, own }) => [
      { way: 'relay', ...relay },
      { way: 'chan_websocket', ...own },
    ]),
    asteriskSkipped: undefined,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return Math.round(middle * 1000) / 1000;
}

/** The result for people. */
export function formatRelayBench(result: RelayBenchResult): string {
  const rows: readonly (readonly [string, string, string])[] = [
    ['calls at once', String(result.calls), ''],
    ['relay CPU per call', `${result.relayCpuPercentPerCall} % of a core`, ''],
    ['bare loop CPU per call', `${result.bareLoopCpuPercentPerCall} % of a core`, ''],
    ['relay / bare loop', String(result.ratioToBareLoop), '<= 1.3'],
    ['tick lateness p50, p99', pair(result.tickLatenessMs), 'p99 <= 5 ms'],
    ['inbound delay p50, p99', pair(result.inboundDelayMs), 'p50 <= 1 ms'],
    ['outbound delay p50, p99', pair(result.outboundDelayMs), 'cushion of a paced echo'],
    ['lost packets', String(result.lostPackets), '0'],
    ['(Asterisk + relay) / chan_websocket', ratio(result.ratioToChanWebsocket), '<= 1'],
    ['the same, echo on both sides', ratio(result.ratioToChanWebsocketWithEcho), ''],
  ];
  const table = rows.map(([name, value, aim]) => `${name.padEnd(38)}${value.padEnd(22)}${aim}`);
  const { machine } = result;
  const where = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore}, nice ${result.nice}, ${Math.round(result.stolenCpu * 100)} % of the CPU stolen by the host`;
  return `${table.join('\n')}\n\n${where}\n`;
}

function pair({ p50, p99 }: { readonly p50: number; readonly p99: number }): string {
  return `${p50.toFixed(2)}, ${p99.toFixed(2)} ms`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? 'no Asterisk here' : String(value);
}
