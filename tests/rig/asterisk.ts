import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { buildConfig, httpPrefix } from './asterisk-config.ts';
import type { AsteriskConfig, AsteriskShape } from './asterisk-config.ts';
import type { AsteriskMajor } from './asterisk-release.ts';
import { findTcpPort, findUdpPort } from './free-ports.ts';
import { installAsterisk } from './install.ts';
import { leaseRtpRange } from './rtp-range.ts';
import type { RtpRange } from './rtp-range.ts';
import { superviseProcess } from './supervisor.ts';
import type { SupervisedProcess } from './supervisor.ts';
import type { TrunkAccount } from './trunk-account.ts';

const run = promisify(execFile);

/** What to start. */
export interface AsteriskOptions {
  readonly major: AsteriskMajor;
  readonly shape: AsteriskShape;
  /** Stasis application of each extension, default `{ '999': 'patchcord' }`. */
  readonly apps?: Readonly<Record<string, string>>;
  /** More lines for extensions.conf, say a context. */
  readonly dialplan?: string;
  /** Makes it a customer of a provider (`trunk.ts`). */
  readonly trunk?: TrunkAccount;
  /** Configuration files in place of the rig's own, by name. */
  readonly files?: (config: AsteriskConfig) => Readonly<Record<string, string>>;
  /** Where the log is copied when it stops; without it the log goes with the instance. */
  readonly keepLogAs?: string;
}

