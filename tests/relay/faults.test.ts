/** Bad input of every kind: one clear error, the call handled as DESIGN section 7 says, nothing left, others untouched. */

import { describe, expect, test } from 'vitest';
import { startSimulatedPbx, type SimulatedPbx } from '../sim/simulated-pbx.ts';
import type { Phone } from '../rig/phone.ts';
import { echo, TestHandler, type HandlerOptions, type HandlerStream } from './handler.ts';
import { RelayUnderTest } from './relay-under-test.ts';

const AUDIO = Uint8Array.from({ length: 4000 }, (_, i) => 1 + ((i * 7) % 120));
/** The simulated PBX's "human" plays the digital milliwatt: its first bytes. */
const MILLIWATT = Buffer.from([0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e]);

async function heardHuman(phone: Phone): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = phone.onAudio(() => {
    if (Buffer.from(phone.recording.payload()).includes(MILLIWATT)) resolve();
  });
  await promise;
  stop();
}

async function nothingLeft(pbx: SimulatedPbx, relay: RelayUnderTest): Promise<void> {
  await relay.idle();
  const { bridges, channels } = await pbx.leftovers();
  expect([...bridges, ...channels].filter((id) => id.startsWith('patchcord.patchcord.'))).toEqual(
    [],
  );
  expect(relay.relay.portsTaken).toBe(0);
}

/** A call that must not notice what happens to the other one: it is played to and heard all the while, byte for byte. */
async function withInnocentCall(
  { pbx, innocent }: { pbx: SimulatedPbx; innocent: TestHandler },
  work: () => Promise<void>,
): Promise<void> {
  const phone = await pbx.dial({ extension: '998' });
  const stream = await innocent.started();
  stream.play(AUDIO);
  stream.play(AUDIO);
  const playing = phone.play(AUDIO);
  await work();
  await playing;
  stream.mark('all heard');
  await stream.messages.until('the mark', ({ mark }) => mark?.name === 'all heard');
  await phone.hangup();
  await stream.messages.until('stop', ({ event }) => event === 'stop');
  const heard = Buffer.from(phone.recording.payload());
  expect(heard.includes(Buffer.concat([AUDIO, AUDIO]))).toBe(true);
  expect(stream.heard.includes(Buffer.from(AUDIO))).toBe(true);
}

