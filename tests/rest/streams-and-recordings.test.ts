/** What belongs to a call, through Twilio's own SDK. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RestServer } from './rest-server.ts';

let server: RestServer;
let callSid: string;
beforeAll(async () => {
  server = await RestServer.start();
  callSid = server.calls.add({ status: 'in-progress' }).sid;
});
afterAll(() => server[Symbol.asyncDispose]());

describe('streams', () => {
  it('are started with parameters and stopped by SID or name', async () => {
    const stream = await server.client.calls(callSid).streams.create({
      url: 'wss://example.com/media',
      name: 'my.stream',
      track: 'both_tracks',
      statusCallback: 'https://example.com/stream',
      'parameter1.name': 'a',
      'parameter1.value': '1',
      'parameter99.name': 'z',
      'parameter99.value': ' 2 ',
    });
    expect(stream).toMatchObject({ callSid, name: 'my.stream', status: 'in-progress' });
    expect(server.calls.streamRequests.at(-1)).toEqual({
      url: 'wss://example.com/media',
      name: 'my.stream',
      track: 'both_tracks',
      statusCallback: { url: 'https://example.com/stream', method: 'POST' },
      parameters: { a: '1', z: ' 2 ' },
    });
    for (const sidOrName of [stream.sid, 'my.stream']) {
      const stopped = await server.client
        .calls(callSid)
        .streams(sidOrName)
        .update({ status: 'stopped' });
      expect(stopped).toMatchObject({ sid: stream.sid, status: 'stopped' });
    }
  });

  it.each([
    [{ url: '' }, 21205],
    [{ url: 'media' }, 31923],
    [{ url: 'ws://example.com/media' }, 31922],
    [{ url: 'wss://example.com/media?a=1' }, 31920],
    [{ 'parameter1.name': 'a', 'parameter1.value': 'x'.repeat(499) }, 20001],
    [{ name: 'a/b' }, 20001],
  ])('refuse %j', async (change, code) => {
    await expect(
      server.client.calls(callSid).streams.create({ url: 'wss://example.com/media', ...change }),
    ).rejects.toMatchObject({ status: 400, code });
  });

  it('that are not there cannot be stopped', async () => {
    const { streams } = server.client.calls(callSid);
    await expect(streams('other').update({ status: 'stopped' })).rejects.toMatchObject({
      status: 404,
      code: 20404,
    });
  });
});

describe('recordings', () => {
  it('are listed, fetched, heard and removed', async () => {
    const sids = [1, 2, 3].map(() => server.calls.addRecording(callSid).sid).toReversed();
    const call = server.client.calls(callSid);
    const listed = await call.recordings.list({ pageSize: 2 });
    expect(listed.map(({ sid }) => sid)).toEqual(sids);

    const [sid = ''] = sids;
    const recording = await call.recordings(sid).fetch();
    expect(recording).toMatchObject({ sid, duration: '7', channels: 2, source: 'OutboundAPI' });
    const direct = await server.client.recordings(sid).fetch();
    expect(direct).toMatchObject({ sid, callSid, status: 'completed' });

    for (const path of [`/Recordings/${sid}`, `/Recordings/${sid}.wav`]) {
      const media = await server.request(path);
      expect(media.headers.get('content-type')).toBe('audio/x-wav');
      expect(media.headers.get('content-length')).toBe('8');
      expect(await media.text()).toBe('RIFFWAVE');
    }

    expect(await call.recordings(sid).remove()).toBe(true);
    await expect(call.recordings(sid).fetch()).rejects.toMatchObject({ status: 404 });
    expect(await server.client.recordings(sids[1] ?? '').remove()).toBe(true);
    expect(server.calls.allRecordings).toHaveLength(1);
  });

  it('are not found under another call', async () => {
    const { sid } = server.calls.addRecording(callSid);
    const other = server.calls.add({}).sid;
    const response = await server.request(`/Calls/${other}/Recordings/${sid}.json`);
    expect(response.status).toBe(404);
  });
});
