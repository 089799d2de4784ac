/** `pnpm bench [NAME]`: runs a bench, prints its table, writes `out/bench/NAME.json`. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchRelay, formatRelayBench } from './relay/bench.ts';

const USAGE = `pnpm bench [NAME] [options]

benches
  relay   CPU of a call in the relay against a bare loop and against Asterisk's chan_websocket;
          tick lateness, added delay, losses (needs Linux; the part with Asterisk needs root on Debian)

options
  --calls N           calls at once (100)
  --seconds N         length of each measured run (20)
  --rounds N          pairs of runs; ratios are the median (3)
  --asterisk-calls N  calls at once on the real Asterisk (30)
  --json              print the JSON in place of the table
  --help              print this

Figures are ratios of one run on one machine: leave it alone while a bench runs.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    'asterisk-calls': { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [name = 'relay'] = positionals;

if (values.help) process.stdout.write(USAGE);
else if (name === 'relay') await relay();
else {
  process.stderr.write(`there is no bench \`${name}\`\n\n${USAGE}`);
  process.exitCode = 2;
}

async function relay(): Promise<void> {
  const options = {
    calls: Number(values.calls),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    asteriskCalls: Number(values['asterisk-calls']),
  };
  if (Object.values(options).some((value) => !Number.isInteger(value) || value < 1)) {
    process.stderr.write(
      '--calls, --seconds, --rounds and --asterisk-calls are whole numbers from 1\n',
    );
    process.exitCode = 2;
    return;
  }
  const progress = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const result = await benchRelay(options, progress);
  mkdirSync('out/bench', { recursive: true });
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  writeFileSync('out/bench/relay.json', json);
  process.stdout.write(
    values.json ? json : `\n${formatRelayBench(result)}\nout/bench/relay.json\n`,
  );
}
