/**
 * The audio a speech client sends: a RIFF header, then samples in the format it names, to 16 bits at 8 kHz.
 */
import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from '@patchcord/shared/audio/g711';

const FORMAT_PCM = 1;
const FORMAT_ALAW = 6;
const FORMAT_MULAW = 7;

/** What the header says, of what can be read. */
export type AudioFormat = 'mulaw-8000' | 'alaw-8000' | 'pcm-8000' | 'pcm-16000';

/** Header of the audio, or why it is refused. */
export type RiffHeader =
  | { readonly format: AudioFormat; readonly dataOffset: number }
  | { readonly problem: string };

/** Reads the WAVE header at the start of `bytes`. Lengths in it are ignored: they are 0 in a stream. */
export function parseRiff(bytes: Uint8Array): RiffHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ascii = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 44 || ascii(0) !== 'RIFF' || ascii(8) !== 'WAVE' || ascii(12) !== 'fmt ') {
    return { problem: 'audio does not begin with a RIFF header' };
  }
  const dataAt = 20 + view.getUint32(16, true);
  if (dataAt + 8 > bytes.length || ascii(dataAt) !== 'data') {
    return { problem: 'RIFF header without a data chunk' };
  }
  const tag = view.getUint16(20, true);
  const channels = view.getUint16(22, true);
  const rateHz = view.getUint32(24, true);
  const bits = view.getUint16(34, true);
  const name = `${tag}/${rateHz}/${bits}/${channels}`;
  const formats: Readonly<Record<string, AudioFormat>> = {
    [`${FORMAT_MULAW}/8000/8/1`]: 'mulaw-8000',
    [`${FORMAT_ALAW}/8000/8/1`]: 'alaw-8000',
    [`${FORMAT_PCM}/8000/16/1`]: 'pcm-8000',
    [`${FORMAT_PCM}/16000/16/1`]: 'pcm-16000',
  };
  const format = formats[name];
  if (format === undefined) {
    return { problem: `unsupported audio (format tag/rate/bits/channels ${name})` };
  }
  return { format, dataOffset: dataAt + 8 };
}

/** Turns chunks of one format, cut anywhere, into 8 kHz samples. */
export class AudioReader {
  readonly #format: AudioFormat;
  /** Bytes of a sample pair that is not whole yet. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(format: AudioFormat) {
    this.#format = format;
  }

  read(bytes: Uint8Array): Int16Array {
    if (this.#format === 'mulaw-8000' || this.#format === 'alaw-8000') {
      const table = this.#format === 'mulaw-8000' ? MULAW_TO_LINEAR : ALAW_TO_LINEAR;
      return Int16Array.from(bytes, (code) => table[code] as number);
    }
    const stepBytes = this.#format === 'pcm-8000' ? 2 : 4;
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const samples = Math.floor(all.length / stepBytes);
    this.#rest = all.slice(samples * stepBytes);
    const view = new DataView(all.buffer);
    // 16 kHz: the mean of two neighbours is filter enough for speech that ends at 3.2 kHz.
    return Int16Array.from({ length: samples }, (_, at) =>
      stepBytes === 2
        ? view.getInt16(at * 2, true)
        : (view.getInt16(at * 4, true) + view.getInt16(at * 4 + 2, true)) >> 1,
    );
  }
}
