/** The recording of a call while it goes on, in pieces, in the SQLite of its Durable Object; and its way into R2. */

import { MULAW_WAV_HEADER_BYTES, mulawWavHeader } from './mulaw-wav.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS recording_chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stereo BLOB NOT NULL
  ) STRICT;
`;

export class RecordingStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  /** Left and right in turn, a byte of µ-law each. */
  put(stereo: Uint8Array<ArrayBuffer>): void {
    this.#sql.exec('INSERT INTO recording_chunks (stereo) VALUES (?)', stereo);
  }

  get bytes(): number {
    const query = 'SELECT COALESCE(SUM(LENGTH(stereo)), 0) AS bytes FROM recording_chunks';
    return this.#sql.exec<{ bytes: number }>(query).one().bytes;
  }

  /** One after the other: no more than one is in memory. */
  *chunks(): Generator<Uint8Array> {
    const query = 'SELECT id, stereo FROM recording_chunks WHERE id > ? ORDER BY id LIMIT 1';
    for (let after = 0; ;) {
      const [row] = this.#sql.exec<{ id: number; stereo: ArrayBuffer }>(query, after).toArray();
      if (row === undefined) return;
      yield new Uint8Array(row.stereo);
      after = row.id;
    }
  }

  clear(): void {
    this.#sql.exec('DELETE FROM recording_chunks');
  }
}

/** Where a recording is in R2. */
export function recordingKey(callSid: string): string {
  return `recordings/${callSid}.wav`;
}

/** Writes the whole file, piece by piece. Rejects with R2's error; then nothing was written. */
export async function storeRecording(
  bucket: R2Bucket,
  callSid: string,
  store: RecordingStore,
): Promise<void> {
  const { bytes } = store;
  const { readable, writable } = new FixedLengthStream(MULAW_WAV_HEADER_BYTES + bytes);
  const write = async (): Promise<void> => {
    const writer = writable.getWriter();
    await writer.write(mulawWavHeader(bytes));
    for (const chunk of store.chunks()) await writer.write(chunk);
    await writer.close();
  };
  const httpMetadata = { contentType: 'audio/wav' };
  await Promise.all([bucket.put(recordingKey(callSid), readable, { httpMetadata }), write()]);
}
