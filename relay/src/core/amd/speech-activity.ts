/**
 * From when to when somebody, or something, speaks: frames that stand out from the quietest of the last seconds. Stationary
 * noise never does, however loud; speech, which drops to the noise between syllables, does.
 *
 * Beside `shared/audio/voice-activity.ts`, which knows one caller for minutes and may take seconds to learn a line's noise,
 * this one knows nothing of the line and must judge its first second.
 */

import { FRAME_MS } from '@patchcord/shared/audio/tones/frame-spectrum';

/** The quietest moment is sought in so much audio: longer than words without a pause, shorter than noise changes. */
const FLOOR_FRAMES = 2000 / FRAME_MS;
/** Averaged before it is compared: single frames of noise go 2 dB below their mean. */
const SMOOTH_FRAMES = 3;
/** Frames below are a line that is not through yet, or one without comfort noise: they say nothing of its noise. */
const FLOOR_DBOV_MIN = -62;
const FLOOR_DBOV_MAX = -25;
/** As long as so little has been heard, it may be a word without a breath before it: louder than this is no noise yet. */
const FLOOR_DBOV_MAX_EARLY = -36;
const EARLY_FRAMES = 600 / FRAME_MS;
const MARGIN_DB = 7;
const LEVEL_DBOV_MIN = -46;
/** What stays within so little for so long is noise, from its beginning: no syllables. */
const STEADY_DB = 4;
const STEADY_FRAMES = 600 / FRAME_MS;
/** What is this close to the loudest of the speech so far is still speech, whatever the floor has become: music has no pauses. */
const PEAK_DB = 8;
/** Speech begins with so many loud frames among the last {@link ONSET_WINDOW_FRAMES}: a click is shorter. */
const ONSET_FRAMES = 4;
const ONSET_WINDOW_FRAMES = 7;
/** Behind a pause as long as an end of speech could be, one loud frame is no new word. */
const RESUME_FRAMES = 2;

export class SpeechActivity {
  /** Of the last frames, in energy, and their smoothed levels in dBov. */
  readonly #energies: number[] = [];
  readonly #levels: number[] = [];
  /** Starts of the frames that may become speech. */
  #loud: number[] = [];
  #startMs: number | undefined;
  #peakDbov = LEVEL_DBOV_MIN;
  #endMs = 0;
  #positionMs = 0;
  #wasThrough = false;

  /** `isOther`: the frame is known to be no speech, such as a tone; it is as good as silent. */
  push(levelDbov: number, positionMs: number, isOther: boolean): void {
    this.#positionMs = positionMs + FRAME_MS;
    const floor = this.#followFloor(levelDbov);
    const isAbove = levelDbov > Math.max(floor + MARGIN_DB, LEVEL_DBOV_MIN);
    const goesOn = this.#startMs !== undefined && levelDbov > this.#peakDbov - PEAK_DB;
    if (isOther || !(isAbove || goesOn)) return;
    const windowStartMs = positionMs - (ONSET_WINDOW_FRAMES - 1) * FRAME_MS;
    this.#loud = this.#loud.filter((at) => at >= windowStartMs);
    this.#loud.push(positionMs);
    const isRunning = this.#startMs !== undefined;
    if (this.#loud.length < (isRunning ? RESUME_FRAMES : ONSET_FRAMES)) return;
    this.#startMs ??= this.#loud[0];
    this.#endMs = this.#positionMs;
    this.#peakDbov = Math.max(this.#peakDbov, this.#levels.at(-1) ?? LEVEL_DBOV_MIN);
  }

  /**
   * What was taken for speech since `fromMs` is none: it ended there, or never began. (The first frame of a tone holds it in
   * part, and is loud before the tone is known.)
   */
  revoke(fromMs: number): void {
    this.#loud = [];
    if (this.#startMs === undefined) return;
    if (this.#startMs >= fromMs - ONSET_FRAMES * FRAME_MS) {
      this.#startMs = undefined;
      this.#peakDbov = LEVEL_DBOV_MIN;
    } else this.#endMs = Math.min(this.#endMs, fromMs);
  }

  get hasBegun(): boolean {
    return this.#startMs !== undefined;
  }

  /** From the first word to the end of the latest, with the pauses between; 0 before any. */
  get lengthMs(): number {
    return this.#startMs === undefined ? 0 : this.#endMs - this.#startMs;
  }

  /** Since the latest word, or since the beginning. */
  get silenceMs(): number {
    return this.#positionMs - (this.#startMs === undefined ? 0 : this.#endMs);
  }

  #followFloor(levelDbov: number): number {
    const isThrough = levelDbov > FLOOR_DBOV_MIN;
    // The first frame of a noise that begins holds it in part.
    if (isThrough && this.#wasThrough) this.#remember(levelDbov);
    this.#forgetBeforeNoise();
    this.#wasThrough = isThrough;
    const most = this.#levels.length < EARLY_FRAMES ? FLOOR_DBOV_MAX_EARLY : FLOOR_DBOV_MAX;
    return Math.min(most, Math.max(FLOOR_DBOV_MIN, Math.min(levelDbov, ...this.#levels)));
  }

  /** A noise that began, or was there from the first frame, was taken for speech: it is the floor. */
  #forgetBeforeNoise(): void {
    const latest = this.#levels.slice(-STEADY_FRAMES);
    if (this.#startMs === undefined || latest.length < STEADY_FRAMES) return;
    if (Math.max(...latest) - Math.min(...latest) > STEADY_DB) return;
    this.#levels.splice(0, this.#levels.length - STEADY_FRAMES);
    this.revoke(this.#positionMs - STEADY_FRAMES * FRAME_MS);
  }

  #remember(levelDbov: number): void {
    this.#energies.push(10 ** (levelDbov / 10));
    if (this.#energies.length > SMOOTH_FRAMES) this.#energies.shift();
    const mean = this.#energies.reduce((sum, one) => sum + one, 0) / this.#energies.length;
    this.#levels.push(10 * Math.log10(mean));
    if (this.#levels.length > FLOOR_FRAMES) this.#levels.shift();
  }
}
