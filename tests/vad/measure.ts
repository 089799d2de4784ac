/** Runs a detector over calls, frame by frame, and counts. */

import type { SpeechRun } from '@patchcord/shared/audio/voice-activity';
import { quantile } from '../amd/measure.ts';
import { FRAME_MS, FRAME_SAMPLES, type Call } from './corpus.ts';

/** What the detectors have in common. */
export interface Detector {
  push(mulaw: Uint8Array): void;
  heardByCaller?(mulaw: Uint8Array): void;
  mindEcho?(): void;
  readonly positionMs: number;
  readonly isSpeaking: boolean;
  readonly run: SpeechRun | undefined;
}

export interface Figures {
  readonly utterances: number;
  readonly missed: number;
  /** Of the frames with the caller's speech, those outside of every run, in percent. */
  readonly missPercent: number;
  /** Of the frames outside of utterances, those in a run, in percent. */
  readonly falseAlarmPercent: number;
  /** Runs that overlap no utterance, per minute outside of utterances. */
  readonly falseStartsPerMinute: number;
  /** From the first loud frame until the detector says so. */
  readonly onsetMs: Spread;
  /** `run.endMs` after the end of the utterance; of both signs. */
  readonly endErrorMs: Spread;
}

/** Median, and what 95 of 100 stay below; for errors of both signs, the 95 are of their magnitudes. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

interface ConfirmedRun extends SpeechRun {
  readonly confirmedMs: number;
}

export function runsIn(call: Call, detector: Detector): readonly ConfirmedRun[] {
  const runs: ConfirmedRun[] = [];
  let wasSpeaking = false;
  if (call.heard !== undefined) detector.mindEcho?.();
  for (let at = 0; at < call.mulaw.length; at += FRAME_SAMPLES) {
    const end = at + FRAME_SAMPLES;
    if (call.heard !== undefined) detector.heardByCaller?.(call.heard.subarray(at, end));
    detector.push(call.mulaw.subarray(at, end));
    const { isSpeaking, run, positionMs } = detector;
    if (isSpeaking && run !== undefined) {
      const latest = wasSpeaking ? runs.pop() : undefined;
      runs.push({ ...run, confirmedMs: latest?.confirmedMs ?? positionMs });
    }
    wasSpeaking = isSpeaking;
  }
  return runs;
}

/** Adds up the calls of one condition. */
export class Tally {
  #utterances = 0;
  #missed = 0;
  #speechFrames = 0;
  #missedFrames = 0;
  #otherFrames = 0;
  #falseFrames = 0;
  #falseStarts = 0;
  readonly #onsets: number[] = [];
  readonly #ends: number[] = [];

  add(call: Call, runs: readonly ConfirmedRun[]): void {
    const isInRun = new Uint8Array(call.isSpeech.length);
    for (const { startMs, endMs } of runs) isInRun.fill(1, startMs / FRAME_MS, endMs / FRAME_MS);
    const isInUtterance = new Uint8Array(call.isSpeech.length);
    for (const { startMs, loudMs, endMs } of call.utterances) {
      isInUtterance.fill(1, startMs / FRAME_MS, endMs / FRAME_MS);
      const own = runs.filter((run) => run.endMs > startMs && run.startMs < endMs);
      const first = own[0];
      this.#utterances++;
      if (first === undefined) this.#missed++;
      else {
        this.#onsets.push(Math.max(0, first.confirmedMs - loudMs));
        this.#ends.push((own.at(-1)?.endMs ?? 0) - endMs);
      }
    }
    call.isSpeech.forEach((isSpeech, frame) => {
      if (isSpeech === 1) {
        this.#speechFrames++;
        if (isInRun[frame] === 0) this.#missedFrames++;
      }
      if (isInUtterance[frame] === 0) {
        this.#otherFrames++;
        if (isInRun[frame] === 1) this.#falseFrames++;
      }
    });
    this.#falseStarts += runs.filter(
      (run) =>
        !call.utterances.some(({ startMs, endMs }) => run.endMs > startMs && run.startMs < endMs),
    ).length;
  }

  get figures(): Figures {
    const minutes = (this.#otherFrames * FRAME_MS) / 60_000;
    const magnitudes = this.#ends.map(Math.abs);
    return {
      utterances: this.#utterances,
      missed: this.#missed,
      missPercent: (100 * this.#missedFrames) / this.#speechFrames,
      falseAlarmPercent: (100 * this.#falseFrames) / this.#otherFrames,
      falseStartsPerMinute: this.#falseStarts / minutes,
      onsetMs: { p50: quantile(this.#onsets, 0.5), p95: quantile(this.#onsets, 0.95) },
      endErrorMs: { p50: quantile(this.#ends, 0.5), p95: quantile(magnitudes, 0.95) },
    };
  }
}
