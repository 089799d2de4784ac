/** `/api/v1/calls/{callSid}/recording`: what both sides heard, as a WAV file out of R2. */

import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { isSid } from '@patchcord/shared/twilio/sid';
import { z } from 'zod';
import { HttpError } from '../errors.ts';
import { recordingKey } from '../recording/recording-store.ts';
import { byteRangeOf } from './byte-range.ts';
import type { AppEnv } from './context.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import { errorResponses } from './schemas.ts';

const file = (description: string) => ({
  description,
  content: { 'audio/wav': { schema: z.string().meta({ format: 'binary' }) } },
});

export const recordings = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

recordings.openapi(
  createRoute({
    tags: ['calls'],
    security: [{ bearer: [] }],
    method: 'get',
    path: '/api/v1/calls/{callSid}/recording',
    summary: 'The recording: WAV, µ-law, 8 kHz; left the caller, right the agent as it was heard',
    request: {
      params: z.object({ callSid: z.string() }),
      headers: z.object({ range: z.string().optional() }),
    },
    responses: {
      200: file('The whole file'),
      206: file('The range that was asked for'),
      ...errorResponses(400, 401, 404, 416, 503),
    },
  }),
  async (context) => {
    const { callSid } = context.req.valid('param');
    if (!isSid('CA', callSid)) {
      throw new HttpError('CALL_SID_INVALID', 'a call SID is CA and 32 hexadecimal digits');
    }
    const bucket = context.env.RECORDINGS;
    if (typeof bucket !== 'object') {
      throw new HttpError('RECORDINGS_MISSING', 'no R2 bucket is bound as RECORDINGS');
    }
    const key = recordingKey(callSid);
    const { size } = (await bucket.head(key)) ?? notFound(callSid);
    const range = byteRangeOf(context.req.header('Range') ?? null, size);
    if (range === 'unsatisfiable') {
      const headers = { 'Content-Range': `bytes */${size}` };
      throw new HttpError('RANGE_INVALID', `the recording has ${size} bytes`, { headers });
    }
    const object = (await bucket.get(key, range && { range })) ?? notFound(callSid);
    const headers = {
      'Content-Type': 'audio/wav',
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'private, no-store',
      ETag: object.httpEtag,
    };
    if (range === undefined) {
      return context.body(object.body, 200, { ...headers, 'Content-Length': String(size) });
    }
    const { offset, length } = range;
    return context.body(object.body, 206, {
      ...headers,
      'Content-Length': String(length),
      'Content-Range': `bytes ${offset}-${offset + length - 1}/${size}`,
    });
  },
);

function notFound(callSid: string): never {
  throw new HttpError('RECORDING_NOT_FOUND', `there is no recording of ${callSid}`);
}
