/**
 * Tones that stand still: one frequency at one level for a tenth of a second and more. Speech does not do that, mailboxes
 * (beeps), fax machines and telephone networks (ringing, busy) do.
 */

import { FRAME_MS, type FrameSpectrum } from './frame-spectrum.ts';

export interface Tone {
  readonly frequencyHz: number;
  /** In milliseconds of audio. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Part of the energy that a tone has in one place; at 8 dB above noise it is 0.86. */
const PEAK_FRACTION_MIN = 0.82;
const LEVEL_DBOV_MIN = -42;
/** Between two frames. */
const DRIFT_HZ_MAX = 12;
/** From its first frames: a voice that holds its pitch still wanders. */
const WANDER_HZ_MAX = 20;
const DRIFT_DB_MAX = 2.5;
/**
 * A fax machine turns the phase of its tone over every 450 ms (ITU-T V.25 §3); the frame with the turn is no tone. Before, there
 * is no such gap: two tones that beat, as in ringing, look like one with gaps.
 */
const GAP_FRAMES_MAX = 1;
const GAP_AFTER_MS = 300;

export class ToneTracker {
  #tone: Tone | undefined;
  #levelDbov = 0;
  #firstHz = 0;
  #gapFrames = 0;
  #ended: Tone | undefined;

  /** `positionMs`: where the frame begins. */
  push({ levelDbov, peakHz, peakFraction }: FrameSpectrum, positionMs: number): void {
    this.#ended = undefined;
    const endMs = positionMs + FRAME_MS;
    const isTonal = peakFraction >= PEAK_FRACTION_MIN && levelDbov >= LEVEL_DBOV_MIN;
    const tone = this.#tone;
    if (tone === undefined) {
      if (isTonal) this.#begin(peakHz, levelDbov, positionMs);
      return;
    }
    const goesOn =
      isTonal &&
      Math.abs(peakHz - tone.frequencyHz) <= DRIFT_HZ_MAX &&
      Math.abs(peakHz - this.#firstHz) <= WANDER_HZ_MAX &&
      // Its first frame may hold the tone in part only.
      (Math.abs(levelDbov - this.#levelDbov) <= DRIFT_DB_MAX ||
        tone.endMs - tone.startMs <= FRAME_MS);
    if (goesOn) {
      this.#tone = { ...tone, frequencyHz: (tone.frequencyHz + peakHz) / 2, endMs };
      this.#levelDbov = levelDbov;
      this.#gapFrames = 0;
      return;
    }
    this.#gapFrames += 1;
    const isLoud = levelDbov > this.#levelDbov - 6;
    const mayTurn = durationMsOf(tone) >= GAP_AFTER_MS && this.#gapFrames <= GAP_FRAMES_MAX;
    if (isLoud && mayTurn) return;
    this.#ended = tone;
    this.#tone = undefined;
    if (isTonal) this.#begin(peakHz, levelDbov, positionMs);
  }

  /** The one that sounds, however short so far. */
  get current(): Tone | undefined {
    return this.#tone;
  }

  /** The one that ended just now, however short it was. */
  get ended(): Tone | undefined {
    return this.#ended;
  }

  #begin(frequencyHz: number, levelDbov: number, startMs: number): void {
    this.#tone = { frequencyHz, startMs, endMs: startMs + FRAME_MS };
    this.#firstHz = frequencyHz;
    this.#levelDbov = levelDbov;
    this.#gapFrames = 0;
  }
}

export function durationMsOf({ startMs, endMs }: Tone): number {
  return endMs - startMs;
}
