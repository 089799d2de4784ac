/** Speech by loudness alone, with a floor that adapts: what a first engine uses. */

import { MULAW_TO_LINEAR } from '@patchcord/shared/audio/g711';

const FRAME_MS = 20;
const MARGIN_DB = 9;
const LEVEL_DBOV_MIN = -46;
/** Loud frames in a row that are speech. */
const ONSET_FRAMES = 3;
const HANGOVER_MS = 200;

/** Power of each µ-law code, full scale is 1. */
const POWERS = Float64Array.from(MULAW_TO_LINEAR, (sample) => (sample / 32_768) ** 2);

export class EnergyDetector {
  #floorDbov = -60;
  #loudFrames = 0;
  #positionMs = 0;
  #loudEndMs = 0;
  #isSpeaking = false;

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  push(frame: Uint8Array): void {
    let power = 0;
    for (let i = 0; i < frame.length; i++) power += POWERS[frame[i] ?? 0xff] ?? 0;
    const level = 10 * Math.log10(Math.max(1e-9, power / frame.length));
    const difference = level - this.#floorDbov;
    this.#floorDbov += difference < 0 ? difference * 0.3 : Math.min(difference, 0.05);
    this.#positionMs += FRAME_MS;
    const isLoud = level > Math.max(this.#floorDbov + MARGIN_DB, LEVEL_DBOV_MIN);
    this.#loudFrames = isLoud ? this.#loudFrames + 1 : 0;
    if (this.#loudFrames >= ONSET_FRAMES) this.#isSpeaking = true;
    if (isLoud && this.#isSpeaking) this.#loudEndMs = this.#positionMs;
    if (this.#positionMs - this.#loudEndMs >= HANGOVER_MS) this.#isSpeaking = false;
  }

  /** When the last loud frame ended, given that the latest one arrived about `now`. */
  speechEndAt(now: number): number {
    return now - (this.#positionMs - this.#loudEndMs);
  }
}