/** A running Asterisk. Everything is on 127.0.0.1. */
export interface Asterisk {
  readonly major: AsteriskMajor;
  readonly shape: AsteriskShape;
  /** As Asterisk says it, such as `22.10.1`. */
  readonly version: string;
  /** `http://127.0.0.1:PORT`, without `/ari` and without MikoPBX's prefix. */
  readonly ariUrl: string;
  readonly ariUsername: string;
  readonly ariPassword: string;
  readonly sipPort: number;
  readonly rtpRange: RtpRange;
  /** Its folder while it runs, as this process sees it. */
  readonly folder: string;
  /** The same as Asterisk sees it. */
  readonly chrootFolder: string;
  /** Asterisk's log while it runs. */
  readonly logFile: string;
  /** Id of the Asterisk process itself, for CPU and memory in `/proc`. */
  readonly pid: number;
  /** Resolves to the exit code if it ends, wanted or not (running out of RTP ports kills it). */
  readonly exited: Promise<number>;
  /** Runs a command as `asterisk -rx` does and answers what it printed. */
  cli(command: string): Promise<string>;
  channelCount(): Promise<number>;
  bridgeCount(): Promise<number>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Asterisk 22 with all its modules is up in 2 s here; a loaded CI machine gets ten times that. */
const READY_MS_MAX = 30_000;
/**
 * Then it is killed. It takes 0.1 to 1 s, but 15 s more after `externalMedia` was asked for with an id that was taken: 22.10.1
 * answers 500 and keeps a channel that nobody sees and for which it waits.
 */
const STOP_MS_MAX = 3000;

/** Folder for the instances, inside each root; the only place in a root that is written to. */
const RUN_FOLDER = '/patchcord-run';
let instances = 0;

/**
 * Starts an Asterisk of its own ports and folders: several run side by side, of the same root too. Installs it first when
 * it is missing. Throws with the reason when it cannot be had, and with the end of its log when it does not come up.
 */
export async function startAsterisk(options: AsteriskOptions): Promise<Asterisk> {
  const installation = await installAsterisk(options.major);
  if (!installation.available)
    throw new Error(`no Asterisk ${options.major}: ${installation.reason}`);
  const { root, version } = installation;
  await removeStaleFolders(root);

  const folder = `${RUN_FOLDER}/${process.pid}-${++instances}`;
  const outerFolder = join(root, folder);
  const moduleFolder = findModuleFolder(root);
  const rtpRange = await leaseRtpRange(options.shape);
  const [httpPort, sipPort] = await Promise.all([findTcpPort(), findUdpPort()]);
  const ariUsername = 'relay';
  const ariPassword = randomBytes(12).toString('hex');

  for (const name of ['etc', 'var/keys', 'spool', 'run', 'log']) {
    await mkdir(join(outerFolder, name), { recursive: true });
  }
  const config: AsteriskConfig = {
    shape: options.shape,
    folder,
    moduleFolder,
    modulesOnDisk: new Set(readdirSync(join(root, moduleFolder))),
    httpPort,
    sipPort,
    rtpRange,
    ariUsername,
    ariPassword,
    apps: options.apps ?? { '999': 'patchcord' },
    dialplan: options.dialplan ?? '',
    trunk: options.trunk,
  };
  const files = { ...buildConfig(config), ...options.files?.(config) };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(outerFolder, 'etc', name), text);
  }

  let output = '';
  const configFile = `${folder}/etc/asterisk.conf`;
  const supervised = superviseProcess(
    ['chroot', root, 'asterisk', '-f', '-C', configFile],
    outerFolder,
    (text) => {
      output = (output + text).slice(-4000);
    },
  );
  const cli = async (command: string) => {
    const { stdout } = await run('chroot', [root, 'asterisk', '-C', configFile, '-rx', command], {
      maxBuffer: 64 << 20,
    });
    return stdout;
  };
  const logFile = join(outerFolder, 'log/full');
  const ariUrl = `http://127.0.0.1:${httpPort}`;

  const stop = async () => {
    if (!supervised.hasExited()) {
      if (options.keepLogAs !== undefined)
        await copyFile(logFile, options.keepLogAs).catch(() => {});
      void cli('core stop now').catch(() => {}); // Its answer comes when Asterisk is gone, or never.
      await Promise.race([supervised.exited, sleep(STOP_MS_MAX, undefined, { ref: false })]);
      supervised.kill();
      await supervised.exited;
    }
    await rtpRange.release();
  };
  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= stop());

  try {
    await waitUntilReady(supervised, cli, `${ariUrl}${ariPath(options.shape)}/asterisk/ping`, {
      Authorization: `Basic ${btoa(`${ariUsername}:${ariPassword}`)}`,
    });
  } catch (error) {
    const log = existsSync(logFile) ? (await readFile(logFile, 'utf8')).slice(-3000) : '';
    await stopOnce();
    throw new Error(`Asterisk ${version} (${options.shape}) did not start:\n${output}\n${log}`, {
      cause: error,
    });
  }
  const pid = Number(await readFile(join(outerFolder, 'run/asterisk.pid'), 'utf8'));
  return {
    major: options.major,
    shape: options.shape,
    version,
    ariUrl,
    ariUsername,
    ariPassword,
    sipPort,
    rtpRange: { firstPort: rtpRange.firstPort, lastPort: rtpRange.lastPort },
    folder: outerFolder,
    chrootFolder: folder,
    logFile,
    pid,
    exited: supervised.exited,
    cli,
    async channelCount() {
      return Number(/(\d+) active channel/.exec(await cli('core show channels count'))?.[1]);
    },
    async bridgeCount() {
      const lines = (await cli('bridge show all')).trim().split('\n');
      return lines.length - 1; // Below one heading.
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}

/** Path of ARI under the HTTP server. */
function ariPath(shape: AsteriskShape): string {
  const prefix = httpPrefix(shape);
  return prefix === '' ? '/ari' : `/${prefix}/ari`;
}

/** Debian moved the modules under the machine's triplet after version 16. */
function findModuleFolder(root: string): string {
  const candidates = ['x86_64-linux-gnu/', 'aarch64-linux-gnu/', ''];
  const found = candidates
    .map((triplet) => `/usr/lib/${triplet}asterisk/modules`)
    .find((folder) => existsSync(join(root, folder, 'chan_pjsip.so')));
  if (found === undefined) throw new Error(`no Asterisk modules in ${root}`);
  return found;
}

/** Waits for "fully booted" on the console socket, then for ARI; rejects if the process ends first. */
async function waitUntilReady(
  supervised: SupervisedProcess,
  cli: (command: string) => Promise<string>,
  pingUrl: string,
  headers: Record<string, string>,
): Promise<void> {
  const deadline = performance.now() + READY_MS_MAX;
  let lastError: unknown;
  while (performance.now() < deadline) {
    if (supervised.hasExited()) throw new Error(`it ended with code ${await supervised.exited}`);
    try {
      await cli('core waitfullybooted');
      const response = await fetch(pingUrl, { headers });
      if (response.ok) return;
      lastError = new Error(`ping answered ${response.status}`);
    } catch (error) {
      lastError = error;
    }
    await sleep(50);
  }
  throw new Error(`not ready after ${READY_MS_MAX} ms`, { cause: lastError });
}

/** Removes folders of instances whose process is long gone (the machine was switched off in between). */
async function removeStaleFolders(root: string): Promise<void> {
  const folder = join(root, RUN_FOLDER);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const owner = Number(name.split('-')[0]);
    const pidFile = join(folder, name, 'run/asterisk.pid');
    const asterisk = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
    const isInUse =
      existsSync(`/proc/${owner}`) || (asterisk > 0 && existsSync(`/proc/${asterisk}`));
    if (!isInUse) await rm(join(folder, name), { recursive: true, force: true });
  }
}
