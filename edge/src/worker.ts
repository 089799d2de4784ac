/** The Worker: its routes, and the Durable Object of a call. */

import { Hono } from 'hono';
import { HttpError } from './errors.ts';
import { api } from './routes/api.ts';
import type { AppEnv } from './routes/context.ts';
import { health } from './routes/health.ts';
import { media } from './routes/media.ts';
import { voice } from './routes/voice.ts';

const app = new Hono<AppEnv>();
for (const routes of [voice, media, api, health]) app.route('/', routes);
app.notFound(() => new HttpError('NOT_FOUND', 'there is nothing here').toResponse());
app.onError((error) => {
  if (error instanceof HttpError) return error.toResponse();
  console.error(JSON.stringify({ level: 'error', code: 'INTERNAL_ERROR', message: error.stack }));
  return new HttpError('INTERNAL_ERROR', 'an error of ours; it has been logged').toResponse();
});

export default app;
export { CallObject } from './call/object.ts';
