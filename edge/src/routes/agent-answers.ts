/** What all routes of agents have in common: their parameters and their answers. */

import type { Context } from 'hono';
import { z } from 'zod';
import { agentNameSchema } from '../agents/agent-shape.ts';
import { agentSchema } from '../agents/agent.ts';
import { AgentStore } from '../agents/agent-store.ts';
import type { AgentVersion } from '../agents/agent-version.ts';
import { maskAgent } from '../agents/masking.ts';
import { HttpError } from '../errors.ts';
import { databaseOf, type AppEnv } from './context.ts';
import { instantSchema, toIso } from './schemas.ts';

export const AGENT_ROUTE = { tags: ['agents'], security: [{ bearer: [] }] };

export const versionNumber = z.int().min(1).meta({ description: 'Counts the writes of this name' });

const versionSchema = z
  .object({
    name: agentNameSchema,
    version: versionNumber,
    createdAt: instantSchema,
    agent: agentSchema,
  })
  .meta({
    id: 'AgentVersion',
    description: 'An agent as it was written; header values are masked',
  });

/** Any text: a name that cannot be is a name that is not there. */
export const nameParams = z.object({ name: z.string().meta({ example: 'clinic-receptionist' }) });

const etag = z.object({ ETag: z.string().meta({ description: 'The version, quoted' }) });
/** An entry of `responses`. */
export const versionResponse = (description: string) => ({
  description,
  headers: etag,
  content: { 'application/json': { schema: versionSchema } },
});

export async function storeOf(context: Context<AppEnv>): Promise<AgentStore> {
  return new AgentStore(await databaseOf(context));
}

export function notFound(name: string): HttpError {
  return new HttpError('AGENT_NOT_FOUND', `there is no agent ${name.slice(0, 64)}`);
}

export function etagOf({ version }: AgentVersion): string {
  return `"${version}"`;
}

/** As it may be answered: with its keys masked. */
export function answerOf({ name, version, createdAt, agent }: AgentVersion) {
  return { name, version, createdAt: toIso(createdAt), agent: maskAgent(agent) };
}
