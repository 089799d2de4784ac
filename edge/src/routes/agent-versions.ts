/** `/api/v1/agents/{name}/versions`: what was written under a name. */

import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
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
import { refuseInvalid } from './refuse-invalid.ts';
import { errorResponses, instantSchema, limitSchema, toIso } from './schemas.ts';

const versionListSchema = z
  .object({
    versions: z.array(z.object({ version: versionNumber, createdAt: instantSchema })),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'AgentVersionList' });

export const agentVersions = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

agentVersions.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'get',
    path: '/api/v1/agents/{name}/versions',
    summary: 'All versions of an agent, the newest first',
    request: {
      params: nameParams,
      query: z.strictObject({
        limit: limitSchema,
        cursor: z
          .string()
          .regex(/^[1-9][0-9]{0,14}$/, 'must be a nextCursor of this list')
          .transform(Number)
          .optional(),
      }),
    },
    responses: {
      200: {
        description: 'A page',
        content: { 'application/json': { schema: versionListSchema } },
      },
      ...errorResponses(400, 401, 404, 503),
    },
  }),
  async (context) => {
    const { name } = context.req.valid('param');
    const { limit = 50, cursor } = context.req.valid('query');
    const { entries, next } = await (await storeOf(context)).listVersions(name, limit, cursor);
    if (entries.length === 0 && cursor === undefined) throw notFound(name);
    const versions = entries.map((entry) => ({ ...entry, createdAt: toIso(entry.createdAt) }));
    return context.json({ versions, nextCursor: next === undefined ? null : `${next}` }, 200);
  },
);

agentVersions.openapi(
  createRoute({
    ...AGENT_ROUTE,
    method: 'get',
    path: '/api/v1/agents/{name}/versions/{version}',
    summary: 'One version of an agent, also of one that is archived',
    request: { params: nameParams.extend({ version: z.string().meta({ example: '3' }) }) },
    responses: { 200: versionResponse('The version'), ...errorResponses(401, 404, 503) },
  }),
  async (context) => {
    const { name, version } = context.req.valid('param');
    const store = await storeOf(context);
    const found = /^[1-9][0-9]{0,14}$/u.test(version)
      ? await store.loadVersion(name, Number(version))
      : undefined;
    if (found === undefined) {
      throw new HttpError('AGENT_VERSION_NOT_FOUND', 'there is no such version of this agent');
    }
    context.header('ETag', etagOf(found));
    return context.json(answerOf(found), 200);
  },
);
