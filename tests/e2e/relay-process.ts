/** The relay as it runs in production: a process of its own, started from the command line with an environment. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AsteriskPbx } from '../rig/asterisk-pbx.ts';
import { findTcpPort } from '../rig/free-ports.ts';
import { leaseRtpRange } from '../rig/rtp-range.ts';
import { EventLog } from '../relay/event-log.ts';
import { ACCOUNT_SID, AUTH_TOKEN, type LogLine } from '../relay/relay-under-test.ts';

const MAIN = fileURLToPath(new URL('../../relay/src/main.ts', import.meta.url));
/** What `pnpm bundle` makes. */
const RELEASE = fileURLToPath(new URL('../../relay/dist/patchcord-relay.mjs', import.meta.url));

/** How often a state that nobody announces is looked at. */
const POLL_MS = 25;
const READY_MS_MAX = 30_000;

export type Environment = Readonly<Record<string, string>>;

/** A PBX to point at, or anything that looks like one from the outside. */
export type PbxAccess = Pick<AsteriskPbx, 'ariUrl' | 'ariUsername' | 'ariPassword'>;

/** The variables that say where a PBX is, and the identity of the tests. */
export function relayEnvironment(pbx: PbxAccess): Environment {
  return {
    ARI_URL: pbx.ariUrl,
    ARI_USERNAME: pbx.ariUsername,
    ARI_PASSWORD: pbx.ariPassword,
    ACCOUNT_SID,
    AUTH_TOKEN,
  };
}

/** A command of `patchcord-relay` that has ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command that ends by itself: `check`, `sweep`, or a `run` that fails. */
export async function runCommand(
  args: readonly string[],
  environment: Environment,
): Promise<CommandResult> {
  const child = spawnMain(MAIN, args, environment);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  }
  const { exitCode } = await whenEnded(child);
  return { exitCode, ...said };
}

export class RelayProcess {
  /** All variables it was started with: start another with them, and it is the same relay again. */
  readonly environment: Environment;
  readonly log = new EventLog<LogLine>();
  /** Exit code, or null after a signal; when its output has been read to the end. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #release: () => Promise<void>;
  #stderr = '';

  private constructor(main: string, environment: Environment, release: () => Promise<void>) {
    this.environment = environment;
    this.#release = release;
    this.#child = spawnMain(main, ['run'], environment);
    this.exited = whenEnded(this.#child).then(({ exitCode }) => exitCode);
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.log.add(JSON.parse(line));
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
  }

  /**
   * Starts it; done when `/readyz` says that callers may come, unless `isReady` says not to wait.
   *
   * Without RTP_PORTS in `environment` it gets 100 ports that nothing else of the rig uses; without DATA_DIRECTORY a folder that
   * is there as long as this is. A release must have been made before.
   */
  static async start(
    pbx: PbxAccess,
    environment: Environment,
    {
      isReady = true,
      isRelease = false,
    }: { readonly isReady?: boolean; readonly isRelease?: boolean } = {},
  ): Promise<RelayProcess> {
    // The rig's ranges of MikoPBX's width are leased from the kernel: two test runs at once never share one.
    const isGiven = environment['RTP_PORTS'] !== undefined;
    const ports = isGiven ? undefined : await leaseRtpRange('mikopbx');
    const dataDirectory =
      environment['DATA_DIRECTORY'] ?? (await mkdtemp(join(tmpdir(), 'patchcord-relay-')));
    const relay = new RelayProcess(
      isRelease ? RELEASE : MAIN,
      {
        ...relayEnvironment(pbx),
        ...(ports === undefined ? {} : { RTP_PORTS: `${ports.firstPort}-${ports.lastPort}` }),
        HTTP_LISTEN: `127.0.0.1:${await findTcpPort()}`,
        DATA_DIRECTORY: dataDirectory,
        ...environment,
      },
      async () => {
        await ports?.release();
        if (dataDirectory === environment['DATA_DIRECTORY']) return;
        await rm(dataDirectory, { recursive: true, force: true });
      },
    );
    if (isReady) await relay.ready();
    return relay;
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the relay could not be started');
    return pid;
  }

  /** Asterisk is connected and new callers are taken. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_MS_MAX;
    while (performance.now() < deadline) {
      const { exitCode } = this.#child;
      if (exitCode !== null) throw new Error(`the relay exited ${exitCode}:\n${this.#said()}`);
      const response = await fetch(`${this.#url}/readyz`).catch(() => undefined);
      await response?.body?.cancel();
      if (response?.status === 200) return;
      await pause();
    }
    throw new Error(`the relay was not ready in ${READY_MS_MAX} ms:\n${this.#said()}`);
  }

  /** Waits for a line of the log by its message or code. */
  logged(messageOrCode: string): Promise<LogLine> {
    return this.log.until(
      `\`${messageOrCode}\` in the log`,
      ({ msg, code }) => msg === messageOrCode || code === messageOrCode,
    );
  }

  /** Codes of everything that was logged as a warning or worse, each once. */
  get codes(): string[] {
    const bad = this.log.all.filter(({ level }) => level >= 40);
    return [...new Set(bad.map(({ code, msg }) => code ?? msg))];
  }

  /** `/metrics` by name, with labels as they are written: `patchcord_calls_refused_total{reason="busy"}`. */
  async metrics(): Promise<Metrics> {
    const response = await fetch(`${this.#url}/metrics`);
    const lines = (await response.text()).split('\n').filter((line) => /^[a-z]/.test(line));
    const values = new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
    return {
      values,
      /** Without its `patchcord_`; 0 for a label that was never counted. */
      of: (name) => values.get(`patchcord_${name}`) ?? 0,
    };
  }

  /** What it wrote to standard error so far: nothing, unless Node itself has something to say. */
  get stderr(): string {
    return this.#stderr;
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return this.exited;
  }

  /** The hard way, where a test failed before it could {@link stop}. What it was lent is given back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
    await this.#release();
  }

  get #url(): string {
    return `http://${this.environment['HTTP_LISTEN']}`;
  }

  #said(): string {
    return [this.#stderr, ...this.log.all.map((line) => JSON.stringify(line))].join('\n');
  }
}

export interface Metrics {
  readonly values: ReadonlyMap<string, number>;
  of(name: string): number;
}

function spawnMain(main: string, args: readonly string[], environment: Environment): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of ours: a variable of this machine must not complete a configuration that lacks it.
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
}

/** Resolves when the process is gone and its output has been read. It never outlives this one. */
async function whenEnded(child: ChildProcess): Promise<{ exitCode: number | null }> {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number | null }>();
  child.once('error', () => resolve({ exitCode: null }));
  child.once('close', (exitCode) => resolve({ exitCode }));
  const ended = await promise;
  process.off('exit', kill);
  return ended;
}

function pause(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, POLL_MS);
  return promise;
}
