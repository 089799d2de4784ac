/** Twilio's documents and REST interface in whole calls: real Asterisks, real phones, and the official SDK. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { decodeWav } from '@patchcord/shared/audio/wav';
import {
  Application,
  OUTBOUND,
  tone,
  toneFile,
  type ApplicationOptions,
  type Documents,
} from '../relay/application.ts';
import type { HandlerStream } from '../relay/handler.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import { loudest } from '../rig/loudest.ts';
import type { DialOptions, Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { leaseRtpRange, type LeasedRtpRange } from '../rig/rtp-range.ts';
import { hearsHuman, returnReasons } from './human.ts';

const NOTHING = { channels: [], bridges: [] };
const CONNECT = '<Connect><Stream url="/media"/></Connect>';

/** What one track of a stream carried, µ-law. */
function track(stream: HandlerStream, name: 'inbound' | 'outbound'): Uint8Array {
  const media = stream.messages.all.flatMap((message) => message.media ?? []);
  return Buffer.concat(
    media
      .filter((each) => 'track' in each && each.track === name)
      .map(({ payload }) => Buffer.from(payload, 'base64')),
  );
}

/** The application ended it as Twilio does: `stop` is the last message, then 1000. */
async function expectStopped(stream: HandlerStream): Promise<void> {
  await stream.closed.until('close', () => true);
  expect(stream.closed.all).toEqual([1000]);
  expect(stream.messages.all.at(-1)?.event).toBe('stop');
}

/** Each says something of their own, and the other hears it. */
async function expectConversation(caller: Phone, callee: Phone): Promise<void> {
  const hears = (phone: Phone, frequencyHz: number) => loudest(tail(phone), frequencyHz) > 0.8;
  const [low, high] = [encodeMulaw(tone(600, 4000)), encodeMulaw(tone(1400, 4000))];
  const playing = [caller.play(low), callee.play(high)];
  await expect.poll(() => hears(caller, 1400)).toBe(true);
  await expect.poll(() => hears(callee, 600)).toBe(true);
  caller.stopPlaying();
  callee.stopPlaying();
  await Promise.all(playing);
}

/** The last three seconds that a phone heard. */
function tail(phone: Phone): Uint8Array {
  return phone.recording.payload().slice(-24_000);
}

