/**
 * Agents as they were last read from D1, kept in the isolate: a call that begins does not wait for the database each time.
 *
 * Values only, no promises: workerd lets no call wait for what another one has begun.
 */

import type { AgentVersion } from './agent-version.ts';

/** A change of an agent is heard by callers after so long at most. */
const AGE_MS_MAX = 5000;
const AGENTS_MAX = 200;

interface Entry {
  /** Undefined: there is no such agent. */
  readonly found: AgentVersion | undefined;
  readonly until: number;
}

export class AgentCache {
  readonly #entries = new Map<string, Entry>();

  /** `load` is asked where nothing fresh is kept; what it rejects with is passed on. */
  async get(
    name: string,
    now: number,
    load: (name: string) => Promise<AgentVersion | undefined>,
  ): Promise<AgentVersion | undefined> {
    const entry = this.#entries.get(name);
    if (entry !== undefined && entry.until > now) return entry.found;
    const found = await load(name);
    this.#entries.delete(name);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= AGENTS_MAX && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(name, { found, until: now + AGE_MS_MAX });
    return found;
  }
}
