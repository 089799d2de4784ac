/** The clips in R2, for isolates that have not voiced them. */

import { CLIP_FILE_BYTES_MAX } from './clip-file.ts';
import type { ClipBucket } from './clip-library.ts';
import { withinMs } from './clip-shelf.ts';

/** R2 answers in some ten milliseconds; one that is as slow is of no use to a call. */
const GET_MS_MAX = 2000;

export function clipBucket(bucket: R2Bucket): ClipBucket {
  return {
    async get(name) {
      const file = await withinMs(read(bucket, name), GET_MS_MAX);
      if (file === undefined) throw new Error(`R2 did not answer within ${GET_MS_MAX} ms`);
      return file === NONE ? undefined : file;
    },
    async put(name, file) {
      await bucket.put(name, file, { httpMetadata: { contentType: 'application/octet-stream' } });
    },
  };
}

const NONE = new Uint8Array(0);

async function read(bucket: R2Bucket, name: string): Promise<Uint8Array> {
  const object = await bucket.get(name);
  if (object === null) return NONE;
  if (object.size <= CLIP_FILE_BYTES_MAX) return new Uint8Array(await object.arrayBuffer());
  await object.body.cancel();
  return NONE;
}
