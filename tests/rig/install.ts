/**
 * Installs real Asterisks for the tests: one Debian root folder per major version, made by mmdebstrap, kept between runs.
 *
 * `node tests/rig/install.ts [--json]` installs all and says where they are; exit 1 when one cannot be had here.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import {
  ASTERISK_MAJORS,
  ASTERISK_RELEASES,
  complainAboutVersion,
  parseVersion,
} from './asterisk-release.ts';
import type { AsteriskMajor, AsteriskRelease } from './asterisk-release.ts';
import { ensurePackages, whyNotInstallable } from './debian-packages.ts';

const run = promisify(execFile);

/** An installed Asterisk, or why there is none. */
export type Installation =
  | {
      readonly available: true;
      readonly major: AsteriskMajor;
      /** Folder to `chroot` into. */
      readonly root: string;
      /** As Asterisk says it, such as `22.10.1`. */
      readonly version: string;
    }
  | { readonly available: false; readonly major: AsteriskMajor; readonly reason: string };

/** Written as the last file of a root: a root without it was not finished. */
const RECEIPT = 'patchcord-root.json';
const receiptSchema = z.object({ suite: z.string(), version: z.string() });

/** Folder of the roots: `PATCHCORD_ASTERISK_DIR`, or `patchcord/asterisk` in the user's cache. */
export function cacheFolder(): string {
  const chosen = process.env['PATCHCORD_ASTERISK_DIR'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const cache = process.env['XDG_CACHE_HOME'];
  return join(
    cache === undefined || cache === '' ? join(homedir(), '.cache') : cache,
    'patchcord',
    'asterisk',
  );
}

/**
 * The root of one major version, installed first if need be (about 35 s and 350 MB). Processes that ask at the same time
 * wait for the first one. Never throws for what the machine lacks: that is `available: false` with the reason.
 */
export async function installAsterisk(
  major: AsteriskMajor,
  onProgress: (line: string) => void = () => {},
): Promise<Installation> {
  const release = ASTERISK_RELEASES[major];
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) return { available: false, major, reason: obstacle };

  const folder = cacheFolder();
  const root = join(folder, String(major));
  try {
    await mkdir(folder, { recursive: true });
    const found = await readReceipt(root, release);
    if (found !== undefined) return { available: true, major, root, version: found };
    return await withLock(`${root}.lock`, async () => {
      // Another process may have finished it while this one waited.
      const version =
        (await readReceipt(root, release)) ?? (await build(root, release, onProgress));
      return { available: true, major, root, version };
    });
  } catch (error) {
    return {
      available: false,
      major,
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Version of a finished root that still is what the release table asks for. */
async function readReceipt(root: string, release: AsteriskRelease): Promise<string | undefined> {
  if (!existsSync(join(root, RECEIPT))) return undefined;
  const receipt = receiptSchema.safeParse(JSON.parse(await readFile(join(root, RECEIPT), 'utf8')));
  if (!receipt.success || receipt.data.suite !== release.suite) return undefined;
  const { version } = receipt.data;
  return complainAboutVersion(release, version) === undefined ? version : undefined;
}

/** Builds beside the final place and renames, so that a half-built root is never found. Answers the version. */
async function build(
  root: string,
  release: AsteriskRelease,
  onProgress: (line: string) => void,
): Promise<string> {
  const tools = await ensurePackages(['mmdebstrap'], onProgress);
  if (!tools.available) throw new Error(tools.reason);

  onProgress(`Asterisk ${release.major} from Debian ${release.suite} into ${root} (about 35 s)`);
  // We hold the lock: what another one left half-built is nobody's.
  for (const name of await readdir(dirname(root))) {
    if (name.startsWith(`${release.major}.building-`)) {
      await rm(join(dirname(root), name), { recursive: true, force: true });
    }
  }
  const building = await mkdtemp(`${root}.building-`);
  try {
    await mmdebstrap(release, building, onProgress);
    const { stdout } = await run('chroot', [building, 'asterisk', '-V']);
    const version = parseVersion(stdout);
    const complaint = complainAboutVersion(release, version);
    if (complaint !== undefined || version === undefined) throw new Error(complaint);
    // PJSIP looks up the machine's own name at start; without this line it asks a name server.
    await writeFile(join(building, 'etc/hosts'), `127.0.0.1 localhost ${hostname()}\n`);
    await writeFile(join(building, RECEIPT), JSON.stringify({ suite: release.suite, version }));
    await rm(root, { recursive: true, force: true });
    await rename(building, root);
    onProgress(`Asterisk ${version} ready`);
    return version;
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Runs mmdebstrap; throws with the end of its output and what to change when it fails. */
async function mmdebstrap(
  release: AsteriskRelease,
  target: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const aptOptions = ['APT::Install-Recommends "false"'];
  if (release.mayBeExpired) aptOptions.push('Acquire::Check-Valid-Until "false"');
  const child = spawn(
    'mmdebstrap',
    [
      '--variant=minbase',
      '--include=asterisk,asterisk-modules,ca-certificates',
      ...aptOptions.map((option) => `--aptopt=${option}`),
      release.suite,
      target,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let tail = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    tail = (tail + text).slice(-2000);
    // Its steps only ("I: installing packages..."), not the progress bars.
    for (const step of text.matchAll(/^I: (.*)$/gm)) onProgress(`  ${step[1]}`);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  const code = await promise;
  if (code === 0) return;
  throw new Error(
    `mmdebstrap of Debian "${release.suite}" exited ${code}. If the suite has moved or is gone, name another ` +
      `in tests/rig/asterisk-release.ts. Its last words:\n${tail.trim()}`,
  );
}

/** Runs `work` while holding a lock file; a lock left behind by a process that died is taken over. */
async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      if (holder > 0 && !existsSync(`/proc/${holder}`)) await rm(path, { force: true });
      else await sleep(250);
    }
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

const print = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const isJson = process.argv.includes('--json');
  const tools = await ensurePackages(['mmdebstrap', 'sip-tester', 'tshark'], print);
  // One after the other: two at once take as long on two cores and garble the progress.
  const asterisks: Installation[] = [];
  for (const major of ASTERISK_MAJORS) asterisks.push(await installAsterisk(major, print));

  if (isJson) process.stdout.write(`${JSON.stringify({ tools, asterisks }, null, 2)}\n`);
  else {
    if (!tools.available) print(`tools: ${tools.reason}`);
    for (const found of asterisks) {
      print(
        found.available
          ? `Asterisk ${found.version}: ${found.root}`
          : `Asterisk ${found.major}: not available: ${found.reason}`,
      );
    }
  }
  if (!tools.available || asterisks.some((found) => !found.available)) process.exitCode = 1;
}

if (import.meta.main) await main();