/** A PBX with two apps: 999 for the call that suffers, 998 for the innocent one with its own relay and handler. */
async function scene(
  handlerOptions: HandlerOptions,
  environment: (handler: TestHandler) => Readonly<Record<string, string>> = (handler) => ({
    STREAM_URL: handler.streamUrl,
  }),
) {
  const stack = new AsyncDisposableStack();
  const pbx = stack.use(
    await startSimulatedPbx({ apps: { '999': 'patchcord', '998': 'innocent' } }),
  );
  const handler = stack.use(await TestHandler.start(handlerOptions));
  const innocent = stack.use(await TestHandler.start());
  const relay = stack.use(await RelayUnderTest.start(pbx, environment(handler)));
  stack.use(
    await RelayUnderTest.start(pbx, { STREAM_URL: innocent.streamUrl, ARI_APP: 'innocent' }),
  );
  return { pbx, handler, innocent, relay, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a handler that cannot be reached: the dialplan, a human', () => {
  test.each<[string, HandlerOptions, (handler: TestHandler) => Record<string, string>, string]>([
    ['nobody listens', {}, () => ({ STREAM_URL: 'ws://127.0.0.1:9/media' }), 'STREAM_REFUSED'],
    [
      'answers 500',
      { upgradeStatus: 500 },
      (h) => ({ STREAM_URL: h.streamUrl }),
      'STREAM_BAD_STATUS',
    ],
    [
      'answers 403',
      { upgradeStatus: 403 },
      (h) => ({ STREAM_URL: h.streamUrl }),
      'STREAM_BAD_STATUS',
    ],
    [
      'speaks no TLS',
      {},
      (h) => ({ STREAM_URL: h.streamUrl.replace('ws:', 'wss:') }),
      'STREAM_TLS',
    ],
    ['webhook away', {}, () => ({ VOICE_URL: 'http://127.0.0.1:9/voice' }), 'WEBHOOK_UNREACHABLE'],
    [
      'webhook 500',
      { voice: { status: 500, body: 'oops' } },
      (h) => ({ VOICE_URL: h.voiceUrl }),
      'WEBHOOK_BAD_STATUS',
    ],
    [
      'bad XML',
      { voice: { body: '<Response><Connect>' } },
      (h) => ({ VOICE_URL: h.voiceUrl }),
      'TWIML_NOT_XML',
    ],
    [
      'text, no TwiML',
      { voice: { type: 'text/plain', body: 'hello' } },
      (h) => ({ VOICE_URL: h.voiceUrl }),
      'TWIML_NOT_XML',
    ],
    [
      'another document',
      { voice: { body: '<html/>' } },
      (h) => ({ VOICE_URL: h.voiceUrl }),
      'TWIML_NOT_RESPONSE',
    ],
    [
      'a document without end',
      { voice: { body: 'x'.repeat(10_000_000) } },
      (h) => ({ VOICE_URL: h.voiceUrl }),
      'TWIML_TOO_LARGE',
    ],
    [
      'an unknown verb only',
      { voice: { body: '<Response><Juggle/></Response>' } },
      (h) => ({ VOICE_URL: h.voiceUrl }),
      'TWIML_UNSUPPORTED_VERB',
    ],
    [
      'a stream without TLS',
      {
        voice: { body: '<Response><Connect><Stream url="ws://a.example/"/></Connect></Response>' },
      },
      (h) => ({ VOICE_URL: h.voiceUrl }),
      'STREAM_BAD_URL',
    ],
  ])('%s', async (_name, options, environment, code) => {
    await using at = await scene(options, environment);
    await withInnocentCall(at, async () => {
      const phone = await at.pbx.dial({ extension: '999' });
      await heardHuman(phone);
      await phone.hangup();
    });
    await nothingLeft(at.pbx, at.relay);
    expect(at.relay.codes).toEqual([code, 'CALL_RETURNED']);
  });
});

describe('a handler that breaks the stream', () => {
  test.each<[string, (stream: HandlerStream) => void, string]>([
    ['ends the TCP connection', (stream) => stream.socket.terminate(), 'STREAM_LOST'],
    ['closes with 1011', (stream) => stream.socket.close(1011), 'STREAM_LOST'],
    ['sends 10 MB', (stream) => stream.socket.send('x'.repeat(10_000_000)), 'STREAM_LOST'],
  ])('%s: a human', async (_name, harm, code) => {
    await using at = await scene({
      onMessage: (message, stream) => {
        if (message.event === 'start') harm(stream);
      },
    });
    await withInnocentCall(at, async () => {
      const phone = await at.pbx.dial({ extension: '999' });
      await heardHuman(phone);
      await phone.hangup();
    });
    await nothingLeft(at.pbx, at.relay);
    expect(at.relay.codes).toEqual([code, 'CALL_RETURNED']);
  });

  test.each([
    ['says goodbye with 1011', '880203f3'],
    ['sends a frame of no kind', '8f00'],
    ['sends a masked frame', '818400000000'],
  ])('%s and leaves the connection open: a human within seconds', async (_name, hex) => {
    await using at = await scene({ bytesAfterUpgrade: Buffer.from(hex, 'hex') });
    const phone = await at.pbx.dial({ extension: '999' });
    const answeredAt = performance.now();
    await heardHuman(phone);
    expect(performance.now() - answeredAt).toBeLessThan(5000);
    await phone.hangup();
    await nothingLeft(at.pbx, at.relay);
    expect(at.relay.codes).toEqual(['STREAM_LOST', 'CALL_RETURNED']);
  });

  test('closes in good order at once: Twilio would go on with the next verb, and there is none: hang up', async () => {
    await using at = await scene({
      onMessage: (message, stream) => {
        if (message.event === 'start') stream.socket.close(1000);
      },
    });
    const phone = await at.pbx.dial({ extension: '999' });
    expect(await phone.ended).toMatchObject({ by: 'pbx' });
    await nothingLeft(at.pbx, at.relay);
    expect(at.relay.codes).toEqual([]);
  });
});

