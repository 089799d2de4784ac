/**
 * What a telephone network says without words: ring-back and busy tone of a country, and the beep before a recording.
 * µ-law at 8 kHz, computed when first asked for and kept: the arrays are shared and must not be written to.
 *
 * @see ITU-T E.180 supplement 2 (04/98), "Various tones used in national networks"
 */

import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';

const SAMPLE_RATE_HZ = 8000;
/** Without a fade every edge is a click, and splatters over the whole band. */
const FADE_MS = 5;
/** Each frequency of a call progress tone, -16 dBov: E.180 asks for -10 ± 5 dBm0 for the whole. */
const PROGRESS_AMPLITUDE = 32_768 * Math.SQRT2 * 10 ** (-16 / 20);
const BEEP_HZ = 1000;
const BEEP_MS = 250;
/** -12 dBov: as loud as a loud talker. */
const BEEP_AMPLITUDE = 32_768 * Math.SQRT2 * 10 ** (-12 / 20);

interface ProgressTone {
  /** Sounded together. */
  readonly frequenciesHz: readonly number[];
  /** Sound, silence, sound, silence …, in milliseconds. */
  readonly cadenceMs: readonly number[];
}

interface Country {
  readonly ringback: ProgressTone;
  readonly busy: ProgressTone;
}

const MALAYSIA: Country = {
  ringback: { frequenciesHz: [425], cadenceMs: [400, 200, 400, 2000] },
  busy: { frequenciesHz: [425], cadenceMs: [500, 500] },
};

/** ISO 3166 code to the tones there. */
const COUNTRIES: ReadonlyMap<string, Country> = new Map([
  ['MY', MALAYSIA],
  [
    'SG',
    {
      ringback: { frequenciesHz: [425], cadenceMs: [400, 200, 400, 2000] },
      busy: { frequenciesHz: [425], cadenceMs: [750, 750] },
    },
  ],
  [
    'GB',
    {
      ringback: { frequenciesHz: [400, 450], cadenceMs: [400, 200, 400, 2000] },
      busy: { frequenciesHz: [400], cadenceMs: [375, 375] },
    },
  ],
  [
    'AU',
    {
      ringback: { frequenciesHz: [400, 450], cadenceMs: [400, 200, 400, 2000] },
      busy: { frequenciesHz: [425], cadenceMs: [375, 375] },
    },
  ],
  [
    'US',
    {
      ringback: { frequenciesHz: [440, 480], cadenceMs: [2000, 4000] },
      busy: { frequenciesHz: [480, 620], cadenceMs: [500, 500] },
    },
  ],
  [
    'DE',
    {
      ringback: { frequenciesHz: [425], cadenceMs: [1000, 4000] },
      busy: { frequenciesHz: [425], cadenceMs: [480, 480] },
    },
  ],
]);

const CACHE = new Map<string, Uint8Array<ArrayBuffer>>();

/** One period of the tone that a caller hears while it rings, to be repeated. Malaysia's for countries without a row. */
export function ringback(country = 'MY'): Uint8Array<ArrayBuffer> {
  return cached(`ringback ${country}`, () =>
    progressTone((COUNTRIES.get(country) ?? MALAYSIA).ringback),
  );
}

/** One period of the tone of a line that is taken, to be repeated. Malaysia's for countries without a row. */
export function busy(country = 'MY'): Uint8Array<ArrayBuffer> {
  return cached(`busy ${country}`, () => progressTone((COUNTRIES.get(country) ?? MALAYSIA).busy));
}

/** The beep of `<Record playBeep="true">`: 250 ms of 1 kHz. */
export function recordBeep(): Uint8Array<ArrayBuffer> {
  return cached('beep', () => encodeMulaw(sound([BEEP_HZ], BEEP_MS, BEEP_AMPLITUDE)));
}

function cached(key: string, make: () => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const known = CACHE.get(key);
  if (known !== undefined) return known;
  const tone = make();
  CACHE.set(key, tone);
  return tone;
}

function progressTone({ frequenciesHz, cadenceMs }: ProgressTone): Uint8Array<ArrayBuffer> {
  const totalMs = cadenceMs.reduce((sum, ms) => sum + ms, 0);
  const tone = new Uint8Array(samples(totalMs)).fill(MULAW_SILENCE);
  let atMs = 0;
  cadenceMs.forEach((ms, i) => {
    const isSound = i % 2 === 0;
    if (isSound) {
      tone.set(encodeMulaw(sound(frequenciesHz, ms, PROGRESS_AMPLITUDE)), samples(atMs));
    }
    atMs += ms;
  });
  return tone;
}

/** Sines of `amplitude` each, with faded edges. */
function sound(frequenciesHz: readonly number[], ms: number, amplitude: number): Int16Array {
  const count = samples(ms);
  const fade = samples(FADE_MS);
  return Int16Array.from({ length: count }, (_, i) => {
    const edge = Math.min(1, (i + 1) / fade, (count - i) / fade);
    const envelope = (1 - Math.cos(Math.PI * edge)) / 2;
    const sum = frequenciesHz.reduce(
      (total, hz) => total + Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE_HZ),
      0,
    );
    return Math.round(amplitude * envelope * sum);
  });
}

function samples(ms: number): number {
  return (ms * SAMPLE_RATE_HZ) / 1000;
}
