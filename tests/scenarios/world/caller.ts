/** The caller: what he says and when, and the frames of his audio. */

import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { BYTES_PER_MS, FRAME_BYTES, FRAME_MS } from '@patchcord/shared/media-streams/limits';

/** What he says at one go; positions in milliseconds of his audio. */
export interface Utterance {
  readonly words: readonly { readonly text: string; readonly endMs: number }[];
  readonly startMs: number;
  readonly endMs: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A second of a voice that rises and falls, as voices do: a steady tone is no speech to the detector. */
const VOICE = encodeMulaw(
  Int16Array.from({ length: 8000 }, (_, i) => {
    const t = i / 8000;
    const phase = 2 * Math.PI * (120 * t - 4 * Math.cos(2 * Math.PI * 2 * t));
    const first = 550 + 200 * Math.sin(2 * Math.PI * 3 * t);
    let sample = 0;
    for (let harmonic = 1; harmonic <= 26; harmonic++) {
      const hz = harmonic * 120;
      const formants = 1 / (1 + ((hz - first) / 250) ** 2) + 0.4 / (1 + ((hz - 1500) / 300) ** 2);
      sample += (formants + 0.04) * Math.cos(harmonic * phase);
    }
    return Math.round(sample * 1300 * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t)));
  }),
);

/** A frame of a thousand hertz: twenty whole periods. */
const BEEP = encodeMulaw(
  Int16Array.from({ length: FRAME_BYTES }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * i) / 8)),
  ),
);
const SILENCE = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);

export class Caller {
  readonly utterances: Utterance[] = [];
  readonly #speech: Span[] = [];
  readonly #beeps: Span[] = [];
  #frames = 0;

  /** So much audio he has sent. */
  get sentMs(): number {
    return this.#frames * FRAME_MS;
  }

  say(text: string, now: number, inMs: number, wordMs: number): Utterance {
    const words = text.split(' ');
    const startMs = this.sentMs + inMs;
    const endMs = startMs + words.length * wordMs;
    this.makeNoise(now + inMs, words.length * wordMs);
    const utterance: Utterance = {
      words: words.map((word, index) => ({ text: word, endMs: startMs + (index + 1) * wordMs })),
      startMs,
      endMs,
    };
    this.utterances.push(utterance);
    return utterance;
  }

  makeNoise(from: number, lengthMs: number): void {
    this.#speech.push({ from, to: from + lengthMs });
  }

  beep(from: number, lengthMs: number): void {
    this.#beeps.push({ from, to: from + lengthMs });
  }

  isLoudAt(at: number): boolean {
    return isWithin(this.#speech, at);
  }

  /** The frame that he sends `now`. */
  nextFrame(now: number): Uint8Array {
    const mulaw = isWithin(this.#beeps, now) ? BEEP : this.isLoudAt(now) ? this.#voice() : SILENCE;
    this.#frames++;
    return mulaw;
  }

  #voice(): Uint8Array {
    const from = (this.sentMs * BYTES_PER_MS) % VOICE.length;
    return VOICE.slice(from, from + FRAME_BYTES);
  }
}

function isWithin(spans: readonly Span[], at: number): boolean {
  return spans.some(({ from, to }) => at >= from && at < to);
}
