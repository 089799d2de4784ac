/** Calls from arrival to release, Asterisk coming and going, and the caps that keep it alive. */

import { createSocket, type Socket } from 'node:dgram';
import { describe, expect, test } from 'vitest';
import { isTwilioSignature } from '@patchcord/shared/twilio/signature';
import type { Phone } from '../rig/phone.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';
import type { HangupPoint } from '../sim/faults.ts';
import { echo, TestHandler } from './handler.ts';
import { ACCOUNT_SID, AUTH_TOKEN, RelayUnderTest } from './relay-under-test.ts';

const AUDIO = Uint8Array.from({ length: 8000 }, (_, i) => 1 + ((i * 11) % 120));

/**
 * What a phone heard, without silence. An echo of live audio has no margin: when this busy machine is late, silence comes
 * between two frames, and yet not a byte may be added, lost or changed. (AUDIO has no byte of silence in it.)
 */
function heardWithoutSilence(phone: Phone): Buffer {
  return Buffer.from(phone.recording.payload().filter((byte) => byte !== 0xff));
}

describe('through the voice webhook', () => {
  test('signed form, TwiML, signed socket with parameters, DTMF, stop', async () => {
    const voice = {
      body: '<Response><Connect><Stream url="/media/x"><Parameter name="who" value="Ann"/></Stream></Connect></Response>',
    };
    await using handler = await TestHandler.start({ onMessage: echo, voice });
    await using pbx = await startSimulatedPbx({ shape: 'mikopbx' });
    await using relay = await RelayUnderTest.start(pbx, { VOICE_URL: handler.voiceUrl });
    const phone = await pbx.dial({ extension: '999', callerNumber: '0123456' });
    const stream = await handler.started();
    const [webhook] = handler.webhooks.all;
    const form = Object.fromEntries(webhook?.form ?? []);
    expect(form).toMatchObject({
      AccountSid: ACCOUNT_SID,
      From: '0123456',
      To: '999',
      CallStatus: 'ringing',
      ApiVersion: '2010-04-01',
      Direction: 'inbound',
      Caller: '0123456',
      Called: '999',
    });
    const signature = String(webhook?.request.headers['x-twilio-signature']);
    expect(await isTwilioSignature(AUTH_TOKEN, signature, handler.voiceUrl, form)).toBe(true);

    const url = `ws://127.0.0.1:${handler.port}/media/x`;
    const { rawHeaders } = stream.request;
    expect(rawHeaders.filter((_, i) => i % 2 === 0)).toEqual([
      'Host',
      'User-Agent',
      'Connection',
      'Sec-WebSocket-Key',
      'Sec-WebSocket-Version',
      'Upgrade',
      'X-Twilio-Signature',
      'X-Patchcord',
    ]);
    expect(stream.request.headers['user-agent']).toBe('Twilio.TmeWs/1.0');
    const socketSignature = String(stream.request.headers['x-twilio-signature']);
    expect(await isTwilioSignature(AUTH_TOKEN, socketSignature, url)).toBe(true);

    await stream.messages.until('audio', ({ event }) => event === 'media');
    await phone.sendDtmf('5');
    await stream.messages.until('dtmf', ({ dtmf }) => dtmf?.digit === '5');
    await phone.hangup();
    await stream.closed.until('close', (code) => code === 1000);
    const events = stream.messages.all.map(({ event }) => event);
    expect(events.slice(0, 3)).toEqual(['connected', 'start', 'media']);
    expect(events.at(-1)).toBe('stop');
    const start = stream.messages.all[1]?.start;
    expect(start).toMatchObject({ callSid: form['CallSid'], customParameters: { who: 'Ann' } });
    const numbers = stream.messages.all.flatMap(
      ({ sequenceNumber }) => Number(sequenceNumber ?? []) || [],
    );
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    await relay.idle();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });
});

test('a redirect after the stream: the handler says how the call goes on', async () => {
  await using handler = await TestHandler.start({
    onMessage: ({ event }, stream) => {
      if (event === 'start') stream.socket.close(1000);
    },
    voice: (form) => ({
      body:
        form.get('CallStatus') === 'ringing'
          ? '<Response><Connect><Stream url="/m"/></Connect><Redirect>/after</Redirect></Response>'
          : '<Response><Hangup/></Response>',
    }),
  });
  await using pbx = await startSimulatedPbx();
  await using relay = await RelayUnderTest.start(pbx, { VOICE_URL: handler.voiceUrl });
  const phone = await pbx.dial({ extension: '999' });
  expect(await phone.ended).toMatchObject({ by: 'pbx' });
  expect(
    handler.webhooks.all.map(({ request, form }) => [request.url, form.get('CallStatus')]),
  ).toEqual([
    ['/voice', 'ringing'],
    ['/after', 'in-progress'],
  ]);
  await relay.idle();
  expect(relay.codes).toEqual([]);
  expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
});

