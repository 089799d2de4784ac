/** `/api/v1/calls`: the list of calls, and all that is known of one. */

import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { isSid } from '@patchcord/shared/twilio/sid';
import { z } from 'zod';
import { extractionOf } from '../afterwards/completed-event.ts';
import { agentNameSchema } from '../agents/agent-shape.ts';
import type { IndexedCall } from '../calls/call-index.ts';
import { decodeCursor, encodeCursor, listCalls } from '../calls/call-list.ts';
import { HttpError } from '../errors.ts';
import { databaseOf, type AppEnv } from './context.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import { errorResponses, instantSchema, limitSchema, toIso } from './schemas.ts';

const statusSchema = z.enum(['in-progress', 'completed', 'failed']);

/** To milliseconds. With its zone: a time of day without one means another instant for each reader. */
const sinceSchema = z.iso
  .datetime({ offset: true, error: 'must be an instant, such as 2026-11-22T08:00:00Z' })
  .transform((text) => Date.parse(text));

const text = z.string().min(1).max(256).optional();

const querySchema = z.strictObject({
  status: statusSchema.optional(),
  agent: agentNameSchema.optional(),
  from: text,
  to: text,
  direction: text.meta({ description: "As Twilio's webhook says it", example: 'inbound' }),
  since: sinceSchema.optional().meta({ description: 'Calls that started then or later' }),
  until: sinceSchema.optional().meta({ description: 'Calls that started before' }),
  limit: limitSchema,
  cursor: z
    .string()
    .transform(decodeCursor)
    .refine((cursor) => cursor !== undefined, 'must be a nextCursor of this list')
    .optional(),
});

const indexedCallSchema = z
  .object({
    callSid: z.string(),
    agent: z.string().nullable(),
    agentVersion: z.int().nullable(),
    status: statusSchema,
    direction: z.string().nullable(),
    from: z.string().nullable(),
    to: z.string().nullable(),
    startedAt: instantSchema,
    endedAt: instantSchema.nullable(),
    durationMs: z.int().nullable(),
    endReason: z.string().nullable(),
    turns: z.int().meta({ description: 'Utterances of the agent' }),
    costMicros: z.int().nullable().meta({ description: 'Millionths of the currency' }),
    currency: z.string().nullable(),
    language: z.string().nullable(),
    hasRecording: z.boolean(),
    summary: z.string().nullable(),
  })
  .meta({ id: 'IndexedCall', description: 'A call in a list. What is not known is null' });

const faultSchema = z.object({ code: z.string(), message: z.string() });

const costSchema = z
  .object({
    currency: z.string(),
    totalMicros: z.int(),
    sttMicros: z.int(),
    llmMicros: z.int(),
    ttsMicros: z.int(),
    lineMicros: z.int(),
    wastedMicros: z.int().meta({ description: 'Part of the others: given up unheard' }),
  })
  .meta({ id: 'CallCost', description: 'Millionths of the currency' });

const failure = z.object({ code: z.string(), message: z.string() }).optional();

const recordingSchema = z.object({
  status: z.enum(['recording', 'pending', 'stored', 'failed']),
  startsMs: z.number().meta({ description: 'After the beginning of the stream' }),
  durationMs: z.number().optional(),
  error: failure,
});

const webhookSchema = z.object({
  status: z.enum(['pending', 'delivered', 'failed']),
  id: z.string(),
  tries: z.int(),
  error: failure,
});

const reportSchema = z
  .object({
    callSid: z.string(),
    status: statusSchema,
    startedAt: instantSchema,
    endedAt: instantSchema.nullable(),
    endReason: z.string().nullable().meta({ description: 'See docs/errors.md' }),
    answeredBy: z
      .enum(['person', 'machine', 'nobody'])
      .nullable()
      .meta({ description: 'Who or what took a call of ours; null for one that came in' }),
    from: z.string().nullable(),
    to: z.string().nullable(),
    agent: z.string().nullable().meta({ description: "Null: the agent of the Worker's variables" }),
    agentVersion: z.int().nullable(),
    turns: z
      .array(
        z.object({
          index: z.int(),
          kind: z.string(),
          startedAt: instantSchema,
          understood: z.string().optional(),
          agent: z.string().meta({ description: 'All it said, or was about to say' }),
          heard: z.string().meta({ description: 'The beginning of it that the caller heard' }),
          interrupted: z.boolean(),
          waterfallMs: z.record(z.string(), z.number().optional()),
          errors: z.array(faultSchema).readonly(),
        }),
      )
      .readonly(),
    errors: z.array(faultSchema).readonly(),
    cost: costSchema.nullable(),
    summary: z.string().nullable(),
    extraction: z.unknown().meta({ description: "By the agent's extraction.schema, or null" }),
    analysisError: failure.unwrap().nullable(),
    recording: recordingSchema.nullable(),
    webhook: webhookSchema.nullable(),
  })
  .meta({ id: 'CallReport' });

const BASE = { tags: ['calls'], security: [{ bearer: [] }] };

export const calls = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

calls.openapi(
  createRoute({
    ...BASE,
    method: 'get',
    path: '/api/v1/calls',
    summary: 'Calls, the newest first',
    request: { query: querySchema },
    responses: {
      200: {
        description: 'A page',
        content: {
          'application/json': {
            schema: z
              .object({
                calls: z.array(indexedCallSchema),
                nextCursor: z.string().nullable(),
              })
              .meta({ id: 'CallList' }),
          },
        },
      },
      ...errorResponses(400, 401, 503),
    },
  }),
  async (context) => {
    const { limit = 50, cursor, ...filter } = context.req.valid('query');
    const page = await listCalls(await databaseOf(context), filter, limit, cursor);
    const nextCursor = page.next === undefined ? null : encodeCursor(page.next);
    return context.json({ calls: page.calls.map(answerOf), nextCursor }, 200);
  },
);

calls.openapi(
  createRoute({
    ...BASE,
    method: 'get',
    path: '/api/v1/calls/{callSid}',
    summary: 'All that is known of a call',
    request: { params: z.object({ callSid: z.string() }) },
    responses: {
      200: { description: 'The call', content: { 'application/json': { schema: reportSchema } } },
      ...errorResponses(400, 401, 404, 503),
    },
  }),
  async (context) => {
    const { callSid } = context.req.valid('param');
    if (!isSid('CA', callSid)) {
      throw new HttpError('CALL_SID_INVALID', 'a call SID is CA and 32 hexadecimal digits');
    }
    const report = await context.env.CALL.getByName(callSid).report();
    if (report === undefined) throw new HttpError('CALL_NOT_FOUND', `there is no call ${callSid}`);
    const { extractionJson, ...known } = report;
    return context.json({ ...known, extraction: extractionOf({ extractionJson }) }, 200);
  },
);

function answerOf(call: IndexedCall) {
  return {
    ...call,
    startedAt: toIso(call.startedAt),
    endedAt: call.endedAt === null ? null : toIso(call.endedAt),
  };
}
