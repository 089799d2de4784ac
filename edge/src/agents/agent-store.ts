/** Agents in D1. Every write makes a new version; a version is never changed. */

import type { AgentVersion } from './agent-version.ts';
import { agentSchema, type Agent } from './agent.ts';

/** An agent in a list. */
export interface AgentSummary {
  readonly name: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Page<Entry, Cursor> {
  readonly entries: readonly Entry[];
  readonly next: Cursor | undefined;
}

interface VersionRow {
  readonly name: string;
  readonly version: number;
  readonly created_at: number;
  readonly definition: string;
}

export class AgentStore {
  readonly #database: D1Database;

  /** `database` has its tables (`openDatabase`). */
  constructor(database: D1Database) {
    this.#database = database;
  }

  /** The current version, or undefined where there is no such agent. Rejects when D1 fails, or what it holds is no agent. */
  async load(name: string): Promise<AgentVersion | undefined> {
    const row = await this.#database
      .prepare(
        `SELECT name, version, agent_versions.created_at, definition
         FROM agents JOIN agent_versions USING (name, version)
         WHERE name = ? AND archived_at IS NULL`,
      )
      .bind(name)
      .first<VersionRow>();
    return row === null ? undefined : versionOf(row);
  }

  /** Any version, also of an agent that is archived. */
  async loadVersion(name: string, version: number): Promise<AgentVersion | undefined> {
    const row = await this.#database
      .prepare('SELECT * FROM agent_versions WHERE name = ? AND version = ?')
      .bind(name, version)
      .first<VersionRow>();
    return row === null ? undefined : versionOf(row);
  }

  /** By name, from the one after `after`. */
  async list(limit: number, after = ''): Promise<Page<AgentSummary, string>> {
    const { results } = await this.#database
      .prepare(
        `SELECT name, version, created_at AS createdAt, updated_at AS updatedAt FROM agents
         WHERE archived_at IS NULL AND name > ? ORDER BY name LIMIT ?`,
      )
      .bind(after, limit + 1)
      .all<AgentSummary>();
    return pageOf(results, limit, ({ name }) => name);
  }

  /** The newest first, from the one before `before`. Empty where there never was such an agent. */
  async listVersions(
    name: string,
    limit: number,
    before = Number.MAX_SAFE_INTEGER,
  ): Promise<Page<Pick<AgentVersion, 'version' | 'createdAt'>, number>> {
    const { results } = await this.#database
      .prepare(
        `SELECT version, created_at AS createdAt FROM agent_versions
         WHERE name = ? AND version < ? ORDER BY version DESC LIMIT ?`,
      )
      .bind(name, before, limit + 1)
      .all<{ version: number; createdAt: number }>();
    return pageOf(results, limit, ({ version }) => version);
  }

  /**
   * A new agent, or undefined where there is one of the name. A name that was archived is used again, and its versions
   * are counted on.
   */
  async create(agent: Agent, now: number): Promise<AgentVersion | undefined> {
    const { name } = agent;
    const isFree = 'NOT EXISTS (SELECT 1 FROM agents WHERE name = ?1 AND archived_at IS NULL)';
    // The agent goes second: it is what makes the name taken. A batch is a transaction.
    const [inserted] = await this.#database.batch<{ version: number }>([
      this.#database
        .prepare(
          `INSERT INTO agent_versions (name, version, created_at, definition)
           SELECT ?1, 1 + COALESCE((SELECT MAX(version) FROM agent_versions WHERE name = ?1), 0), ?2, ?3
           WHERE ${isFree} RETURNING version`,
        )
        .bind(name, now, JSON.stringify(agent)),
      this.#database
        .prepare(
          `INSERT INTO agents (name, version, created_at, updated_at)
           SELECT ?1, (SELECT MAX(version) FROM agent_versions WHERE name = ?1), ?2, ?2
           WHERE ${isFree}
           ON CONFLICT (name) DO UPDATE
           SET version = excluded.version, created_at = ?2, updated_at = ?2, archived_at = NULL`,
        )
        .bind(name, now),
    ]);
    return writtenOf(agent, inserted?.results[0]?.version, now);
  }

  /** The next version, or undefined where the current one is no longer `version`. */
  async replace(agent: Agent, version: number, now: number): Promise<AgentVersion | undefined> {
    const { name } = agent;
    const isCurrent = 'name = ?1 AND version = ?2 AND archived_at IS NULL';
    const [inserted] = await this.#database.batch<{ version: number }>([
      this.#database
        .prepare(
          `INSERT INTO agent_versions (name, version, created_at, definition)
           SELECT name, version + 1, ?3, ?4 FROM agents WHERE ${isCurrent} RETURNING version`,
        )
        .bind(name, version, now, JSON.stringify(agent)),
      this.#database
        .prepare(`UPDATE agents SET version = version + 1, updated_at = ?3 WHERE ${isCurrent}`)
        .bind(name, version, now),
    ]);
    return writtenOf(agent, inserted?.results[0]?.version, now);
  }

  /** Archives the agent: it answers no more calls, its versions stay. False where `version` is not the current one. */
  async archive(name: string, version: number, now: number): Promise<boolean> {
    const { meta } = await this.#database
      .prepare(
        'UPDATE agents SET archived_at = ? WHERE name = ? AND version = ? AND archived_at IS NULL',
      )
      .bind(now, name, version)
      .run();
    return meta.changes > 0;
  }
}

/** What an older edge wrote gets the defaults of fields that have come since. */
function versionOf({ name, version, created_at: createdAt, definition }: VersionRow): AgentVersion {
  return { name, version, createdAt, agent: agentSchema.parse(JSON.parse(definition)) };
}

function writtenOf(
  agent: Agent,
  version: number | undefined,
  createdAt: number,
): AgentVersion | undefined {
  return version === undefined ? undefined : { name: agent.name, version, createdAt, agent };
}

/** `rows` were asked for with one more than `limit`, to know whether there are more. */
function pageOf<Entry, Cursor>(
  rows: readonly Entry[],
  limit: number,
  cursorOf: (entry: Entry) => Cursor,
): Page<Entry, Cursor> {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { entries, next: hasMore ? cursorOf(last) : undefined };
}
