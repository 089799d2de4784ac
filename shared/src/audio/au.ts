/**
 * AU files, what `audio/basic` often has in front of its µ-law: a big-endian header, then interleaved samples.
 *
 * @see https://pubs.opengroup.org/external/auformat.html
 */

import { type PcmEncoding, PcmReader } from './pcm-reader.ts';

export type AuProblem = 'not-au' | 'bad-format' | 'unsupported-encoding';

const MAGIC = 0x2e736e64;
const HEADER_BYTES = 24;
const SIZE_UNKNOWN = 0xffffffff;
const CHANNELS_MAX = 8;

const ENCODINGS: ReadonlyMap<number, PcmEncoding> = new Map([
  [1, 'mulaw'],
  [2, 's8'],
  [3, 's16be'],
  [4, 's24be'],
  [5, 's32be'],
  [27, 'alaw'],
]);

/** Reads the header of a file: its samples are decoded when they are asked for. Answers why where it cannot be read. */
export function openAu(bytes: Uint8Array): PcmReader | AuProblem {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== MAGIC) return 'not-au';
  const start = view.getUint32(4);
  const size = view.getUint32(8);
  const encoding = ENCODINGS.get(view.getUint32(12));
  const sampleRateHz = view.getUint32(16);
  const channelCount = view.getUint32(20);
  if (start < HEADER_BYTES || start > bytes.length) return 'bad-format';
  if (sampleRateHz === 0 || channelCount === 0) return 'bad-format';
  if (encoding === undefined || channelCount > CHANNELS_MAX) return 'unsupported-encoding';
  const end = size === SIZE_UNKNOWN ? bytes.length : Math.min(start + size, bytes.length);
  return new PcmReader({ encoding, sampleRateHz, channelCount }, bytes.subarray(start, end));
}
