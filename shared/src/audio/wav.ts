/**
 * WAV files: written as 16-bit linear PCM; read in every uncompressed encoding that a telephone announcement may have.
 *
 * @see RFC 2361, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF WAVE); Microsoft's
 *   WAVEFORMATEXTENSIBLE
 */

import { type PcmEncoding, PcmReader, sampleBytes } from './pcm-reader.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-header.ts';

const FORMAT_EXTENSIBLE = 0xfffe;
const BYTES_PER_SAMPLE = 2;

/**
 * One WAV file with one channel per array, little-endian 16-bit. Shorter channels are filled with silence at their end.
 */
export function encodeWav(
  channels: readonly Int16Array[],
  sampleRateHz: number,
): Uint8Array<ArrayBuffer> {
  const frames = Math.max(0, ...channels.map((channel) => channel.length));
  const blockBytes = channels.length * BYTES_PER_SAMPLE;
  const dataBytes = frames * blockBytes;
  const file = new Uint8Array(WAV_HEADER_BYTES + dataBytes);
  const view = new DataView(file.buffer);
  file.set(wavHeader({ channels: channels.length, sampleRateHz, dataBytes }), 0);
  channels.forEach((channel, index) => {
    for (let frame = 0; frame < channel.length; frame++) {
      const offset = WAV_HEADER_BYTES + frame * blockBytes + index * BYTES_PER_SAMPLE;
      view.setInt16(offset, channel[frame] as number, true);
    }
  });
  return file;
}

/** Why bytes are not a WAV file that can be read. */
export type WavProblem =
  /** No RIFF header of type WAVE. */
  | 'not-wav'
  /** No `fmt ` chunk before the samples, or one too short or at odds with itself. */
  | 'bad-format'
  /** Compressed, or a width that nobody uses. */
  | 'unsupported-encoding'
  /** No `data` chunk. */
  | 'no-data';

export interface WavAudio {
  readonly sampleRateHz: number;
  /** One array per channel, all of the same length. */
  readonly channels: readonly Int16Array<ArrayBuffer>[];
}

/** Format tag and bits per sample, as `fmt ` has them. */
const ENCODINGS: ReadonlyMap<string, PcmEncoding> = new Map([
  ['1/8', 'u8'],
  ['1/16', 's16le'],
  ['1/24', 's24le'],
  ['1/32', 's32le'],
  ['3/32', 'f32le'],
  ['3/64', 'f64le'],
  ['6/8', 'alaw'],
  ['7/8', 'mulaw'],
]);

/** More than 7.1 surround is no announcement; and each channel costs an array. */
const CHANNELS_MAX = 8;
/** Real files have fewer than ten chunks. */
const CHUNKS_MAX = 1000;

/**
 * Decodes a whole file, or answers why not. Takes at most twice the memory of the file; {@link openWav} decodes piecewise.
 */
export function decodeWav(bytes: Uint8Array): WavAudio | WavProblem {
  const reader = openWav(bytes);
  if (typeof reader === 'string') return reader;
  return {
    sampleRateHz: reader.layout.sampleRateHz,
    channels: reader.read(0, reader.frameCount),
  };
}

/**
 * Reads the header of a file: its samples are decoded when they are asked for. Answers why where it cannot be read.
 *
 * Samples that the file ends before are left out. A program that writes to a pipe does not know the length: `espeak-ng
 * --stdout` writes 0x7ffff000, ffmpeg 0xffffffff, others 0. What such a file holds then goes to its end.
 */
export function openWav(bytes: Uint8Array): PcmReader | WavProblem {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE') return 'not-wav';
  const riffEnd = 8 + view.getUint32(4, true);
  let format: DataView | undefined;
  for (let offset = 12, chunks = 0; offset + 8 <= bytes.length && chunks < CHUNKS_MAX; chunks++) {
    const name = tag(view, offset);
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    const end = Math.min(start + size, bytes.length);
    if (name === 'fmt ') format = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    if (name === 'data') {
      // A length of 0 is meant as one only where the RIFF chunk counts what comes before the samples.
      const isUnknown = size === 0 && riffEnd <= start;
      return openSamples(format, bytes.subarray(start, isUnknown ? bytes.length : end));
    }
    // A chunk of odd length has a byte of padding.
    offset = start + size + (size % 2);
  }
  return format === undefined ? 'bad-format' : 'no-data';
}

function openSamples(format: DataView | undefined, data: Uint8Array): PcmReader | WavProblem {
  if (format === undefined || format.byteLength < 16) return 'bad-format';
  let formatTag = format.getUint16(0, true);
  const channelCount = format.getUint16(2, true);
  const sampleRateHz = format.getUint32(4, true);
  const blockBytes = format.getUint16(12, true);
  const sampleBits = format.getUint16(14, true);
  if (formatTag === FORMAT_EXTENSIBLE) {
    if (format.byteLength < 26) return 'bad-format';
    // The first two bytes of the GUID are the format tag that the file would have otherwise.
    formatTag = format.getUint16(24, true);
  }
  const encoding = ENCODINGS.get(`${formatTag}/${sampleBits}`);
  if (encoding === undefined) return 'unsupported-encoding';
  if (channelCount === 0 || sampleRateHz === 0) return 'bad-format';
  if (channelCount > CHANNELS_MAX) return 'unsupported-encoding';
  if (blockBytes !== channelCount * sampleBytes(encoding)) return 'bad-format';
  return new PcmReader({ encoding, sampleRateHz, channelCount }, data);
}

/** Four letters. */
function tag(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}