test('a document that redirects to itself ends with a human', async () => {
  const voice = { body: '<Response><Redirect>/voice</Redirect></Response>' };
  await using handler = await TestHandler.start({ voice });
  await using pbx = await startSimulatedPbx();
  await using relay = await RelayUnderTest.start(pbx, { VOICE_URL: handler.voiceUrl });
  const phone = await pbx.dial({ extension: '999', until: 'sent' });
  await relay.logged('TWIML_REDIRECTS');
  await relay.logged('CALL_RETURNED');
  expect(handler.webhooks.all).toHaveLength(11);
  await phone.hangup();
});

describe('audio', () => {
  test.each([10, 20, 30, 40] as const)(
    'a %i ms phone hears itself, byte for byte',
    async (ptimeMs) => {
      await using handler = await TestHandler.start({ onMessage: echo });
      await using pbx = await startSimulatedPbx();
      await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999', ptimeMs });
      const stream = await handler.started();
      await phone.play(AUDIO);
      await phone.play(new Uint8Array(1600).fill(0xff));
      await phone.hangup();
      await relay.idle();
      expect(stream.heard.includes(Buffer.from(AUDIO))).toBe(true);
      expect(heardWithoutSilence(phone).includes(Buffer.from(AUDIO))).toBe(true);
      const times = stream.messages.all.flatMap(({ media }) =>
        media === undefined ? [] : Number(media.timestamp),
      );
      expect(times.every((time, i) => i === 0 || time - (times[i - 1] ?? 0) === 20)).toBe(true);
    },
  );

  test('a handler that answers with odd sizes is heard without a seam', async () => {
    const sizes = [1, 1704, 2664, 159, 161, 12_037, 8000, 3];
    const all = Uint8Array.from(
      { length: sizes.reduce((a, b) => a + b) },
      (_, i) => 1 + ((i * 13) % 125),
    );
    await using handler = await TestHandler.start({
      onMessage: ({ event }, stream) => {
        if (event !== 'start') return;
        let offset = 0;
        for (const size of sizes) {
          stream.play(all.subarray(offset, offset + size));
          offset += size;
        }
        stream.mark('end');
      },
    });
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    const phone = await pbx.dial({ extension: '999' });
    const stream = await handler.started();
    await stream.messages.until('the mark', ({ mark }) => mark?.name === 'end');
    await phone.hangup();
    await relay.idle();
    const heard = Buffer.from(phone.recording.payload());
    const start = heard.findIndex((byte) => byte !== 0xff);
    expect(heard.subarray(start, start + all.length).equals(Buffer.from(all))).toBe(true);
    expect(heard.subarray(start + all.length).every((byte) => byte === 0xff)).toBe(true);
  });
});

describe('a caller who hangs up in the middle of something', () => {
  test.each<HangupPoint>([
    'stasis-start',
    'answer',
    'external-media-requested',
    'external-media-created',
    'external-media-started',
    'bridged',
  ])('%s: everything is released, and nothing is called an error', async (point) => {
    await using handler = await TestHandler.start();
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    pbx.faults.hangupAt = point;
    for (let i = 0; i < 5; i++) {
      const phone = await pbx.dial({ extension: '999', until: 'sent' });
      await phone.ended;
      await relay.log.until(
        'the end of the call',
        () => relay.log.all.filter(({ msg }) => msg === 'call ended').length > i,
      );
    }
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(relay.relay.portsTaken).toBe(0);
    expect(relay.codes).toEqual([]);
  });

  test('answer is refused just before Asterisk says that the caller has left, as 16 does: no error', async () => {
    await using handler = await TestHandler.start();
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    // The relay asks for the channel once it was refused, and the answer is anything but "not found".
    const lookUp = { method: 'GET', path: /^\/channels\/[^/]+$/, status: 503, times: 1 };
    const refusal = { method: 'POST', path: /\/answer$/, status: 500 };
    pbx.faults.failedRoutes = [refusal, lookUp];
    const phone = await pbx.dial({ extension: '999', until: 'sent' });
    await expect.poll(() => lookUp.times, { interval: 5 }).toBe(0);
    await phone.hangup();
    await relay.logged('call ended');
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(relay.codes).toEqual([]);
  });

  test('answer is refused for another reason: the caller goes back to the dialplan', async () => {
    await using handler = await TestHandler.start();
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    pbx.faults.failedRoutes = [{ method: 'POST', path: /\/answer$/, status: 500 }];
    const phone = await pbx.dial({ extension: '999', until: 'sent' });
    await relay.logged('call ended');
    expect(relay.codes).toEqual(['ARI_REFUSED', 'CALL_RETURNED']);
    await phone.answered;
    await phone.hangup();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });
});

