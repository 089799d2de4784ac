/**
 * Whether there is sound: an energy detector with an adaptive noise floor, on µ-law at 8 kHz. For recordings, where a beep
 * or music is as good as a word; whether somebody speaks is for `voice-activity.ts`.
 *
 * Time is the audio itself: positions are milliseconds of audio pushed so far. Drawbacks, stated: a rise of the noise by
 * more than the margin is sound until the floor has followed, which takes up to half a minute.
 */

import { levelDbov } from './level.ts';
import type { SpeechRun } from './voice-activity.ts';

const FRAME_BYTES = 8000 * 0.02;
const FRAME_MS = 20;

export interface SoundActivityOptions {
  /** A frame this much above the noise floor is loud. */
  readonly marginDb: number;
  /** No frame below this is loud, however quiet the line. Telephone speech is mostly between -35 and -15. */
  readonly levelDbovMin: number;
  /** So much loud audio within {@link onsetWindowMs} makes speech: a click is shorter. */
  readonly onsetMs: number;
  readonly onsetWindowMs: number;
  /** Speech ends after so long without a loud frame: closures of plosives are 50-150 ms. */
  readonly hangoverMs: number;
}

export const SOUND_ACTIVITY_DEFAULTS: SoundActivityOptions = {
  marginDb: 9,
  levelDbovMin: -46,
  onsetMs: 60,
  onsetWindowMs: 120,
  hangoverMs: 200,
};

const FLOOR_DBOV_START = -60;
const FLOOR_DBOV_MIN = -75;
const FLOOR_DBOV_MAX = -30;
/** The floor falls to a quieter line within some 100 ms, and rises by 2.5 dB/s, during speech by 0.5 dB/s. */
const FLOOR_FALL = 0.3;
const FLOOR_RISE_DB = 0.05;
const FLOOR_RISE_IN_SPEECH_DB = 0.01;

export class SoundActivity {
  readonly #options: SoundActivityOptions;
  readonly #frame = new Uint8Array(FRAME_BYTES);
  #frameFill = 0;
  #positionMs = 0;
  #floorDbov = FLOOR_DBOV_START;
  /** Starts of the loud frames that may become speech. */
  #onset: number[] = [];
  #run: SpeechRun | undefined;
  #isSpeaking = false;

  constructor(options: SoundActivityOptions = SOUND_ACTIVITY_DEFAULTS) {
    this.#options = options;
  }

  /** Audio of any length; what is left over from 20 ms frames waits for the next push. */
  push(mulaw: Uint8Array): void {
    let offset = 0;
    while (offset < mulaw.length) {
      const taken = Math.min(FRAME_BYTES - this.#frameFill, mulaw.length - offset);
      this.#frame.set(mulaw.subarray(offset, offset + taken), this.#frameFill);
      this.#frameFill += taken;
      offset += taken;
      if (this.#frameFill < FRAME_BYTES) return;
      this.#frameFill = 0;
      this.#judge(levelDbov(this.#frame));
    }
  }

  /** Milliseconds of audio judged so far. */
  get positionMs(): number {
    return this.#positionMs;
  }

  /** Speech was confirmed and its hangover has not passed. */
  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** There is sound that may turn out to be the beginning of speech. */
  get isStirring(): boolean {
    const windowStartMs = this.#positionMs - this.#options.onsetWindowMs;
    return !this.#isSpeaking && (this.#onset.at(-1) ?? -Infinity) >= windowStartMs;
  }

  /** The speech going on or, when nobody speaks, the latest one. */
  get run(): SpeechRun | undefined {
    return this.#run;
  }

  get floorDbov(): number {
    return this.#floorDbov;
  }

  #judge(level: number): void {
    const startMs = this.#positionMs;
    const endMs = startMs + FRAME_MS;
    const options = this.#options;
    const isLoud = level > Math.max(this.#floorDbov + options.marginDb, options.levelDbovMin);
    this.#positionMs = endMs;
    this.#followFloor(level);

    if (this.#isSpeaking && this.#run !== undefined) {
      if (isLoud) this.#run = { startMs: this.#run.startMs, endMs };
      else if (endMs - this.#run.endMs >= options.hangoverMs) this.#isSpeaking = false;
      return;
    }
    if (!isLoud) return;
    this.#onset = this.#onset.filter((at) => endMs - at <= options.onsetWindowMs);
    this.#onset.push(startMs);
    if (this.#onset.length * FRAME_MS < options.onsetMs) return;
    this.#run = { startMs: this.#onset[0] ?? startMs, endMs };
    this.#isSpeaking = true;
    this.#onset = [];
  }

  #followFloor(level: number): void {
    const difference = level - this.#floorDbov;
    const rise = this.#isSpeaking ? FLOOR_RISE_IN_SPEECH_DB : FLOOR_RISE_DB;
    const step = difference < 0 ? difference * FLOOR_FALL : Math.min(difference, rise);
    this.#floorDbov = Math.min(FLOOR_DBOV_MAX, Math.max(FLOOR_DBOV_MIN, this.#floorDbov + step));
  }
}
