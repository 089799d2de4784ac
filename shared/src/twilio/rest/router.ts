/**
 * Twilio's REST interface for calls, streams and recordings: one router over a {@link CallControl}, the same in the relay and in
 * the edge.
 *
 * Answers are JSON, with or without `.json` at the end of the path (Twilio's default without it is XML; `.xml`, `.csv` and
 * `.html` get 406). Recordings need the password too, as with Twilio's setting that enforces it.
 *
 * @see facts section 8; https://www.twilio.com/docs/voice/api
 */

import { Hono, type Context } from 'hono';
import { TwilioError, type CallControl } from '../call-control.ts';
import { isSid } from '../sid.ts';
import { isBasicAuth } from './basic-auth.ts';
import { FILTER_NAMES, parseCallFilter } from './call-filter.ts';
import { accountPath, API_VERSION, callJson } from './call-json.ts';
import { parseCreateCall } from './create-call.ts';
import { badParameter, errorJson, notFound } from './error-json.ts';
import { Form, readForm } from './form.ts';
import { pageJson, parsePageQuery } from './page.ts';
import { mediaResponse } from './recording-media.ts';
import { callRecordingJson, recordingJson } from './recording-json.ts';
import { streamJson } from './stream-json.ts';
import { parseStreamRequest } from './stream-request.ts';
import { parseUpdateCall } from './update-call.ts';

export interface TwilioRestOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly control: CallControl;
  /** What was thrown that is no TwilioError; the client sees 500 and 20500. */
  readonly report: (error: unknown) => void;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE']);

/** Routes under `/2010-04-01/`, every path of it; mount them at the root: `app.route('/', twilioRestRoutes(…))`. */
export function twilioRestRoutes({
  accountSid,
  authToken,
  control,
  report,
}: TwilioRestOptions): Hono {
  const app = new Hono({ strict: false });
  const root = accountPath(accountSid);
  const refuse = (error: TwilioError): Response => {
    const headers = new Headers({ 'Content-Type': 'application/json' });
    if (error.status === 401) headers.set('WWW-Authenticate', 'Basic realm="Twilio API"');
    return new Response(JSON.stringify(errorJson(error)), { status: error.status, headers });
  };
  app.onError((error) => {
    if (error instanceof TwilioError) return refuse(error);
    report(error);
    return refuse(new TwilioError(500, 20500, 'An internal server error has occurred'));
  });

  app.use(`/${API_VERSION}/*`, async (c, next) => {
    if (!(await isBasicAuth(c.req.header('Authorization'), accountSid, authToken))) {
      return refuse(new TwilioError(401, 20003, 'Authenticate'));
    }
    if (!METHODS.has(c.req.method)) {
      return refuse(new TwilioError(405, 20004, 'Method not allowed'));
    }
    if (/\.(?:xml|csv|html)$/.test(c.req.path)) {
      return refuse(new TwilioError(406, 20001, 'only JSON is spoken here: end the path in .json'));
    }
    await next();
    return undefined;
  });

  const calls = new Hono({ strict: false });
  for (const path of ['/Calls', '/Calls.json']) {
    calls.post(path, async (c) => {
      const call = await control.create(parseCreateCall(await readForm(c.req.raw)));
      return c.json(callJson(call), 201);
    });
    calls.get(path, async (c) => {
      const parameters = new URL(c.req.url).searchParams;
      const query = new Form(parameters);
      const page = parsePageQuery(query);
      const filters = [...parameters].filter(([name]) => FILTER_NAMES.has(name));
      const found = await control.list(parseCallFilter(query), page.request);
      return c.json(pageJson('calls', `${root}/Calls.json`, filters, page, found, callJson));
    });
  }
  calls.get('/Calls/:call', async (c) => c.json(callJson(await control.fetch(callSid(c)))));
  calls.post('/Calls/:call', async (c) => {
    const sid = callSid(c);
    const update = parseUpdateCall(await readForm(c.req.raw));
    return c.json(callJson(await control.update(sid, update)));
  });
  calls.delete('/Calls/:call', async (c) => {
    await control.remove(callSid(c));
    return c.body(null, 204);
  });

  for (const path of ['/Calls/:call/Streams', '/Calls/:call/Streams.json']) {
    calls.post(path, async (c) => {
      const sid = callSid(c);
      const request = parseStreamRequest(await readForm(c.req.raw));
      return c.json(streamJson(await control.startStream(sid, request)), 201);
    });
  }
  calls.post('/Calls/:call/Streams/:stream', async (c) => {
    const sid = callSid(c);
    const name = segment(c, 'stream');
    const form = await readForm(c.req.raw);
    if (form.oneOf('Status', ['stopped']) === undefined) {
      throw badParameter('Status must be stopped');
    }
    return c.json(streamJson(await control.stopStream(sid, name)));
  });

  for (const path of ['/Calls/:call/Recordings', '/Calls/:call/Recordings.json']) {
    calls.get(path, async (c) => {
      const sid = callSid(c);
      const page = parsePageQuery(new Form(new URL(c.req.url).searchParams));
      const found = await control.recordings(sid, page.request);
      const address = `${root}/Calls/${sid}/Recordings.json`;
      return c.json(pageJson('recordings', address, [], page, found, callRecordingJson));
    });
  }
  calls.get('/Calls/:call/Recordings/:recording', async (c) => {
    const recording = await control.recording(callSid(c), recordingSid(c));
    return c.json(callRecordingJson(recording));
  });
  calls.delete('/Calls/:call/Recordings/:recording', async (c) => {
    await control.removeRecording(callSid(c), recordingSid(c));
    return c.body(null, 204);
  });

  calls.get('/Recordings/:recording', async (c) => {
    const recording = await control.findRecording(recordingSid(c));
    if (c.req.path.endsWith('.json')) return c.json(recordingJson(recording));
    return mediaResponse(await control.recordingMedia(recording.callSid, recording.sid));
  });
  calls.delete('/Recordings/:recording', async (c) => {
    const recording = await control.findRecording(recordingSid(c));
    await control.removeRecording(recording.callSid, recording.sid);
    return c.body(null, 204);
  });

  app.route(root, calls);
  // A route, because `notFound` of an app that is mounted in another is not asked.
  app.all(`/${API_VERSION}/*`, (c) => refuse(notFound(c.req.path)));
  return app;
}

/** A part of the path, without the extension that says the format. */
function segment(c: Context, name: string): string {
  return (c.req.param(name) ?? '').replace(/\.(?:json|wav)$/, '');
}

function callSid(c: Context): string {
  const sid = segment(c, 'call');
  if (!isSid('CA', sid)) throw notFound(c.req.path);
  return sid;
}

function recordingSid(c: Context): string {
  const sid = segment(c, 'recording');
  if (!isSid('RE', sid)) throw notFound(c.req.path);
  return sid;
}
