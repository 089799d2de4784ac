/** The beep of a mailbox: a tone that stands still, for the time and at a frequency that mailboxes beep. */

import { analyse, FRAME_BYTES, FRAME_MS } from './frame-spectrum.ts';
import { durationMsOf, ToneTracker, type Tone } from './tone-tracker.ts';

const BEEP_MS_MIN = 120;
const BEEP_MS_MAX = 3000;
const BEEP_HZ_MIN = 380;
const BEEP_HZ_MAX = 2050;
/** Below, a tone may be the network's: it is a beep only behind words, and if it is longer than a hummed vowel. */
const LOW_HZ = 650;
const LOW_BEEP_MS_MIN = 200;

/** Whether a tone that has ended was a beep. */
export function isBeep(tone: Tone, isBehindSpeech: boolean): boolean {
  const durationMs = durationMsOf(tone);
  const { frequencyHz } = tone;
  if (frequencyHz < BEEP_HZ_MIN || frequencyHz > BEEP_HZ_MAX || durationMs > BEEP_MS_MAX) {
    return false;
  }
  if (frequencyHz < LOW_HZ) return isBehindSpeech && durationMs >= LOW_BEEP_MS_MIN;
  return durationMs >= BEEP_MS_MIN;
}

/** Hears beeps in µ-law at 8 kHz, in pieces of any size. */
export class BeepDetector {
  readonly #tones = new ToneTracker();
  readonly #frame = new Uint8Array(FRAME_BYTES);
  #filled = 0;
  #positionMs = 0;

  /** Whether a beep has ended in `mulaw`, which comes next. */
  push(mulaw: Uint8Array, isBehindSpeech: boolean): boolean {
    let hasBeeped = false;
    for (let at = 0; at < mulaw.length;) {
      const piece = mulaw.subarray(at, at + FRAME_BYTES - this.#filled);
      this.#frame.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled < FRAME_BYTES) continue;
      this.#filled = 0;
      this.#tones.push(analyse(this.#frame), this.#positionMs);
      this.#positionMs += FRAME_MS;
      const { ended } = this.#tones;
      hasBeeped ||= ended !== undefined && isBeep(ended, isBehindSpeech);
    }
    return hasBeeped;
  }
}
