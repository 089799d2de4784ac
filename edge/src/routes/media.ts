/** `GET /media/:callSid` and `GET /media`: the Media Streams socket, handed on to the call's Durable Object. */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { isSid } from '@patchcord/shared/twilio/sid';
import { Hono, type Context } from 'hono';
import { verifySignature } from '../auth.ts';
import { CALL_SID_HEADER, ORIGIN_HEADER } from '../call/object.ts';
import { HttpError } from '../errors.ts';
import { envOf, type AppEnv } from './context.ts';

export const media = new Hono<AppEnv>();

media.get('/media/:callSid', async (context) => {
  const callSid = context.req.param('callSid');
  if (!isSid('CA', callSid)) {
    throw new HttpError('CALL_SID_INVALID', 'a call SID is CA and 32 hexadecimal digits');
  }
  const origin = await verifyStream(context);
  const request = new Request(context.req.raw);
  request.headers.set(CALL_SID_HEADER, callSid);
  request.headers.set(ORIGIN_HEADER, origin);
  return context.env.CALL.getByName(callSid).fetch(request);
});

/** The call's SID comes with the stream's `start`; until then the object has no name. */
media.get('/media', async (context) => {
  const origin = await verifyStream(context);
  const request = new Request(context.req.raw);
  request.headers.delete(CALL_SID_HEADER);
  request.headers.set(ORIGIN_HEADER, origin);
  return context.env.CALL.get(context.env.CALL.newUniqueId()).fetch(request);
});

/** Answers where the peer reaches this Worker over HTTP. */
async function verifyStream(context: Context<AppEnv>): Promise<string> {
  const env = envOf(context);
  const { url, headers } = context.req.raw;
  if (headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
    throw new HttpError('UPGRADE_REQUIRED', 'this is a WebSocket of Twilio Media Streams');
  }
  const publicHost = env.PUBLIC_HOST;
  const request = { kind: 'socket', url, headers, publicHost } as const;
  const { protocol, host, hostname } = await verifySignature(env.AUTH_TOKEN, request);
  const isPlain = (protocol === 'ws:' || protocol === 'http:') && isPrivateHost(hostname);
  return `${isPlain ? 'http' : 'https'}://${host}`;
}
