/** The SQLite file in which calls and recordings are kept. */

import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { describeError, RelayError } from '../../core/error.ts';

export const DATABASE_FILE = 'calls.sqlite';

/** Raised with every change of the tables below; a step from each earlier version is added to {@link MIGRATIONS}. */
const SCHEMA_VERSION = 1;

/**
 * `seq` is the order of arrival, which pages go by. Lists search `calls_filter` alone, newest first: whatever the filter, 50,000
 * calls take a few milliseconds, and the media clock runs in the same thread.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE calls (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     sid TEXT NOT NULL UNIQUE,
     to_address TEXT NOT NULL,
     from_address TEXT NOT NULL,
     parent_sid TEXT,
     status TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     started_at INTEGER,
     ended_at INTEGER,
     record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX calls_filter ON calls
     (seq, to_address, from_address, parent_sid, status, started_at, ended_at);
   CREATE INDEX calls_created ON calls (created_at);
   CREATE TABLE recordings (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     sid TEXT NOT NULL UNIQUE,
     call_sid TEXT NOT NULL,
     status TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     path TEXT NOT NULL,
     record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX recordings_call ON recordings (call_sid, seq);
   CREATE INDEX recordings_started ON recordings (started_at);`,
];

const versionRow = z.object({ user_version: z.number() });

/**
 * Opens the file, makes what is missing. Writes go through a log that is synced at checkpoints only (WAL, `synchronous=NORMAL`): a
 * power cut may lose the last calls, never the file.
 *
 * A file that is broken is put aside as `calls.sqlite.broken`, told by `onBroken`, and a new one begun: the telephone must not stop
 * working for its history. Throws `STORE_UNUSABLE` where the directory cannot be used, or a newer relay wrote the file.
 */
export function openDatabase(directory: string, onBroken: (cause: unknown) => void): DatabaseSync {
  const file = join(directory, DATABASE_FILE);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    try {
      return prepare(file);
    } catch (error) {
      if (!isBroken(error)) throw error;
      for (const suffix of ['', '-wal', '-shm']) moveAside(`${file}${suffix}`, `${file}.broken`);
      onBroken(error);
      return prepare(file);
    }
  } catch (error) {
    if (error instanceof RelayError) throw error;
    const fix = 'set DATA_DIRECTORY to a directory that the relay may write to';
    const message = `${directory} cannot be used (${describeError(error)}): ${fix}`;
    throw new RelayError('STORE_UNUSABLE', message, { cause: error });
  }
}

function prepare(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 250 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    const { user_version: version } = versionRow.parse(
      database.prepare('PRAGMA user_version').get(),
    );
    if (version > SCHEMA_VERSION) {
      const fix = 'move it away, or run that version';
      throw new RelayError('STORE_UNUSABLE', `${file} is of a newer relay: ${fix}`);
    }
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < version) continue;
      database.exec(`BEGIN; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isBroken(error: unknown): boolean {
  return (
    error instanceof Error && 'errcode' in error && (error.errcode === 11 || error.errcode === 26)
  );
}

function moveAside(from: string, to: string): void {
  try {
    renameSync(from, from.endsWith('.sqlite') ? to : `${from}.broken`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
