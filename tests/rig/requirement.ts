import type { AsteriskMajor } from './asterisk-release.ts';
import { ensurePackages } from './debian-packages.ts';
import type { RigPackage } from './debian-packages.ts';
import { installAsterisk } from './install.ts';

/** Whether something the tests want is here. */
export type Requirement =
  | { readonly available: true; readonly reason?: undefined }
  | { readonly available: false; readonly reason: string };

/** CI promises that every test runs: what is missing there is a failure, never a skip. */
function orFail(requirement: Requirement, what: string): Requirement {
  if (!requirement.available && process.env['CI'] === 'true') {
    throw new Error(`${what} is required under CI=true: ${requirement.reason}`);
  }
  return requirement;
}

/**
 * Installs a real Asterisk if need be and says whether tests can run on it. Use at the top of a test file:
 * `const asterisk = await requireAsterisk(22);` and `describe.skipIf(!asterisk.available)(…)`, with the reason in the
 * title so that a skip is never silent. Throws under `CI=true`.
 */
export async function requireAsterisk(major: AsteriskMajor): Promise<Requirement> {
  const installation = await installAsterisk(major);
  return orFail(
    installation.available
      ? { available: true }
      : { available: false, reason: installation.reason },
    `Asterisk ${major}`,
  );
}

/** The same for Debian packages such as `sip-tester` and `tshark`. */
export async function requirePackages(...packages: readonly RigPackage[]): Promise<Requirement> {
  return orFail(await ensurePackages(packages), packages.join(', '));
}
