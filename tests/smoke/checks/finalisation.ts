/**
 * When the service calls a phrase final, by what an agent may ask of it (`stt.segmentationSilenceMs`, `stt.finalSilenceMs`). The
 * figures of docs/measurements/finalisation.md are of recognisers of our own; these are the service's.
 */

import type { Findings } from '../check.ts';
import type { Subject } from '../subject.ts';
import { Ear } from './ear.ts';

interface Way {
  readonly name: string;
  /** Of the agent's own where there is none. */
  readonly segmentMs?: number;
  readonly aheadMs?: number;
}

const WAYS: readonly Way[] = [
  { name: 'final phrase where 100 ms of silence end a segment', segmentMs: 100 },
  { name: 'final phrase where 1000 ms do', segmentMs: 1000 },
  { name: 'final phrase with 600 ms of silence pushed ahead', aheadMs: 600 },
];

export const FINALISATIONS: readonly string[] = WAYS.map(({ name }) => name);

const LEAD_MS = 200;

/** `subjectOf` answers a subject whose segments end after so much silence. */
export async function examineFinalisation(
  findings: Findings,
  subjectOf: (segmentMs?: number) => Subject,
  mulaw: Uint8Array,
): Promise<void> {
  for (const { name, segmentMs, aheadMs } of WAYS) {
    using ear = new Ear(subjectOf(segmentMs));
    const { endAt } = await ear.hearOut(mulaw, LEAD_MS, aheadMs);
    const last = ear.phrases.at(-1);
    findings.time(name, last && last.at - endAt);
  }
}
