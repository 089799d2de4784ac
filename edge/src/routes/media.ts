/** `GET /media/:callSid` and `GET /media`: the Media Streams socket, handed on to the call's Durable Object. */

import { isSid } from '@patchcord/shared/twilio/sid';
import { Hono, type Context } from 'hono';
import { verifySignature } from '../auth.ts';
import { CALL_SID_HEADER } from '../call/object.ts';
import { HttpError } from '../errors.ts';
import { envOf, type AppEnv } from './context.ts';

export const media = new Hono<AppEnv>();

media.get('/media/:callSid', async (context) => {
  const callSid = context.req.param('callSid');
  if (!isSid('CA', callSid)) {
    throw new HttpError('CALL_SID_INVALID', 'a call SID is CA and 32 hexadecimal digits');
  }
  await verifyStream(context);
  const request = new Request(context.req.raw);
  request.headers.set(CALL_SID_HEADER, callSid);
  return context.env.CALL.getByName(callSid).fetch(request);
});

/** The call's SID comes with the stream's `start`; until then the object has no name. */
media.get('/media', async (context) => {
  await verifyStream(context);
  const request = new Request(context.req.raw);
  request.headers.delete(CALL_SID_HEADER);
  return context.env.CALL.get(context.env.CALL.newUniqueId()).fetch(request);
});

async function verifyStream(context: Context<AppEnv>): Promise<void> {
  const env = envOf(context);
  const { url, headers } = context.req.raw;
  if (headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
    throw new HttpError('UPGRADE_REQUIRED', 'this is a WebSocket of Twilio Media Streams');
  }
  const publicHost = env.PUBLIC_HOST;
  await verifySignature(env.AUTH_TOKEN, { kind: 'socket', url, headers, publicHost });
}
