/** `/api/v1/*`: agents and calls, for the holder of the API token; and the description of all that. */

import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { verifyBearer } from '../auth.ts';
import { HttpError } from '../errors.ts';
import { agentVersions } from './agent-versions.ts';
import { agents } from './agents.ts';
import { calls } from './calls.ts';
import { envOf, type AppEnv } from './context.ts';
import { recordings } from './recordings.ts';
import { errorResponses } from './schemas.ts';

export const api = new OpenAPIHono<AppEnv>();

api.use('/api/v1/*', async (context, next) => {
  const { API_TOKEN } = envOf(context);
  if (API_TOKEN === undefined) throw new HttpError('API_DISABLED', 'API_TOKEN is not set');
  await verifyBearer(API_TOKEN, context.req.raw.headers);
  await next();
});

for (const routes of [agents, agentVersions, calls, recordings]) api.route('/', routes);

api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
  type: 'http',
  scheme: 'bearer',
  description: 'The API_TOKEN of the Worker',
});

api.openapi(
  createRoute({
    tags: ['description'],
    security: [{ bearer: [] }],
    method: 'get',
    path: '/api/v1/openapi.json',
    summary: 'This description, OpenAPI 3.1',
    responses: {
      200: {
        description: 'OpenAPI 3.1',
        content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
      },
      ...errorResponses(401, 503),
    },
  }),
  (context) => context.json(describeApi(), 200),
);

function describeApi(): Record<string, unknown> {
  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Patchcord edge',
      version: '1',
      description: 'Agents that answer the telephone, and their calls.',
    },
  });
  return { ...document };
}
