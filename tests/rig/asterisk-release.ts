/** Major versions of Asterisk that the rig can install. */
export type AsteriskMajor = 16 | 22;

/** Where a major version comes from, and the least version that the tests may run on. */
export interface AsteriskRelease {
  readonly major: AsteriskMajor;
  /** Debian suite that carries this major version. */
  readonly suite: string;
  /** Lowest version accepted, `major.minor.patch`. */
  readonly floorVersion: string;
  /** The suite's Release file may have expired (seen on forky, 2026-11). Signatures are still checked. */
  readonly mayBeExpired: boolean;
}

/**
 * The one place that names suites and versions. When Debian moves a suite to another major version, the install says so and
 * points here: `apt-cache policy asterisk` inside a root of another suite tells what that one carries.
 *
 * 16.6 brought external media; 22.7.0 is what MikoPBX 2026.1 runs.
 */
export const ASTERISK_RELEASES: Readonly<Record<AsteriskMajor, AsteriskRelease>> = {
  16: { major: 16, suite: 'bullseye', floorVersion: '16.6.0', mayBeExpired: true },
  22: { major: 22, suite: 'forky', floorVersion: '22.7.0', mayBeExpired: true },
};

/** Every major version, newest first. */
export const ASTERISK_MAJORS: readonly AsteriskMajor[] = [22, 16];

/** `asterisk -V`'s line to its version: `Asterisk 22.10.1+dfsg…` gives `22.10.1`. Undefined when there is none. */
export function parseVersion(line: string): string | undefined {
  return /(\d+\.\d+\.\d+)/.exec(line)?.[1];
}

/** Says what is wrong with a root's version, with the change that mends it; undefined when it is as wanted. */
export function complainAboutVersion(
  release: AsteriskRelease,
  version: string | undefined,
): string | undefined {
  const [major = 0, minor = 0, patch = 0] = (version ?? '').split('.').map(Number);
  const [, floorMinor = 0, floorPatch = 0] = release.floorVersion.split('.').map(Number);
  const isWanted =
    major === release.major &&
    (minor > floorMinor || (minor === floorMinor && patch >= floorPatch));
  if (isWanted) return undefined;
  return (
    `Debian suite "${release.suite}" gave Asterisk ${version ?? '(no version)'}, wanted ${release.major}.x from ` +
    `${release.floorVersion}. The suite has moved: name another in tests/rig/asterisk-release.ts.`
  );
}
