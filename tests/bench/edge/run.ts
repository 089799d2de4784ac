/** The edge on workerd, its callers and its providers, each in a process of its own; and one measured run of them. */

import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEdge } from '../../edge/worker.ts';
import type { StandinsOptions } from '../../standins/start.ts';
import { watchHost, type HostTimes } from '../../host/stalls.ts';
import { end, nextMessage } from '../relay/child.ts';
import { cpuMsOf } from '../relay/cpu.ts';
import { GREETING, type CallOutcome } from './conversation.ts';
import type { CpuMs } from './figures.ts';
import type {
  CallersReport,
  CallersRequest,
  LatenessReport,
  LoopLateness,
  StandinsReady,
} from './messages.ts';
import { findWorkerd, pssBytesOf, type WorkerdPids } from './workerd.ts';

const AUTH_TOKEN = 'the auth token of the bench';
const MEMORY_LOOK_MS = 500;

/**
 * Memory where there is a disk in memory: workerd waits for `fsync` in the one thread that carries all calls, which
 * on Cloudflare, where each object's storage is elsewhere, it does not.
 */
const STORAGE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export interface EdgeRun {
  readonly calls: readonly CallOutcome[];
  readonly wallMs: number;
  readonly cpuMs: CpuMs;
  /** Memory of workerd before the first call began, at its highest, and when the last one had just ended. */
  readonly pssBytes: { readonly before: number; readonly peak: number; readonly after: number };
  readonly latenessMs: { readonly callers: LoopLateness; readonly standins: LoopLateness };
  readonly host: HostTimes;
  /** How often the edge logged each code meanwhile. */
  readonly codes: Readonly<Record<string, number>>;
}

interface EdgeParts {
  readonly pids: WorkerdPids;
  readonly wsUrl: string;
  readonly standins: ChildProcess;
  readonly callers: ChildProcess;
  readonly codes: Map<string, number>;
}

export class EdgeUnderLoad {
  readonly #stack: AsyncDisposableStack;
  readonly #pids: WorkerdPids;
  readonly #wsUrl: string;
  readonly #standins: ChildProcess;
  readonly #callers: ChildProcess;
  readonly #codes: Map<string, number>;

  private constructor(stack: AsyncDisposableStack, parts: EdgeParts) {
    this.#stack = stack;
    this.#pids = parts.pids;
    this.#wsUrl = parts.wsUrl;
    this.#standins = parts.standins;
    this.#callers = parts.callers;
    this.#codes = parts.codes;
  }

  /** Starts all of it; when one part fails, none is left running. */
  static async start(
    standinsOptions: StandinsOptions,
    vars: Readonly<Record<string, string>>,
  ): Promise<EdgeUnderLoad> {
    const stack = new AsyncDisposableStack();
    endWithSignals(stack);
    try {
      return await EdgeUnderLoad.#start(stack, standinsOptions, vars);
    } catch (error) {
      await stack.disposeAsync();
      throw error;
    }
  }

