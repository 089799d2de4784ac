/**
 * What a caller hears when something breaks, on real Asterisks: DESIGN section 7. The relay is a process of its own, so that it
 * can be stopped, killed and refused like one.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import type { AsteriskShape } from '../rig/asterisk-config.ts';
import type { AsteriskMajor } from '../rig/asterisk-release.ts';
import type { Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { echo, TestHandler, type HandlerStream } from '../relay/handler.ts';
import { AriGate } from './ari-gate.ts';
import { hearsHuman, mediaChannelCount, returnReasons } from './human.ts';
import { openFilesOf } from './process-status.ts';
import { RelayProcess, relayEnvironment, runCommand } from './relay-process.ts';

const AUDIO = Uint8Array.from({ length: 4000 }, (_, i) => 1 + ((i * 11) % 120));
const NOTHING = { channels: [], bridges: [] };

const VARIANTS: readonly (readonly [AsteriskMajor, AsteriskShape])[] = [
  [22, 'mikopbx'],
  [16, 'plain'],
];

/** The caller is in a conversation: what they say reaches the handler. */
async function isHeard(phone: Phone, stream: HandlerStream): Promise<void> {
  await phone.play(AUDIO);
  await expect.poll(() => stream.heard.includes(Buffer.from(AUDIO))).toBe(true);
}

