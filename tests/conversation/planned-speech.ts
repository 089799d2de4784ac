/** What a caller of the bench says, as tone speech with the pauses of his plan, and the noises he makes. */

import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { encodeSpeech } from '../speech/encode.ts';
import { Draws } from '../virtual-call/draws.ts';
import { NOISE_GAIN_DB, noiseSound } from '../virtual-call/noise-sound.ts';
import type { NoiseKind } from '../virtual-call/plan.ts';
import { amplitudeOf } from '../virtual-call/speech-sound.ts';
import type { SpokenText } from '../virtual-call/spoken-text.ts';
import { joinDisplay } from '../virtual-call/words.ts';

const SAMPLES_PER_MS = 8;
/** Of tone speech. */
const SPEECH_DBOV = -20;

/** 8 kHz µ-law. Words and pauses are those of the plan, the pace is tone speech's. */
export function speechOf({ units, pauses }: SpokenText): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { startMs, lengthMs } of pauses) {
    const to = units.findIndex((unit) => unit.startMs >= startMs);
    parts.push(voiced(units.slice(from, to)), silenceOf(lengthMs));
    from = to;
  }
  return Buffer.concat([...parts, voiced(units.slice(from))]);
}

/** As loud beside the speech as in the bench. */
export function noiseOf(kind: NoiseKind, lengthMs: number, seed: number): Uint8Array {
  const amplitude = amplitudeOf(SPEECH_DBOV) * 10 ** (NOISE_GAIN_DB[kind] / 20);
  const sound = noiseSound(kind, lengthMs, Draws.of(seed, 'noise'));
  const clip = (sample: number): number => Math.max(-32_768, Math.min(32_767, sample));
  return encodeMulaw(Int16Array.from(sound, (sample) => clip(Math.round(sample * amplitude))));
}

function voiced(units: SpokenText['units']): Uint8Array {
  return encodeSpeech(joinDisplay(units), { leadMs: 0, tailMs: 0 }).mulaw;
}

export function silenceOf(lengthMs: number): Uint8Array {
  return new Uint8Array(Math.round(lengthMs * SAMPLES_PER_MS)).fill(MULAW_SILENCE);
}