  static async #start(
    stack: AsyncDisposableStack,
    standinsOptions: StandinsOptions,
    vars: Readonly<Record<string, string>>,
  ): Promise<EdgeUnderLoad> {
    const standins = forkProcess('./standins.ts', stack);
    standins.send({ kind: 'start', options: standinsOptions });
    const urls = await nextMessage<StandinsReady>(standins, 'ready');
    const persistPath = await mkdtemp(join(STORAGE, 'patchcord-edge-bench-'));
    const remove = (): void => rmSync(persistPath, { recursive: true, force: true });
    stack.defer(remove);
    // wrangler has handlers of its own for signals, which end this process sooner.
    process.once('exit', remove);
    const codes = new Map<string, number>();
    const edge = await startEdge({
      persistPath,
      onLog: (line) => {
        const code = /"code":"([A-Z0-9_]+)"/.exec(line)?.[1];
        if (code !== undefined) codes.set(code, (codes.get(code) ?? 0) + 1);
      },
      vars: {
        AUTH_TOKEN,
        AZURE_SPEECH_KEY: 'stand-in',
        OPENROUTER_API_KEY: 'stand-in',
        ELEVENLABS_API_KEY: 'stand-in',
        AZURE_SPEECH_URL: urls.azureSpeechUrl,
        OPENROUTER_URL: urls.openrouterUrl,
        ELEVENLABS_URL: urls.elevenlabsUrl,
        AGENT_GREETING: GREETING,
        ...vars,
      },
    });
    stack.defer(() => edge.stop());
    // The Worker itself is started with its first request.
    await (await fetch(`${edge.url}/healthz`)).body?.cancel();
    const pids = findWorkerd();
    const callers = forkProcess('./callers.ts', stack);
    return new EdgeUnderLoad(stack, { pids, wsUrl: edge.wsUrl, standins, callers, codes });
  }

  /** Holds these calls to their end and measures what they take. */
  async run(request: Omit<CallersRequest, 'kind' | 'wsUrl' | 'authToken'>): Promise<EdgeRun> {
    await this.#lateness();
    this.#codes.clear();
    using host = watchHost();
    const cpuBefore = this.#cpu();
    const startedAt = performance.now();
    const before = pssBytesOf(this.#pids.worker);
    let peak = before;
    this.#callers.send({ kind: 'run', wsUrl: this.#wsUrl, authToken: AUTH_TOKEN, ...request });
    const done = nextMessage<CallersReport>(this.#callers, 'done');
    const look = setInterval(() => {
      peak = Math.max(peak, pssBytesOf(this.#pids.worker));
    }, MEMORY_LOOK_MS);
    const { calls } = await done.finally(() => clearInterval(look));
    const after = pssBytesOf(this.#pids.worker);
    const cpuAfter = this.#cpu();
    const latenessMs = await this.#lateness();
    const times = host.times(0);
    const latestMs = Math.round(Math.max(latenessMs.callers.max, latenessMs.standins.max));
    return {
      calls,
      wallMs: performance.now() - startedAt,
      cpuMs: {
        workerd: cpuAfter.workerd - cpuBefore.workerd,
        proxy: cpuAfter.proxy - cpuBefore.proxy,
        callers: cpuAfter.callers - cpuBefore.callers,
        standins: cpuAfter.standins - cpuBefore.standins,
      },
      pssBytes: { before, peak: Math.max(peak, after), after },
      latenessMs,
      host: { ...times, stalledMs: Math.max(times.stalledMs, latestMs) },
      codes: Object.fromEntries(this.#codes),
    };
  }

  async pssBytesIn(waitMs: number): Promise<number> {
    await delay(waitMs);
    return pssBytesOf(this.#pids.worker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #cpu(): CpuMs {
    return {
      workerd: cpuMsOf(this.#pids.worker),
      proxy: cpuMsOf(this.#pids.proxy),
      callers: cpuMsOf(this.#callers.pid ?? 0),
      standins: cpuMsOf(this.#standins.pid ?? 0),
    };
  }

  async #lateness(): Promise<EdgeRun['latenessMs']> {
    const [callers, standins] = await Promise.all(
      [this.#callers, this.#standins].map(async (child) => {
        child.send({ kind: 'lateness' });
        return (await nextMessage<LatenessReport>(child, 'lateness')).latenessMs;
      }),
    );
    if (callers === undefined || standins === undefined) throw new Error('no lateness');
    return { callers, standins };
  }
}

/** Ends with the stack; without this process it ends by itself. */
function forkProcess(file: string, stack: AsyncDisposableStack): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  stack.defer(async () => await end(child));
  return child;
}

/** Ctrl-C and `kill` leave nothing behind either. */
function endWithSignals(stack: AsyncDisposableStack): void {
  const leave = (): void => void stack.disposeAsync().finally(() => process.exit(130));
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  stack.defer(() => {
    process.off('SIGINT', leave);
    process.off('SIGTERM', leave);
  });
}
