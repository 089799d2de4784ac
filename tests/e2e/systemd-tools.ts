/** Debian's systemd package, for its tools; nothing of it needs to run. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { whyNotInstallable } from '../rig/debian-packages.ts';
import type { Requirement } from '../rig/requirement.ts';

const run = promisify(execFile);
const TOOLS = ['/usr/bin/systemd-analyze', '/usr/bin/systemd-notify'];

function areThere(): boolean {
  return TOOLS.every((tool) => existsSync(tool));
}

/** Installs `systemd-analyze` and `systemd-notify` if need be. Throws under `CI=true` where it cannot. */
export async function requireSystemdTools(): Promise<Requirement> {
  if (areThere()) return { available: true };
  let reason = whyNotInstallable();
  if (reason === undefined) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends'];
    try {
      await run('apt-get', [...options, 'install', 'systemd'], { env, maxBuffer: 64 << 20 });
    } catch (error) {
      reason = error instanceof Error ? error.message.slice(-600) : String(error);
    }
  }
  if (areThere()) return { available: true };
  reason = `systemd-analyze is missing: ${reason ?? 'apt-get installed it somewhere else'}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return { available: false, reason };
}
