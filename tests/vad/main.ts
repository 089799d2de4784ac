/**
 * `node tests/vad/main.ts [tuning | held-out] [SEED] [CONDITION]`: measures the detector of speech, and that of sound for
 * comparison, in every condition whose name contains CONDITION; prints the table of docs/measurements/voice-activity.md
 * and writes `out/vad/SET-SEED.json`. With `--wav`, the audio too.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { decodeMulaw } from '@patchcord/shared/audio/g711';
import { SoundActivity } from '@patchcord/shared/audio/sound-activity';
import { VoiceActivity } from '@patchcord/shared/audio/voice-activity';
import { encodeWav } from '@patchcord/shared/audio/wav';
import { ensurePackages } from '../rig/debian-packages.ts';
import { CONDITIONS } from './conditions.ts';
import { Corpus } from './corpus.ts';
import { runsIn, Tally, type Figures } from './measure.ts';

const args = process.argv.slice(2);
const [set = 'held-out', seed = '2', wanted = ''] = args.filter((arg) => !arg.startsWith('--'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const packages = await ensurePackages(['espeak-ng'], say);
if (!packages.available) throw new Error(packages.reason);

const corpus = await Corpus.make(set === 'tuning' ? 'tuning' : 'held-out', Number(seed));
mkdirSync('out/vad', { recursive: true });
const rows: { condition: string; before: Figures; now: Figures }[] = [];
const cpuNs = { before: 0, now: 0, frames: 0 };

const COLUMNS: readonly ((figures: Figures) => string)[] = [
  ({ missed, utterances }) => `${missed}/${utterances}`,
  ({ missPercent }) => missPercent.toFixed(1),
  ({ falseAlarmPercent }) => falseAlarmPercent.toFixed(1),
  ({ falseStartsPerMinute }) => falseStartsPerMinute.toFixed(1),
  ({ onsetMs }) => `${onsetMs.p50}/${onsetMs.p95}`,
  ({ endErrorMs }) => `${endErrorMs.p50}/${endErrorMs.p95}`,
];

say(
  '| condition | missed | frames missed % | false alarm % | false starts/min | onset ms | end error ms |',
);
say('| --- | --- | --- | --- | --- | --- | --- |');
for (const condition of CONDITIONS.filter(({ name }) => name.includes(wanted))) {
  const before = new Tally();
  const now = new Tally();
  for (const call of corpus.callsIn(condition)) {
    const begun = process.hrtime.bigint();
    before.add(call, runsIn(call, new SoundActivity()));
    const between = process.hrtime.bigint();
    now.add(call, runsIn(call, new VoiceActivity()));
    cpuNs.before += Number(between - begun);
    cpuNs.now += Number(process.hrtime.bigint() - between);
    cpuNs.frames += call.isSpeech.length;
    if (args.includes('--wav')) {
      const name = `${set}-${seed}-${condition.name}-${call.speaker}`.replaceAll(/[^\w-]+/gu, '_');
      writeFileSync(`out/vad/${name}.wav`, encodeWav([decodeMulaw(call.mulaw)], 8000));
    }
  }
  const row = { condition: condition.name, before: before.figures, now: now.figures };
  rows.push(row);
  const cells = COLUMNS.map((cell) => `${cell(row.before)} → ${cell(row.now)}`);
  say(`| ${[condition.name.padEnd(24), ...cells].join(' | ')} |`);
}
const micros = (ns: number): string => (ns / cpuNs.frames / 1000).toFixed(2);
say(
  `\n${cpuNs.frames} frames; µs a frame, with its tally: ${micros(cpuNs.before)} → ${micros(cpuNs.now)}`,
);
writeFileSync(`out/vad/${set}-${seed}.json`, `${JSON.stringify(rows, undefined, 2)}\n`);
