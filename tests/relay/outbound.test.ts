/** Calls that the relay places: for REST, driven by the official SDK, and for `<Dial>`. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { loudest } from '../rig/loudest.ts';
import { trunkNumber, type TrunkOutcome } from '../rig/trunk-number.ts';
import { startSimulatedPbx } from '../sim/simulated-pbx.ts';
import { Application, OUTBOUND, tone, toneFile, type Documents } from './application.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from './relay-under-test.ts';
import { vowel } from './vowel.ts';

const OURS = '+15550001000';

const DOCUMENTS: Documents = {
  '/answered': '<Hangup/>',
  '/tone.wav': toneFile(1000, 600),
  '/status': '',
  '/child': '',
  '/recording': '',
};

async function setUp(
  documents: Documents = {},
  environment: Readonly<Record<string, string>> = {},
) {
  const stack = new AsyncDisposableStack();
  const pbx = stack.use(await startSimulatedPbx());
  const at = stack.use(
    await Application.start(pbx, {
      documents: { ...DOCUMENTS, ...documents },
      environment: { ...OUTBOUND, ...environment },
    }),
  );
  return { pbx, at, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

function isTerminal(form: URLSearchParams): boolean {
  return form.has('CallDuration');
}

describe('a call through REST', () => {
  test('is dialled, answered, runs its document, and everybody is told', async () => {
    await using up = await setUp({ '/answered': '<Play>/tone.wav</Play>' });
    const { at, pbx } = up;
    const number = trunkNumber({ kind: 'silence', ringMs: 200 });
    const call = await at.client.calls.create({
      to: `+${number}`,
      from: OURS,
      url: at.url('/answered'),
      statusCallback: at.url('/status'),
      statusCallbackEvent: EVENTS,
    });
    expect(call.status).toBe('queued');
    expect(call.direction).toBe('outbound-api');
    const last = await at.form('/status', isTerminal);
    expect(last).toMatchObject({
      CallSid: call.sid,
      CallStatus: 'completed',
      To: `+${number}`,
      From: OURS,
      Direction: 'outbound-api',
      SequenceNumber: '3',
      Duration: '1',
      CallbackSource: 'call-progress-events',
    });
    expect(at.forms('/status').map((form) => [form['SequenceNumber'], form['CallStatus']])).toEqual(
      [
        ['0', 'initiated'],
        ['1', 'ringing'],
        ['2', 'in-progress'],
        ['3', 'completed'],
      ],
    );
    expect(at.forms('/answered')).toMatchObject([{ CallStatus: 'in-progress', CallSid: call.sid }]);
    await at.relay.idle();
    const fetched = await at.client.calls(call.sid).fetch();
    expect(fetched).toMatchObject({ status: 'completed', to: `+${number}` });
    const seen = await pbx.trunk.endedCall(number);
    expect(seen.endedBy).toBe('customer');
    expect(loudest(await pbx.trunk.heard(seen), 1000)).toBeGreaterThan(0.8);
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(at.relay.codes).toEqual([]);
    expect(at.relay.relay.portsTaken).toBe(0);
  });

  test.each<[TrunkOutcome, string, string]>([
    [{ kind: 'busy', ringMs: 100 }, 'busy', '486'],
    [{ kind: 'rejects', status: 404 }, 'failed', '404'],
    [{ kind: 'rejects', status: 503 }, 'failed', '503'],
    [{ kind: 'rejects', status: 480 }, 'no-answer', '480'],
    [{ kind: 'rejects', status: 603 }, 'busy', '603'],
    [{ kind: 'early-media-busy', mediaMs: 200 }, 'busy', '486'],
    [{ kind: 'rings' }, 'no-answer', '487'],
  ])('%j is %s', async (outcome, status, sipCode) => {
    await using up = await setUp();
    const { at, pbx } = up;
    const call = await at.client.calls.create({
      to: `+${trunkNumber(outcome)}`,
      from: OURS,
      url: at.url('/answered'),
      timeout: 1,
      statusCallback: at.url('/status'),
      statusCallbackEvent: EVENTS,
    });
    const last = await at.form('/status', isTerminal);
    expect(last).toMatchObject({ CallStatus: status, SipResponseCode: sipCode, CallDuration: '0' });
    await at.relay.idle();
    expect(await at.client.calls(call.sid).fetch()).toMatchObject({ status, duration: '0' });
    expect(at.forms('/answered')).toEqual([]);
    expect(at.relay.codes).toEqual([]);
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(at.relay.relay.portsTaken).toBe(0);
  });

  test('canceled while it rings', async () => {
    await using up = await setUp();
    const { at, pbx } = up;
    const number = trunkNumber({ kind: 'rings' });
    const { sid } = await at.client.calls.create({
      to: `+${number}`,
      from: OURS,
      twiml: '<Response/>',
      statusCallback: at.url('/status'),
      statusCallbackEvent: EVENTS,
    });
    await at.form('/status', (form) => form.get('CallStatus') === 'ringing');
    expect(await at.client.calls(sid).update({ status: 'canceled' })).toMatchObject({
      status: 'canceled',
    });
    expect(await at.form('/status', isTerminal)).toMatchObject({
      CallStatus: 'canceled',
      SipResponseCode: '487',
    });
    expect((await pbx.trunk.endedCall(number)).endedBy).toBe('customer');
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('digits are sent, the call is recorded, and the last callback names the recording', async () => {
    await using up = await setUp({ '/answered': '<Play>/tone.wav</Play><Pause length="1"/>' });
    const { at, pbx } = up;
    const number = trunkNumber({ kind: 'silence' });
    const { sid } = await at.client.calls.create({
      to: `+${number}`,
      from: OURS,
      url: at.url('/answered'),
      sendDigits: '12',
      record: true,
      recordingChannels: 'dual',
      recordingStatusCallback: at.url('/recording'),
      statusCallback: at.url('/status'),
    });
    const last = await at.form('/status', isTerminal);
    expect(last['RecordingSid']).toMatch(/^RE[0-9a-f]{32}$/);
    expect(at.forms('/recording')).toMatchObject([
      { CallSid: sid, RecordingStatus: 'completed', RecordingChannels: '2' },
    ]);
    expect((await pbx.trunk.endedCall(number)).digits).toBe('12');
    const [recording] = await at.client.calls(sid).recordings.list();
    expect(recording).toMatchObject({ channels: 2, source: 'OutboundAPI', status: 'completed' });
    const response = await fetch(
      `${at.relay.httpUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/Recordings/${recording?.sid}.wav`,
      { headers: { Authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` } },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/x-wav');
    // Silence at both ends is trimmed, which is Twilio's default: what remains is the tone of 600 ms, two channels of 16 bits.
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThanOrEqual(600 * 8 * 4);
  });

  test('a machine is detected before the document is asked', async () => {
    await using up = await setUp({ '/answered': '<Hangup/>' });
    const { at, pbx } = up;
    const number = await pbx.trunk.addGreeting(encodeMulaw(vowel(6000)));
    await at.client.calls.create({
      to: `+${number}`,
      from: OURS,
      url: at.url('/answered'),
      machineDetection: 'Enable',
    });
    const form = await at.form('/answered');
    expect(form).toMatchObject({ AnsweredBy: 'machine_start', CallStatus: 'in-progress' });
    expect(Number(form['MachineDetectionDuration'])).toBeGreaterThan(2000);
  });

  test('list: newest first, filtered, page by page', async () => {
    await using up = await setUp();
    const { at } = up;
    for (let line = 0; line < 5; line++) {
      const outcome: TrunkOutcome =
        line === 2 ? { kind: 'busy' } : { kind: 'hangs-up', talkMs: 100 };
      const to = `+${trunkNumber(outcome, line)}`;
      await at.client.calls.create({ to, from: OURS, url: at.url('/answered') });
      await at.relay.idle();
    }
    const all = await at.client.calls.list({ pageSize: 2 });
    expect(all.map(({ status }) => status)).toEqual([
      'completed',
      'completed',
      'busy',
      'completed',
      'completed',
    ]);
    expect(await at.client.calls.list({ status: 'busy' })).toHaveLength(1);
    expect(await at.client.calls.list({ limit: 3, pageSize: 2 })).toHaveLength(3);
  });

  test('the PBX has no such trunk: failed, and the port is free again', async () => {
    await using up = await setUp({}, { OUTBOUND_ENDPOINT: 'PJSIP/{number}@nowhere' });
    const { at } = up;
    const { sid } = await at.client.calls.create({
      to: `+${trunkNumber({ kind: 'echo' })}`,
      from: OURS,
      twiml: '<Response/>',
    });
    await at.relay.idle();
    expect(await at.client.calls(sid).fetch()).toMatchObject({ status: 'failed' });
    expect(at.relay.relay.portsTaken).toBe(0);
    expect(at.relay.codes).toEqual(['ARI_REFUSED']);
  });
});

describe('what must not be called is not called', () => {
  test.each([
    ['closed until it is opened', '', `+${trunkNumber({ kind: 'echo' })}`, 21215],
    ['an emergency number', '+1555* 9* +*', '999', 21216],
    ['an emergency number with its country', '+*', '+60999', 21216],
    ['something that is no number', '+*', 'PJSIP/1@trunk', 21211],
  ])('%s', async (_name, allow, to, code) => {
    await using up = await setUp({}, { OUTBOUND_ALLOW: allow });
    const { at, pbx } = up;
    const refused = at.client.calls.create({ to, from: OURS, twiml: '<Response/>' });
    await expect(refused).rejects.toMatchObject({ code, status: 400 });
    expect(await pbx.trunk.calls()).toEqual([]);
    expect(await at.client.calls.list()).toEqual([]);
  });

  test('a webhook over plain HTTP out in the world: 21205', async () => {
    await using up = await setUp();
    const refused = up.at.client.calls.create({
      to: `+${trunkNumber({ kind: 'echo' })}`,
      from: OURS,
      url: 'http://handler.example/voice',
    });
    await expect(refused).rejects.toMatchObject({ code: 21205, status: 400 });
  });

  test('too many at once: 429, and then room again', async () => {
    await using up = await setUp({}, { OUTBOUND_CALLS_MAX: '1' });
    const { at } = up;
    const to = `+${trunkNumber({ kind: 'rings' })}`;
    const first = await at.client.calls.create({ to, from: OURS, twiml: '<Response/>' });
    const second = at.client.calls.create({ to, from: OURS, twiml: '<Response/>' });
    await expect(second).rejects.toMatchObject({ code: 20429, status: 429 });
    await at.client.calls(first.sid).update({ status: 'completed' });
    await at.client.calls.create({ to, from: OURS, twiml: '<Response/>' });
  });
});

describe('Dial', () => {
  test('a human: both hear each other, keys pass, the action is told', async () => {
    await using up = await setUp({
      '/voice':
        '<Start><Stream url="/tap" track="both_tracks"/></Start><Dial action="/dialled" record="record-from-answer-dual"><Number statusCallback="/child" statusCallbackEvent="initiated ringing answered completed">201</Number></Dial>',
      '/dialled': '<Hangup/>',
    });
    const { at, pbx } = up;
    await using desk = await pbx.register({
      extension: '201',
      manner: { kind: 'answers', afterMs: 300 },
    });
    const caller = await pbx.dial({ extension: '999', callerNumber: '0123456789' });
    const callee = await desk.nextCall();
    await callee.answered;
    await at.form('/child', (form) => form.get('CallStatus') === 'in-progress');
    const tap = await at.handler.started();
    await tap.messages.until('audio', ({ event }) => event === 'media');
    await Promise.all([
      caller.play(encodeMulaw(tone(600, 1500))),
      callee.play(encodeMulaw(tone(1400, 1500))),
    ]);
    await caller.sendDtmf('7');
    await callee.hangup();
    const told = await at.form('/dialled');
    expect(told).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true' });
    expect(Number(told['DialCallDuration'])).toBeGreaterThanOrEqual(1);
    expect(told['RecordingSid']).toMatch(/^RE/);
    expect(await caller.ended).toMatchObject({ by: 'pbx' });
    await at.relay.idle();
    expect(loudest(caller.recording.payload(), 1400)).toBeGreaterThan(0.8);
    expect(loudest(callee.recording.payload(), 600)).toBeGreaterThan(0.8);
    expect(at.forms('/child').map((form) => [form['CallStatus'], form['ParentCallSid']])).toEqual(
      ['initiated', 'ringing', 'in-progress', 'completed'].map((status) => [
        status,
        told['CallSid'],
      ]),
    );
    const child = await at.client.calls.list({ parentCallSid: told['CallSid'] ?? '' });
    expect(child).toMatchObject([{ direction: 'outbound-dial', status: 'completed', to: '201' }]);
    const media = tap.messages.all.flatMap((message) => message.media ?? []);
    const heard = (track: string): Uint8Array =>
      Buffer.concat(
        media
          .filter((each) => 'track' in each && each.track === track)
          .map(({ payload }) => Buffer.from(payload, 'base64')),
      );
    expect(loudest(heard('inbound'), 600)).toBeGreaterThan(0.8);
    expect(loudest(heard('outbound'), 1400)).toBeGreaterThan(0.8);
    expect(at.relay.codes).toEqual([]);
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(at.relay.relay.portsTaken).toBe(0);
  });

  test('the caller hears ringing; busy: the action is told, and the next document runs', async () => {
    await using up = await setUp({
      '/voice': '<Dial action="/dialled">201</Dial>',
      '/dialled': '<Play>/tone.wav</Play><Hangup/>',
    });
    const { at, pbx } = up;
    await using desk = await pbx.register({
      extension: '201',
      manner: { kind: 'rejects', status: 486, afterMs: 1200 },
    });
    const caller = await pbx.dial({ extension: '999' });
    await caller.ended;
    expect(desk.calls).toHaveLength(1);
    expect(at.forms('/dialled')).toMatchObject([{ DialCallStatus: 'busy', DialBridged: 'false' }]);
    expect(loudest(caller.recording.payload(), 425)).toBeGreaterThan(0.6);
    await at.relay.idle();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('star ends it, and the document goes on', async () => {
    await using up = await setUp({
      '/voice': '<Dial hangupOnStar="true">201</Dial><Play>/tone.wav</Play><Hangup/>',
    });
    const { pbx } = up;
    await using desk = await pbx.register({ extension: '201' });
    const caller = await pbx.dial({ extension: '999' });
    const callee = await desk.nextCall();
    await callee.answered;
    await caller.play(new Uint8Array(4000).fill(0x55));
    await caller.sendDtmf('*');
    expect(await callee.ended).toMatchObject({ by: 'pbx' });
    expect(await caller.ended).toMatchObject({ by: 'pbx' });
    expect(loudest(caller.recording.payload(), 1000)).toBeGreaterThan(0.8);
  });

  test('recorded from the first ring', async () => {
    await using up = await setUp({
      '/voice': '<Dial action="/dialled" record="record-from-ringing">201</Dial>',
      '/dialled': '<Hangup/>',
    });
    const { at, pbx } = up;
    await using desk = await pbx.register({
      extension: '201',
      manner: { kind: 'answers', afterMs: 1500 },
    });
    const caller = await pbx.dial({ extension: '999' });
    const callee = await desk.nextCall();
    await callee.answered;
    await callee.hangup();
    await caller.ended;
    const [told] = at.forms('/dialled');
    expect(told).toMatchObject({ DialCallStatus: 'completed' });
    expect(Number(told?.['RecordingDuration'])).toBeGreaterThanOrEqual(1);
  });

  test('a recording that cannot be made does not end the conversation', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'patchcord-full-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await writeFile(join(directory, 'recordings'), 'in the way');
    await using up = await setUp(
      { '/voice': '<Dial record="true">201</Dial><Hangup/>' },
      { DATA_DIRECTORY: directory },
    );
    const { at, pbx } = up;
    await using desk = await pbx.register({ extension: '201' });
    const caller = await pbx.dial({ extension: '999' });
    const callee = await desk.nextCall();
    await callee.answered;
    await caller.play(encodeMulaw(tone(600, 1200)));
    await at.relay.logged('RECORDING_FAILED');
    expect(loudest(callee.recording.payload(), 600)).toBeGreaterThan(0.8);
    await caller.hangup();
    await callee.ended;
  });

  test('the first who answers is taken, the others stop ringing', async () => {
    await using up = await setUp({
      '/voice': '<Dial><Number>201</Number><Number>202</Number></Dial><Hangup/>',
    });
    const { at, pbx } = up;
    await using quick = await pbx.register({
      extension: '201',
      manner: { kind: 'answers', afterMs: 600 },
    });
    await using slow = await pbx.register({ extension: '202', manner: { kind: 'rings' } });
    const caller = await pbx.dial({ extension: '999' });
    const late = await slow.nextCall();
    const callee = await quick.nextCall();
    await callee.answered;
    expect(await late.ended).toMatchObject({ by: 'pbx' });
    await caller.hangup();
    expect(await callee.ended).toMatchObject({ by: 'pbx' });
    await at.relay.idle();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(at.relay.relay.portsTaken).toBe(0);
  });

  test('nobody to be had, and nothing left to do: the caller goes to a human', async () => {
    await using up = await setUp({ '/voice': '<Dial timeout="1">201</Dial>' });
    const { at, pbx } = up;
    await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
    const caller = await pbx.dial({ extension: '999' });
    await at.relay.logged('CALL_RETURNED');
    expect(desk.calls).toHaveLength(1);
    await caller.hangup();
  });

  test('an emergency number is not dialled for a caller either', async () => {
    await using up = await setUp({ '/voice': '<Dial>999</Dial><Hangup/>' });
    const { at, pbx } = up;
    const caller = await pbx.dial({ extension: '999' });
    await caller.ended;
    await at.relay.idle();
    expect(at.relay.codes).toEqual(['OUTBOUND_TO_EMERGENCY']);
  });
});
