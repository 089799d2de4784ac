/** MP3 as a stream of mono pieces. The decoder, 80 kB and some 3 MB of memory, is loaded with the first one. */

import { fromFloat } from '@patchcord/shared/audio/pcm-reader';

/** About half a second of 128 kbit/s: what is decoded before others get a turn. */
const SLICE_BYTES = 8192;

/** The decoder reads on for ever after some errors; real files have a handful. */
const ERRORS_MAX = 100;

export interface PcmPiece {
  readonly sampleRateHz: number;
  readonly samples: Int16Array<ArrayBuffer>;
}

/**
 * Decodes `bytes` piece by piece, stereo mixed down. What is no MP3 gives no piece; damaged frames are passed over.
 *
 * Throws when there are too many of these. They can only be counted through `console.error`, which the decoder calls
 * for each: to be used in a thread of its own.
 */
export async function* decodeMp3(bytes: Uint8Array): AsyncGenerator<PcmPiece> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    for (let offset = 0; offset < bytes.length; offset += SLICE_BYTES) {
      const slice = bytes.subarray(offset, offset + SLICE_BYTES);
      const decoded = stopAtErrors(() => decoder.decode(slice));
      const [left = new Float32Array(0), right = left] = decoded.channelData;
      if (left.length === 0) continue;
      const samples = new Int16Array(left.length);
      for (let i = 0; i < left.length; i++) {
        samples[i] = fromFloat(((left[i] ?? 0) + (right[i] ?? 0)) / 2);
      }
      yield { sampleRateHz: decoded.sampleRate, samples };
    }
  } finally {
    decoder.free();
  }
}

/** Runs `decode`, and breaks out of it when it reports one error after the other. */
function stopAtErrors<T>(decode: () => T): T {
  const { error } = console;
  let errors = 0;
  console.error = () => {
    if (++errors > ERRORS_MAX) throw new Error('too many broken frames');
  };
  try {
    return decode();
  } finally {
    console.error = error;
  }
}
