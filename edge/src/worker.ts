/** The Worker: its routes, and the Durable Object of a call. */

import { Hono } from 'hono';
import { HttpError } from './errors.ts';
import { api } from './routes/api.ts';
import type { AppEnv } from './routes/context.ts';
import { health } from './routes/health.ts';
import { media } from './routes/media.ts';
import { refuseOtherMethods } from './routes/other-methods.ts';
import { transfer } from './routes/transfer.ts';
import { voice } from './routes/voice.ts';

const app = new Hono<AppEnv>();
for (const routes of [voice, transfer, media, api, health]) app.route('/', routes);
refuseOtherMethods(app);
app.notFound(() => new HttpError('NOT_FOUND', 'there is nothing here').toResponse());
app.onError((error) => {
  if (error instanceof HttpError) return error.toResponse();
  // D1 gives its errors no class of their own.
  const code = error.message.startsWith('D1_') ? 'DATABASE_FAILED' : 'INTERNAL_ERROR';
  console.error(JSON.stringify({ level: 'error', code, message: error.stack }));
  const message = code === 'DATABASE_FAILED' ? 'the database failed' : 'an error of ours';
  return new HttpError(code, `${message}; it has been logged`).toResponse();
});

export default app;
export { CallObject } from './call/object.ts';
