/**
 * What becomes of calls that the relay placed when somebody leaves at a bad moment, Asterisk is lost, or the relay stops or dies;
 * on real Asterisks.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { Application, OUTBOUND, tone } from '../relay/application.ts';
import { TestHandler } from '../relay/handler.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { twilioClient } from '../rest/twilio-client.ts';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import { loudest } from '../rig/loudest.ts';
import type { DialOptions, Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { leaseRtpRange, type LeasedRtpRange } from '../rig/rtp-range.ts';
import { trunkNumber } from '../rig/trunk-number.ts';
import { startTrunk, type AsteriskTrunk } from '../rig/trunk.ts';
import { AriGate } from './ari-gate.ts';
import { hearsHuman, returnReasons } from './human.ts';
import { RelayProcess, runCommand, type Environment, type PbxAccess } from './relay-process.ts';

const OURS = '+15550001000';
const NOTHING = { channels: [], bridges: [] };
const DIAL = '<Dial action="/dialled">201</Dial>';
/** Instants around the moment that a test aims at, 6 ms apart. */
const INSTANTS = 15;
const STEP_MS = 6;
const AT_ONCE = 5;

const needs = [await requireAsterisk(22), await requireAsterisk(16)];
const isAvailable = needs.every(({ available }) => available);
const reason = needs.map((need) => need.reason ?? '').join(' ');

