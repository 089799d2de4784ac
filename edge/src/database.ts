/**
 * D1 with its tables.
 *
 * The Worker brings its migrations along and applies what is missing when the database is first used, so that neither a
 * deployment nor a fresh clone wants a step by hand. It keeps wrangler's own table of what was applied: `wrangler d1
 * migrations apply DB` before a deployment does the same, and each knows of the other.
 */

import type { Bindings } from './bindings.ts';
import agentsAndCalls from '../migrations/0001_agents_and_calls.sql';

/** In order. A migration that was released is never changed. */
const MIGRATIONS: readonly (readonly [file: string, sql: string])[] = [
  ['0001_agents_and_calls.sql', agentsAndCalls],
];

/** As wrangler 4 creates it (`getCreateMigrationsTableQuery`). */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

const migrated = new WeakMap<D1Database, Promise<void>>();

/** The database with all its tables, or undefined where none is bound. Rejects with D1's error when D1 fails. */
export async function openDatabase(bindings: Bindings): Promise<D1Database | undefined> {
  const { DB: database } = bindings;
  // A variable called DB would be text.
  if (typeof database !== 'object') return undefined;
  let ready = migrated.get(database);
  if (ready === undefined) {
    ready = migrate(database);
    migrated.set(database, ready);
  }
  try {
    await ready;
  } catch (error) {
    // Whoever comes next tries again.
    migrated.delete(database);
    throw error;
  }
  return database;
}

async function migrate(database: D1Database): Promise<void> {
  if ((await pendingMigrations(database)).length === 0) return;
  await database.prepare(MIGRATIONS_TABLE).run();
  for (const [file, sql] of await pendingMigrations(database)) {
    // A batch is a transaction. Where two Workers migrate at once, the second fails at the name, before it did anything.
    const claim = database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(file);
    const statements = statementsOf(sql).map((statement) => database.prepare(statement));
    try {
      await database.batch([claim, ...statements]);
    } catch (error) {
      const isPending = (await pendingMigrations(database)).some(([name]) => name === file);
      if (isPending) throw error;
    }
  }
}

async function pendingMigrations(database: D1Database): Promise<typeof MIGRATIONS> {
  const table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'";
  if ((await database.prepare(table).first()) === null) return MIGRATIONS;
  const { results } = await database
    .prepare('SELECT name FROM d1_migrations')
    .all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  return MIGRATIONS.filter(([file]) => !applied.has(file));
}

/** D1 prepares one statement at a time. In our migrations a semicolon at the end of a line ends one. */
function statementsOf(sql: string): string[] {
  return sql
    .split(/;\s*$/mu)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
