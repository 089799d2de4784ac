/** `/api/v1/*`: what is known of calls, for the holder of the API token. */

import { isSid } from '@patchcord/shared/twilio/sid';
import { Hono } from 'hono';
import { verifyBearer } from '../auth.ts';
import { HttpError } from '../errors.ts';
import { envOf, type AppEnv } from './context.ts';

export const api = new Hono<AppEnv>();

api.use('/api/v1/*', async (context, next) => {
  const { API_TOKEN } = envOf(context);
  if (API_TOKEN === undefined) throw new HttpError('API_DISABLED', 'API_TOKEN is not set');
  await verifyBearer(API_TOKEN, context.req.raw.headers);
  await next();
});

api.get('/api/v1/calls/:callSid', async (context) => {
  const callSid = context.req.param('callSid');
  if (!isSid('CA', callSid)) {
    throw new HttpError('CALL_SID_INVALID', 'a call SID is CA and 32 hexadecimal digits');
  }
  const report = await context.env.CALL.getByName(callSid).report();
  if (report === undefined) throw new HttpError('CALL_NOT_FOUND', `there is no call ${callSid}`);
  return context.json(report);
});