describe.each([22, 16] as const)('Asterisk %i', async (major) => {
  const { available, reason } = await requireAsterisk(major);

  describe.skipIf(!available)(`in MikoPBX's shape ${reason ?? ''}`, () => {
    let pbx: AsteriskPbx;
    let ports: LeasedRtpRange;
    const phones: Phone[] = [];
    beforeAll(async () => {
      pbx = await startAsteriskPbx({ major, shape: 'mikopbx' });
      ports = await leaseRtpRange('mikopbx');
    });
    // A test that failed must not fail those behind it.
    afterEach(() => Promise.all(phones.splice(0).map((phone) => phone.hangup())));
    afterAll(async () => {
      await pbx.stop();
      await ports.release();
    });

    async function call(options: DialOptions): Promise<Phone> {
      const phone = await pbx.dial(options);
      phones.push(phone);
      return phone;
    }

    function start(
      documents: Documents,
      onMessage?: ApplicationOptions['onMessage'],
    ): Promise<Application> {
      return Application.start(pbx, {
        documents: { '/tone.wav': toneFile(1000, 1000), '/status': '', ...documents },
        environment: { ...OUTBOUND, RTP_PORTS: `${ports.firstPort}-${ports.lastPort}` },
        ...(onMessage === undefined ? {} : { onMessage }),
      });
    }

    /** Nothing went wrong but for `codes`, and nothing is left anywhere. */
    async function expectClean({ relay }: Application, codes: readonly string[] = []) {
      await relay.idle();
      expect(relay.codes).toEqual(codes);
      expect(relay.relay.portsTaken).toBe(0);
      await expect.poll(() => pbx.leftovers()).toEqual(NOTHING);
    }

    /** The one call of the relay as REST shows it. */
    async function onlyCall(at: Application) {
      const inbound = (await at.client.calls.list()).filter(
        ({ direction }) => direction === 'inbound',
      );
      expect(inbound).toHaveLength(1);
      const [only] = inbound;
      if (only === undefined) throw new Error('no call');
      return only;
    }

    describe('Connect', () => {
      test('the application closes the stream: the next verb', async () => {
        await using at = await start(
          { '/voice': `${CONNECT}<Play>/tone.wav</Play><Hangup/>` },
          ({ media }, stream) => {
            if (media?.chunk === '5') stream.socket.close(1000);
          },
        );
        const phone = await call({ extension: '999', callerNumber: '0123456789' });
        expect(await phone.ended).toMatchObject({ by: 'pbx', cause: 16 });
        expect(loudest(phone.recording.payload(), 1000)).toBeGreaterThan(0.8);
        expect(at.asked).toEqual([
          ['POST', '/voice', 'ringing'],
          ['GET', '/tone.wav', null],
        ]);
        await expectClean(at);
        expect(await onlyCall(at)).toMatchObject({
          status: 'completed',
          from: '0123456789',
          to: '999',
        });
      });

      test('with an action, which names the stream', async () => {
        await using at = await start(
          {
            '/voice': '<Connect action="/after"><Stream url="/media"/></Connect>',
            '/after': '<Hangup/>',
          },
          ({ media }, stream) => {
            if (media?.chunk === '5') stream.socket.close(1000);
          },
        );
        const phone = await call({ extension: '999' });
        const told = await at.form('/after');
        const stream = await at.handler.started();
        expect(told).toMatchObject({ CallStatus: 'in-progress', StreamSid: stream.streamSid });
        expect(await phone.ended).toMatchObject({ by: 'pbx' });
        await expectClean(at);
      });

      test('the caller hangs up: `stop`, close, completed', async () => {
        await using at = await start({ '/voice': CONNECT });
        const phone = await call({ extension: '999' });
        const stream = await at.handler.started();
        await stream.messages.until('a second of audio', ({ media }) => media?.chunk === '50');
        await phone.hangup();
        await expectStopped(stream);
        await expectClean(at);
        expect(await onlyCall(at)).toMatchObject({ status: 'completed', duration: '1' });
      });

      test('nobody is there for the stream, and no verb is left: a human', async () => {
        await using at = await start({
          '/voice': '<Connect><Stream url="ws://127.0.0.1:9/media"/></Connect>',
        });
        const phone = await call({ extension: '999' });
        await hearsHuman(phone);
        expect(await returnReasons(pbx)).toEqual(['failed']);
        await phone.hangup();
        await expectClean(at, ['STREAM_REFUSED', 'CALL_RETURNED']);
      });
    });

    describe('REST in the middle of a stream', () => {
      test('new TwiML dials a human: `stop`, close, both hear each other, the action', async () => {
        await using at = await start({ '/voice': CONNECT, '/dialled': '<Play>/tone.wav</Play>' });
        await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
        const caller = await call({ extension: '999', callerNumber: '0123456789' });
        const stream = await at.handler.started();
        await stream.messages.until('audio', ({ event }) => event === 'media');
        const { sid } = await onlyCall(at);
        const updated = await at.client.calls(sid).update({
          twiml: `<Response><Dial action="${at.url('/dialled')}">201</Dial></Response>`,
        });
        expect(updated).toMatchObject({ sid, status: 'in-progress' });
        await expectStopped(stream);
        const callee = await desk.nextCall();
        await expect.poll(() => loudest(tail(caller), 425)).toBeGreaterThan(0.6);
        callee.answer();
        await callee.answered;
        await expectConversation(caller, callee);
        await callee.hangup();
        const told = await at.form('/dialled');
        expect(told).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true' });
        expect(await caller.ended).toMatchObject({ by: 'pbx' });
        expect(loudest(tail(caller), 1000)).toBeGreaterThan(0.8);
        await expectClean(at);
        const [child] = await at.client.calls.list({ parentCallSid: sid });
        expect(child).toMatchObject({
          sid: told['DialCallSid'],
          status: 'completed',
          direction: 'outbound-dial',
        });
        expect(at.handler.streams.all).toHaveLength(1);
      });

      test('another address, and in it another stream; then completed', async () => {
        await using at = await start({ '/voice': CONNECT, '/other': CONNECT });
        const phone = await call({ extension: '999' });
        const first = await at.handler.started();
        const { sid } = await onlyCall(at);
        await at.client.calls(sid).update({ url: at.url('/other'), method: 'POST' });
        await expectStopped(first);
        const second = await at.handler.streams.until('another', (stream) => stream !== first);
        await second.messages.until('audio', ({ event }) => event === 'media');
        const ended = await at.client.calls(sid).update({ status: 'completed' });
        expect(ended.status).toBe('completed');
        await expectStopped(second);
        expect(await phone.ended).toMatchObject({ by: 'pbx', cause: 16 });
        await expect(at.client.calls(sid).update({ status: 'completed' })).rejects.toMatchObject({
          code: 21220,
        });
        await expectClean(at);
      });

      test('a stream beside that of the document, and its end', async () => {
        await using at = await start({ '/voice': CONNECT });
        const phone = await call({ extension: '999' });
        const first = await at.handler.started();
        const { sid } = await onlyCall(at);
        const made = await at.client.calls(sid).streams.create({
          url: at.handler.streamUrl,
          name: 'tap',
          track: 'both_tracks',
          statusCallback: at.url('/status'),
          'parameter1.name': 'a',
          'parameter1.value': 'b',
        });
        expect(made).toMatchObject({ callSid: sid, name: 'tap', status: 'in-progress' });
        const tap = await at.handler.streams.until('another', (stream) => stream !== first);
        await tap.messages.until('start', ({ event }) => event === 'start');
        expect(tap.messages.all[1]).toMatchObject({
          start: { customParameters: { a: 'b' }, tracks: ['inbound', 'outbound'] },
        });
        first.play(encodeMulaw(tone(1400, 1500)));
        await phone.play(encodeMulaw(tone(600, 1500)));
        await expect.poll(() => loudest(track(tap, 'inbound'), 600)).toBeGreaterThan(0.8);
        await expect.poll(() => loudest(track(tap, 'outbound'), 1400)).toBeGreaterThan(0.8);
        expect(
          await at.client.calls(sid).streams('tap').update({ status: 'stopped' }),
        ).toMatchObject({ status: 'stopped' });
        await expectStopped(tap);
        expect(phone.hasEnded).toBe(false);
        await phone.hangup();
        await expectStopped(first);
        await expectClean(at);
        expect(at.forms('/status').map((form) => form['StreamEvent'])).toEqual([
          'stream-started',
          'stream-stopped',
        ]);
      });
    });

    describe('Dial', () => {
      test('both tracks of a stream, keys either way, the recording, the callbacks', async () => {
        await using at = await start({
          '/voice':
            '<Start><Stream url="/tap" track="both_tracks"/></Start><Dial action="/dialled" record="record-from-answer-dual"><Number statusCallback="/status" statusCallbackEvent="initiated ringing answered completed">201</Number></Dial>',
          '/dialled': '<Hangup/>',
        });
        await using desk = await pbx.register({
          extension: '201',
          manner: { kind: 'answers', afterMs: 300 },
        });
        const caller = await call({ extension: '999', callerNumber: '0123456789' });
        const callee = await desk.nextCall();
        await callee.answered;
        expect(callee.callerNumber).toBe('+60123456789');
        await expectConversation(caller, callee);
        await caller.sendDtmf('7');
        await callee.sendDtmf('3');
        await expect.poll(() => [callee.receivedDigits, caller.receivedDigits]).toEqual(['7', '3']);
        await callee.hangup();
        const told = await at.form('/dialled');
        expect(told).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true' });
        expect(Number(told['DialCallDuration'])).toBeGreaterThanOrEqual(1);
        expect(await caller.ended).toMatchObject({ by: 'pbx' });
        await expectClean(at);
        const stream = await at.handler.started();
        await expectStopped(stream);
        expect(loudest(track(stream, 'inbound'), 600)).toBeGreaterThan(0.8);
        expect(loudest(track(stream, 'outbound'), 1400)).toBeGreaterThan(0.8);
        await at.form('/status', (form) => form.get('CallStatus') === 'completed');
        expect(
          at.forms('/status').map((form) => [form['SequenceNumber'], form['CallStatus']]),
        ).toEqual([
          ['0', 'initiated'],
          ['1', 'ringing'],
          ['2', 'in-progress'],
          ['3', 'completed'],
        ]);
        const [left, right] = await recordingOf(at, told['RecordingSid'] ?? '');
        expect(loudest(left, 600)).toBeGreaterThan(0.8);
        expect(loudest(right, 1400)).toBeGreaterThan(0.8);
      });

      test.each([
        [{ kind: 'rejects', status: 486, afterMs: 200 }, 'busy'],
        [{ kind: 'rejects', status: 603 }, 'busy'],
        [{ kind: 'rings' }, 'no-answer'],
      ] as const)('%j is %s, and the action goes on', async (manner, status) => {
        await using at = await start({
          '/voice': '<Dial action="/dialled" timeout="1">201</Dial>',
          '/dialled': '<Play>/tone.wav</Play><Hangup/>',
        });
        await using desk = await pbx.register({ extension: '201', manner });
        const caller = await call({ extension: '999' });
        expect(await caller.ended).toMatchObject({ by: 'pbx' });
        expect(desk.calls).toHaveLength(1);
        expect(at.forms('/dialled')).toMatchObject([
          { DialCallStatus: status, DialBridged: 'false' },
        ]);
        expect(loudest(tail(caller), 1000)).toBeGreaterThan(0.8);
        await expectClean(at);
      });

      test('the first of two who answers is taken', async () => {
        await using at = await start({
          '/voice': '<Dial><Number>201</Number><Number>202</Number></Dial><Hangup/>',
        });
        await using first = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
        await using second = await pbx.register({ extension: '202', manner: { kind: 'rings' } });
        const caller = await call({ extension: '999' });
        const [loser, winner] = await Promise.all([first.nextCall(), second.nextCall()]);
        winner.answer();
        expect(await loser.ended).toMatchObject({ by: 'pbx' });
        await expectConversation(caller, winner);
        await caller.hangup();
        expect(await winner.ended).toMatchObject({ by: 'pbx' });
        await expectClean(at);
      });

      test('answerOnBridge: the caller is answered when the human is', async () => {
        await using at = await start({ '/voice': '<Dial answerOnBridge="true">201</Dial>' });
        await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
        const caller = await call({ extension: '999', until: 'sent' });
        const callee = await desk.nextCall();
        expect(await onlyCall(at)).toMatchObject({ status: 'ringing' });
        callee.answer();
        await caller.answered;
        await expectConversation(caller, callee);
        await caller.hangup();
        await callee.ended;
        await expectClean(at);
      });
    });

    describe('Gather', () => {
      test.each(['rfc4733', 'info'] as const)(
        'keys by %s end the prompt; the last one ends the verb',
        async (mode) => {
          await using at = await start({
            '/voice':
              '<Gather numDigits="4" action="/keys"><Play loop="0">/tone.wav</Play></Gather>',
            '/keys': '<Hangup/>',
          });
          const phone = await call({ extension: '999' });
          await expect.poll(() => loudest(tail(phone), 1000)).toBeGreaterThan(0.8);
          await phone.sendDtmf('4*29', mode);
          expect(await at.form('/keys')).toMatchObject({ Digits: '4*29', FinishedOnKey: '' });
          expect(await phone.ended).toMatchObject({ by: 'pbx' });
          expect(at.forms('/keys')).toHaveLength(1);
          await expectClean(at);
        },
      );

      test('the finishing key, and then another document', async () => {
        await using at = await start({
          '/voice': (form) =>
            form.has('Digits')
              ? '<Play>/tone.wav</Play>'
              : '<Gather finishOnKey="#"><Play>/prompt.wav</Play></Gather>',
          '/prompt.wav': toneFile(1400, 5000),
        });
        const phone = await call({ extension: '999' });
        await expect.poll(() => loudest(tail(phone), 1400)).toBeGreaterThan(0.8);
        await phone.sendDtmf('12#');
        expect(await at.form('/voice', (form) => form.has('Digits'))).toMatchObject({
          Digits: '12',
          FinishedOnKey: '#',
        });
        await phone.ended;
        expect(loudest(tail(phone), 1000)).toBeGreaterThan(0.8);
        await expectClean(at);
      });
    });

    test('Record: the voice is in the file that REST gives', async () => {
      await using at = await start({
        '/voice':
          '<Record finishOnKey="#" action="/recorded" trim="do-not-trim" recordingStatusCallback="/status"/>',
        '/recorded': '<Hangup/>',
      });
      const phone = await call({ extension: '999' });
      await phone.play(encodeMulaw(tone(900, 1500)));
      await phone.sendDtmf('#');
      const recorded = await at.form('/recorded');
      expect(recorded).toMatchObject({ Digits: '#' });
      const sid = recorded['RecordingSid'] ?? '';
      await phone.ended;
      await expectClean(at);
      expect(await at.form('/status')).toMatchObject({
        RecordingSid: sid,
        RecordingStatus: 'completed',
        RecordingChannels: '1',
      });
      const [voice] = await recordingOf(at, sid);
      expect(loudest(voice, 900)).toBeGreaterThan(0.8);
      expect((await at.client.recordings(sid).fetch()).callSid).toBe((await onlyCall(at)).sid);
    });

    test('Play: a file of the application, then a sound of the PBX', async () => {
      const sound = await pbx.addSound('hello', encodeMulaw(tone(1400, 1000)));
      await using at = await start({
        '/voice': `<Play>/tone.wav</Play><Play>${sound}</Play><Hangup/>`,
      });
      const phone = await call({ extension: '999' });
      await phone.ended;
      const heard = phone.recording.payload();
      const first = encodeMulaw(tone(1000, 1000)).filter((byte) => byte !== 0xff);
      expect(Buffer.from(heard.filter((byte) => byte !== 0xff)).includes(Buffer.from(first))).toBe(
        true,
      );
      expect(loudest(heard, 1400)).toBeGreaterThan(0.8);
      await expectClean(at);
    });

    test('Start, Stop: both tracks while a file plays, and the call goes on', async () => {
      await using at = await start({
        '/voice':
          '<Start><Stream url="/tap" name="tap" track="both_tracks"/></Start><Gather timeout="1"><Play>/tone.wav</Play></Gather><Stop><Stream name="tap"/></Stop><Play>/tone.wav</Play><Hangup/>',
      });
      const phone = await call({ extension: '999' });
      const stream = await at.handler.started();
      await phone.play(encodeMulaw(tone(600, 1000)));
      await expect.poll(() => loudest(track(stream, 'outbound'), 1000)).toBeGreaterThan(0.8);
      expect(loudest(track(stream, 'inbound'), 600)).toBeGreaterThan(0.8);
      expect(loudest(track(stream, 'inbound'), 1000)).toBeLessThan(0.05);
      expect(phone.hasEnded).toBe(false);
      expect(await phone.ended).toMatchObject({ by: 'pbx' });
      await expectStopped(stream);
      await expectClean(at);
    });

    test.each([
      ['<Reject reason="busy"/>', 486, 'busy'],
      ['<Reject/>', 403, 'failed'],
    ] as const)('%s: the phone sees %i', async (verb, sipCode, status) => {
      await using at = await start({ '/voice': verb });
      const phone = await call({ extension: '999', until: 'sent' });
      expect(await phone.ended).toMatchObject({ by: 'rejected', status: sipCode });
      await expectClean(at);
      expect(await onlyCall(at)).toMatchObject({ status, duration: '0' });
    });

    test('Pause first: not answered before it is over', async () => {
      await using at = await start({
        '/voice': '<Pause length="1"/><Play>/tone.wav</Play><Hangup/>',
      });
      const startedAt = performance.now();
      const phone = await call({ extension: '999' });
      expect(performance.now() - startedAt).toBeGreaterThan(950);
      await phone.ended;
      expect(loudest(phone.recording.payload(), 1000)).toBeGreaterThan(0.8);
      await expectClean(at);
    });

    test('Pause and Reject: never answered', async () => {
      await using at = await start({ '/voice': '<Pause length="1"/><Reject reason="busy"/>' });
      const phone = await call({ extension: '999', until: 'sent' });
      expect(await phone.ended).toMatchObject({ by: 'rejected', status: 486 });
      await expectClean(at);
    });
  });
});

/** What a recording's channels hold, µ-law, fetched as anybody would. */
async function recordingOf(at: Application, sid: string): Promise<[Uint8Array, Uint8Array]> {
  const response = await fetch(
    `${at.relay.httpUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/Recordings/${sid}.wav`,
    { headers: { Authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` } },
  );
  expect(response.status).toBe(200);
  const file = decodeWav(new Uint8Array(await response.arrayBuffer()));
  if (typeof file === 'string') throw new Error(file);
  const [left = new Int16Array(), right = new Int16Array()] = file.channels;
  return [encodeMulaw(left), encodeMulaw(right)];
}
