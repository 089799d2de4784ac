/** Parses the command line and runs one command. */

import { parseArgs } from 'node:util';
import { placeCall } from './commands/call.ts';
import { check } from './commands/check.ts';
import { EXIT_CONFIG, run } from './commands/run.ts';
import { runSweep } from './commands/sweep.ts';
import { CONFIG_FILE, loadConfig } from './config.ts';
import { describeError, RelayError } from './core/error.ts';
import { VERSION } from './version.ts';

const USAGE = `patchcord-relay ${VERSION}: Asterisk calls as Twilio Media Streams

usage: patchcord-relay COMMAND [options]

commands
  run       run the relay until SIGTERM; then drain and stop
  check     look at every precondition; say what is wrong and how to mend it
  call NUM  have the running relay call NUM with your handler; shows how it goes
  sweep     end channels and bridges that a crashed relay left on the PBX
  version   print the version

options
  --env FILE   read variables from FILE (default ${CONFIG_FILE} where it exists);
               the environment comes first
  --from NUM   call: the caller ID (default: the first of OUTBOUND_CALLER_IDS)
  --json       check, call, sweep: print JSON
  --dry-run    sweep: only say what would be done
  --help       print this

exit codes
  0 good   1 failed, or check found a cross   2 wrong usage   78 wrong configuration
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      env: { type: 'string' },
      json: { type: 'boolean', default: false },
      from: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (command === 'call') {
    const [number, ...others] = rest;
    if (number === undefined || others.length > 0) throw new UsageError('call wants one number');
    return placeCall(loadConfig(values.env), number, values.from, values.json);
  }
  if (rest.length > 0) throw new UsageError(`unexpected argument \`${rest[0]}\``);
  switch (command) {
    case 'run':
      return run(loadConfig(values.env));
    case 'check':
      return check(values.env, values.json);
    case 'sweep':
      return runSweep(loadConfig(values.env), values['dry-run'], values.json);
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    default:
      throw new UsageError(
        command === undefined ? 'a command is missing' : `unknown command \`${command}\``,
      );
  }
}

class UsageError extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof UsageError ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  const code = error instanceof RelayError ? `${error.code}\n` : '';
  process.stderr.write(`patchcord-relay: ${code}${describeError(error)}\n`);
  if (isUsage) process.stderr.write('see patchcord-relay --help\n');
  const isConfig = error instanceof RelayError && /^(CONFIG_|ARI_UNAUTHORIZED)/.test(error.code);
  process.exitCode = isUsage ? 2 : isConfig ? EXIT_CONFIG : 1;
}
