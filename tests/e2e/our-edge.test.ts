/** What our two ends add to Twilio's stream, in whole calls: real Asterisks and real phones. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { Application, OUTBOUND, tone } from '../relay/application.ts';
import {
  heardBy,
  INSTANT,
  silence,
  SPEECH,
  transfer,
  untilHeard,
  untilPlayed,
  untilTransferred,
} from '../relay/edge-side.ts';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import { loudest } from '../rig/loudest.ts';
import type { Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { leaseRtpRange, type LeasedRtpRange } from '../rig/rtp-range.ts';

const NOTHING = { channels: [], bridges: [] };

/** The last two seconds that a phone heard. */
function tail(phone: Phone): Uint8Array {
  return phone.recording.payload().slice(-16_000);
}

describe.each([22, 16] as const)('Asterisk %i', async (major) => {
  const { available, reason } = await requireAsterisk(major);

  describe.skipIf(!available)(`in MikoPBX's shape ${reason ?? ''}`, () => {
    let pbx: AsteriskPbx;
    let ports: LeasedRtpRange;
    beforeAll(async () => {
      pbx = await startAsteriskPbx({ major, shape: 'mikopbx' });
      ports = await leaseRtpRange('mikopbx');
    });
    afterAll(async () => {
      await pbx.stop();
      await ports.release();
    });

    function start(): Promise<Application> {
      return Application.start(pbx, {
        documents: { '/voice': '<Connect><Stream url="/media"/></Connect>' },
        environment: { ...OUTBOUND, RTP_PORTS: `${ports.firstPort}-${ports.lastPort}` },
        isOurEdge: true,
      });
    }

    async function expectClean({ relay }: Application): Promise<void> {
      await relay.idle();
      expect(relay.codes).toEqual([]);
      expect(relay.relay.portsTaken).toBe(0);
      await expect.poll(() => pbx.leftovers()).toEqual(NOTHING);
    }

    test('paused three times, the caller hears every sample once, and the counts are theirs', async () => {
      await using at = await start();
      const caller = await pbx.dial({ extension: '999' });
      const stream = await at.handler.started();
      stream.play(SPEECH);
      stream.mark('end');
      for (const [index, heard] of [3000, 7000, 11_000].entries()) {
        await untilHeard(caller, heard);
        stream.send({ event: 'pause' });
        const paused = (await untilPlayed(stream, 2 * index + 1)).at(-1);
        await silence(caller, 25);
        expect(paused).toEqual({
          samples: String(heardBy(caller).length),
          isPaused: true,
          timestamp: INSTANT,
        });
        stream.send({ event: 'unpause' });
      }
      await stream.messages.until('the mark', ({ mark }) => mark?.name === 'end');
      const last = (await untilPlayed(stream, 7)).at(-1);
      expect(last).toEqual({ samples: String(SPEECH.length), isPaused: false, timestamp: INSTANT });
      await silence(caller, 5);
      stream.send({ event: 'hangup', hangup: { reason: 'done' } });
      expect(await caller.ended).toMatchObject({ by: 'pbx', cause: 16 });
      expect(heardBy(caller).equals(Buffer.from(SPEECH))).toBe(true);
      await expectClean(at);
    });

    test('keys of the edge are heard by the phone, with the pause between them', async () => {
      await using at = await start();
      const caller = await pbx.dial({ extension: '999' });
      const stream = await at.handler.started();
      stream.send({ event: 'send-dtmf', dtmf: { digits: '1w2#' } });
      stream.send({ event: 'send-dtmf', dtmf: { digits: '9' } });
      await stream.messages.until('sent', ({ dtmf }) => dtmf?.digits === '9');
      await expect.poll(() => caller.receivedDigits).toBe('12#9');
      await caller.hangup();
      await expectClean(at);
    });

    test.each(['cold', 'warm'] as const)(
      'a %s transfer that is refused, and one that is answered',
      async (kind) => {
        await using at = await start();
        await using busy = await pbx.register({
          extension: '202',
          manner: { kind: 'rejects', status: 486, afterMs: 300 },
        });
        await using desk = await pbx.register({ extension: '201', manner: { kind: 'rings' } });
        const caller = await pbx.dial({ extension: '999', callerNumber: '0123456789' });
        const stream = await at.handler.started();
        transfer(stream, { id: 'first', target: busy.extension, kind });
        const { transferred } = await untilTransferred(stream, 'failed');
        expect(transferred).toEqual({ id: 'first', status: 'failed', reason: 'busy' });

        transfer(stream, { id: 'second', target: desk.extension, kind });
        const callee = await desk.nextCall();
        expect(callee.callerNumber).toBe('+60123456789');
        stream.play(encodeMulaw(tone(1000, 1500)));
        await expect.poll(() => loudest(tail(caller), 1000)).toBeGreaterThan(0.8);
        if (kind === 'cold') {
          await expect.poll(() => loudest(tail(caller), 425)).toBeGreaterThan(0.6);
        }
        callee.answer();
        await stream.closed.until('close', (code) => code === 1000);
        const last = stream.messages.all.slice(-3).map(({ event }) => event);
        expect(last).toEqual(['transferred', 'played', 'stop']);
        const playing = [
          caller.play(encodeMulaw(tone(600, 3000))),
          callee.play(encodeMulaw(tone(1400, 3000))),
        ];
        await expect.poll(() => loudest(tail(caller), 1400)).toBeGreaterThan(0.8);
        await expect.poll(() => loudest(tail(callee), 600)).toBeGreaterThan(0.8);
        await callee.hangup();
        expect(await caller.ended).toMatchObject({ by: 'pbx' });
        await Promise.all(playing);
        await expectClean(at);
      },
    );
  });
});
