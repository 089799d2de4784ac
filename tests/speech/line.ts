/**
 * A bad telephone line for tests of tone speech: what a path may do to audio, each as a pure function.
 */
import { MULAW_SILENCE, alawToMulaw, encodeMulaw, decodeMulaw } from '@patchcord/shared/audio/g711';
import { mulawToAlaw } from '../rig/alaw.ts';

/** µ-law that went through an A-law trunk. */
export function throughAlaw(mulaw: Uint8Array): Uint8Array<ArrayBuffer> {
  return alawToMulaw(mulawToAlaw(mulaw));
}

/** µ-law louder or softer by `gainDb`, clipped as a phone clips. */
export function amplify(mulaw: Uint8Array, gainDb: number): Uint8Array<ArrayBuffer> {
  return mapLinear(mulaw, (sample) => sample * 10 ** (gainDb / 20));
}

/** µ-law with white Gaussian noise at `levelDbov`; `random` gives [0, 1). */
export function addNoise(
  mulaw: Uint8Array,
  levelDbov: number,
  random: () => number,
): Uint8Array<ArrayBuffer> {
  const rms = 32_767 * 10 ** (levelDbov / 20);
  // Box and Muller: two uniform numbers make a normal one.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return mapLinear(mulaw, (sample) => sample + rms * normal());
}

/** A seeded source of [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Silence of `samples` as µ-law. */
export function silence(samples: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(samples).fill(MULAW_SILENCE);
}

/** Steady tones of -23 dBov each as µ-law: dial tone, DTMF. */
export function steadyTones(
  frequenciesHz: readonly number[],
  samples: number,
): Uint8Array<ArrayBuffer> {
  const wave = Int16Array.from({ length: samples }, (_, at) =>
    frequenciesHz.reduce((sum, hz) => sum + 3277 * Math.sin((2 * Math.PI * hz * at) / 8000), 0),
  );
  return encodeMulaw(wave);
}

/** Parts one after another. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function mapLinear(mulaw: Uint8Array, change: (sample: number) => number): Uint8Array<ArrayBuffer> {
  const linear = decodeMulaw(mulaw).map((sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(change(sample)))),
  );
  return encodeMulaw(linear);
}
