/** Runs the detector over a corpus, frame by frame in the audio's own time, and counts. */

import { AnsweringMachineDetector, type AmdOptions } from '@patchcord/relay/core/amd/detector';
import type { AnsweredBy } from '@patchcord/relay/core/amd/machine';
import type { Call } from './corpus.ts';

const FRAME_BYTES = 160;
const FRAME_MS = 20;

/** Twilio's defaults. */
export const DEFAULTS = {
  timeoutMs: 30_000,
  speechThresholdMs: 2400,
  speechEndThresholdMs: 1200,
  silenceTimeoutMs: 5000,
} as const;

export interface Outcome {
  readonly call: Call;
  /** `none`: the call was over before the detector was sure. */
  readonly answeredBy: AnsweredBy | 'none';
  readonly durationMs: number;
}

export function judge(call: Call, mode: AmdOptions['mode']): Outcome {
  const detector = new AnsweringMachineDetector({ mode, ...DEFAULTS }, 0);
  for (let frame = 0; (frame + 1) * FRAME_BYTES <= call.mulaw.length; frame++) {
    const mulaw = call.mulaw.subarray(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES);
    const verdict = detector.push(mulaw, (frame + 1) * FRAME_MS);
    if (verdict !== undefined) return { call, ...verdict };
  }
  return { call, answeredBy: 'none', durationMs: call.mulaw.length / 8 };
}

/** Rows of party and language, columns of answers. */
export function confusion(outcomes: readonly Outcome[]): Map<string, Map<string, number>> {
  const rows = new Map<string, Map<string, number>>();
  for (const { call, answeredBy } of outcomes) {
    const name = call.language === '' ? call.party : `${call.party}, ${call.language}`;
    const withBeep =
      call.party !== 'mailbox' ? '' : call.beepEndMs === undefined ? ', no beep' : ', beep';
    const row = rows.get(name + withBeep) ?? new Map<string, number>();
    row.set(answeredBy, (row.get(answeredBy) ?? 0) + 1);
    rows.set(name + withBeep, row);
  }
  return rows;
}

/** The value that `fraction` of all stay at or below; NaN of none. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** Part of the calls of a kind that got one of the right answers. */
export function rate(
  outcomes: readonly Outcome[],
  isOf: (call: Call) => boolean,
  ...right: readonly Outcome['answeredBy'][]
): number {
  const chosen = outcomes.filter(({ call }) => isOf(call));
  return chosen.filter(({ answeredBy }) => right.includes(answeredBy)).length / chosen.length;
}
