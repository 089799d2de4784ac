/**
 * Interleaved samples of the encodings that audio files have, read as 16-bit linear: a view onto the file that decodes
 * as much at a time as is asked for.
 */

import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from './g711.ts';

export type PcmEncoding =
  | 'mulaw'
  | 'alaw'
  /** Unsigned, 128 is silence: 8-bit WAV. */
  | 'u8'
  | 's8'
  | 's16le'
  | 's16be'
  | 's24le'
  | 's24be'
  | 's32le'
  | 's32be'
  | 'f32le'
  | 'f64le';

interface SampleFormat {
  readonly bytes: number;
  /** The sample at `offset`. Stored in an Int16Array afterwards, which wraps: only floats have to be clipped. */
  read(view: DataView, offset: number): number;
}

/** Integers lose the bits below the 16th: 96 dB are more than a telephone has. */
const FORMATS: Readonly<Record<PcmEncoding, SampleFormat>> = {
  mulaw: { bytes: 1, read: (view, offset) => MULAW_TO_LINEAR[view.getUint8(offset)] ?? 0 },
  alaw: { bytes: 1, read: (view, offset) => ALAW_TO_LINEAR[view.getUint8(offset)] ?? 0 },
  u8: { bytes: 1, read: (view, offset) => (view.getUint8(offset) - 128) << 8 },
  s8: { bytes: 1, read: (view, offset) => view.getInt8(offset) << 8 },
  s16le: { bytes: 2, read: (view, offset) => view.getInt16(offset, true) },
  s16be: { bytes: 2, read: (view, offset) => view.getInt16(offset, false) },
  s24le: { bytes: 3, read: (view, offset) => view.getInt16(offset + 1, true) },
  s24be: { bytes: 3, read: (view, offset) => view.getInt16(offset, false) },
  s32le: { bytes: 4, read: (view, offset) => view.getInt16(offset + 2, true) },
  s32be: { bytes: 4, read: (view, offset) => view.getInt16(offset, false) },
  f32le: { bytes: 4, read: (view, offset) => fromFloat(view.getFloat32(offset, true)) },
  f64le: { bytes: 8, read: (view, offset) => fromFloat(view.getFloat64(offset, true)) },
};

/** One float of full scale 1 as 16 bits, clipped; not-a-number is silence. */
export function fromFloat(sample: number): number {
  if (sample >= 1) return 32_767;
  if (sample <= -1) return -32_768;
  return Math.round(sample * 32_767);
}

/** Bytes of one sample of one channel. */
export function sampleBytes(encoding: PcmEncoding): number {
  return FORMATS[encoding].bytes;
}

export interface PcmLayout {
  readonly encoding: PcmEncoding;
  readonly sampleRateHz: number;
  readonly channelCount: number;
}

export class PcmReader {
  readonly layout: PcmLayout;
  /** Samples of each channel; a frame cut off at the end of `data` is not counted. */
  readonly frameCount: number;
  readonly #view: DataView;

  /** `data` is interleaved samples, without a copy of them being made. */
  constructor(layout: PcmLayout, data: Uint8Array) {
    this.layout = layout;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const frameBytes = layout.channelCount * FORMATS[layout.encoding].bytes;
    this.frameCount = Math.floor(data.byteLength / frameBytes);
  }

  /** Up to `count` frames from `first`, fewer at the end, one array of its own per channel. */
  read(first: number, count: number): Int16Array<ArrayBuffer>[] {
    const { channelCount, encoding } = this.layout;
    const format = FORMATS[encoding];
    const frames = Math.max(0, Math.min(count, this.frameCount - first));
    return Array.from({ length: channelCount }, (_, channel) => {
      const samples = new Int16Array(frames);
      const step = channelCount * format.bytes;
      let offset = first * step + channel * format.bytes;
      for (let i = 0; i < frames; i++, offset += step) samples[i] = format.read(this.#view, offset);
      return samples;
    });
  }
}
