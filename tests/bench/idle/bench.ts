/** `pnpm bench idle`: what the relay costs before anybody calls: how long it takes to start, and how much memory it keeps. */

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ACCOUNT_SID, AUTH_TOKEN } from '../../relay/relay-under-test.ts';
import { findTcpPort } from '../../rig/free-ports.ts';
import { describeMachine, type Machine } from '../machine.ts';

const ROOT = new URL('../../../', import.meta.url);
const SOURCES = fileURLToPath(new URL('relay/src/main.ts', ROOT));
const BUNDLE = fileURLToPath(new URL('relay/bundle.ts', ROOT));
const RELEASE = fileURLToPath(new URL('relay/dist/patchcord-relay.mjs', ROOT));

const START_MS_MAX = 1000;
const RSS_MB_MAX = 90;
/** The relay gives memory back 5 s after its start. */
const SETTLE_MS = 7000;
const POLL_MS = 5;
const STARTS = 5;

export interface IdleFigures {
  /** Process start to the first answer of `/healthz`, median. */
  readonly startMs: number;
  /** Of the last start, once it has settled. */
  readonly rssMb: number;
  readonly startsMs: readonly number[];
}

export interface IdleBenchResult {
  readonly release: IdleFigures;
  readonly sources: IdleFigures;
  /** A process of Node that does nothing, for what of it is Node's own. */
  readonly bareNodeMs: number;
  readonly problems: readonly string[];
  readonly machine: Machine;
  readonly command: string;
}

export async function benchIdle(): Promise<IdleBenchResult> {
  const machine = describeMachine();
  await promisify(execFile)(process.execPath, [BUNDLE]);
  const bareNodeMs = median(await repeat(async () => await timeBareNode()));
  const release = await measure(RELEASE);
  const sources = await measure(SOURCES);
  const problems: string[] = [];
  if (release.startMs > START_MS_MAX) problems.push(`a start takes ${release.startMs} ms`);
  if (release.rssMb > RSS_MB_MAX) problems.push(`an idle relay keeps ${release.rssMb} MB`);
  return { release, sources, bareNodeMs, problems, machine, command: 'pnpm bench idle' };
}

export function formatIdleBench(result: IdleBenchResult): string {
  const { release, sources, bareNodeMs, problems, machine } = result;
  const row = (name: string, { startMs, rssMb }: IdleFigures): string =>
    `${name.padEnd(10)}${String(startMs).padStart(7)} ms${String(rssMb).padStart(8)} MB\n`;
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore}\n\n`,
    `            start      idle\n`,
    row('release', release),
    row('sources', sources),
    `bare node ${String(bareNodeMs).padStart(7)} ms\n\n`,
    problems.length === 0
      ? `good: below ${START_MS_MAX} ms and ${RSS_MB_MAX} MB\n`
      : `${problems.join('\n')}\n`,
  ].join('');
}

async function measure(main: string): Promise<IdleFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-idle-'));
  try {
    // The first start compiles; what it compiled is kept for the others, as it is on a machine that runs a relay.
    await startOnce(main, folder, 0);
    const startsMs: number[] = [];
    let rssMb = 0;
    for (let i = 0; i < STARTS; i++) {
      const start = await startOnce(main, folder, i === STARTS - 1 ? SETTLE_MS : 0);
      startsMs.push(start.startMs);
      rssMb = start.rssMb;
    }
    return { startMs: median(startsMs), rssMb, startsMs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startOnce(
  main: string,
  folder: string,
  settleMs: number,
): Promise<{ startMs: number; rssMb: number }> {
  const port = await findTcpPort();
  const begunAt = performance.now();
  const child = spawn(process.execPath, [main, 'run'], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      DATA_DIRECTORY: folder,
      HTTP_LISTEN: `127.0.0.1:${port}`,
      // Nobody is there: the relay starts all the same, and keeps trying.
      ARI_URL: `127.0.0.1:${await findTcpPort()}`,
      ARI_USERNAME: 'relay',
      ARI_PASSWORD: 'relay',
      STREAM_URL: 'ws://127.0.0.1:1/media',
      ACCOUNT_SID,
      AUTH_TOKEN,
    },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!(await isUp(port))) await pause(POLL_MS);
    const startMs = Math.round(performance.now() - begunAt);
    await pause(settleMs);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const rssMb = Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
    return { startMs, rssMb };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

async function isUp(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function timeBareNode(): Promise<number> {
  const begunAt = performance.now();
  await promisify(execFile)(process.execPath, ['-e', '0']);
  return performance.now() - begunAt;
}

async function repeat(work: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < STARTS; i++) results.push(await work());
  return results;
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
