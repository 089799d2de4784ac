/** `pnpm start`: one real call through everything, on this machine. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { decodeMulaw } from '@patchcord/shared/audio/g711';
import { encodeWav } from '@patchcord/shared/audio/wav';
import { Backend } from '../conversation/backend.ts';
import type { Exchange } from '../conversation/converse.ts';
import type { ConversationResult } from '../conversation/result.ts';
import { DEMO_SCRIPT } from '../conversation/script.ts';
import { System } from '../conversation/system.ts';
import { parseDemoArguments, USAGE, type DemoArguments } from './arguments.ts';
import { choosePbx } from './choose-pbx.ts';
import { readProviders } from './providers.ts';
import { drawTimeline } from './timeline.ts';
import { formatExchange, formatVerdict, formatWaterfalls } from './transcript.ts';

const FOLDER = 'out/demo';

try {
  const wanted = parseDemoArguments(process.argv.slice(2));
  if (wanted.isHelp) process.stdout.write(USAGE);
  else process.exitCode = await demo(wanted);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Answers the exit code: 0 only if the call went well. */
async function demo(wanted: DemoArguments): Promise<number> {
  // With --json standard output is the result alone.
  const say = (text: string): void => {
    (wanted.isJson ? process.stderr : process.stdout).write(`${text}\n`);
  };
  const { real, vars } = readProviders();
  if (real.length > 0) {
    // Tone speech means nothing to a real recogniser, and a real voice nothing to the scripted caller.
    say(
      `Keys found for ${real.join(', ')}: the scripted caller speaks in tones, which only the stand-ins understand.`,
    );
    say(
      'It is the edge that uses them; call extension 999 yourself (--stay), or verify each key with `pnpm smoke`.',
    );
  }
  say('Starting');
  const { pbx, whySimulated } = await choosePbx(wanted.pbx, (line) => say(`  ${line}`));
  if (whySimulated !== undefined) say(`  no real Asterisk here (${whySimulated}): simulated`);
  say(`  PBX: ${pbx.name}`);
  await using owner = new AsyncDisposableStack();
  owner.use(pbx);
  const edgeLog: string[] = [];
  const backend = owner.use(
    await Backend.start({
      vars,
      onEdgeLog: (line) => edgeLog.push(line),
      onStarted: (part) => say(`  ${part}`),
    }),
  );
  const system = owner.use(await System.start(pbx, backend));
  say('  relay');

  say(
    '\nCalling 999. Speech is text carried as tones; what is printed was decoded from the audio.\n',
  );
  const { phone, exchanges, result } = await system.converse(
    { extension: '999', callerNumber: '60123456789', callerName: 'Demo' },
    DEMO_SCRIPT,
    (exchange) => say(formatExchange(exchange)),
  );
  mkdirSync(FOLDER, { recursive: true });
  const tracks = [phone.recording.spoken(), phone.recording.heard()].map(decodeMulaw);
  writeFileSync(`${FOLDER}/call.wav`, encodeWav(tracks, 8000));
  writeFileSync(`${FOLDER}/edge.log`, `${edgeLog.join('\n')}\n`);
  const relayLog = system.relay.log.all.map((line) => JSON.stringify(line));
  writeFileSync(`${FOLDER}/relay.log`, `${relayLog.join('\n')}\n`);
  writeFileSync(`${FOLDER}/timeline.svg`, drawTimeline(exchanges, result));
  writeFileSync(`${FOLDER}/result.json`, `${JSON.stringify(result, undefined, 2)}\n`);

  say(formatWaterfalls(result));
  say(formatVerdict(result));
  say(`${FOLDER}/call.wav        stereo: the caller left, the agent right, as heard`);
  say(`${FOLDER}/timeline.svg    who spoke when, and where the time went: open it in a browser`);
  say(`${FOLDER}/result.json     all of it, for programs; relay.log and edge.log beside it`);
  if (wanted.isJson) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);

  const problems = judge(exchanges, result);
  for (const problem of problems) say(`\nThe call did not go well: ${problem}`);
  if (wanted.isStaying) {
    say(`\nEverything stays up: edge ${backend.edge.url}, ARI ${pbx.ariUrl}. Ctrl+C ends it.`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  }
  return problems.length === 0 ? 0 : 1;
}

/** What a caller would have noticed. */
function judge(exchanges: readonly Exchange[], result: ConversationResult): string[] {
  const problems: string[] = [];
  if (exchanges.length !== DEMO_SCRIPT.length + 1) problems.push('not every line was answered');
  if (result.characterErrors > 0) problems.push(`${result.characterErrors} characters were wrong`);
  if (result.lostPackets > 0) problems.push(`${result.lostPackets} packets were lost`);
  if (result.endReason !== 'agent-hangup')
    problems.push('the agent did not hang up after its goodbye');
  for (const { code, message } of result.errors) problems.push(`${code}: ${message}`);
  return problems;
}
