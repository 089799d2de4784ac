import { describe, expect, onTestFinished, test } from 'vitest';
import { bindUdp, closeUdp } from '../rig/free-ports.ts';
import { NotAnswered } from '../rig/phone.ts';
import type { Phone } from '../rig/phone.ts';
import { parseRtp } from '../rig/rtp-packet.ts';
import type { RtpPacket } from '../rig/rtp-packet.ts';
import { toneLevel } from '../rig/tone-level.ts';
import { AriProbe } from './ari-probe.ts';
import type { ProbeEvents } from './ari-probe.ts';
import type { HangupPoint } from './faults.ts';
import { startSimulatedPbx } from './simulated-pbx.ts';
import type { SimulatedPbx, SimulatedPbxOptions } from './simulated-pbx.ts';

async function start(options: SimulatedPbxOptions = {}) {
  const pbx = await startSimulatedPbx(options);
  onTestFinished(() => pbx.stop());
  return { pbx, ari: new AriProbe(pbx, options.shape === 'mikopbx' ? 'asterisk' : '') };
}

/** A caller in Stasis, not answered. */
async function call(pbx: SimulatedPbx, events: ProbeEvents): Promise<[Phone, string]> {
  const phone = await pbx.dial({ extension: '999', until: 'sent' });
  const started = await events.until(({ type }) => type === 'StasisStart');
  return [phone, started.at(-1)?.channel?.id ?? ''];
}

/** A UDP socket that takes the external host's part. */
async function externalHost() {
  const socket = await bindUdp(0);
  onTestFinished(() => closeUdp(socket));
  const packets: RtpPacket[] = [];
  socket.on('message', (datagram: Buffer) => {
    const packet = parseRtp(datagram);
    if (packet !== undefined) packets.push(packet);
  });
  const address = `127.0.0.1:${socket.address().port}`;
  return { socket, packets, address };
}

/** An answered caller bridged with external media. */
async function bridgedCall(pbx: SimulatedPbx, ari: AriProbe) {
  const host = await externalHost();
  const events = await ari.connect('patchcord');
  const [phone, id] = await call(pbx, events);
  await ari.request('POST', `/channels/${id}/answer`);
  await ari.request('POST', '/bridges/b1?type=mixing');
  const body = { app: 'patchcord', channelId: 'x1', external_host: host.address, format: 'ulaw' };
  await ari.request('POST', '/channels/externalMedia', { body });
  await events.until(({ type, channel }) => type === 'StasisStart' && channel?.id === 'x1');
  const members = { channel: [id, 'x1'] };
  await ari.request('POST', '/bridges/b1/addChannel', { body: members });
  return { phone, id, host, events };
}

