/**
 * Every parser of what strangers send, in a process of its own: all at once, at low priority, so that they take the time that other
 * tests leave.
 *
 * 60 s each under `CI=true`, otherwise 2 s; `FUZZ_SECONDS` says otherwise. `FC_SEED` repeats a run.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? (process.env['CI'] === 'true' ? 60 : 2));
/** On top of that: starting, the last input, and making a failing one small. */
const GRACE_MS = 120_000;
const HEAP_MB = 256;

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));

it.concurrent.each(['twiml', 'forms', 'stream', 'rest'])(
  '%s: no input throws, takes 50 ms or fills the memory',
  async (target) => {
    const seed = process.env['FC_SEED'];
    const args = [target, '--seconds', String(SECONDS)];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        `--max-old-space-size=${HEAP_MB}`,
        RUN,
        ...args,
        ...(seed === undefined ? [] : ['--seed', seed]),
      ],
      { timeout: SECONDS * 1000 + GRACE_MS, maxBuffer: 2 ** 22 },
    );
    process.stdout.write(stdout);
    expect(stdout).toMatch(/\d+ inputs/);
  },
  SECONDS * 1000 + GRACE_MS,
);
