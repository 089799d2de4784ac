import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian packages the rig uses, by the command that shows a package is there. */
export const RIG_PACKAGES = {
  mmdebstrap: '/usr/bin/mmdebstrap',
  'sip-tester': '/usr/bin/sipp',
  tshark: '/usr/bin/tshark',
  'espeak-ng': '/usr/bin/espeak-ng',
} as const;

/** A package of {@link RIG_PACKAGES}. */
export type RigPackage = keyof typeof RIG_PACKAGES;

/** Why nothing can be installed here; undefined where `apt-get install` works. */
export function whyNotInstallable(): string | undefined {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`;
  if (!existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) {
    return 'needs Debian (no /etc/debian_version or no apt-get)';
  }
  if (process.getuid?.() !== 0) return 'needs root (chroot, apt-get)';
  return undefined;
}

/**
 * Installs those of `packages` that are missing, never asking anything. `onProgress` gets one line per step.
 *
 * Answers the reason where it cannot: not root, not Debian, or what apt-get said last.
 */
export async function ensurePackages(
  packages: readonly RigPackage[],
  onProgress: (line: string) => void = () => {},
): Promise<{ readonly available: true } | { readonly available: false; readonly reason: string }> {
  const missing = packages.filter((name) => !existsSync(RIG_PACKAGES[name]));
  if (missing.length === 0) return { available: true };
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) {
    return { available: false, reason: `${missing.join(', ')} missing; installing ${obstacle}` };
  }

  onProgress(`apt-get install ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // A lock held by another apt-get (a second test process) is waited for.
  const options = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300'];
  try {
    await run('apt-get', [...options, 'update'], { env, maxBuffer: 64 << 20 }).catch(() => {
      // One unreachable source of several fails the update; the install below decides.
    });
    const install = [...options, '--no-install-recommends', 'install', ...missing];
    await run('apt-get', install, { env, maxBuffer: 64 << 20 });
    return { available: true };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      available: false,
      reason: `apt-get could not install ${missing.join(', ')}: ${said.trim().slice(-600)}`,
    };
  }
}
