/** What the relay does for a handler that is our edge: exact playout, and control of the call. */

import { describe, expect, test } from 'vitest';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { loudest } from '../rig/loudest.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';
import { Application, OUTBOUND, tone, type Documents } from './application.ts';
import {
  heardBy,
  INSTANT,
  silence,
  SPEECH,
  transfer,
  untilHeard,
  untilLength,
  untilPlayed,
  untilTransferred,
} from './edge-side.ts';
import type { HandlerStream } from './handler.ts';

const CONNECT: Documents = { '/voice': '<Connect><Stream url="/media"/></Connect><Pause/>' };

async function setUp({
  documents = CONNECT,
  environment = {},
  isOurEdge = true,
}: {
  readonly documents?: Documents;
  readonly environment?: Readonly<Record<string, string>>;
  readonly isOurEdge?: boolean;
} = {}) {
  const stack = new AsyncDisposableStack();
  const pbx = stack.use(await startSimulatedPbx());
  const at = stack.use(
    await Application.start(pbx, {
      documents,
      isOurEdge,
      environment: { ...OUTBOUND, ...environment },
    }),
  );
  const caller = await pbx.dial({ extension: '999', callerNumber: '0123456789' });
  const stream = await at.handler.started();
  return { pbx, at, caller, stream, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function untilEvent(stream: HandlerStream, wanted: string) {
  return stream.messages.until(wanted, ({ event }) => event === wanted);
}

/** All that our relay said beside Twilio's own messages, in order. */
function ours(stream: HandlerStream): unknown[] {
  return stream.messages.all.flatMap(({ played, transferred }) => played ?? transferred ?? []);
}

async function expectNothingLeft({ at, pbx }: Awaited<ReturnType<typeof setUp>>): Promise<void> {
  await at.relay.idle();
  expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  expect(at.relay.relay.portsTaken).toBe(0);
}

describe('playout', () => {
  test('pause holds at a sample; unpause goes on at the very next, and the caller misses nothing', async () => {
    await using up = await setUp();
    const { caller, stream } = up;
    stream.play(SPEECH);
    stream.mark('end');
    for (const heard of [3000, 7000, 11_000]) {
      await untilHeard(caller, heard);
      const before = ours(stream).length;
      stream.send({ event: 'pause' });
      const paused = (await untilPlayed(stream, before + 1)).at(-1);
      expect(paused?.isPaused).toBe(true);
      // Half a second of silence, and not a byte of the queue.
      await silence(caller, 25);
      expect(heardBy(caller).length).toBe(Number(paused?.samples));
      stream.send({ event: 'unpause' });
      const resumed = (await untilPlayed(stream, before + 2)).at(-1);
      expect(resumed).toEqual({ samples: paused?.samples, isPaused: false, timestamp: INSTANT });
    }
    await stream.messages.until('the mark', ({ mark }) => mark?.name === 'end');
    expect(ours(stream).at(-1)).toEqual({
      samples: String(SPEECH.length),
      isPaused: false,
      timestamp: INSTANT,
    });
    await caller.hangup();
    expect(heardBy(caller).equals(Buffer.from(SPEECH))).toBe(true);
    await expectNothingLeft(up);
    expect(up.at.relay.codes).toEqual([]);
  });

  test('marks wait while it is paused, and clear tells what was heard and what was not', async () => {
    await using up = await setUp();
    const { caller, stream } = up;
    stream.play(SPEECH);
    stream.mark('a');
    await untilHeard(caller, 4000);
    stream.send({ event: 'pause' });
    await untilPlayed(stream, 1);
    await silence(caller, 10);
    expect(stream.messages.all.some(({ mark }) => mark !== undefined)).toBe(false);
    stream.send({ event: 'clear' });
    await stream.messages.until('the mark', ({ mark }) => mark?.name === 'a');
    const events = stream.messages.all.map(({ event }) => event).filter((each) => each !== 'media');
    expect(events).toEqual(['connected', 'start', 'played', 'played', 'mark']);
    const [paused, cleared] = await untilPlayed(stream, 2);
    expect(cleared).toEqual({
      samples: paused?.samples,
      cleared: String(SPEECH.length - Number(paused?.samples)),
      isPaused: false,
      timestamp: INSTANT,
    });
    // Clear has ended the pause: what comes now is heard at once.
    stream.play(SPEECH.subarray(0, 1600));
    stream.mark('b');
    await stream.messages.until('the mark', ({ mark }) => mark?.name === 'b');
    await caller.hangup();
    const heard = Number(paused?.samples) + 1600;
    expect((await untilPlayed(stream, 3)).at(-1)?.samples).toBe(String(heard));
    expect(heardBy(caller)).toHaveLength(heard);
  });

  test('a caller who leaves: what they have heard is told before stop', async () => {
    await using up = await setUp();
    const { caller, stream } = up;
    stream.play(SPEECH);
    await untilHeard(caller, 4000);
    await caller.hangup();
    await untilEvent(stream, 'stop');
    const events = stream.messages.all.map(({ event }) => event);
    expect(events.slice(-2)).toEqual(['played', 'stop']);
    const [last] = await untilPlayed(stream, 1);
    expect(Number(last?.samples)).toBeGreaterThanOrEqual(4000);
    expect(Number(last?.samples)).toBeLessThan(SPEECH.length);
  });
});

describe('transfer', () => {
  test.each(['cold', 'warm'] as const)(
    '%s: the agent stays until somebody answers; then the two talk, and whoever leaves ends it',
    async (kind) => {
      await using up = await setUp();
      const { at, pbx, caller, stream } = up;
      await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
      transfer(stream, { kind });
      await untilTransferred(stream, 'ringing');
      const callee = await desk.nextCall();
      // The agent is still heard, and in its pauses it rings, or not.
      stream.play(encodeMulaw(tone(1000, 600)));
      stream.mark('said');
      await stream.messages.until('the mark', ({ mark }) => mark?.name === 'said');
      const before = caller.recording.payload().length;
      // Longer than a ring and the silence after it.
      await untilLength(caller, before + 28_000);
      const rings = loudest(caller.recording.payload().subarray(before), 425) > 0.6;
      expect(rings).toBe(kind === 'cold');
      expect(loudest(caller.recording.payload(), 1000)).toBeGreaterThan(0.8);
      callee.answer();
      await stream.closed.until('close', (code) => code === 1000);
      const last = stream.messages.all.slice(-3).map(({ event }) => event);
      expect(last).toEqual(['transferred', 'played', 'stop']);
      await Promise.all([
        caller.play(encodeMulaw(tone(600, 1000))),
        callee.play(encodeMulaw(tone(1400, 1000))),
      ]);
      await caller.sendDtmf('7');
      await callee.hangup();
      expect(await caller.ended).toMatchObject({ by: 'pbx' });
      expect(loudest(caller.recording.payload(), 1400)).toBeGreaterThan(0.8);
      expect(loudest(callee.recording.payload(), 600)).toBeGreaterThan(0.8);
      expect(callee.callerNumber).toBe('+60123456789');
      const statuses = stream.messages.all.flatMap(({ transferred }) => transferred ?? []);
      expect(statuses).toEqual([
        { id: 't1', status: 'ringing' },
        { id: 't1', status: 'answered' },
      ]);
      await expectNothingLeft(up);
      const [parent] = await at.client.calls.list({ to: '999' });
      const children = await at.client.calls.list({ parentCallSid: parent?.sid ?? '' });
      expect(children).toMatchObject([{ direction: 'outbound-dial', status: 'completed' }]);
      expect(at.relay.codes).toEqual([]);
    },
  );

  test('the caller leaves first: the callee is hung up', async () => {
    await using up = await setUp();
    const { pbx, caller, stream } = up;
    await using desk = await pbx.register({ extension: '201' });
    transfer(stream);
    const callee = await desk.nextCall();
    await stream.closed.until('close', (code) => code === 1000);
    await caller.hangup();
    expect(await callee.ended).toMatchObject({ by: 'pbx' });
    await expectNothingLeft(up);
  });

  test.each([
    ['busy', { kind: 'rejects', status: 486, afterMs: 300 }, 'busy'],
    ['nobody there', { kind: 'rings' }, 'no-answer'],
  ] as const)("%s: the caller is the agent's as before", async (_name, manner, reason) => {
    await using up = await setUp();
    const { at, pbx, caller, stream } = up;
    await using _desk = await pbx.register({ extension: '201', manner });
    transfer(stream, { timeoutSec: 1 });
    const { transferred } = await untilTransferred(stream, 'failed');
    expect(transferred).toEqual({ id: 't1', status: 'failed', reason });
    const before = caller.recording.payload().length;
    stream.play(encodeMulaw(tone(1000, 1000)));
    stream.mark('sorry');
    await stream.messages.until('the mark', ({ mark }) => mark?.name === 'sorry');
    const heard = caller.recording.payload().subarray(before);
    expect(loudest(heard, 1000)).toBeGreaterThan(0.8);
    expect(loudest(heard.subarray(8000), 425)).toBeLessThan(0.2);
    expect(stream.closed.all).toEqual([]);
    await caller.hangup();
    await expectNothingLeft(up);
    expect(at.relay.codes).toEqual([]);
  });

  test.each([
    ['closed until it is opened', { OUTBOUND_ALLOW: '' }, '201', 'OUTBOUND_TO_NOT_ALLOWED'],
    ['an emergency number', { OUTBOUND_ALLOW: '+* 9*' }, '999', 'OUTBOUND_TO_EMERGENCY'],
    ['no number', {}, 'PJSIP/201@trunk', 'OUTBOUND_TO_INVALID'],
    ['no room', { MAX_CALLS: '1' }, '201', 'DIAL_NO_ROOM'],
  ])('%s: refused, and the conversation goes on', async (_name, environment, target, reason) => {
    await using up = await setUp({ environment });
    const { at, pbx, caller, stream } = up;
    await using desk = await pbx.register({ extension: '201' });
    transfer(stream, { target });
    const { transferred } = await untilTransferred(stream, 'failed');
    expect(transferred).toEqual({ id: 't1', status: 'failed', reason });
    expect(desk.calls).toEqual([]);
    stream.play(SPEECH.subarray(0, 800));
    stream.mark('on');
    await stream.messages.until('the mark', ({ mark }) => mark?.name === 'on');
    await caller.hangup();
    await expectNothingLeft(up);
    expect(at.relay.codes).toEqual([reason]);
  });

  test('a second one while the first rings is refused, and a caller who leaves ends the first', async () => {
    await using up = await setUp();
    const { pbx, caller, stream } = up;
    await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
    transfer(stream);
    await untilTransferred(stream, 'ringing');
    transfer(stream, { id: 't2', target: '202' });
    const { transferred } = await untilTransferred(stream, 'failed');
    expect(transferred).toEqual({ id: 't2', status: 'failed', reason: 'TRANSFER_BUSY' });
    await caller.hangup();
    await untilTransferred(stream, 'ended');
    const callee = await desk.nextCall();
    expect(await callee.ended).toMatchObject({ by: 'pbx' });
    await expectNothingLeft(up);
  });

  test('twenty of one stream, then no more, and no more lines in the log', async () => {
    await using up = await setUp();
    const { at, stream } = up;
    for (let i = 1; i <= 25; i++) transfer(stream, { id: `t${i}`, target: '999' });
    await stream.messages.until('the last', ({ transferred }) => transferred?.id === 't25');
    const reasons = stream.messages.all.flatMap(({ transferred }) => transferred?.reason ?? []);
    expect(reasons).toEqual([
      ...new Array<string>(20).fill('OUTBOUND_TO_EMERGENCY'),
      ...new Array<string>(5).fill('TRANSFER_MANY'),
    ]);
    const lines = at.relay.log.all.filter(({ code }) => code === 'OUTBOUND_TO_EMERGENCY');
    expect(lines).toHaveLength(20);
  });

  test('a stream that ends while it rings ends the transfer, and the next verb runs', async () => {
    await using up = await setUp({
      documents: {
        '/voice': '<Connect><Stream url="/media"/></Connect><Redirect>/next</Redirect>',
        '/next': '<Hangup/>',
      },
    });
    const { at, pbx, caller, stream } = up;
    await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
    transfer(stream);
    await untilTransferred(stream, 'ringing');
    stream.socket.close(1000);
    await at.form('/next');
    const callee = await desk.nextCall();
    expect(await callee.ended).toMatchObject({ by: 'pbx' });
    expect(await caller.ended).toMatchObject({ by: 'pbx' });
    await expectNothingLeft(up);
  });

  test('with the stream ends the ringing that the caller heard', async () => {
    await using up = await setUp({
      documents: { '/voice': '<Connect><Stream url="/media"/></Connect><Pause length="10"/>' },
    });
    const { pbx, caller, stream } = up;
    await using _desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
    transfer(stream);
    await untilHeard(caller, 1600);
    stream.socket.close(1000);
    await silence(caller, 150);
    expect(caller.hasEnded).toBe(false);
  });

  test('when it has failed there is room for the next', async () => {
    await using up = await setUp({ environment: { MAX_CALLS: '2' } });
    const { pbx, stream } = up;
    await using desk = await pbx.register({
      extension: '201',
      manner: { kind: 'rejects', status: 603 },
    });
    transfer(stream, { id: 'first' });
    await untilTransferred(stream, 'failed');
    desk.manner = { kind: 'answers' };
    transfer(stream, { id: 'second' });
    const { transferred } = await untilTransferred(stream, 'answered');
    expect(transferred?.id).toBe('second');
  });

  test('the action of <Connect> decides what comes after the conversation', async () => {
    await using up = await setUp({
      documents: {
        '/voice': '<Connect action="/after"><Stream url="/media"/></Connect>',
        '/after': '<Hangup/>',
      },
    });
    const { at, pbx, caller, stream } = up;
    await using desk = await pbx.register({ extension: '201' });
    transfer(stream);
    const callee = await desk.nextCall();
    await stream.closed.until('close', (code) => code === 1000);
    await callee.hangup();
    expect(await at.form('/after')).toMatchObject({ StreamSid: stream.streamSid });
    await caller.ended;
    await expectNothingLeft(up);
  });

  test('REST takes the call over from a transferred conversation, and is not undone', async () => {
    await using up = await setUp({ documents: { ...CONNECT, '/other': '<Pause length="2"/>' } });
    const { at, pbx, caller, stream } = up;
    await using desk = await pbx.register({ extension: '201' });
    transfer(stream);
    const callee = await desk.nextCall();
    await stream.closed.until('close', (code) => code === 1000);
    const callSid = stream.messages.all[1]?.start?.callSid ?? '';
    await at.client.calls(callSid).update({ url: at.url('/other') });
    await at.form('/other');
    expect(await callee.ended).toMatchObject({ by: 'pbx' });
    const before = caller.recording.payload().length;
    await untilLength(caller, before + 8000);
    expect(caller.hasEnded).toBe(false);
  });
});

test('hangup ends the call in good order, whatever the document would say next', async () => {
  await using up = await setUp({
    documents: {
      '/voice': '<Connect><Stream url="/media"/></Connect><Redirect>/next</Redirect>',
      '/next': '<Pause length="60"/>',
    },
  });
  const { at, caller, stream } = up;
  stream.send({ event: 'hangup', hangup: { reason: 'goodbye' } });
  expect(await caller.ended).toMatchObject({ by: 'pbx' });
  await stream.closed.until('close', (code) => code === 1000);
  expect(stream.messages.all.at(-1)?.event).toBe('stop');
  await expectNothingLeft(up);
  expect(at.forms('/next')).toEqual([]);
  expect(at.relay.codes).toEqual([]);
});

test('send-dtmf presses keys, one message after the other, and says when they are over', async () => {
  await using up = await setUp();
  const { caller, stream } = up;
  const sentAt = performance.now();
  stream.send({ event: 'send-dtmf', dtmf: { digits: '1w2#' } });
  stream.send({ event: 'send-dtmf', dtmf: { digits: '9' } });

  await stream.messages.until('the last key', ({ dtmf }) => dtmf?.digits === '9');
  // Four keys of 200 ms each, and a pause of 500 ms.
  expect(performance.now() - sentAt).toBeGreaterThan(1250);
  const sent = stream.messages.all.flatMap(({ event, dtmf }) =>
    event === 'dtmf-sent' ? dtmf : [],
  );
  expect(sent).toEqual([
    { digits: '1w2#', status: 'sent' },
    { digits: '9', status: 'sent' },
  ]);
  expect(caller.receivedDigits.replaceAll('w', '')).toBe('12#9');
  for (let i = 0; i < 10; i++) stream.send({ event: 'send-dtmf', dtmf: { digits: '5wwwwwwww' } });
  const { dtmf } = await stream.messages.until('no more', (each) => each.dtmf?.status === 'failed');
  expect(dtmf).toMatchObject({ reason: 'DTMF_BUSY' });
  await caller.hangup();
  await expectNothingLeft(up);
});

describe('a handler that did not answer X-Patchcord', () => {
  test("is asked, and then gets Twilio's messages only, and may send no others", async () => {
    await using up = await setUp({ isOurEdge: false });
    const { at, pbx, caller, stream } = up;
    await using desk = await pbx.register({ extension: '201' });
    expect(stream.request.headers['x-patchcord']).toBe('1');
    stream.send({ event: 'pause' });
    transfer(stream);
    stream.send({ event: 'send-dtmf', dtmf: { digits: '1' } });
    stream.send({ event: 'hangup', hangup: {} });
    stream.play(SPEECH.subarray(0, 4000));
    stream.mark('a');
    await stream.messages.until('the mark', ({ mark }) => mark?.name === 'a');
    stream.play(SPEECH);
    stream.send({ event: 'clear' });
    await caller.hangup();
    await untilEvent(stream, 'stop');
    const events = new Set(stream.messages.all.map(({ event }) => event));
    expect([...events].toSorted()).toEqual(['connected', 'mark', 'media', 'start', 'stop']);
    expect(desk.calls).toEqual([]);
    expect(caller.receivedDigits).toBe('');
    expect(at.relay.codes).toEqual(['STREAM_UNKNOWN_EVENT']);
  });

  test('a stream of <Start> is not even asked', async () => {
    await using up = await setUp({
      documents: { '/voice': '<Start><Stream url="/media"/></Start><Pause length="5"/>' },
    });
    const { stream } = up;
    expect(stream.request.headers['x-patchcord']).toBeUndefined();
    await untilEvent(stream, 'media');
    stream.send({ event: 'hangup', hangup: {} });
    await up.at.relay.logged('STREAM_ONE_WAY');
    expect(up.caller.hasEnded).toBe(false);
  });
});
