/**
 * `node tests/fuzz/run.ts TARGET [--seconds 60] [--seed N] [--path P]`: gives a parser whatever it can think of, for so long.
 *
 * Exits 1 at the first input that makes it throw what is not its own refusal, or take more than 50 ms of CPU; prints the input at
 * its smallest, with the seed and path that bring it back. What is not bounded in memory dies: the heap is small
 * (`--max-old-space-size`, see fuzz.test.ts).
 */

import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { forms } from './forms.ts';
import { rest } from './rest.ts';
import { stream } from './stream.ts';
import { twiml } from './twiml.ts';

/** Each has its own types of input; what they have in common is that they are run. */
const TARGETS: Readonly<Record<string, fc.IAsyncPropertyWithHooks<never>>> = {
  twiml: twiml as fc.IAsyncPropertyWithHooks<never>,
  forms: forms as fc.IAsyncPropertyWithHooks<never>,
  stream: stream as fc.IAsyncPropertyWithHooks<never>,
  rest: rest as fc.IAsyncPropertyWithHooks<never>,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const [name = ''] = positionals;
const target = TARGETS[name];
if (target === undefined) {
  process.stderr.write(`expected one of ${Object.keys(TARGETS).join(', ')}, got \`${name}\`\n`);
  process.exit(2);
}
// Other tests have the right of way.
setPriority(constants.priority.PRIORITY_LOW);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`${name}: seed ${seed}, ${values.seconds} s\n`);

const result = await fc.check(target, {
  seed,
  ...(values.path === undefined ? {} : { path: values.path }),
  numRuns: Number.MAX_SAFE_INTEGER,
  interruptAfterTimeLimit: Number(values.seconds) * 1000,
  markInterruptAsFailure: false,
});
if (result.failed) {
  const shown = (await fc.asyncDefaultReportMessage(result)) ?? '';
  process.stderr.write(`${String(result.errorInstance)}\n${shown.slice(0, 20_000)}\n`);
  process.stderr.write(`again: node tests/fuzz/run.ts ${name} --seed ${seed}\n`);
  process.exitCode = 1;
} else {
  const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20);
  process.stdout.write(`${name}: ${result.numRuns} inputs, ${megabytes} MB\n`);
}
