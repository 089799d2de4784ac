/** Every verb of TwiML in a whole call: what the caller hears, what the application is asked. */

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { decodeWav } from '@patchcord/shared/audio/wav';
import { RelayCallControl } from '@patchcord/relay/io/call-control';
import { loudest } from '../rig/loudest.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';
import {
  Application,
  tone,
  toneFile,
  type ApplicationOptions,
  type Documents,
} from './application.ts';
import { TestHandler } from './handler.ts';

const SAY_TONE = fileURLToPath(new URL('say-tone.ts', import.meta.url));

async function setUp(
  documents: Documents,
  environment: Readonly<Record<string, string>> = {},
  onMessage?: ApplicationOptions['onMessage'],
) {
  const stack = new AsyncDisposableStack();
  const pbx = stack.use(await startSimulatedPbx());
  const at = stack.use(
    await Application.start(pbx, {
      documents,
      environment,
      ...(onMessage === undefined ? {} : { onMessage }),
    }),
  );
  return { pbx, at, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('Play', () => {
  test('a file is heard to its end, as often as asked, then the next verb', async () => {
    await using up = await setUp({
      '/voice': '<Play loop="2">tone.wav</Play><Hangup/>',
      '/tone.wav': toneFile(1000, 300),
    });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    expect(await phone.ended).toMatchObject({ by: 'pbx' });
    await at.relay.idle();
    const heard = Buffer.from(phone.recording.payload().filter((byte) => byte !== 0xff));
    const once = encodeMulaw(tone(1000, 300)).filter((byte) => byte !== 0xff);
    expect(heard.equals(Buffer.concat([once, once]))).toBe(true);
    expect(at.relay.codes).toEqual([]);
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('a file that is not there: the next verb; and where none helps, a human', async () => {
    await using up = await setUp({ '/voice': '<Play>gone.wav</Play><Play>/no.wav</Play>' });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    await at.relay.logged('CALL_RETURNED');
    expect(at.relay.codes).toEqual(['AUDIO_BAD_STATUS', 'CALL_RETURNED']);
    await phone.hangup();
  });
});

describe('Say', () => {
  test('a command speaks', async () => {
    await using up = await setUp(
      { '/voice': '<Say language="ms-MY">Selamat datang</Say><Hangup/>' },
      { SAY_COMMAND: `${process.execPath} ${SAY_TONE} {language} {text}` },
    );
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    await phone.ended;
    expect(loudest(phone.recording.payload(), 700)).toBeGreaterThan(0.8);
    expect(at.relay.codes).toEqual([]);
  });

  test('without a voice: one warning, and the next verb', async () => {
    await using up = await setUp({ '/voice': '<Say>Hello</Say><Say>Bye</Say><Hangup/>' });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    await phone.ended;
    await at.relay.idle();
    expect(at.relay.codes).toEqual(['SAY_UNAVAILABLE']);
  });
});

test('a document of words that nobody can say: the caller goes to a human', async () => {
  await using up = await setUp({ '/voice': '<Say>Sorry, call us later</Say>' });
  const { at, pbx } = up;
  const phone = await pbx.dial({ extension: '999' });
  await at.relay.logged('CALL_RETURNED');
  expect(at.relay.codes).toEqual(['SAY_UNAVAILABLE', 'CALL_RETURNED']);
  await phone.hangup();
});

describe('Gather', () => {
  const MENU = '<Gather numDigits="3" action="/keys"><Play>long.wav</Play></Gather><Say>none</Say>';

  test('the first key ends the prompt, the last the verb', async () => {
    await using up = await setUp({
      '/voice': MENU,
      '/long.wav': toneFile(1000, 20_000),
      '/keys': '<Hangup/>',
    });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    for (const digit of ['4', '*', '2']) await phone.sendDtmf(digit);
    expect(await at.form('/keys')).toMatchObject({
      Digits: '4*2',
      FinishedOnKey: '',
      CallStatus: 'in-progress',
    });
    expect(await phone.ended).toMatchObject({ by: 'pbx' });
    expect(at.asked).toEqual([
      ['POST', '/voice', 'ringing'],
      ['GET', '/long.wav', null],
      ['POST', '/keys', 'in-progress'],
    ]);
  });

  test('the finishing key; without an action the document itself is asked', async () => {
    await using up = await setUp({
      '/voice': (form) =>
        form.has('Digits') ? '<Hangup/>' : '<Gather finishOnKey="#" method="GET"/>',
    });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    for (const digit of ['1', '#']) await phone.sendDtmf(digit);
    await phone.ended;
    expect(at.asked).toEqual([
      ['POST', '/voice', 'ringing'],
      ['GET', '/voice', 'in-progress'],
    ]);
    const [, second] = at.handler.webhooks.all;
    expect(second?.form.get('Digits')).toBe('1');
    expect(second?.form.get('FinishedOnKey')).toBe('#');
  });

  test('no key: the next verb', async () => {
    await using up = await setUp({ '/voice': '<Gather timeout="1" action="/keys"/><Hangup/>' });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    expect(await phone.ended).toMatchObject({ by: 'pbx' });
    expect(at.asked).toEqual([['POST', '/voice', 'ringing']]);
  });

  test('no key, and yet the action', async () => {
    await using up = await setUp({
      '/voice': '<Gather timeout="1" action="/keys" actionOnEmptyResult="true"/>',
      '/keys': '<Hangup/>',
    });
    const { at, pbx } = up;
    await pbx.dial({ extension: '999' });
    expect(await at.form('/keys')).toMatchObject({ Digits: '' });
  });
});

test('Pause at the beginning: the caller is not answered before it is over', async () => {
  await using up = await setUp({
    '/voice': '<Pause length="1"/><Pause length="0"/><Play>/t.wav</Play>',
    '/t.wav': toneFile(500, 100),
  });
  const { pbx } = up;
  const phone = await pbx.dial({ extension: '999', until: 'sent' });
  const arrived = performance.now();
  await phone.answered;
  expect(performance.now() - arrived).toBeGreaterThan(900);
  await phone.ended;
});

describe('Reject', () => {
  test.each([
    ['', 'rejected'],
    [' reason="busy"', 'busy'],
  ])('<Reject%s/>: never answered', async (attribute, reason) => {
    await using up = await setUp(
      { '/voice': `<Reject${attribute}/>` },
      { STATUS_CALLBACK_URL: '' },
    );
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999', until: 'sent' });
    const end = await phone.ended;
    expect(end.by).toBe('rejected');
    await expect(phone.answered).rejects.toThrow('');
    await at.relay.logged('call ended');
    const { items } = await new RelayCallControl(at.relay.relay).list({}, { size: 5 });
    expect(items.map(({ status }) => status)).toEqual([reason === 'busy' ? 'busy' : 'failed']);
  });
});

describe('Record', () => {
  test('the voice is in the file, the action and the callback say where', async () => {
    await using up = await setUp({
      '/voice':
        '<Record finishOnKey="#" action="/recorded" trim="do-not-trim" recordingStatusCallback="/status" recordingStatusCallbackEvent="in-progress completed"/>',
      '/recorded': '<Hangup/>',
      '/status': '',
    });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    await phone.play(encodeMulaw(tone(900, 1500)));
    await phone.sendDtmf('#');
    const recorded = await at.form('/recorded');
    expect(recorded).toMatchObject({ Digits: '#', CallStatus: 'in-progress' });
    expect(Number(recorded['RecordingDuration'])).toBeGreaterThanOrEqual(1);
    await phone.ended;
    const statuses = at.handler.webhooks.all.filter(({ request }) => request.url === '/status');
    expect(statuses.map(({ form }) => form.get('RecordingStatus'))).toEqual([
      'in-progress',
      'completed',
    ]);
    const control = new RelayCallControl(at.relay.relay);
    const sid = recorded['RecordingSid'] ?? '';
    expect(recorded['RecordingUrl']).toMatch(new RegExp(`/Accounts/AC.*/Recordings/${sid}$`));
    const media = await control.recordingMedia(recorded['CallSid'] ?? '', sid);
    const bytes = Buffer.concat(await Array.fromAsync(media.chunks));
    expect(bytes.length).toBe(media.bytes);
    const file = decodeWav(bytes);
    if (typeof file === 'string') throw new Error(file);
    expect(file.sampleRateHz).toBe(8000);
    const [voice = new Int16Array()] = file.channels;
    expect(loudest(encodeMulaw(voice), 900)).toBeGreaterThan(0.8);
    // The beep was heard, and is not in the file.
    const beep = phone.recording.payload().subarray(0, 6400);
    expect(loudest(beep, 1000)).toBeGreaterThan(0.3);
  });

  test('silence ends it, and nothing is kept of nobody', async () => {
    await using up = await setUp({
      '/voice': '<Record timeout="1" playBeep="false" action="/recorded"/><Hangup/>',
    });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    expect(await phone.ended).toMatchObject({ by: 'pbx' });
    expect(at.asked).toEqual([['POST', '/voice', 'ringing']]);
    expect(at.relay.codes).toEqual([]);
  });

  test('the caller hangs up in it: the application is told', async () => {
    await using up = await setUp({ '/voice': '<Record action="/recorded" playBeep="false"/>' });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    await phone.play(encodeMulaw(tone(900, 1200)));
    await phone.hangup();
    expect(await at.form('/recorded')).toMatchObject({ Digits: 'hangup' });
    await at.relay.idle();
  });
});

describe('Start', () => {
  test('both tracks: the caller, and what the caller hears; Stop ends it, the call goes on', async () => {
    await using up = await setUp({
      '/voice':
        '<Start><Stream url="/media" name="tap" track="both_tracks" statusCallback="/tap"><Parameter name="a" value="b"/></Stream></Start><Play>tone.wav</Play><Stop><Stream name="tap"/></Stop><Gather timeout="2"/><Hangup/>',
      '/tone.wav': toneFile(1000, 1000),
      '/tap': '',
    });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    const stream = await at.handler.started();
    expect(stream.messages.all[1]).toMatchObject({
      start: { tracks: ['inbound', 'outbound'], customParameters: { a: 'b' } },
    });
    await phone.play(encodeMulaw(tone(600, 600)));
    await stream.closed.until('close', (code) => code === 1000);
    expect(phone.hasEnded).toBe(false);
    await phone.ended;
    const media = stream.messages.all.flatMap((message) => message.media ?? []);
    const of = (track: string): Uint8Array =>
      Buffer.concat(
        media
          .filter((each) => 'track' in each && each.track === track)
          .map(({ payload }) => Buffer.from(payload, 'base64')),
      );
    expect(loudest(of('inbound'), 600)).toBeGreaterThan(0.8);
    expect(loudest(of('inbound'), 1000)).toBeLessThan(0.05);
    expect(loudest(of('outbound'), 1000)).toBeGreaterThan(0.8);
    expect(loudest(of('outbound'), 600)).toBeLessThan(0.05);
    const chunks = media.map(({ chunk }) => Number(chunk));
    expect(chunks).toEqual(chunks.map((_, i) => i + 1));
    expect(stream.messages.all.at(-1)?.event).toBe('stop');
    const events = at.handler.webhooks.all
      .filter(({ request }) => request.url === '/tap')
      .map(({ form }) => [form.get('StreamEvent'), form.get('StreamName')]);
    expect(events).toEqual([
      ['stream-started', 'tap'],
      ['stream-stopped', 'tap'],
    ]);
  });

  test('a handler that goes away, or talks back, does not touch the call', async () => {
    await using up = await setUp(
      {
        '/voice': '<Start><Stream url="/media"/></Start><Play>tone.wav</Play><Hangup/>',
        '/tone.wav': toneFile(1000, 600),
      },
      {},
      ({ event }, stream) => {
        if (event !== 'start') return;
        stream.mark('nobody hears this');
        stream.socket.close(1000);
      },
    );
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    await phone.ended;
    expect(loudest(phone.recording.payload(), 1000)).toBeGreaterThan(0.8);
    expect(at.relay.codes).toEqual(['STREAM_ONE_WAY']);
  });
});

test('the document cannot be had: the fall-back is asked, and told why', async () => {
  await using fallback = await TestHandler.start({
    voice: { body: '<Response><Hangup/></Response>' },
  });
  await using up = await setUp({}, { VOICE_FALLBACK_URL: fallback.voiceUrl });
  const { at, pbx } = up;
  const phone = await pbx.dial({ extension: '999', until: 'sent' });
  await phone.ended;
  const [told] = fallback.webhooks.all;
  expect(Object.fromEntries(told?.form ?? [])).toMatchObject({
    ErrorCode: '11200',
    ErrorUrl: at.handler.voiceUrl,
    CallStatus: 'ringing',
  });
  await at.relay.idle();
  expect(at.relay.codes).toEqual(['WEBHOOK_BAD_STATUS']);
});

describe('REST in the middle of a call', () => {
  const CONNECT = '<Connect><Stream url="/media"/></Connect>';

  async function living(at: Application) {
    const control = new RelayCallControl(at.relay.relay);
    const { items } = await control.list({ status: 'in-progress' }, { size: 1 });
    const [call] = items;
    if (call === undefined) throw new Error('no call is in progress');
    return { control, callSid: call.sid };
  }

  test('new TwiML: `stop`, close, and the new document runs', async () => {
    await using up = await setUp({ '/voice': CONNECT, '/tone.wav': toneFile(1000, 800) });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    const stream = await at.handler.started();
    const { control, callSid } = await living(at);
    const url = at.handler.voiceUrl.replace('/voice', '/tone.wav');
    const twiml = `<Response><Play>${url}</Play><Hangup/></Response>`;
    await control.update(callSid, { document: { kind: 'twiml', twiml } });
    await stream.closed.until('close', (code) => code === 1000);
    expect(stream.messages.all.at(-1)?.event).toBe('stop');
    expect(await phone.ended).toMatchObject({ by: 'pbx' });
    expect(loudest(phone.recording.payload(), 1000)).toBeGreaterThan(0.8);
    await at.relay.idle();
    expect(at.relay.codes).toEqual([]);
    expect(await control.fetch(callSid)).toMatchObject({ status: 'completed' });
  });

  test('completed: `stop`, close, hang up', async () => {
    await using up = await setUp({ '/voice': `${CONNECT}<Pause length="40"/>` });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    const stream = await at.handler.started();
    const { control, callSid } = await living(at);
    expect(await control.update(callSid, { status: 'completed' })).toMatchObject({
      status: 'completed',
    });
    expect(await phone.ended).toMatchObject({ by: 'pbx' });
    expect(stream.messages.all.at(-1)?.event).toBe('stop');
    await expect(control.update(callSid, { status: 'completed' })).rejects.toMatchObject({
      code: 21220,
    });
    await control.remove(callSid);
    await expect(control.fetch(callSid)).rejects.toMatchObject({ code: 20404 });
  });

  test('a stream beside the one of the document', async () => {
    await using up = await setUp({ '/voice': CONNECT });
    const { at, pbx } = up;
    const phone = await pbx.dial({ extension: '999' });
    await at.handler.started();
    const { control, callSid } = await living(at);
    const made = await control.startStream(callSid, {
      url: at.handler.streamUrl,
      name: 'tap',
      track: 'inbound_track',
      parameters: {},
    });
    expect(made).toMatchObject({ callSid, name: 'tap', status: 'in-progress' });
    const second = await at.handler.streams.until(
      'the second stream',
      () => at.handler.streams.all.length === 2,
    );
    const tap = at.handler.streams.all[1] ?? second;
    await tap.messages.until('audio', ({ event }) => event === 'media');
    expect(await control.stopStream(callSid, 'tap')).toMatchObject({ status: 'stopped' });
    await tap.closed.until('close', (code) => code === 1000);
    expect(phone.hasEnded).toBe(false);
    await phone.hangup();
    await at.relay.idle();
  });
});
