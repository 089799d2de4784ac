import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AsteriskShape } from './asterisk-config.ts';
import { startAsteriskPbx } from './asterisk-pbx.ts';
import type { AsteriskPbx } from './asterisk-pbx.ts';
import type { AsteriskMajor } from './asterisk-release.ts';
import type { Phone } from './phone.ts';
import { requireAsterisk } from './requirement.ts';
import { AriProbe } from '../sim/ari-probe.ts';

const VARIANTS: readonly (readonly [AsteriskMajor, AsteriskShape])[] = [
  [22, 'plain'],
  [22, 'mikopbx'],
  [16, 'plain'],
  [16, 'mikopbx'],
];
const both = [await requireAsterisk(22), await requireAsterisk(16)];
const isAvailable = both.every(({ available }) => available);
const reason = both.map((one) => one.reason ?? '').join(' ');

const AUDIO = Uint8Array.from({ length: 4000 }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff);

async function expectHeard(phone: Phone): Promise<void> {
  await expect
    .poll(() => Buffer.from(phone.recording.payload()).includes(AUDIO), { timeout: 3000 })
    .toBe(true);
}

describe.skipIf(!isAvailable).for(VARIANTS)(`Asterisk %d, %s ${reason}`, ([major, shape]) => {
  let pbx: AsteriskPbx;
  beforeAll(async () => {
    pbx = await startAsteriskPbx({ major, shape });
  });
  afterAll(async () => {
    const nothing = { channels: [], bridges: [] };
    await vi.waitFor(async () => expect(await pbx.leftovers()).toEqual(nothing), 15_000);
    await pbx.stop();
  });

  test('a phone rings, is answered, is heard and hears, and hangs up', async () => {
    await using desk = await pbx.register({
      extension: '201',
      codec: 'alaw',
      manner: { kind: 'answers', afterMs: 300 },
    });
    const startedAt = performance.now();
    const caller = await pbx.dial({ extension: '201', callerNumber: '0301', callerName: 'Anna' });
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    const call = await desk.nextCall();
    expect([call.callerNumber, call.callerName]).toEqual(['0301', 'Anna']);
    await call.answered;
    await Promise.all([caller.play(AUDIO), call.play(new Uint8Array(800))]);
    await expect.poll(() => call.stats().received).toBeGreaterThan(20);
    await expect.poll(() => caller.stats().received).toBeGreaterThan(20);
    await call.hangup();
    expect(await call.ended).toEqual({ by: 'phone' });
    expect(await caller.ended).toMatchObject({ by: 'pbx', cause: 16 });
  });

  test('audio is what was said, keys arrive both ways', async () => {
    await using desk = await pbx.register({ extension: '202' });
    const caller = await pbx.dial({ extension: '202' });
    const call = await desk.nextCall();
    await Promise.all([caller.play(AUDIO), call.play(AUDIO)]);
    await Promise.all([expectHeard(caller), expectHeard(call)]);
    await caller.sendDtmf('1');
    await caller.sendDtmf('2', 'info');
    await call.sendDtmf('#');
    await call.sendDtmf('9', 'info');
    await expect.poll(() => [call.receivedDigits, caller.receivedDigits]).toEqual(['12', '#9']);
    await caller.hangup();
    expect(await call.ended).toMatchObject({ by: 'pbx', cause: 16 });
  });

  test('a phone is busy, declines, or lets it ring', async () => {
    await using desk = await pbx.register({ extension: '203' });
    for (const [status, seen] of [
      [486, 486],
      [480, 480],
      // Declined is cause 21 to Asterisk, which it says as 403.
      [603, 403],
    ] as const) {
      desk.manner = { kind: 'rejects', status, afterMs: 50 };
      const refused = await pbx.dial({ extension: '203', until: 'sent' });
      expect((await refused.ended).status).toBe(seen);
      expect(await (await desk.nextCall()).ended).toEqual({ by: 'phone', status });
    }

    desk.manner = { kind: 'rings' };
    const impatient = await pbx.dial({ extension: '203', until: 'sent' });
    const missed = await desk.nextCall();
    await impatient.hangup();
    expect(await missed.ended).toMatchObject({ by: 'pbx', status: 487 });
    await expect(missed.answered).rejects.toThrow('not answered');

    const patient = await pbx.dial({ extension: '203', until: 'sent' });
    const taken = await desk.nextCall();
    taken.answer();
    await patient.answered;
    await patient.hangup();
    await taken.ended;
    expect(desk.calls.map(({ hasEnded }) => hasEnded)).toEqual([true, true, true, true, true]);
  });

  test('a phone that is not plugged in is not there', async () => {
    const nobody = await pbx.dial({ extension: '204', until: 'sent' });
    expect(await nobody.ended).toMatchObject({ by: 'rejected' });
  });

  test('keys through ARI are heard, and keys of the phone come as events', async () => {
    await using desk = await pbx.register({ extension: '201' });
    const ari = new AriProbe(pbx, shape === 'mikopbx' ? 'asterisk' : '');
    const events = await ari.connect('patchcord');
    const body = { endpoint: 'PJSIP/201', app: 'patchcord', channelId: 'pc-d1', callerId: '0302' };
    await ari.request('POST', '/channels', { body });
    const call = await desk.nextCall();
    expect(call.callerNumber).toBe('0302');
    await events.until(({ type }) => type === 'StasisStart');
    await ari.request('POST', '/channels/pc-d1/dtmf?dtmf=12%233');
    await expect.poll(() => call.receivedDigits, { timeout: 3000 }).toBe('12#3');
    await call.sendDtmf('5');
    const first = await events.until(({ type }) => type === 'ChannelDtmfReceived');
    await call.sendDtmf('6', 'info');
    const second = await events.until(({ type }) => type === 'ChannelDtmfReceived');
    expect([first.at(-1)?.['digit'], second.at(-1)?.['digit']]).toEqual(['5', '6']);
    await ari.request('DELETE', '/channels/pc-d1');
    expect(await call.ended).toMatchObject({ by: 'pbx' });
    await events.close();
  });
});
