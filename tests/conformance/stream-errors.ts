import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'vitest';
import type { Upgrade } from './raw-handler.ts';
import { once, type Rule, type Section } from './rule.ts';
import type { RawStream } from './raw-handler.ts';
import { World, type WorldOptions } from './world.ts';

const STREAM = (url: string, more = ''): string =>
  `<Response><Connect><Stream url="${url}" statusCallback="/stream" ${more}/></Connect><Redirect>/next</Redirect></Response>`;

/** The stream does not come about: `code` is reported, and the next verb runs. */
async function expectRefused(code: number, options: WorldOptions): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await World.start({ twiml: STREAM('{ws}/m'), ...options }));
  await world.call();
  await world.warned(code);
  await world.request('/next');
  const form = await world.formWith('/stream', { StreamEvent: 'stream-error' });
  expect(form['StreamError']).toMatch(new RegExp(`^${code}\\b`));
  return world;
}

/** The stream is open, something happens, `code` is reported, and the next verb runs. */
async function expectBroken(code: number, act: (stream: RawStream) => void): Promise<void> {
  await using world = await World.start({ twiml: STREAM('{ws}/m') });
  await world.call();
  act(await world.stream());
  await world.warned(code);
  await world.request('/next');
  const form = await world.formWith('/stream', { StreamEvent: 'stream-error' });
  expect(form['StreamError']).toMatch(new RegExp(`^${code}\\b`));
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A message that breaks a rule, twice: one warning to the callback, and the stream goes on. */
async function expectWarned(code: number, send: (stream: RawStream) => void): Promise<RawStream> {
  await using world = await World.start({ twiml: STREAM('{ws}/m') });
  const phone = await world.call();
  const stream = await world.stream();
  send(stream);
  send(stream);
  await world.warned(code);
  stream.mark('still here');
  await stream.untilMark('still here');
  await phone.hangup();
  await world.formWith('/stream', { StreamEvent: 'stream-stopped' });
  const errors = world
    .requestsTo('/stream')
    .map(({ body }) => new URLSearchParams(body).get('StreamError') ?? '')
    .filter((error) => error !== '');
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(new RegExp(`^${code}\\b`));
  return stream;
}

const refusing = (status: number) => (): Upgrade => ({ status });
const other = `MZ${'0'.repeat(32)}`;

const PASSING_ON: readonly Rule[] = (
  [
    ['4.21', 'not JSON', 'E', (stream) => stream.sendText('{"event":')],
    ['4.22', 'not an object', 'E', (stream) => stream.sendText('[]')],
    ['4.23', 'an unknown event', 'E', (stream) => stream.send({ event: 'hello' })],
    [
      '4.24',
      'a field missing: `media` without `payload`',
      'E',
      (stream) => stream.send({ event: 'media', media: {} }),
    ],
    [
      '4.25',
      'a field missing: `mark` without `mark`, which openai-realtime-twilio-demo sends with every chunk',
      'E, R',
      (stream) => stream.send({ event: 'mark' }),
    ],
    [
      '4.26',
      'a wrong structure: `media` that is a string',
      'E',
      (stream) => stream.send({ event: 'media', media: 'AAAA' }),
    ],
    [
      '4.27',
      'a payload that is not base64',
      'E',
      (stream) => stream.send({ event: 'media', media: { payload: '!!!!' } }),
    ],
    ['4.28', 'an extra field', 'E', (stream) => stream.send({ event: 'clear', reason: 'because' })],
  ] satisfies [string, string, string, (stream: RawStream) => void][]
).map(([id, what, source, send]) => ({
  id,
  rule: `31951, once for each stream, which goes on: ${what}`,
  source,
  test: async () => {
    const stream = await expectWarned(31951, send);
    expect(stream.marks).toEqual(['still here']);
  },
}));

const wrongSid = once(async () => {
  await using world = await World.start({ twiml: STREAM('{ws}/m') });
  const phone = await world.call();
  const stream = await world.stream();
  const payload = Buffer.alloc(1600, 1).toString('base64');
  stream.sendText(JSON.stringify({ event: 'media', streamSid: other, media: { payload } }));
  stream.sendText(
    JSON.stringify({ event: 'media', stream_sid: stream.streamSid, media: { payload } }),
  );
  stream.mark('end');
  await stream.untilMark('end');
  await world.warned(31951);
  await phone.hangup();
  return phone.recording.payload().filter((byte) => byte !== 0xff).length;
});

export const STREAM_ERRORS: Section = {
  title: 'Errors of a stream',
  file: 'stream-errors.ts',
  rules: [
    {
      id: '4.1',
      rule: '31901: nothing answers the upgrade in time',
      source: 'E',
      option: 'handshakeTimeoutMs',
      test: async () => {
        const environment = { DIALECT: 'handshakeTimeoutMs=1000' };
        await expectRefused(31901, { upgrade: () => 'wait', environment });
      },
    },
    {
      id: '4.2',
      rule: '31902: nobody listens there',
      source: 'E',
      test: async () => {
        await expectRefused(31902, { twiml: STREAM(`ws://127.0.0.1:${await closedPort()}/m`) });
      },
    },
    {
      id: '4.3',
      rule: '31903: the connection breaks without a close frame',
      source: 'E',
      test: () => expectBroken(31903, (stream) => stream.destroy()),
    },
    {
      id: '4.4',
      rule: '31910: TLS fails',
      source: 'E',
      test: async () => {
        // What listens there speaks no TLS.
        await using plain = await World.start();
        const twiml = STREAM(`wss://127.0.0.1:${plain.handler.port}/m`);
        await expectRefused(31910, { twiml });
      },
    },
    ...[200, 302, 401, 404, 500, 503].map((status, index): Rule => ({
      id: `4.${5 + index}`,
      rule: `31920: ${status} in place of 101`,
      source: 'E',
      test: async () => {
        await expectRefused(31920, { upgrade: refusing(status) });
      },
    })),
    {
      id: '4.11',
      rule: '31921: the handler closes the socket, even where it means to end `<Connect>`',
      source: 'E',
      test: () => expectBroken(31921, (stream) => stream.close()),
    },
    {
      id: '4.12',
      rule: '31922: the scheme is not `wss`',
      source: 'E',
      test: async () => {
        await expectRefused(31922, { twiml: STREAM('https://example.com/m') });
      },
    },
    {
      id: '4.13',
      rule: '31923: the URL is malformed',
      source: 'E',
      test: async () => {
        await expectRefused(31923, { twiml: STREAM('wss://[bad/m') });
      },
    },
    {
      id: '4.14',
      rule: '31924: a control frame in pieces',
      source: 'E, RFC 6455',
      test: () =>
        expectBroken(31924, (stream) => stream.sendFrame(9, Buffer.of(1), { isFinal: false })),
    },
    {
      id: '4.15',
      rule: '31924: an opcode that does not exist',
      source: 'E, RFC 6455',
      test: () => expectBroken(31924, (stream) => stream.sendFrame(5, Buffer.of(1))),
    },
    {
      id: '4.16',
      rule: '31924: a compressed frame, which nobody agreed on',
      source: 'INFERRED from E',
      test: () =>
        expectBroken(31924, (stream) => stream.sendFrame(1, Buffer.of(1), { reservedBits: 4 })),
    },
    ...(['outbound_track', 'both_tracks', 'nonsense'] as const).map((track, index): Rule => ({
      id: `4.${17 + index}`,
      rule: `31941: \`track="${track}"\` in ${track === 'nonsense' ? '`<Start>`' : '`<Connect>`'}`,
      source: 'E',
      test: async () => {
        const stream = `<Stream url="{ws}/m" track="${track}"/>`;
        const verb = track === 'nonsense' ? 'Start' : 'Connect';
        const twiml = `<Response><${verb}>${stream}</${verb}><Redirect>/next</Redirect></Response>`;
        await using world = await World.start({ twiml });
        await world.call({ until: 'sent' });
        await world.warned(31941);
        await world.request('/next');
        expect(world.handler.upgrades.all).toEqual([]);
      },
    })),
    {
      id: '4.20',
      rule: '31950, once for each stream, which goes on: a binary frame',
      source: 'E, D1',
      test: async () => {
        await expectWarned(31950, (stream) => stream.sendBinary(Buffer.of(1, 2, 3)));
      },
    },
    ...PASSING_ON,
    {
      id: '4.29',
      rule: '31951: another `streamSid`, or none (gptme sends `stream_sid`): ignored, the caller hears nothing of it',
      source: 'E, R',
      test: async () => {
        expect(await wrongSid()).toBe(0);
      },
    },
    {
      id: '4.30',
      rule: 'A message with an extra field is carried out after the warning (nova-sonic sends `media.track`)',
      source: 'INFERRED, R',
      option: 'extraFields',
      test: async () => {
        for (const [choice, bytes] of [
          ['accept', 1600],
          ['ignore', 0],
        ] as const) {
          await using world = await World.start({
            environment: { DIALECT: `extraFields=${choice}` },
          });
          const phone = await world.call();
          const stream = await world.stream();
          const payload = Buffer.alloc(1600, 1).toString('base64');
          stream.send({ event: 'media', media: { track: 'outbound', payload } });
          stream.mark('end');
          await stream.untilMark('end');
          await world.warned(31951);
          await phone.play(new Uint8Array(480).fill(0xff));
          await phone.hangup();
          const heard = phone.recording.payload().filter((byte) => byte !== 0xff);
          expect(heard).toHaveLength(bytes);
        }
      },
    },
    {
      id: '4.31',
      rule: 'Whether a `mark` without a name is echoed',
      source: 'UNKNOWN',
      note: 'not here',
    },
  ],
};