describe('messages that break a rule: named, ignored, and the call goes on', () => {
  test.each<[string, (stream: HandlerStream) => void, string]>([
    ['binary', (stream) => stream.socket.send(Buffer.from([1, 2, 3])), 'STREAM_BINARY'],
    ['broken JSON', (stream) => stream.socket.send('{"event":'), 'STREAM_NOT_JSON'],
    ['an unknown event', (stream) => stream.send({ event: 'hello' }), 'STREAM_UNKNOWN_EVENT'],
    [
      'a mark without a name',
      (stream) => stream.send({ event: 'mark', mark: {} }),
      'STREAM_BAD_FIELD',
    ],
    [
      'a wrong streamSid',
      (stream) => stream.socket.send(`{"event":"clear","streamSid":"x${stream.streamSid}"}`),
      'STREAM_WRONG_SID',
    ],
    [
      'a payload that is no base64',
      (stream) => stream.send({ event: 'media', media: { payload: '~' } }),
      'STREAM_NOT_BASE64',
    ],
  ])('%s', async (_name, harm, code) => {
    await using at = await scene({
      onMessage: (message, stream) => {
        if (message.event === 'start') harm(stream);
        echo(message, stream);
      },
    });
    const phone = await at.pbx.dial({ extension: '999' });
    await at.relay.logged(code);
    await phone.play(AUDIO);
    const stream = await at.handler.started();
    await phone.hangup();
    await stream.messages.until('stop', ({ event }) => event === 'stop');
    expect(
      Buffer.from(phone.recording.payload()).includes(Buffer.from(AUDIO).subarray(0, 3000)),
    ).toBe(true);
    await nothingLeft(at.pbx, at.relay);
    expect(at.relay.codes).toEqual([code]);
  });
});

test('RTP that is short, of another version, of another payload type, or from a stranger is counted and not heard', async () => {
  await using at = await scene({ onMessage: echo });
  const phone = await at.pbx.dial({ extension: '999' });
  const stream = await at.handler.started();
  const playing = phone.play(AUDIO);
  await stream.messages.until('audio', ({ event }) => event === 'media');
  for (const hex of [
    '80',
    '0000000100000000000000aa',
    '80080001000000a011223344aabb',
    '80000001000000a011223344aabb',
  ]) {
    await at.pbx.sendFromStranger(Buffer.from(hex, 'hex'));
  }
  await playing;
  const [call] = [...at.relay.relay.calls];
  await phone.hangup();
  await stream.messages.until('stop', ({ event }) => event === 'stop');
  expect(call?.media.receiver.counters.strangers).toBe(4);
  expect(stream.heard.includes(Buffer.from(AUDIO))).toBe(true);
  await nothingLeft(at.pbx, at.relay);
});

test('RTP that comes only from another address, as through a NAT, is explained when the call has ended', async () => {
  await using at = await scene({});
  const phone = await at.pbx.dial({ extension: '999', isDtx: true });
  await at.handler.started();
  await at.pbx.sendFromStranger(Buffer.alloc(172, 0x80));
  const [call] = [...at.relay.relay.calls];
  await expect.poll(() => call?.media.receiver.counters.strangers).toBe(1);
  await phone.hangup();
  expect((await at.relay.logged('RTP_FROM_ELSEWHERE')).msg).toMatch(/from 127\.0\.0\.1:\d+ only/);
  await nothingLeft(at.pbx, at.relay);
});
