/**
 * `node tests/amd/main.ts [tuning | held-out] [SEED]`: makes the corpus in `out/amd` as WAV files to listen to, runs the detector over
 * it in both modes, prints the tables of docs/measurements/amd.md and every wrong answer.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { decodeMulaw } from '@patchcord/shared/audio/g711';
import { encodeWav } from '@patchcord/shared/audio/wav';
import { ensurePackages } from '../rig/debian-packages.ts';
import { makeCorpus } from './corpus.ts';
import { confusion, judge, quantile, type Outcome } from './measure.ts';

const [set = 'held-out', seed = '2'] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const packages = await ensurePackages(['espeak-ng'], say);
if (!packages.available) throw new Error(packages.reason);
const calls = await makeCorpus(set === 'tuning' ? 'tuning' : 'held-out', Number(seed));
mkdirSync('out/amd', { recursive: true });
for (const { name, mulaw } of calls) {
  writeFileSync(`out/amd/${set}-${seed}-${name}.wav`, encodeWav([decodeMulaw(mulaw)], 8000));
}

for (const mode of ['Enable', 'DetectMessageEnd'] as const) {
  const outcomes = calls.map((call) => judge(call, mode));
  say(`\n${mode}, ${set}, seed ${seed}`);
  for (const [row, counts] of confusion(outcomes)) {
    const cells = [...counts].map(([answer, count]) => `${answer} ${count}`);
    say(`${row.padEnd(24)}${cells.join('  ')}`);
  }
  for (const [party, answer] of [
    ['person', 'human'],
    ['mailbox', 'machine_start'],
  ] as const) {
    const times = outcomes
      .filter(({ call, answeredBy }) => call.party === party && answeredBy === answer)
      .map(({ durationMs, call }) => durationMs - (party === 'person' ? call.speechEndMs : 0));
    const text = `p50 ${quantile(times, 0.5)} ms, p90 ${quantile(times, 0.9)} ms`;
    if (times.length > 0)
      say(`${answer}: ${text}${party === 'person' ? ' after the last word' : ''}`);
  }
  const people = outcomes.filter(({ answeredBy }) => answeredBy === 'human');
  const spans = people.map(({ durationMs }) => durationMs);
  say(`human, since the answer: p50 ${quantile(spans, 0.5)} ms, p90 ${quantile(spans, 0.9)} ms`);
  const beeps = outcomes
    .filter(
      ({ answeredBy, call }) => answeredBy === 'machine_end_beep' && call.beepEndMs !== undefined,
    )
    .map(({ durationMs, call }) => durationMs - (call.beepEndMs ?? 0));
  if (beeps.length > 0) {
    const [least, most] = [Math.min(...beeps), Math.max(...beeps)].map(Math.round);
    say(`beep end: ${least} to ${most} ms, p50 ${quantile(beeps, 0.5)} ms`);
  }
  for (const outcome of outcomes.filter(isWrong)) say(`  ${describe(outcome)}`);
}

function isWrong({ call, answeredBy }: Outcome): boolean {
  const right: readonly string[] = {
    person: ['human'],
    mailbox: [
      'machine_start',
      call.beepEndMs === undefined ? 'machine_end_silence' : 'machine_end_beep',
    ],
    fax: ['fax'],
    nobody: ['unknown'],
    ringing: ['none'],
  }[call.party];
  return !right.includes(answeredBy);
}

function describe({ call, answeredBy, durationMs }: Outcome): string {
  const speech = `speech ${Math.round(call.speechStartMs)}-${Math.round(call.speechEndMs)}`;
  const beep = call.beepEndMs === undefined ? '' : `, beep until ${Math.round(call.beepEndMs)}`;
  return `${call.name}: ${answeredBy} at ${durationMs} (${speech}${beep}, ${call.noise} ${call.snrDb} dB)`;
}
