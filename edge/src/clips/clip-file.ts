/**
 * A clip as it is kept in R2.
 *
 *     0               4               8
 *     +---------------+---------------+-----------------+---------------------+
 *     | "PCC" version | header bytes  | header, as JSON | audio, µ-law 8 kHz  |
 *     +---------------+---------------+-----------------+---------------------+
 *
 * Numbers are big-endian. The header has the text, so that a clip cannot be taken for another one, and the length of the
 * audio, so that one that was cut off is none.
 */

import { z } from 'zod';
import type { Clip } from '../call/core/speaking/clips.ts';

/** Part of the name in R2 too: what an older version has written is not found. */
export const CLIP_VERSION = 1;

/** Two minutes of audio with the times of its characters: no phrase is as long. */
export const CLIP_AUDIO_BYTES_MAX = 120 * 8000;
export const CLIP_FILE_BYTES_MAX = CLIP_AUDIO_BYTES_MAX + 256 * 1024;

const PREFIX_BYTES = 8;
const MAGIC = [0x50, 0x43, 0x43, CLIP_VERSION] as const;

const time = z.number().min(0).max(CLIP_AUDIO_BYTES_MAX);

const headerSchema = z.strictObject({
  text: z.string(),
  audioBytes: z.int().min(1).max(CLIP_AUDIO_BYTES_MAX),
  alignment: z
    .strictObject({
      chars: z.array(z.string()),
      startsMs: z.array(time),
      durationsMs: z.array(time),
    })
    .refine(({ chars, startsMs, durationsMs }) =>
      [startsMs, durationsMs].every(({ length }) => length === chars.length),
    )
    .optional(),
});

export function encodeClip(text: string, { mulaw, alignment }: Clip): Uint8Array<ArrayBuffer> {
  const header = JSON.stringify({ text, audioBytes: mulaw.length, alignment });
  const headerBytes = new TextEncoder().encode(header);
  const file = new Uint8Array(PREFIX_BYTES + headerBytes.length + mulaw.length);
  file.set(MAGIC);
  new DataView(file.buffer).setUint32(MAGIC.length, headerBytes.length);
  file.set(headerBytes, PREFIX_BYTES);
  file.set(mulaw, PREFIX_BYTES + headerBytes.length);
  return file;
}

/** Undefined for anything but a whole clip of `text`. The audio is a view into `file`. */
export function decodeClip(text: string, file: Uint8Array): Clip | undefined {
  if (file.length < PREFIX_BYTES || MAGIC.some((byte, i) => file[i] !== byte)) return undefined;
  const { buffer, byteOffset, byteLength } = file;
  const headerBytes = new DataView(buffer, byteOffset, byteLength).getUint32(MAGIC.length);
  const audioAt = PREFIX_BYTES + headerBytes;
  const header = parseHeader(file.subarray(PREFIX_BYTES, audioAt));
  if (header?.text !== text || file.length !== audioAt + header.audioBytes) return undefined;
  const { alignment } = header;
  const mulaw = file.subarray(audioAt);
  return alignment === undefined ? { mulaw } : { mulaw, alignment };
}

function parseHeader(bytes: Uint8Array): z.infer<typeof headerSchema> | undefined {
  try {
    return headerSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}
