/**
 * G.711 companding by table: µ-law and A-law bytes to and from 16-bit linear samples at 8 kHz.
 *
 * A byte of either law is one sample, sign bit first, then a 3-bit segment and a 4-bit step; µ-law sends all bits
 * inverted, A-law every second one (ITU-T G.711, tables 1 and 2).
 *
 * @see ITU-T G.711 (11/88); `tests/vectors/g711` holds what sox makes of every input.
 */

/** What µ-law sends when nobody speaks: the code of +0. */
export const MULAW_SILENCE = 0xff;

const MULAW_BIAS = 33;

/** Linear value of each µ-law code, 14-bit G.711 levels scaled to 16 bits. */
export const MULAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const segment = (bits >> 4) & 0x07;
  const magnitude = ((((bits & 0x0f) << 1) + MULAW_BIAS) << segment) - MULAW_BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) << 2;
});

/** Linear value of each A-law code, 13-bit G.711 levels scaled to 16 bits. */
export const ALAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 0x07;
  const step = ((bits & 0x0f) << 1) + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return (bits & 0x80 ? magnitude : -magnitude) << 3;
});

/** µ-law code of every 16-bit sample, indexed by the sample's unsigned bits (`sample & 0xffff`). */
const LINEAR_TO_MULAW: Uint8Array = Uint8Array.from({ length: 65_536 }, (_, index) => {
  const sample = (index << 16) >> 16;
  // 14-bit magnitude; G.711 clips at 8159 - 33.
  const magnitude = Math.min((sample < 0 ? -sample : sample) >> 2, 8158) + MULAW_BIAS;
  const segment = 31 - Math.clz32(magnitude) - 5;
  const code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0f);
  return ~(sample < 0 ? code | 0x80 : code) & 0xff;
});

/** A-law code to the µ-law code of the nearest level, and back. */
const ALAW_TO_MULAW: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, code) => LINEAR_TO_MULAW[(ALAW_TO_LINEAR[code] ?? 0) & 0xffff] ?? MULAW_SILENCE,
);

/** 8 kHz µ-law bytes to as many 16-bit samples, in an array of their own. */
export function decodeMulaw(mulaw: Uint8Array): Int16Array<ArrayBuffer> {
  const linear = new Int16Array(mulaw.length);
  for (let i = 0; i < mulaw.length; i++) linear[i] = MULAW_TO_LINEAR[mulaw[i] as number] as number;
  return linear;
}

/** 16-bit samples to as many µ-law bytes, in an array of their own. */
export function encodeMulaw(linear: Int16Array): Uint8Array<ArrayBuffer> {
  const mulaw = new Uint8Array(linear.length);
  for (let i = 0; i < linear.length; i++) {
    mulaw[i] = LINEAR_TO_MULAW[(linear[i] as number) & 0xffff] as number;
  }
  return mulaw;
}

/** A-law bytes to as many µ-law bytes, in an array of their own. */
export function alawToMulaw(alaw: Uint8Array): Uint8Array<ArrayBuffer> {
  const mulaw = new Uint8Array(alaw.length);
  for (let i = 0; i < alaw.length; i++) mulaw[i] = ALAW_TO_MULAW[alaw[i] as number] as number;
  return mulaw;
}
