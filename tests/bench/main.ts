/** `pnpm bench [NAME]`: runs a bench, prints its table, writes `out/bench/NAME.json`. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchConversation, createBaseline, traceConversation } from './conversation/bench.ts';
import { drawConversationBench } from './conversation/chart.ts';
import { oursWith, RACING_MAX } from './conversation/ours.ts';
import { formatConversationBench } from './conversation/table.ts';
import { benchEdge } from './edge/bench.ts';
import { formatEdgeBench } from './edge/table.ts';
import { benchIdle, formatIdleBench } from './idle/bench.ts';
import { benchLoad, formatLoadBench } from './load/bench.ts';
import { benchRelay, formatRelayBench } from './relay/bench.ts';

const USAGE = `pnpm bench [NAME] [options]

benches
  relay   CPU of a call in the relay against a bare loop and against Asterisk's chan_websocket;
          tick lateness, added delay, losses (needs Linux; the part with Asterisk needs root on Debian)
  load    jitter that forty phones on a real Asterisk hear, beside a bare process in the same capture;
          exit code 1 above 3 ms (needs root on Debian)
  idle    how long the relay takes to start and how much memory it keeps while nobody calls, as a
          release and from the sources; exit code 1 above 1 s or 90 MB (needs Linux)
  conversation
          whole calls in virtual time between scripted callers and the edge's conversation engine, at the
          caller's ear, beside an engine without any of its ideas; exit code 1 where a bound is missed
  edge    fifty conversations at once on workerd, beside one that has it for itself: lost turns, latency at
          the caller's socket, CPU and memory per call; exit code 1 where a bound is missed (needs Linux)

options of relay
  --calls N           calls at once (100)
  --seconds N         length of each measured run (20)
  --rounds N          pairs of runs; ratios are the median (3)
  --asterisk-calls N  calls at once on the real Asterisk (30)

options of load
  --load-calls N      calls at once (40)
  --load-seconds N    how long they are all there (60)

options of conversation
  --conversations N   calls of a corpus, a third in each language (330)
  --seed N,N,...      other corpora, and their figures together (1)
  --models N          language models that race in our engine, 1 to 3 (3)
  --peer NAME         patchcord, or twilio: marks and clear only (patchcord)
  --trace N           prints what happens in call N, from 0, and measures nothing
  --engine NAME       of --trace: ours or baseline (ours)

options of edge
  --edge-calls N      conversations at once (50)
  --edge-turns N      turns of the caller in each of them (6)
  --edge-alone N      conversations alone before them, of five turns each (4)
  --peer NAME         patchcord or twilio, as above

options of all
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
    'load-calls': { type: 'string', default: '40' },
    'load-seconds': { type: 'string', default: '60' },
    conversations: { type: 'string', default: '330' },
    seed: { type: 'string', default: '1' },
    models: { type: 'string', default: '3' },
    peer: { type: 'string', default: 'patchcord' },
    'edge-calls': { type: 'string', default: '50' },
    'edge-turns': { type: 'string', default: '6' },
    'edge-alone': { type: 'string', default: '4' },
    trace: { type: 'string' },
    engine: { type: 'string', default: 'ours' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [name = 'relay'] = positionals;

if (values.help) process.stdout.write(USAGE);
else if (name === 'relay') await relay();
else if (name === 'load') await load();
else if (name === 'idle') await idle();
else if (name === 'conversation') conversation();
else if (name === 'edge') await edge();
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
  if (!areCounts(options)) return;
  const progress = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const result = await benchRelay(options, progress);
  publish(result, formatRelayBench(result));
}

async function idle(): Promise<void> {
  const result = await benchIdle();
  publish(result, formatIdleBench(result));
  if (result.problems.length > 0) process.exitCode = 1;
}

async function load(): Promise<void> {
  const options = {
    calls: Number(values['load-calls']),
    seconds: Number(values['load-seconds']),
  };
  if (!areCounts(options)) return;
  process.stderr.write(`${options.calls} calls for ${options.seconds} s\n`);
  const result = await benchLoad(options);
  publish(result, formatLoadBench(result));
  if (result.problems.length > 0) process.exitCode = 1;
}

async function edge(): Promise<void> {
  const { peer } = values;
  const counts = {
    calls: Number(values['edge-calls']),
    turns: Number(values['edge-turns']),
    aloneCalls: Number(values['edge-alone']),
  };
  if (!areCounts(counts)) return;
  if (peer !== 'patchcord' && peer !== 'twilio') {
    process.stderr.write('--peer is patchcord or twilio\n');
    process.exitCode = 2;
    return;
  }
  const result = await benchEdge({ ...counts, peer }, (line) => process.stderr.write(`${line}\n`));
  publish(result, formatEdgeBench(result));
  if (result.missed.length > 0) process.exitCode = 1;
}

function conversation(): void {
  const { peer, engine, trace } = values;
  const seeds = values.seed.split(',').map(Number);
  const counts = { conversations: Number(values.conversations), models: Number(values.models) };
  if (!areCounts({ ...counts, ...Object.fromEntries(seeds.entries()) })) return;
  if (counts.models > RACING_MAX) {
    process.stderr.write(`--models is ${RACING_MAX} at most\n`);
    process.exitCode = 2;
    return;
  }
  if ((peer !== 'patchcord' && peer !== 'twilio') || (engine !== 'ours' && engine !== 'baseline')) {
    process.stderr.write('--peer is patchcord or twilio, --engine is ours or baseline\n');
    process.exitCode = 2;
    return;
  }
  const options = { ...counts, seeds, peer } as const;
  const createOurs = oursWith(counts.models);
  if (trace !== undefined) {
    const create = engine === 'ours' ? createOurs : createBaseline;
    process.stdout.write(`${traceConversation(Number(trace), options, create)}\n`);
    return;
  }
  const run = benchConversation(options, createOurs, (line) => process.stderr.write(`${line}\n`));
  publish(run.result, formatConversationBench(run.result));
  writeFileSync(`out/bench/${name}.svg`, drawConversationBench(run));
  if (run.result.bounds.some(({ isMet }) => !isMet)) process.exitCode = 1;
}

/** Whether all are whole numbers from 1; says so and sets the exit code where they are not. */
function areCounts(options: Readonly<Record<string, number>>): boolean {
  const isGood = Object.values(options).every((value) => Number.isInteger(value) && value >= 1);
  if (!isGood) {
    process.stderr.write('options with N are whole numbers from 1\n');
    process.exitCode = 2;
  }
  return isGood;
}

/** Keeps a result as JSON and prints it, for people or for programs. */
function publish(result: object, table: string): void {
  mkdirSync('out/bench', { recursive: true });
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  writeFileSync(`out/bench/${name}.json`, json);
  process.stdout.write(values.json ? json : `\n${table}\nout/bench/${name}.json\n`);
}
