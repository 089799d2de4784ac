/** espeak-ng's voices, as linear samples at 8 kHz. Debian's package; the same text, voice and version give the same samples. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Language } from './texts.ts';

const run = promisify(execFile);

export interface Voice {
  readonly language: Language;
  /** One of espeak-ng's variants, such as `f3`; empty for the language's own. */
  readonly variant: string;
  readonly wordsPerMinute: number;
  /** 0 to 99, 50 is usual. */
  readonly pitch: number;
}

/** Speakers of one language: what espeak-ng calls it, by accent. */
const ACCENTS: Readonly<Record<Language, readonly string[]>> = {
  en: ['en-us', 'en-gb'],
  ms: ['ms'],
  cmn: ['cmn'],
};
export const VARIANTS = ['', 'm1', 'm3', 'm5', 'm7', 'f1', 'f2', 'f3', 'f4', 'f5'] as const;

/** Speech without silence at its ends. Throws what espeak-ng said where it cannot. */
export async function speak(text: string, voice: Voice): Promise<Float64Array> {
  const accents = ACCENTS[voice.language];
  const accent = accents[(voice.pitch + voice.wordsPerMinute) % accents.length] ?? '';
  const name = voice.variant === '' ? accent : `${accent}+${voice.variant}`;
  const options = ['-v', name, '-s', String(voice.wordsPerMinute), '-p', String(voice.pitch)];
  const { stdout } = await run('espeak-ng', [...options, '--stdout', text], {
    encoding: 'buffer',
    maxBuffer: 64 << 20,
  });
  return trim(resample(readWav(stdout)));
}

interface Wav {
  readonly rateHz: number;
  readonly samples: Float64Array;
}

/** A stream's header: its sizes say nothing. */
function readWav(file: Buffer): Wav {
  const data = file.indexOf('data') + 8;
  const count = Math.floor((file.length - data) / 2);
  return {
    rateHz: file.readUInt32LE(24),
    samples: Float64Array.from({ length: count }, (_, i) => file.readInt16LE(data + i * 2)),
  };
}

const RATE_HZ = 8000;
/** Zero crossings of the low-pass either side of a sample. */
const LOBES = 16;
const CUTOFF_HZ = 3500;

/** Places of the filter that are computed, per sample. */
const STEPS = 256;

/** By a windowed sinc that takes away what 8 kHz cannot hold. */
function resample({ rateHz, samples }: Wav): Float64Array {
  const reach = Math.ceil((LOBES * rateHz) / (2 * CUTOFF_HZ));
  const kernel = Float64Array.from({ length: reach * STEPS + 1 }, (_, i) => {
    const distance = i / STEPS;
    const angle = (2 * Math.PI * CUTOFF_HZ * distance) / rateHz;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / reach);
    return (sinc * window * 2 * CUTOFF_HZ) / rateHz;
  });
  const step = rateHz / RATE_HZ;
  return Float64Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    const centre = index * step;
    let sum = 0;
    for (let at = Math.ceil(centre - reach); at <= centre + reach; at++) {
      const place = Math.round(Math.abs(at - centre) * STEPS);
      sum += (samples[at] ?? 0) * (kernel[place] ?? 0);
    }
    return sum;
  });
}

function trim(samples: Float64Array): Float64Array {
  const isSound = (sample: number): boolean => Math.abs(sample) > 150;
  const first = samples.findIndex(isSound);
  return first < 0
    ? samples.subarray(0, 0)
    : samples.subarray(first, samples.findLastIndex(isSound));
}
