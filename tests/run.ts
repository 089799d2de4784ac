/**
 * `pnpm test`: installs what the tests need, runs all of them, and says at the end what was not run and why.
 *
 * Under `CI=true` nothing may be skipped: one skipped test fails the run.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { ensurePackages } from './rig/debian-packages.ts';
import { installAsterisk } from './rig/install.ts';

const USAGE = `pnpm test [FILTER …] [-- vitest options]

Runs every test: units and whole calls in virtual time, stand-ins and the simulated PBX on loopback, and calls on real
Asterisk 22 and 16 (installed into ~/.cache/patchcord as root on Debian; elsewhere those tests are skipped, and said so).
FILTER runs only the files whose path contains it.
`;

const RESULTS = 'out/test/results.json';

const resultsSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numFailedTestSuites: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()),
        }),
      ),
    }),
  ),
});

const args = process.argv.slice(2).filter((arg) => arg !== '--');
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(USAGE);
} else {
  process.exitCode = await runTests();
}

async function runTests(): Promise<number> {
  await prepare();
  mkdirSync('out/test', { recursive: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`];
  const vitest = spawn('vitest', ['run', ...reporters, ...args], { stdio: 'inherit' });
  const [exitCode]: (number | null)[] = await once(vitest, 'exit');
  return summarise(exitCode ?? 1);
}

/** Installs Asterisk and its company where that is possible; the tests say themselves what they miss. */
async function prepare(): Promise<void> {
  const wanted = args.filter((arg) => !arg.startsWith('-'));
  const isAsteriskWanted = wanted.length === 0 || wanted.some((arg) => /e2e|rig|sim|amd/.test(arg));
  if (!isAsteriskWanted) return;
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const packages = await ensurePackages(['mmdebstrap', 'sip-tester', 'tshark', 'espeak-ng'], say);
  if (!packages.available) say(`Debian packages: ${packages.reason}`);
  for (const major of [22, 16] as const) {
    const installation = await installAsterisk(major, say);
    const state = installation.available ? installation.version : `no: ${installation.reason}`;
    say(`Asterisk ${major}: ${state}`);
  }
}

function summarise(exitCode: number): number {
  const results = resultsSchema.parse(JSON.parse(readFileSync(RESULTS, 'utf8')));
  const tests = results.testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`);
  // What an earlier try failed by is kept with it.
  const again = tests.filter((each) => each.status === 'passed' && each.failureMessages.length > 0);
  for (const { fullName, failureMessages } of again) {
    const reason = /the host stood still .*/.exec(failureMessages.join('\n'))?.[0] ?? '';
    process.stdout.write(`passed when tried again: ${fullName}: ${reason}\n`);
  }
  const isCi = process.env['CI'] === 'true';
  if (isCi && skipped.length > 0) {
    process.stdout.write('CI=true: a skipped test is a failed run\n');
  }
  const { numPassedTests: passed, numFailedTests: failed } = results;
  process.stdout.write(
    `\nTests: ${passed} passed (${again.length} when tried again), ${failed} failed, ${skipped.length} skipped\n`,
  );
  const isFailed = failed > 0 || results.numFailedTestSuites > 0 || (isCi && skipped.length > 0);
  return exitCode !== 0 || isFailed ? 1 : 0;
}
