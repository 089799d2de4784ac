/** `/api/v1/agents`: to write agents, and to read what was written. */

import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { agentNameSchema } from '../agents/agent-shape.ts';
import { agentSchema, type Agent } from '../agents/agent.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import type { AgentVersion } from '../agents/agent-version.ts';
import { maskAgent, unmaskAgent } from '../agents/masking.ts';
import { HttpError } from '../errors.ts';
import {
  AGENT_ROUTE,
  answerOf,
  etagOf,
  nameParams,
  notFound,
  storeOf,
  versionNumber,
  versionResponse,
} from './agent-answers.ts';
import type { AppEnv } from './context.ts';
import { jsonBody } from './json-body.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import { errorResponses, instantSchema, limitSchema, toIso } from './schemas.ts';

const listSchema = z
  .object({
    agents: z.array(
      z.object({
        name: agentNameSchema,
        version: versionNumber,
        createdAt: instantSchema,
        updatedAt: instantSchema,
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'AgentList' });

const ifMatch = z.object({
  'if-match': z
    .string()
    .optional()
    .meta({ description: 'The version that is changed, as in ETag: "3"; or *', example: '"3"' }),
});
const cursorSchema = z.string().max(64).optional();
const body = { required: true, content: { 'application/json': { schema: agentSchema } } };
export const agents = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

agents.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'get',
    path: '/api/v1/agents',
    summary: 'Agents by name, without those that are archived',
    request: { query: z.strictObject({ limit: limitSchema, cursor: cursorSchema }) },
    responses: {
      200: { description: 'A page', content: { 'application/json': { schema: listSchema } } },
      ...errorResponses(400, 401, 503),
    },
  }),
  async (context) => {
    const { limit = 50, cursor } = context.req.valid('query');
    const { entries, next } = await (await storeOf(context)).list(limit, cursor);
    const listed = entries.map((entry) => ({
      ...entry,
      createdAt: toIso(entry.createdAt),
      updatedAt: toIso(entry.updatedAt),
    }));
    return context.json({ agents: listed, nextCursor: next ?? null }, 200);
  },
);

agents.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'post',
    path: '/api/v1/agents',
    summary: 'A new agent',
    middleware: jsonBody,
    request: { body },
    responses: {
      201: versionResponse('The first version; a name that was archived counts on'),
      ...errorResponses(400, 401, 409, 413, 415, 422, 503),
    },
  }),
  async (context) => {
    const agent = unmasked(context.req.valid('json'), undefined);
    const created = await (await storeOf(context)).create(agent, Date.now());
    if (created === undefined) {
      throw new HttpError('AGENT_EXISTS', `there is an agent ${agent.name}; PUT makes a version`);
    }
    context.header('Location', `/api/v1/agents/${agent.name}`);
    context.header('ETag', etagOf(created));
    return context.json(answerOf(created), 201);
  },
);

agents.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'post',
    path: '/api/v1/agents/validate',
    summary: 'Looks at an agent without writing it',
    middleware: jsonBody,
    request: { body },
    responses: {
      200: {
        description: 'It could be written: this is it with every default',
        content: { 'application/json': { schema: z.object({ agent: agentSchema }) } },
      },
      ...errorResponses(400, 401, 413, 415, 422, 503),
    },
  }),
  (context) => context.json({ agent: maskAgent(context.req.valid('json')) }, 200),
);

agents.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'get',
    path: '/api/v1/agents/{name}',
    summary: 'The current version of an agent',
    request: { params: nameParams },
    responses: { 200: versionResponse('The agent'), ...errorResponses(401, 404, 503) },
  }),
  async (context) => {
    const current = await currentOf(await storeOf(context), context.req.valid('param').name);
    context.header('ETag', etagOf(current));
    return context.json(answerOf(current), 200);
  },
);

agents.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'put',
    path: '/api/v1/agents/{name}',
    summary: 'The next version of an agent',
    middleware: jsonBody,
    request: { params: nameParams, headers: ifMatch, body },
    responses: {
      200: versionResponse('The version that was made'),
      ...errorResponses(400, 401, 404, 412, 413, 415, 422, 428, 503),
    },
  }),
  async (context) => {
    const { name } = context.req.valid('param');
    const sent = context.req.valid('json');
    if (sent.name !== name) {
      const fields = [{ path: 'name', message: `must be the name in the path, ${name}` }];
      throw new HttpError('AGENT_INVALID', 'the agent has another name', { fields });
    }
    const store = await storeOf(context);
    const current = await currentOf(store, name);
    checkIfMatch(context.req.header('If-Match'), current);
    const agent = unmasked(sent, current.agent);
    const replaced = await store.replace(agent, current.version, Date.now());
    if (replaced === undefined) throw changed(name);
    context.header('ETag', etagOf(replaced));
    return context.json(answerOf(replaced), 200);
  },
);

agents.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'delete',
    path: '/api/v1/agents/{name}',
    summary: 'Archives an agent: it answers no more calls, its versions can still be read',
    request: { params: nameParams, headers: ifMatch },
    responses: {
      204: { description: 'It is archived' },
      ...errorResponses(400, 401, 404, 412, 428, 503),
    },
  }),
  async (context) => {
    const { name } = context.req.valid('param');
    const store = await storeOf(context);
    const current = await currentOf(store, name);
    checkIfMatch(context.req.header('If-Match'), current);
    if (!(await store.archive(name, current.version, Date.now()))) throw changed(name);
    return context.body(null, 204);
  },
);

async function currentOf(store: AgentStore, name: string): Promise<AgentVersion> {
  const current = await store.load(name);
  if (current === undefined) throw notFound(name);
  return current;
}

function changed(name: string): HttpError {
  return new HttpError('AGENT_CHANGED', `${name} has been changed since it was read`);
}

/** Nobody writes over what another has written meanwhile: the version that is changed must be named. */
function checkIfMatch(given: string | undefined, { name, version }: AgentVersion): void {
  if (given === undefined) {
    const message = 'If-Match must name the version that is changed, as ETag does';
    throw new HttpError('IF_MATCH_MISSING', message);
  }
  if (given === '*') return;
  const expected = /^"?([1-9][0-9]{0,14})"?$/u.exec(given)?.[1];
  if (expected === undefined) {
    throw new HttpError('IF_MATCH_INVALID', 'If-Match must be a version, such as "3", or *');
  }
  if (Number(expected) !== version) throw changed(name);
}

function unmasked(sent: Agent, stored: Agent | undefined): Agent {
  const { agent, problems } = unmaskAgent(sent, stored);
  if (problems.length > 0) {
    throw new HttpError('AGENT_INVALID', 'the agent is not valid', { fields: problems });
  }
  return agent;
}
