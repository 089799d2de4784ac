/** One measured run of the relay, or of the bare loop, under the same load. */

import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { end, forkChild, nextMessage, raisePriority, spawnRelay } from './child.ts';
import { cpuMsOf } from './cpu.ts';
import type { EchoReport, LoadReport, ReadyMessage } from './messages.ts';

/** Connections and compilation are not what is measured: a daemon runs for months, and V8 optimises for ten seconds. */
const WARM_UP_MS = 10_000;

export interface RunOptions {
  readonly calls: number;
  readonly seconds: number;
}

export interface Run {
  readonly calls: number;
  /** The process's priority; 0 where it could not be raised. */
  readonly nice: number;
  /** Of one core, for one call. */
  readonly cpuPercentPerCall: number;
  readonly load: LoadReport;
  readonly echo: EchoReport;
  readonly tickLatenessMs: { readonly p50: number; readonly p99: number };
}

export async function runRelay(options: RunOptions): Promise<Run> {
  await using children = new Children();
  const echo = children.add(forkChild('./echo.ts', []));
  const { port: echoPort } = await nextMessage<ReadyMessage>(echo, 'ready');
  const load = children.add(forkChild('./load.ts', [String(options.calls)]));
  const { port: ariPort } = await nextMessage<ReadyMessage>(load, 'ready');
  const httpPort = 41_000 + (process.pid % 1000);
  const relay = children.add(
    spawnRelay({
      ARI_URL: `http://127.0.0.1:${ariPort}`,
      ARI_USERNAME: 'bench',
      ARI_PASSWORD: 'bench',
      STREAM_URL: `ws://127.0.0.1:${echoPort}/`,
      ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      AUTH_TOKEN: 'the auth token of the bench',
      RTP_PORTS: '42000-43999',
      MAX_CALLS: String(options.calls),
      HTTP_LISTEN: `127.0.0.1:${httpPort}`,
    }),
  );
  const measured = await measure(options, relay, load, echo);
  const metrics = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  const lateness = (quantile: string): number =>
    Number(new RegExp(`^patchcord_clock_lateness_ms_${quantile} (.+)$`, 'm').exec(metrics)?.[1]);
  return { ...measured, tickLatenessMs: { p50: lateness('p50'), p99: lateness('p99') } };
}

export async function runBareLoop(options: RunOptions): Promise<Run> {
  await using children = new Children();
  const echo = children.add(forkChild('./echo.ts', []));
  const { port: echoPort } = await nextMessage<ReadyMessage>(echo, 'ready');
  const loop = children.add(forkChild('./bare-loop.ts', [String(options.calls), String(echoPort)]));
  const { ports } = await nextMessage<{ kind: 'ports'; ports: number[] }>(loop, 'ports');
  const load = children.add(forkChild('./load.ts', [String(options.calls), ...ports.map(String)]));
  await nextMessage<ReadyMessage>(load, 'ready');
  return { ...(await measure(options, loop, load, echo)), tickLatenessMs: { p50: 0, p99: 0 } };
}

async function measure(
  { calls, seconds }: RunOptions,
  subject: ChildProcess,
  load: ChildProcess,
  echo: ChildProcess,
): Promise<Omit<Run, 'tickLatenessMs'>> {
  const nice = raisePriority(subject);
  await delay(WARM_UP_MS + calls * 10);
  const pid = subject.pid ?? 0;
  load.send({ kind: 'reset' });
  echo.send({ kind: 'reset' });
  const cpuBefore = cpuMsOf(pid);
  const startedAt = performance.now();
  await delay(seconds * 1000);
  const cpuMs = cpuMsOf(pid) - cpuBefore;
  const elapsedMs = performance.now() - startedAt;
  load.send({ kind: 'report' });
  echo.send({ kind: 'report' });
  const [loadReport, echoReport] = await Promise.all([
    nextMessage<LoadReport>(load, 'load'),
    nextMessage<EchoReport>(echo, 'echo'),
  ]);
  const cpuPercentPerCall = (cpuMs / elapsedMs / calls) * 100;
  return {
    calls: loadReport.calls,
    nice,
    cpuPercentPerCall,
    load: loadReport,
    echo: echoReport,
  };
}

/** Processes that end with the run, whatever happens. */
export class Children {
  readonly #children: ChildProcess[] = [];

  add(child: ChildProcess): ChildProcess {
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map(end));
  }
}
