/**
 * `tests/scenarios/timelines/`: whole calls in virtual time, line by line, to read and to compare.
 *
 * `node tests/scenarios/timelines.ts` prints them, `--write` writes them; a name among the arguments chooses one.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import type { CallResult } from '../virtual-call/call-result.ts';
import { runScenario, type Scenario } from './timeline/scenario.ts';
import { SCENARIOS } from './timeline/scenarios.ts';
import { timelineOf } from './timeline/timeline.ts';

const FOLDER = new URL('timelines/', import.meta.url);

const LEGEND = `Seconds since the stream began. caller: at his mouth, with his pauses in <ms>; AGENT: at the caller's ear; · what the agent
makes of it; ! what goes wrong. "after": since the caller's last sound.`;

export function timelineFile(name: string): URL {
  return new URL(`${name}.txt`, FOLDER);
}

export function renderTimeline(scenario: Scenario, result: CallResult): string {
  const { name, about, peer = 'patchcord' } = scenario;
  const where = peer === 'patchcord' ? 'our relay' : 'genuine Twilio';
  return `${name}, ${where}\n${about}\n\n${LEGEND}\n\n${timelineOf(result)}\n`;
}

if (import.meta.main) {
  const [, , ...args] = process.argv;
  const isWritten = args.includes('--write');
  const names = args.filter((arg) => !arg.startsWith('--'));
  if (isWritten) mkdirSync(FOLDER, { recursive: true });
  for (const scenario of SCENARIOS) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    const text = renderTimeline(scenario, runScenario(scenario));
    if (isWritten) writeFileSync(timelineFile(scenario.name), text);
    else process.stdout.write(`${text}\n`);
  }
}