describe('Asterisk that misbehaves', () => {
  test('a wrong password is tried once and never again', async () => {
    await using handler = await TestHandler.start();
    await using pbx = await startSimulatedPbx();
    const relay = await RelayUnderTest.start(
      pbx,
      { STREAM_URL: handler.streamUrl, ARI_PASSWORD: 'wrong' },
      { isConnected: false },
    );
    await expect(relay.relay.failed).rejects.toMatchObject({ code: 'ARI_UNAUTHORIZED' });
    expect(pbx.refusedPasswords).toBe(1);
    await relay.relay.stop(0);
  });

  test('away at first: tries again until it is there', async () => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    pbx.faults.refusesConnections = true;
    await using relay = await RelayUnderTest.start(
      pbx,
      { STREAM_URL: handler.streamUrl },
      { isConnected: false },
    );
    await relay.logged('ARI_UNREACHABLE');
    expect(relay.relay.isConnected).toBe(false);
    pbx.faults.refusesConnections = false;
    await relay.logged('connected to Asterisk');
    const phone = await pbx.dial({ extension: '999' });
    await handler.started();
    await phone.hangup();
  });

  test('a module that is not on disk is named', async () => {
    await using handler = await TestHandler.start();
    await using pbx = await startSimulatedPbx({
      shape: 'mikopbx',
      missingModules: ['chan_rtp.so'],
    });
    await using relay = await RelayUnderTest.start(
      pbx,
      { STREAM_URL: handler.streamUrl },
      { isConnected: false },
    );
    expect((await relay.logged('ARI_MODULE_MISSING')).msg).toContain('chan_rtp.so');
  });

  test('the event socket drops in a call: the call goes on, and its end is still noticed', async () => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    const phone = await pbx.dial({ extension: '999' });
    const stream = await handler.started();
    const playing = phone.play(AUDIO);
    pbx.dropAriSockets();
    await relay.logged('ARI_LOST');
    await relay.log.until(
      'connected again',
      () => relay.log.all.filter(({ msg }) => msg === 'connected to Asterisk').length === 2,
    );
    await playing;
    await phone.play(new Uint8Array(1600).fill(0xff));
    expect(heardWithoutSilence(phone).includes(Buffer.from(AUDIO))).toBe(true);
    await phone.hangup();
    await stream.messages.until('stop', ({ event }) => event === 'stop');
    await relay.idle();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('a caller who leaves while the event socket is down is missed at the reconnect', async () => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    const phone = await pbx.dial({ extension: '999' });
    const stream = await handler.started();
    pbx.faults.refusesConnections = true;
    pbx.dropAriSockets();
    await relay.logged('ARI_LOST');
    await phone.hangup();
    pbx.faults.refusesConnections = false;
    await stream.messages.until('stop', ({ event }) => event === 'stop');
    await relay.idle();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test.each([
    ['externalMedia answers 500', { method: 'POST', path: /externalMedia/, status: 500, times: 1 }],
    ['addChannel answers 500', { method: 'POST', path: /addChannel/, status: 500, times: 1 }],
    ['the bridge answers 500', { method: 'POST', path: /bridges\//, status: 500, times: 1 }],
  ])('%s: the caller goes to a human, the next call is good', async (_name, route) => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    pbx.faults.failedRoutes = [route];
    const first = await pbx.dial({ extension: '999' });
    await relay.logged('CALL_RETURNED');
    await relay.idle();
    expect((await pbx.leftovers()).bridges).toEqual([]);
    await first.hangup();
    const second = await pbx.dial({ extension: '999' });
    await handler.started();
    await second.hangup();
    await relay.idle();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(relay.codes).toEqual(['ARI_REFUSED', 'CALL_RETURNED']);
  });

  test('another relay takes the app: one clear error, the end', async () => {
    await using handler = await TestHandler.start();
    await using pbx = await startSimulatedPbx();
    const first = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    await using second = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    await expect(first.relay.failed).rejects.toMatchObject({ code: 'ARI_APP_REPLACED' });
    await first.relay.stop(0);
    expect(second.relay.isConnected).toBe(true);
  });
});

async function bindEvenPort(): Promise<Socket> {
  for (;;) {
    const socket = createSocket('udp4');
    const bound = Promise.withResolvers<void>();
    socket.bind(0, '127.0.0.1', () => bound.resolve());
    await bound.promise;
    if (socket.address().port % 2 === 0) return socket;
    socket.close();
  }
}

test('a port of the range that something else uses: another one is taken', async () => {
  const squatter = await bindEvenPort();
  const first = squatter.address().port;
  await using handler = await TestHandler.start({ onMessage: echo });
  await using pbx = await startSimulatedPbx();
  const ports = `${first}-${first + 9}`;
  await using relay = await RelayUnderTest.start(pbx, {
    STREAM_URL: handler.streamUrl,
    RTP_PORTS: ports,
  });
  const phones = [await pbx.dial({ extension: '999' }), await pbx.dial({ extension: '999' })];
  await handler.streams.until('both streams', () => handler.streams.all.length === 2);
  await Promise.all(phones.map((phone) => phone.hangup()));
  await relay.idle();
  squatter.close();
  expect(relay.codes).toEqual(['RTP_PORT_TAKEN']);
  expect(relay.relay.portsTaken).toBe(0);
});

test('a handler that sends nothing but nonsense does not fill the log', async () => {
  await using handler = await TestHandler.start({
    onMessage: ({ event }, stream) => {
      if (event === 'start') for (let i = 0; i < 500; i++) stream.socket.send('nonsense');
      if (event === 'start') stream.mark('after all of it');
    },
  });
  await using pbx = await startSimulatedPbx();
  await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
  const phone = await pbx.dial({ extension: '999' });
  const stream = await handler.started();
  await stream.messages.until('the mark', ({ mark }) => mark !== undefined);
  await phone.hangup();
  await relay.idle();
  const codes = relay.log.all.flatMap(({ code }) => code ?? []);
  expect(codes.filter((code) => code === 'STREAM_NOT_JSON')).toHaveLength(100);
  expect(codes.filter((code) => code === 'STREAM_REPORTS_MANY')).toHaveLength(1);
  expect(relay.relay.counters.errors.get('STREAM_NOT_JSON')).toBe(500);
});

describe('caps and stopping', () => {
  test('a call too many goes to the dialplan before anything is made for it', async () => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    await using relay = await RelayUnderTest.start(pbx, {
      STREAM_URL: handler.streamUrl,
      MAX_CALLS: '2',
    });
    const phones = [await pbx.dial({ extension: '999' }), await pbx.dial({ extension: '999' })];
    await handler.started();
    const made = pbx.externalMedia().size;
    phones.push(await pbx.dial({ extension: '999' }));
    await relay.logged('CALL_REFUSED_BUSY');
    expect([made, pbx.externalMedia().size, relay.relay.callCount]).toEqual([2, 2, 2]);
    await Promise.all(phones.map((phone) => phone.hangup()));
    await relay.idle();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('draining: the call goes on to its end, a new one goes to the dialplan', async () => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    const relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    const phone = await pbx.dial({ extension: '999' });
    await handler.started();
    const stopped = relay.relay.stop(60_000);
    const late = await pbx.dial({ extension: '999' });
    await relay.logged('CALL_REFUSED_DRAINING');
    await phone.play(AUDIO);
    await phone.play(new Uint8Array(1600).fill(0xff));
    expect(heardWithoutSilence(phone).includes(Buffer.from(AUDIO))).toBe(true);
    await phone.hangup();
    await stopped;
    await late.hangup();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('the drain time is over: the caller goes to a human', async () => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    const relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    const phone = await pbx.dial({ extension: '999' });
    const stream = await handler.started();
    await relay.relay.stop(0);
    expect(stream.messages.all.at(-1)?.event).toBe('stop');
    expect(phone.hasEnded).toBe(false);
    expect((await pbx.leftovers()).bridges).toEqual([]);
    await phone.hangup();
  });

  test('what a crashed relay left behind is swept: its caller goes to a human', async () => {
    await using handler = await TestHandler.start({ onMessage: echo });
    await using pbx = await startSimulatedPbx();
    const crashed = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    const phone = await pbx.dial({ extension: '999' });
    await handler.started();
    // As good as a crash: the PBX is told nothing.
    const left = [...(await pbx.leftovers()).channels];
    pbx.faults.failedRoutes = [/channels/, /bridges/].flatMap((path) =>
      ['POST', 'DELETE'].map((method) => ({ method, path, status: 503 })),
    );
    await crashed.relay.stop(0);
    expect((await pbx.leftovers()).channels).toEqual(left);
    pbx.faults.failedRoutes = [];
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    await relay.logged('SWEPT');
    await expect.poll(() => relay.relay.counters.swept).toBe(3);
    expect(phone.hasEnded).toBe(false);
    expect(await pbx.leftovers()).toEqual({ channels: [phone.callId], bridges: [] });
    await phone.hangup();
  });
});
