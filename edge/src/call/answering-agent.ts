/** Which agent answers: the one that the stream names, else `default`, else the one of the Worker's variables. */

import { AgentCache } from '../agents/agent-cache.ts';
import { agentOfVariables } from '../agents/agent-of-variables.ts';
import { AgentStore } from '../agents/agent-store.ts';
import type { AgentVersion } from '../agents/agent-version.ts';
import type { Agent } from '../agents/agent.ts';
import type { Bindings } from '../bindings.ts';
import { openDatabase } from '../database.ts';
import type { Env } from '../env.ts';

export interface AnsweringAgent {
  readonly agent: Agent;
  /** Of the database; undefined for the agent of the variables. */
  readonly stored?: { readonly name: string; readonly version: number };
  /** Why it is not the one that was asked for. */
  readonly problem?: { readonly code: string; readonly message: string };
}

const DEFAULT_NAME = 'default';

/** The caller hears nothing meanwhile. */
const LOAD_MS_MAX = 1000;

const cache = new AgentCache();

/** Never rejects: without the database the variables answer. */
export async function answeringAgent(
  bindings: Bindings,
  env: Env,
  named: string | undefined,
): Promise<AnsweringAgent> {
  const name = named ?? DEFAULT_NAME;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), LOAD_MS_MAX);
  try {
    const found = await Promise.race([load(bindings, name), late]);
    if (found !== undefined) {
      return { agent: found.agent, stored: { name: found.name, version: found.version } };
    }
    if (named === undefined) return { agent: agentOfVariables(env) };
    return instead(env, 'AGENT_UNKNOWN', `there is no agent ${named.slice(0, 64)}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return instead(env, 'AGENT_UNAVAILABLE', `agents cannot be read: ${why.slice(0, 200)}`);
  } finally {
    clearTimeout(timer);
  }
}

function load(bindings: Bindings, name: string): Promise<AgentVersion | undefined> {
  return cache.get(name, Date.now(), async () => {
    const database = await openDatabase(bindings);
    if (database !== undefined) return new AgentStore(database).load(name);
    if (name === DEFAULT_NAME) return undefined;
    throw new Error('no database is bound as DB');
  });
}

function instead(env: Env, code: string, message: string): AnsweringAgent {
  return { agent: agentOfVariables(env), problem: { code, message } };
}