describe.each(VARIANTS)('Asterisk %i, %s', async (major, shape) => {
  const { available, reason = '' } = await requireAsterisk(major);

  describe.skipIf(!available)(`faults ${reason}`, () => {
    let pbx: AsteriskPbx;
    beforeAll(async () => {
      pbx = await startAsteriskPbx({ major, shape });
    });
    afterAll(() => pbx.stop());

    const nothingLeft = () =>
      expect.poll(() => pbx.leftovers(), { timeout: 5000 }).toEqual(NOTHING);

    test('a wrong password: one attempt, exit code 78', async () => {
      await using gate = await AriGate.before(pbx.ariUrl);
      await gate.open();
      const environment = {
        ...relayEnvironment(pbx),
        ARI_URL: gate.url,
        ARI_PASSWORD: 'not the password',
        STREAM_URL: 'ws://127.0.0.1:9/media',
        HTTP_LISTEN: '127.0.0.1:0',
      };
      const result = await runCommand(['run'], environment);
      expect(result.exitCode).toBe(78);
      expect(result.stdout).toContain('ARI_UNAUTHORIZED');
      expect(result.stdout + result.stderr).not.toContain('not the password');
      expect(gate.statuses.filter((status) => status === 401)).toHaveLength(1);
    });

    test('ARI is away: callers get the human, the relay tries on, and connects when it comes', async () => {
      await using handler = await TestHandler.start();
      await using gate = await AriGate.before(pbx.ariUrl);
      const environment = { ARI_URL: gate.url, STREAM_URL: handler.streamUrl };
      await using relay = await RelayProcess.start(pbx, environment, { isReady: false });
      await relay.logged('ARI_UNREACHABLE');
      const early = await pbx.dial({ extension: '999' });
      await hearsHuman(early);
      await early.hangup();
      await expect
        .poll(() => relay.log.all.filter(({ code }) => code === 'ARI_UNREACHABLE').length)
        .toBeGreaterThan(1);

      await gate.open();
      await relay.ready();
      const phone = await pbx.dial({ extension: '999' });
      await isHeard(phone, await handler.started());

      // And the connection may be cut under a call: the conversation does not notice.
      await gate.shut();
      await relay.logged('ARI_LOST');
      const [stream] = handler.streams.all;
      stream?.play(AUDIO);
      await expect
        .poll(() => Buffer.from(phone.recording.payload()).includes(Buffer.from(AUDIO)))
        .toBe(true);
      await gate.open();
      await relay.ready();
      await phone.hangup();
      await stream?.messages.until('stop', ({ event }) => event === 'stop');
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });

    test('SIGTERM: the call goes on to its end, a new caller gets the human, exit code 0', async () => {
      await using handler = await TestHandler.start();
      await using relay = await RelayProcess.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999' });
      const stream = await handler.started();
      relay.signal('SIGTERM');
      await relay.logged('stopping');

      const late = await pbx.dial({ extension: '999' });
      await hearsHuman(late);
      expect(await returnReasons(pbx)).toEqual(['draining']);
      await late.hangup();
      await isHeard(phone, stream);
      expect(stream.closed.all).toEqual([]);
      await phone.hangup();
      expect(await relay.exited).toBe(0);
      expect(stream.messages.all.at(-1)?.event).toBe('stop');
      expect(relay.codes).toEqual(['CALL_REFUSED_DRAINING']);
      await nothingLeft();
    });

    test('SIGTERM, and the drain time is over: the caller goes to the human, exit code 0', async () => {
      await using handler = await TestHandler.start();
      const environment = { STREAM_URL: handler.streamUrl, DRAIN_SECONDS: '1' };
      await using relay = await RelayProcess.start(pbx, environment);
      const phone = await pbx.dial({ extension: '999' });
      const stream = await handler.started();
      relay.signal('SIGTERM');
      await hearsHuman(phone);
      expect(await relay.exited).toBe(0);
      expect(stream.messages.all.at(-1)?.event).toBe('stop');
      expect(await mediaChannelCount(pbx)).toBe(0);
      await phone.hangup();
      await nothingLeft();
    });

    test('SIGKILL in a call: the next relay sweeps, and the caller gets the human', async () => {
      await using handler = await TestHandler.start();
      await using killed = await RelayProcess.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999' });
      await isHeard(phone, await handler.started());
      killed.signal('SIGKILL');
      await killed.exited;
      const newcomer = await pbx.dial({ extension: '999' });
      await hearsHuman(newcomer);
      expect(await mediaChannelCount(pbx)).toBe(1);

      await using relay = await RelayProcess.start(pbx, killed.environment);
      await hearsHuman(phone);
      expect((await returnReasons(pbx)).sort()).toEqual(['', 'orphaned']);
      expect(await mediaChannelCount(pbx)).toBe(0);
      expect((await pbx.leftovers()).bridges).toEqual([]);
      expect((await relay.metrics()).of('swept_total')).toBe(3);
      expect(newcomer.hasEnded).toBe(false);
      await Promise.all([phone.hangup(), newcomer.hangup()]);

      const next = await pbx.dial({ extension: '999' });
      await handler.streams.until(
        'a stream of the new relay',
        () => handler.streams.all.length === 2,
      );
      await next.hangup();
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });

    test('sweep: a dry run says what it would do and does nothing; then it does it', async () => {
      await using handler = await TestHandler.start();
      await using killed = await RelayProcess.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999' });
      await handler.started();
      // A relay that runs keeps its calls.
      const idle = await runCommand(['sweep'], killed.environment);
      expect(idle).toMatchObject({ exitCode: 0 });
      expect(idle.stdout).toContain('2 channels of a running relay left alone');
      expect(idle.stdout).toContain('0 callers were sent back');
      killed.signal('SIGKILL');
      await killed.exited;

      const before = await pbx.leftovers();
      expect(before).toMatchObject({ channels: { length: 2 }, bridges: { length: 1 } });
      const dry = await runCommand(['sweep', '--dry-run'], killed.environment);
      expect(dry).toMatchObject({ exitCode: 0 });
      expect(dry.stdout).toContain('1 callers would be sent back');
      expect(dry.stdout).toContain('1 channels of ours would be ended');
      expect(dry.stdout).toContain('1 bridges would be removed');
      const after = await pbx.leftovers();
      expect(after.channels.toSorted()).toEqual(before.channels.toSorted());
      expect(after.bridges).toEqual(before.bridges);

      const wet = await runCommand(['sweep', '--json'], killed.environment);
      expect(wet).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(wet.stdout)).toMatchObject({
        returnChannels: { length: 1 },
        hangupChannels: { length: 1 },
        destroyBridges: { length: 1 },
        isDryRun: false,
      });
      await hearsHuman(phone);
      expect(await mediaChannelCount(pbx)).toBe(0);
      await phone.hangup();
      await nothingLeft();
    });

    test('MAX_CALLS is reached: the human, and no media channel is made for it', async () => {
      await using handler = await TestHandler.start();
      const environment = { STREAM_URL: handler.streamUrl, MAX_CALLS: '1' };
      await using relay = await RelayProcess.start(pbx, environment);
      const phone = await pbx.dial({ extension: '999' });
      const stream = await handler.started();
      const second = await pbx.dial({ extension: '999' });
      await hearsHuman(second);
      expect(await returnReasons(pbx)).toEqual(['busy']);
      expect(await mediaChannelCount(pbx)).toBe(1);
      expect((await pbx.leftovers()).bridges).toHaveLength(1);
      const metrics = await relay.metrics();
      expect(metrics.of('calls_refused_total{reason="busy"}')).toBe(1);
      expect(metrics.of('calls_total')).toBe(1);
      await isHeard(phone, stream);
      await Promise.all([phone.hangup(), second.hangup()]);
      await nothingLeft();

      // One has left: there is room again.
      const third = await pbx.dial({ extension: '999' });
      await handler.streams.until('a second stream', () => handler.streams.all.length === 2);
      await third.hangup();
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });

    test('the handler refuses: the human', async () => {
      await using handler = await TestHandler.start({ upgradeStatus: 403 });
      await using relay = await RelayProcess.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999' });
      await hearsHuman(phone);
      expect(await returnReasons(pbx)).toEqual(['failed']);
      expect(relay.codes).toEqual(['STREAM_BAD_STATUS', 'CALL_RETURNED']);
      await expect.poll(() => mediaChannelCount(pbx)).toBe(0);
      await phone.hangup();
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });

    test('callers who hang up while their call is being made leave nothing', async () => {
      await using handler = await TestHandler.start();
      await using relay = await RelayProcess.start(pbx, {
        STREAM_URL: handler.streamUrl,
      });
      const hangUpAfter = async (ms: number): Promise<void> => {
        const phone = await pbx.dial({ extension: '999', until: 'sent' });
        await sleep(ms);
        await phone.hangup();
      };
      // From before Asterisk has looked at the call to after the stream is up: 100 instants, 3 ms apart; on a slow host it comes later.
      for (let first = 0; first < 30; first += 3) {
        await Promise.all(Array.from({ length: 10 }, (_, i) => hangUpAfter(first + 30 * i)));
      }
      const streams = async (): Promise<number> => (await relay.metrics()).of('streams_total');
      for (let ms = 400; ms <= 6400 && (await streams()) === 0; ms *= 2) await hangUpAfter(ms);
      await nothingLeft();
      await expect.poll(async () => (await relay.metrics()).of('rtp_ports_taken')).toBe(0);
      expect(openFilesOf(relay.pid).udpSockets).toBe(0);
      expect(relay.codes).toEqual([]);
      const metrics = await relay.metrics();
      expect(metrics.of('calls_total')).toBeGreaterThan(50);
      expect(metrics.of('streams_total')).toBeGreaterThan(0);
      expect(metrics.of('streams_total')).toBeLessThan(metrics.of('calls_total'));

      const known = new Set(handler.streams.all);
      const phone = await pbx.dial({ extension: '999' });
      const stream = await handler.streams.until('one more', (one) => !known.has(one));
      await isHeard(phone, stream);
      await phone.hangup();
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });

    test('Asterisk restarts under a call: the relay lets go of it, comes back, and takes the next', async () => {
      await using handler = await TestHandler.start({ onMessage: echo });
      await using relay = await RelayProcess.start(pbx, { STREAM_URL: handler.streamUrl });
      const phone = await pbx.dial({ extension: '999' });
      const stream = await handler.started();
      void pbx.asterisk.cli('core restart now').catch(() => {});
      await relay.logged('ARI_LOST');
      await stream.messages.until('stop', ({ event }) => event === 'stop');
      await relay.ready();
      expect((await relay.metrics()).of('rtp_ports_taken')).toBe(0);

      const next = await pbx.dial({ extension: '999' });
      const second = await handler.streams.until('a second stream', (one) => one !== stream);
      await isHeard(next, second);
      await next.hangup();
      await phone.hangup();
      await nothingLeft();
      expect(await relay.stop()).toBe(0);
    });
  });
});