describe('calls', () => {
  test('an A-law phone hears its echo, the human is a tone', async () => {
    const { pbx } = await start();
    const phone = await pbx.dial({ extension: '600', codec: 'alaw', ptimeMs: 10 });
    const audio = Uint8Array.from({ length: 1600 }, (_, i) => (i * 5) & 0xff);
    await phone.play(audio);
    await expect.poll(() => phone.stats().received).toBeGreaterThan(15);
    await phone.hangup();
    const human = await pbx.dial({ extension: '999' });
    await expect.poll(() => toneLevel(human.recording.payload(), 1000)).toBeGreaterThan(0.9);
    await human.hangup();
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  });

  test('an unknown extension and a busy one are rejected', async () => {
    const { pbx } = await start();
    const unknown = await pbx.dial({ extension: '12345', until: 'sent' });
    expect(await unknown.ended).toMatchObject({ by: 'rejected', status: 404 });
    await expect(pbx.dial({ extension: '604' })).rejects.toThrow(NotAnswered);
  });

  test('leftovers tell what the caller left behind', async () => {
    const { pbx, ari } = await start();
    const { phone } = await bridgedCall(pbx, ari);
    await phone.hangup();
    expect(await pbx.leftovers()).toEqual({ channels: ['x1'], bridges: ['b1'] });
    await ari.request('DELETE', '/channels/x1');
    await ari.request('DELETE', '/bridges/b1');
    expect(await pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(pbx.requests.at(-1)).toBe('DELETE /ari/bridges/b1 204');
  });
});

describe('modules', () => {
  test('a module that is not on disk cannot be loaded', async () => {
    const { ari } = await start({ shape: 'mikopbx', missingModules: ['chan_rtp.so'] });
    const first = await ari.request('POST', '/asterisk/modules/res_rtp_multicast.so');
    const second = await ari.request('POST', '/asterisk/modules/chan_rtp.so');
    expect([first.status, second.status]).toEqual([204, 409]);
  });
});

describe('faults of ARI', () => {
  test('connections are refused for a while', async () => {
    const { pbx, ari } = await start();
    pbx.faults.refusesConnections = true;
    await expect(ari.request('GET', '/channels')).rejects.toThrow('fetch failed');
    pbx.faults.refusesConnections = false;
    expect(await ari.request('GET', '/channels')).toMatchObject({ status: 200 });
  });

  test('a password that was changed is refused, on sockets too', async () => {
    const { pbx, ari } = await start();
    pbx.faults.refusesPassword = true;
    expect(await ari.request('GET', '/channels')).toMatchObject({ status: 401 });
    await expect(ari.connect('patchcord')).rejects.toThrow('401');
    expect(pbx.refusedPasswords).toBe(2);
  });

  test('a route fails as often as told', async () => {
    const { pbx, ari } = await start();
    pbx.faults.failedRoutes = [{ method: 'POST', path: /^\/bridges/, status: 503, times: 1 }];
    const answers = [await ari.request('POST', '/bridges'), await ari.request('POST', '/bridges')];
    expect(answers.map(({ status }) => status)).toEqual([503, 200]);
  });

  test('answers are slow', async () => {
    const { pbx, ari } = await start();
    pbx.faults.answerDelayMs = 120;
    const startedAt = performance.now();
    await ari.request('GET', '/channels');
    expect(performance.now() - startedAt).toBeGreaterThan(110);
  });

  test('event sockets are cut, media goes on', async () => {
    const { pbx, ari } = await start();
    const { phone, host, events } = await bridgedCall(pbx, ari);
    pbx.dropAriSockets();
    await expect.poll(() => events.isOpen).toBe(false);
    const before = host.packets.length;
    await expect.poll(() => host.packets.length).toBeGreaterThan(before + 3);
    expect(await pbx.leftovers()).toMatchObject({ bridges: ['b1'] });
    await phone.hangup();
  });
});

describe('faults of a call', () => {
  test('StasisStart comes twice', async () => {
    const { pbx, ari } = await start();
    pbx.faults.duplicatesStasisStart = true;
    const events = await ari.connect('patchcord');
    const [phone, id] = await call(pbx, events);
    const again = await events.until(({ type }) => type === 'StasisStart');
    expect(again.at(-1)?.channel?.id).toBe(id);
    await phone.hangup();
  });

  test('external media is not in Stasis yet, or never', async () => {
    const { pbx, ari } = await start();
    const host = await externalHost();
    await ari.connect('patchcord');
    await ari.request('POST', '/bridges/b1?type=mixing');
    pbx.faults.externalStartDelayMs = 60_000;
    const body = { app: 'patchcord', channelId: 'x1', external_host: host.address, format: 'ulaw' };
    await ari.request('POST', '/channels/externalMedia', { body });
    const early = await ari.request('POST', '/bridges/b1/addChannel?channel=x1');
    expect(early).toMatchObject({
      status: 422,
      body: { message: 'Channel not in Stasis application' },
    });

    pbx.faults.externalStartDelayMs = 0;
    pbx.faults.swallowsExternalStart = true;
    const second = { ...body, channelId: 'x2' };
    await ari.request('POST', '/channels/externalMedia', { body: second });
    await expect
      .poll(async () => (await ari.request('GET', '/channels/x2')).body)
      .toMatchObject({ state: 'Up' });
    const never = await ari.request('POST', '/bridges/b1/addChannel?channel=x2');
    expect(never.status).toBe(422);
  });

  const points: readonly (readonly [HangupPoint, readonly string[]])[] = [
    ['stasis-start', []],
    ['answer', []],
    ['external-media-requested', ['x1']],
    ['external-media-created', ['x1']],
    ['external-media-started', ['x1']],
    ['bridged', ['x1']],
  ];
  test.for(points)('the caller hangs up at %s', async ([point, left]) => {
    const { pbx, ari } = await start();
    pbx.faults.hangupAt = point;
    const host = await externalHost();
    const events = await ari.connect('patchcord');
    const [phone, id] = await call(pbx, events);
    await ari.request('POST', `/channels/${id}/answer`);
    if (left.length > 0) {
      const body = { app: 'patchcord', channelId: 'x1', external_host: host.address };
      const format = { ...body, format: 'ulaw' };
      await ari.request('POST', '/channels/externalMedia', { body: format });
      await events.until(({ type, channel }) => type === 'StasisStart' && channel?.id === 'x1');
      await ari.request('POST', '/bridges/b1?type=mixing');
      await ari.request('POST', '/bridges/b1/addChannel', { body: { channel: [id, 'x1'] } });
    }
    expect(await phone.ended).toMatchObject({ by: 'phone' });
    expect((await pbx.leftovers()).channels).toEqual(left);
  });
});

describe('faults of RTP', () => {
  test('packets get lost, doubled, out of order and mistyped as the seed says', async () => {
    const { pbx, ari } = await start({ seed: 5 });
    pbx.faults.toExternal = {
      lossRate: 0.2,
      duplicateRate: 0.2,
      reorderRate: 0.2,
      wrongTypeRate: 0.2,
    };
    const { phone, host } = await bridgedCall(pbx, ari);
    await expect.poll(() => host.packets.length).toBeGreaterThan(40);
    const { toExternal, sent } = pbx.externalMedia().get('x1') ?? expect.fail('no leg');
    expect(toExternal.sent).toBe(sent);
    for (const count of [toExternal.lost, toExternal.duplicated, toExternal.reordered]) {
      expect(count).toBeGreaterThan(0);
    }
    expect(host.packets.some(({ payloadType }) => payloadType === 4)).toBe(true);
    await phone.hangup();
  });

  test('strangers are not heard, and can be sent', async () => {
    const { pbx, ari } = await start();
    const { phone, host } = await bridgedCall(pbx, ari);
    const stranger = await externalHost();
    const leg = await ari.request('GET', '/channels/x1/variable?variable=UNICASTRTP_LOCAL_PORT');
    const { value } = leg.body as { value: string };
    stranger.socket.send(Buffer.alloc(172, 0x80), Number(value), '127.0.0.1');
    await expect.poll(() => pbx.externalMedia().get('x1')?.strangers).toBe(1);
    expect(pbx.externalMedia().get('x1')?.received).toBe(0);

    const marked = Buffer.from('80600007000000000badcafe', 'hex');
    await pbx.sendFromStranger(marked);
    await expect.poll(() => host.packets.some(({ ssrc }) => ssrc === 0x0badcafe)).toBe(true);
    await phone.hangup();
  });

  test('without a port left it dies as Asterisk does', async () => {
    const { pbx, ari } = await start({ rtpPortCount: 4 });
    const { phone } = await bridgedCall(pbx, ari);
    const body = { app: 'patchcord', external_host: '127.0.0.1:9', format: 'ulaw' };
    await expect(ari.request('POST', '/channels/externalMedia', { body })).rejects.toThrow();
    expect(pbx.hasCrashed).toBe(true);
    expect(await phone.ended).toEqual({ by: 'broken' });
    await expect(ari.request('GET', '/channels')).rejects.toThrow('fetch failed');
  });
});