describe.skipIf(!isAvailable).each([22, 16] as const)(`Asterisk %i ${reason}`, (major) => {
  let trunk: AsteriskTrunk;
  let pbx: AsteriskPbx;
  let ports: LeasedRtpRange;
  const phones: Phone[] = [];

  beforeAll(async () => {
    trunk = await startTrunk();
    pbx = await startAsteriskPbx({ major, shape: 'mikopbx', trunk: trunk.account });
    ports = await leaseRtpRange('mikopbx');
  });
  // A test that failed must not fail those behind it.
  afterEach(() => Promise.all(phones.splice(0).map((phone) => phone.hangup())));
  afterAll(async () => {
    await pbx.stop();
    await trunk.stop();
    await ports.release();
  });

  async function call(options: Partial<DialOptions> = {}): Promise<Phone> {
    const phone = await pbx.dial({ extension: '999', ...options });
    phones.push(phone);
    return phone;
  }

  const nothingLeft = () => expect.poll(() => pbx.leftovers()).toEqual(NOTHING);

  describe('somebody leaves at a bad moment', () => {
    async function start(verbs: string): Promise<Application> {
      return Application.start(pbx, {
        documents: { '/voice': verbs, '/dialled': '<Hangup/>' },
        environment: {
          ...OUTBOUND,
          OUTBOUND_PER_NUMBER_PER_HOUR: '1000',
          RTP_PORTS: `${ports.firstPort}-${ports.lastPort}`,
        },
      });
    }

    async function expectClean(at: Application): Promise<void> {
      await at.relay.idle();
      await nothingLeft();
      expect(at.relay.codes).toEqual([]);
      expect(at.relay.relay.portsTaken).toBe(0);
      const calls = await at.client.calls.list();
      const open = calls.filter(({ status }) =>
        ['queued', 'ringing', 'in-progress'].includes(status),
      );
      expect(open).toEqual([]);
      // No owner waits for news of a channel that is gone.
      expect(at.relay.relay.channelIds.size).toBe(0);
    }

    test('the caller, while it rings: the phone stops ringing, the action is told', async () => {
      await using at = await start(DIAL);
      await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
      const caller = await call();
      const callee = await desk.nextCall();
      await caller.hangup();
      expect(await callee.ended).toMatchObject({ by: 'pbx', status: 487 });
      await expectClean(at);
      const [child] = (await at.client.calls.list()).filter(
        ({ direction }) => direction === 'outbound-dial',
      );
      expect(child).toMatchObject({ status: 'canceled' });
    });

    test.each(['caller', 'callee'] as const)('the %s, as soon as it is answered', async (who) => {
      await using at = await start(DIAL);
      await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
      for (let instant = 0; instant < INSTANTS; instant++) {
        const caller = await call();
        const callee = await desk.nextCall();
        callee.answer();
        await sleep(instant * STEP_MS);
        await (who === 'caller' ? caller : callee).hangup();
        await Promise.all([caller.ended, callee.ended]);
      }
      await expectClean(at);
      const inbound = (await at.client.calls.list()).filter(
        ({ direction }) => direction === 'inbound',
      );
      expect(inbound).toHaveLength(INSTANTS);
      expect(inbound.every(({ status }) => status === 'completed')).toBe(true);
    });

    test('callers from before the phone rings until after it is answered', async () => {
      await using at = await start(DIAL);
      await using desk = await pbx.register({
        extension: '201',
        manner: { kind: 'answers', afterMs: 30 },
      });
      for (let first = 0; first < INSTANTS; first += AT_ONCE) {
        const attempts = Array.from({ length: AT_ONCE }, async (_, i) => {
          const caller = await call({ until: 'sent' });
          await sleep((first + i) * 2 * STEP_MS);
          await caller.hangup();
        });
        await Promise.all(attempts);
      }
      await expectClean(at);
      await expect.poll(() => desk.calls.every(({ hasEnded }) => hasEnded)).toBe(true);
    });
  });

  describe('relay and Asterisk', () => {
    async function start(at: PbxAccess, handler: TestHandler, more: Environment = {}) {
      return RelayProcess.start(at, {
        ...OUTBOUND,
        VOICE_URL: handler.voiceUrl,
        ...more,
      });
    }

    /** Serves a first document and, at `/dialled`, the end. */
    function handle(verbs: string): Promise<TestHandler> {
      return TestHandler.start({
        voice: (_form, path) => ({
          body: `<Response>${path === '/voice' ? verbs : '<Hangup/>'}</Response>`,
        }),
      });
    }

    function restOf({ environment }: RelayProcess) {
      return twilioClient(`http://${environment['HTTP_LISTEN']}`, ACCOUNT_SID, AUTH_TOKEN);
    }

    async function converse(caller: Phone, callee: Phone): Promise<void> {
      const hears = (phone: Phone, frequencyHz: number) =>
        loudest(phone.recording.payload().slice(-24_000), frequencyHz) > 0.8;
      const playing = [
        caller.play(encodeMulaw(tone(600, 4000))),
        callee.play(encodeMulaw(tone(1400, 4000))),
      ];
      await expect.poll(() => hears(caller, 1400) && hears(callee, 600)).toBe(true);
      caller.stopPlaying();
      callee.stopPlaying();
      await Promise.all(playing);
    }

    test('Asterisk is lost in a Dial: both talk on; it is back, and the call ends as it should', async () => {
      await using handler = await handle(DIAL);
      await using gate = await AriGate.before(pbx.ariUrl);
      await gate.open();
      await using relay = await start({ ...access(pbx), ariUrl: gate.url }, handler);
      await using desk = await pbx.register({ extension: '201' });
      const caller = await call();
      const callee = await desk.nextCall();
      await converse(caller, callee);
      await gate.shut();
      await relay.logged('ARI_LOST');
      await converse(caller, callee);
      await gate.open();
      await relay.ready();
      await callee.hangup();
      expect(await caller.ended).toMatchObject({ by: 'pbx' });
      await told(handler, { DialCallStatus: 'completed', DialBridged: 'true' });
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });

    test('the human hangs up while Asterisk is lost: the action, once it is back', async () => {
      await using handler = await handle(DIAL);
      await using gate = await AriGate.before(pbx.ariUrl);
      await gate.open();
      await using relay = await start({ ...access(pbx), ariUrl: gate.url }, handler);
      await using desk = await pbx.register({ extension: '201' });
      const caller = await call();
      const callee = await desk.nextCall();
      await converse(caller, callee);
      await gate.shut();
      await relay.logged('ARI_LOST');
      await callee.hangup();
      await gate.open();
      expect(await caller.ended).toMatchObject({ by: 'pbx' });
      await told(handler, { DialCallStatus: 'completed', DialBridged: 'true' });
      await nothingLeft();
      expect((await relay.metrics()).of('rtp_ports_taken')).toBe(0);
      expect(await relay.stop()).toBe(0);
    });

    test('the human answers while Asterisk is lost: nobody is left in silence', async () => {
      await using handler = await handle(DIAL);
      await using gate = await AriGate.before(pbx.ariUrl);
      await gate.open();
      await using relay = await start({ ...access(pbx), ariUrl: gate.url }, handler);
      await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
      const caller = await call();
      const callee = await desk.nextCall();
      await gate.shut();
      await relay.logged('ARI_LOST');
      callee.answer();
      await callee.answered;
      await gate.open();
      await relay.ready();
      await Promise.race([
        converse(caller, callee),
        callee.ended.then(() => told(handler, { DialBridged: 'false' })),
      ]);
      await caller.hangup();
      await callee.ended;
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });

    test('SIGTERM in a call out: it goes on to its end, no other is taken, its callback comes', async () => {
      await using handler = await handle('<Pause length="60"/>');
      await using relay = await start(pbx, handler);
      const client = restOf(relay);
      const number = trunkNumber({ kind: 'hangs-up', talkMs: 2000 }, major);
      const options = { from: OURS, url: handler.voiceUrl };
      await client.calls.create({
        ...options,
        to: `+${number}`,
        statusCallback: handler.voiceUrl.replace('/voice', '/status'),
      });
      await handler.webhooks.until('the document', ({ request }) => request.url === '/voice');
      relay.signal('SIGTERM');
      await relay.logged('stopping');
      await expect(client.calls.create({ ...options, to: '201' })).rejects.toMatchObject({
        status: expect.toSatisfy((status) => status === 429 || status === 503),
      });
      expect(await relay.exited).toBe(0);
      const seen = await trunk.endedCall(number);
      expect(seen).toMatchObject({ endedBy: 'provider' });
      const { form } = await handler.webhooks.until(
        'the callback of the end',
        (each) => each.request.url === '/status' && each.form.get('CallStatus') === 'completed',
      );
      expect(form.get('CallDuration')).toBe('2');
      expect(relay.codes).toEqual([]);
      await nothingLeft();
    });

    test('SIGTERM while it rings, and the drain time is over: canceled, exit code 0', async () => {
      await using handler = await handle('<Hangup/>');
      await using relay = await start(pbx, handler, { DRAIN_SECONDS: '1' });
      const number = trunkNumber({ kind: 'rings' }, major);
      const statusCallback = handler.voiceUrl.replace('/voice', '/status');
      await restOf(relay).calls.create({
        from: OURS,
        url: handler.voiceUrl,
        to: `+${number}`,
        statusCallback,
        statusCallbackEvent: ['ringing', 'completed'],
      });
      await told(handler, { CallStatus: 'ringing' }, '/status');
      relay.signal('SIGTERM');
      expect(await relay.exited).toBe(0);
      expect(await trunk.endedCall(number)).toMatchObject({ endedBy: 'customer' });
      await told(handler, { CallStatus: 'canceled', SipResponseCode: '487' }, '/status');
      await nothingLeft();
    });

    test('SIGKILL in a Dial, then `sweep`: the human is let go, the caller gets another', async () => {
      await using handler = await handle(DIAL);
      await using relay = await start(pbx, handler);
      await using desk = await pbx.register({ extension: '201' });
      const caller = await call();
      const callee = await desk.nextCall();
      await converse(caller, callee);
      relay.signal('SIGKILL');
      await relay.exited;
      const swept = await runCommand(['sweep', '--json'], relay.environment);
      expect(swept).toMatchObject({ exitCode: 0, stderr: '' });
      const plan = JSON.parse(swept.stdout);
      expect(plan).toMatchObject({
        returnChannels: { length: 1 },
        hangupChannels: { length: 3 },
        destroyBridges: { length: 2 },
      });
      expect(await callee.ended).toMatchObject({ by: 'pbx' });
      await hearsHuman(caller);
      expect(await returnReasons(pbx)).toEqual(['orphaned']);
      await caller.hangup();
      await nothingLeft();
    });

    test.each([
      ['PJSIP/{number}@trunk', 1],
      ['Local/{number}@outgoing', 2],
    ] as const)(
      'SIGKILL in calls through %s, one that rings and one that talks: the next relay ends them',
      async (endpoint, line) => {
        await using handler = await handle('<Pause length="60"/>');
        await using killed = await start(pbx, handler, { OUTBOUND_ENDPOINT: endpoint });
        const client = restOf(killed);
        const numbers = [
          trunkNumber({ kind: 'rings' }, 10 * line + (major % 10)),
          trunkNumber({ kind: 'echo' }, 10 * line + (major % 10)),
        ];
        for (const number of numbers) {
          await client.calls.create({
            from: OURS,
            url: handler.voiceUrl,
            to: `+${number}`,
            statusCallback: handler.voiceUrl.replace('/voice', '/status'),
            statusCallbackEvent: ['ringing', 'answered'],
          });
        }
        await told(handler, { CallStatus: 'ringing' }, '/status');
        await told(handler, { CallStatus: 'in-progress' }, '/voice');
        killed.signal('SIGKILL');
        await killed.exited;
        await using relay = await RelayProcess.start(pbx, killed.environment);
        for (const number of numbers) {
          expect(await trunk.endedCall(number)).toMatchObject({ endedBy: 'customer' });
        }
        await nothingLeft();
        expect(relay.codes).toEqual(['SWEPT']);
        expect(await relay.stop()).toBe(0);
      },
    );
  });
});

function access({ ariUrl, ariUsername, ariPassword }: AsteriskPbx): PbxAccess {
  return { ariUrl, ariUsername, ariPassword };
}

/** Waits until a path was told all of `fields`. */
async function told(
  handler: TestHandler,
  fields: Readonly<Record<string, string>>,
  path = '/dialled',
): Promise<void> {
  await handler.webhooks.until(
    `${JSON.stringify(fields)} at ${path}`,
    ({ request, form }) =>
      request.url === path &&
      Object.entries(fields).every(([name, value]) => form.get(name) === value),
  );
}
