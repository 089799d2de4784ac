import { newSid } from '@patchcord/shared/twilio/sid';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { afterEach, describe, expect, it } from 'vitest';
import { AUTH_TOKEN, World } from './world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

async function start(vars: Record<string, string>): Promise<World> {
  world = await World.start({ vars });
  return world;
}

async function postVoice(edgeUrl: string, form: Record<string, string>): Promise<Response> {
  const url = `${edgeUrl}/voice`;
  return fetch(url, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': await signTwilioRequest(AUTH_TOKEN, url, form) },
    body: new URLSearchParams(form),
  });
}

describe('a key that is missing', () => {
  it.each([
    ['AZURE_SPEECH_KEY', 'STT_KEY_MISSING', 'We are broken.'],
    ['OPENROUTER_API_KEY', 'LLM_KEY_MISSING', 'We are broken.'],
    ['ELEVENLABS_API_KEY', 'TTS_KEY_MISSING', ''],
  ])('%s ends every call with a word where there is a voice', async (variable, code, heard) => {
    const { dial, finalReport, logs, get } = bound(await start({ [variable]: '' }));
    const call = await dial();
    await call.until(() => call.closed !== undefined);
    expect(call.closed).toEqual({ code: 1000, reason: 'provider-failure' });
    expect(call.heard).toBe(heard);
    expect((await finalReport(call.callSid)).errors).toEqual([
      { code, message: `${variable} is not set` },
    ]);
    expect(logs.some((line) => line.includes(code))).toBe(true);
    expect(await (await get('/healthz')).json()).toEqual({
      status: 'incomplete',
      missing: [{ code, message: `${variable} is not set` }],
    });
  });
});

describe('a configuration that is wrong', () => {
  it('is named at /healthz and in the log, and sends callers on', async () => {
    const { edge, get, logs, dial } = bound(
      await start({ AGENT_BARGE_IN_MS: 'soon', FALLBACK_TWIML: '<Dial>+603</Dial>' }),
    );
    const message =
      'AGENT_BARGE_IN_MS must be a whole number of milliseconds from 60 to 5000, got "soon"';
    const health = await get('/healthz');
    expect(health.status).toBe(500);
    expect(await health.json()).toEqual({
      status: 'misconfigured',
      problems: [{ variable: 'AGENT_BARGE_IN_MS', message }],
    });
    const response = await postVoice(edge.url, { CallSid: newSid('CA') });
    expect(await response.text()).toContain('<Response><Dial>+603</Dial></Response>');
    expect(logs.some((line) => line.includes('EDGE_MISCONFIGURED'))).toBe(true);
    await expect(dial()).rejects.toThrow('500');
  });
});

describe('requests that are refused', () => {
  it('have one shape and stable codes', async () => {
    const { edge, get, dial } = bound(await start({}));
    const { url } = edge;
    const callSid = newSid('CA');
    const signature = { 'X-Twilio-Signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' };
    const rows: [number, string, Promise<Response>][] = [
      [404, 'NOT_FOUND', fetch(`${url}/nowhere`)],
      [403, 'SIGNATURE_MISSING', fetch(`${url}/voice`, { method: 'POST', body: 'CallSid=x' })],
      [403, 'SIGNATURE_WRONG', fetch(`${url}/voice`, { method: 'POST', headers: signature })],
      [413, 'FORM_TOO_LARGE', fetch(`${url}/voice`, { method: 'POST', body: 'x'.repeat(70_000) })],
      [400, 'FORM_INVALID', postVoice(url, { CallSid: 'CA1' })],
      [426, 'UPGRADE_REQUIRED', fetch(`${url}/media/${callSid}`)],
      [426, 'UPGRADE_REQUIRED', fetch(`${url}/media`)],
      [400, 'CALL_SID_INVALID', fetch(`${url}/media/CA1`)],
      [401, 'TOKEN_MISSING', fetch(`${url}/api/v1/calls/${callSid}`)],
      [401, 'TOKEN_WRONG', get(`/api/v1/calls/${callSid}`, 'another')],
      [401, 'TOKEN_WRONG', get('/api/v1/nowhere', 'another')],
      [404, 'NOT_FOUND', get('/api/v1/nowhere')],
      [400, 'CALL_SID_INVALID', get('/api/v1/calls/CA1')],
      [404, 'CALL_NOT_FOUND', get(`/api/v1/calls/${callSid}`)],
    ];
    for (const [status, code, promise] of rows) {
      const response = await promise;
      const body = (await response.json()) as { error: { code: string; message: string } };
      expect([response.status, body.error.code]).toEqual([status, code]);
      expect(Object.keys(body.error)).toEqual(['code', 'message']);
    }
    await expect(dial({ authToken: 'another' })).rejects.toThrow('403');
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok', missing: [] });
  });

  it('are all of the API without an API token', async () => {
    const { get } = bound(await start({ API_TOKEN: '' }));
    const response = await get(`/api/v1/calls/${newSid('CA')}`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'API_DISABLED' } });
  });
});

/** The methods of a world as functions. */
function bound(of: World) {
  return {
    edge: of.edge,
    logs: of.logs,
    get: of.get.bind(of),
    dial: of.dial.bind(of),
    finalReport: of.finalReport.bind(of),
  };
}
