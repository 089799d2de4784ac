import type { RemoteInfo } from 'node:dgram';
import { z } from 'zod';
import { bindUdp, closeUdp } from '../rig/free-ports.ts';
import type { Pbx } from '../rig/pbx.ts';
import type { Phone } from '../rig/phone.ts';
import { parseRtp } from '../rig/rtp-packet.ts';
import type { RtpPacket } from '../rig/rtp-packet.ts';
import { AriProbe } from './ari-probe.ts';
import type { ProbeEvent, ProbeEvents } from './ari-probe.ts';
import { Transcript } from './transcript.ts';
import { until } from './waiting.ts';

const APP = 'patchcord';
const channelsSchema = z.array(z.object({ id: z.string() }));

/** Runs the whole contract on a PBX; what it answered and sent is in the transcript. */
export async function runContract(pbx: Pbx, shape: 'plain' | 'mikopbx'): Promise<Transcript> {
  const transcript = new Transcript();
  const script = new ContractScript(pbx, shape === 'mikopbx' ? 'asterisk' : '', transcript);
  await script.login(shape === 'mikopbx' ? '' : 'asterisk');
  await script.modules(shape);
  await script.unknownThings();
  await script.applicationAway();
  await script.connect();
  await script.wholeCall();
  await script.backToDialplan();
  await script.hangups();
  await script.bridgeTakenAway();
  await script.secondSocket();
  return transcript;
}

class ContractScript {
  readonly #pbx: Pbx;
  readonly #ari: AriProbe;
  readonly #transcript: Transcript;
  #events: ProbeEvents | undefined;

  constructor(pbx: Pbx, prefix: string, transcript: Transcript) {
    this.#pbx = pbx;
    this.#ari = new AriProbe(pbx, prefix);
    this.#transcript = transcript;
  }

  async login(otherPrefix: string): Promise<void> {
    const wrong = `/asterisk/ping?api_key=${this.#pbx.ariUsername}:wrong`;
    await this.#ask('no password', 'GET', '/asterisk/ping', { isAnonymous: true });
    await this.#ask('wrong password', 'GET', wrong, { isAnonymous: true });
    await this.#ask('ping', 'GET', '/asterisk/ping');
    await this.#ask('system', 'GET', '/asterisk/info?only=system');
    const { status } = await new AriProbe(this.#pbx, otherPrefix).request('GET', '/asterisk/ping');
    this.#transcript.note('other prefix', status);
  }

  async modules(shape: 'plain' | 'mikopbx'): Promise<void> {
    await this.#ask('no such module', 'GET', '/asterisk/modules/nix.so');
    await this.#ask('load no such module', 'POST', '/asterisk/modules/nix.so');
    if (shape === 'mikopbx') {
      const path = `/channels/externalMedia?app=${APP}&external_host=127.0.0.1:9&format=ulaw`;
      await this.#ask('external media without chan_rtp', 'POST', path);
      await this.#ask('chan_rtp is not loaded', 'GET', '/asterisk/modules/chan_rtp.so');
      await this.#ask('chan_rtp alone', 'POST', '/asterisk/modules/chan_rtp.so');
      await this.#ask('res_rtp_multicast', 'POST', '/asterisk/modules/res_rtp_multicast.so');
      await this.#ask('then chan_rtp', 'POST', '/asterisk/modules/chan_rtp.so');
    }
    await this.#ask('chan_rtp again', 'POST', '/asterisk/modules/chan_rtp.so');
    await this.#ask('chan_rtp is loaded', 'GET', '/asterisk/modules/chan_rtp.so');
  }

  async unknownThings(): Promise<void> {
    await this.#ask('no applications', 'GET', '/applications');
    await this.#ask('unknown application', 'GET', `/applications/${APP}`);
    await this.#ask('unknown resource', 'GET', '/nix');
    await this.#ask('unknown channel', 'GET', '/channels/nix');
    await this.#ask('hang up unknown channel', 'DELETE', '/channels/nix');
    await this.#ask('continue unknown channel', 'POST', '/channels/nix/continue');
    await this.#ask('unknown bridge', 'GET', '/bridges/nix');
    await this.#ask('destroy unknown bridge', 'DELETE', '/bridges/nix');
    await this.#ask('wrong method', 'PUT', '/channels');
  }

  /** Without the application a caller goes on in the dialplan at once: the human answers. */
  async applicationAway(): Promise<void> {
    const phone = await this.#pbx.dial({ extension: '999' });
    await phone.hangup();
    this.#transcript.note('caller, application away', await phone.ended);
  }

  async connect(): Promise<void> {
    this.#events = await this.#ari.connect(APP);
    await this.#ask('applications', 'GET', '/applications');
    await this.#ask('application', 'GET', `/applications/${APP}`);
  }

  async wholeCall(): Promise<void> {
    const { phone, id } = await this.#call({ callerNumber: '0123', callerName: 'Anna' });
    await this.#ask('channels', 'GET', '/channels');
    await this.#ask('channel', 'GET', `/channels/${id}`);
    const variable = `/channels/${id}/variable`;
    await this.#ask('caller number', 'GET', `${variable}?variable=CALLERID(num)`);
    await this.#ask('unknown variable', 'GET', `${variable}?variable=NIX`);
    await this.#ask('no variable', 'GET', variable);
    await this.#ask('ring', 'POST', `/channels/${id}/ring`);
    await this.#ask('answer', 'POST', `/channels/${id}/answer`);
    await phone.answered;
    await this.#expect('answered', 'ChannelStateChange', id);
    await this.#ask('answer again', 'POST', `/channels/${id}/answer`);
    await this.#ask('set variable', 'POST', variable, { body: { variable: 'FOO', value: 'bar' } });
    await this.#expect('variable set', 'ChannelVarset', id);
    await this.#ask('read variable', 'GET', `${variable}?variable=FOO`);

    const bridge = { type: 'mixing', name: 'one', bridgeId: 'pc-b1' };
    await this.#ask('create bridge', 'POST', '/bridges', { body: bridge });
    await this.#ask('create bridge again', 'POST', '/bridges?type=mixing&bridgeId=pc-b1');
    await this.#ask('create bridge by path', 'POST', '/bridges/pc-b2?type=mixing&name=two');
    await this.#ask('destroy bridge', 'DELETE', '/bridges/pc-b2');
    await this.#externalMedia(phone, id);
    await this.#hangupOfCaller(phone, id);
  }

  async #externalMedia(phone: Phone, id: string): Promise<void> {
    const host = await bindUdp(0);
    try {
      const external_host = `127.0.0.1:${host.address().port}`;
      const wanted = { channelId: 'pc-x1', app: APP, external_host, format: 'ulaw' };
      const path = '/channels/externalMedia';
      const ask = (title: string, body: unknown) => this.#ask(title, 'POST', path, { body });
      const transport = { encapsulation: 'rtp', transport: 'udp', connection_type: 'client' };
      await ask('external media', { ...wanted, ...transport, variables: { A: 'b' } });
      await this.#expect('external media in Stasis', 'StasisStart', 'pc-x1');
      await ask('external media, id taken', wanted);
      await ask('external media, no port', { ...wanted, channelId: 'pc-x2', external_host: 'x' });
      await ask('external media, no host', { channelId: 'pc-x2', app: APP, format: 'ulaw' });
      await ask('external media, format', { ...wanted, channelId: 'pc-x2', format: 'nix' });
      await ask('external media, no app', { channelId: 'pc-x2', external_host, format: 'ulaw' });
      await ask('external media, broken JSON', '{broken');
      await this.#ask('external channel', 'GET', '/channels/pc-x1');

      const members = { channel: [id, 'pc-x1'] };
      await this.#ask('bridge both', 'POST', '/bridges/pc-b1/addChannel', { body: members });
      await this.#expect('bridged', 'ChannelEnteredBridge', 'pc-x1');
      await this.#ask('add unknown', 'POST', '/bridges/pc-b1/addChannel?channel=nix');
      await this.#ask('add to unknown', 'POST', `/bridges/nix/addChannel?channel=${id}`);
      await this.#ask('add nobody', 'POST', '/bridges/pc-b1/addChannel');
      await this.#ask('bridge', 'GET', '/bridges/pc-b1');
      await this.#ask('bridges', 'GET', '/bridges');
      await this.#ask('subscriptions', 'GET', `/applications/${APP}`);

      const packets: RtpPacket[] = [];
      host.on('message', (datagram: Buffer, from: RemoteInfo) => {
        const packet = parseRtp(datagram);
        if (packet !== undefined) packets.push({ ...packet, payload: packet.payload.slice() });
        host.send(datagram, from.port, from.address); // The echo: what the phone says, it hears.
      });
      await this.#media(phone, packets);
      await this.#keys(phone, id);

      const remove = '/bridges/pc-b1/removeChannel?channel=pc-x1';
      await this.#ask('leave bridge', 'POST', remove);
      await this.#expect('left bridge', 'ChannelLeftBridge', 'pc-x1');
      await this.#ask('leave bridge again', 'POST', remove);
      await this.#ask('enter again', 'POST', '/bridges/pc-b1/addChannel?channel=pc-x1');
      await this.#expect('entered again', 'ChannelEnteredBridge', 'pc-x1');
    } finally {
      await closeUdp(host);
    }
  }

  /** What RTP looks like at the external host, and whether its echo comes back byte for byte. */
  async #media(phone: Phone, packets: readonly RtpPacket[]): Promise<void> {
    const audio = Uint8Array.from({ length: 4800 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
    await phone.play(audio);
    await until(() => indexOf(phone.recording.payload(), audio) >= 0);
    const steps = packets.slice(1).map((packet, i) => {
      const previous = packets[i];
      return {
        sequence: (packet.sequenceNumber - (previous?.sequenceNumber ?? 0)) & 0xffff,
        timestamp: (packet.rtpTimestamp - (previous?.rtpTimestamp ?? 0)) >>> 0,
      };
    });
    this.#transcript.note('RTP at the external host', {
      payloadTypes: distinct(packets.map(({ payloadType }) => payloadType)),
      markers: distinct(packets.map(({ marker }) => marker)),
      sizes: distinct(packets.map(({ payload }) => payload.length)),
      ssrcs: distinct(packets.map(({ ssrc }) => ssrc)).length,
      sequenceSteps: distinct(steps.map(({ sequence }) => sequence)),
      // More than one frame after a stall of this machine, never part of one.
      timestampRests: distinct(steps.map(({ timestamp }) => timestamp % 160)),
      heard: Buffer.concat(packets.map(({ payload }) => payload)).includes(audio),
      echoHeard: indexOf(phone.recording.payload(), audio) >= 0,
    });
  }

  async #keys(phone: Phone, id: string): Promise<void> {
    await phone.sendDtmf('5');
    await this.#expect('key as RTP event', 'ChannelDtmfReceived', id);
    await phone.sendDtmf('#', 'info');
    await this.#expect('key as INFO', 'ChannelDtmfReceived', id);
    await this.#ask('keys to the phone', 'POST', `/channels/${id}/dtmf?dtmf=1%232`);
    await until(() => phone.receivedDigits.length >= 3);
    this.#transcript.note('keys at the phone', phone.receivedDigits);
  }

  /** Whoever made bridge and external media has to end them: nothing goes with the caller. */
  async #hangupOfCaller(phone: Phone, id: string): Promise<void> {
    await phone.hangup();
    await this.#expect('caller hung up', 'StasisEnd', id);
    await until(async () => (await this.#pbx.leftovers()).channels.length === 1);
    await this.#ask('channels left', 'GET', '/channels');
    await this.#ask('bridges left', 'GET', '/bridges');
    await this.#ask('end external media', 'DELETE', '/channels/pc-x1?reason=normal');
    await this.#expect('external media ended', 'ChannelDestroyed', 'pc-x1');
    await this.#ask('bridge empty', 'GET', '/bridges/pc-b1');
    await this.#ask('end bridge', 'DELETE', '/bridges/pc-b1');
    await this.#expect('bridge ended', 'BridgeDestroyed');
    await this.#ask('no channels', 'GET', '/channels');
    await this.#ask('no bridges', 'GET', '/bridges');
  }

  async backToDialplan(): Promise<void> {
    const first = await this.#call();
    await this.#ask('continue', 'POST', `/channels/${first.id}/continue`);
    await this.#expect('back in the dialplan', 'StasisEnd', first.id);
    await first.phone.answered; // By the human, whose tone comes an instant later.
    await until(async () => {
      const { body } = await this.#ari.request('GET', `/channels/${first.id}`);
      return JSON.stringify(body).includes('Milliwatt');
    });
    await this.#ask('at the human', 'GET', `/channels/${first.id}`);
    await this.#ask('answer outside Stasis', 'POST', `/channels/${first.id}/answer`);
    await first.phone.hangup();

    const second = await this.#call();
    const place = '?context=from-phone&extension=602&priority=1';
    await this.#ask('continue elsewhere', 'POST', `/channels/${second.id}/continue${place}`);
    await this.#expect('elsewhere', 'StasisEnd', second.id);
    await second.phone.answered;
    await second.phone.hangup();
  }

  async hangups(): Promise<void> {
    const busy = await this.#call();
    await this.#ask('refuse as busy', 'DELETE', `/channels/${busy.id}?reason=busy`);
    await this.#expect('refused', 'StasisEnd', busy.id);
    this.#transcript.note('caller refused as busy', await busy.phone.ended);

    const refused = await this.#call();
    await this.#ask('refuse', 'DELETE', `/channels/${refused.id}`);
    await this.#expect('refused without reason', 'StasisEnd', refused.id);
    this.#transcript.note('caller refused', await refused.phone.ended);

    const answered = await this.#call();
    await this.#ask('answer, to hang up', 'POST', `/channels/${answered.id}/answer`);
    await answered.phone.answered;
    await this.#ask('wrong reason', 'DELETE', `/channels/${answered.id}?reason=nix`);
    await this.#ask('hang up', 'DELETE', `/channels/${answered.id}`);
    await this.#expect('hung up', 'StasisEnd', answered.id);
    this.#transcript.note('caller hung up on', await answered.phone.ended);

    const cancelled = await this.#call();
    await cancelled.phone.hangup();
    await this.#expect('caller gave up', 'StasisEnd', cancelled.id);
    this.#transcript.note('caller that gave up', await cancelled.phone.ended);
  }

  async bridgeTakenAway(): Promise<void> {
    const { phone, id } = await this.#call();
    await this.#ask('answer, to bridge', 'POST', `/channels/${id}/answer`);
    await phone.answered;
    await this.#ask('bridge for one', 'POST', '/bridges?type=mixing&bridgeId=pc-b3');
    await this.#ask('bridge one', 'POST', `/bridges/pc-b3/addChannel?channel=${id}`);
    await this.#expect('one bridged', 'ChannelEnteredBridge', id);
    await this.#ask('take bridge away', 'DELETE', '/bridges/pc-b3');
    await this.#expect('out of the bridge', 'ChannelLeftBridge', id);
    await this.#ask('still there', 'GET', `/channels/${id}`);
    await phone.hangup();
    await this.#expect('gone', 'StasisEnd', id);
  }

  async secondSocket(): Promise<void> {
    const first = this.#eventSocket();
    const { phone, id } = await this.#call();
    const second = await this.#ari.connect(APP);
    await this.#expect('replaced', 'ApplicationReplaced');
    const before = first.received.length;
    await this.#ask('answer, on the second', 'POST', `/channels/${id}/answer`);
    this.#events = second;
    await this.#expect('answered, on the second', 'ChannelStateChange', id);
    this.#transcript.note('first socket', {
      isOpen: first.isOpen,
      isDeaf: first.received.length === before,
    });

    await second.close();
    await until(() => this.#isAway());
    await this.#ask('application with a channel, away', 'GET', '/applications');
    await this.#ask('channel, application away', 'GET', `/channels/${id}`);
    // Nothing is repeated for who comes back.
    this.#events = await this.#ari.connect(APP);
    await this.#ask('variable after return', 'POST', `/channels/${id}/variable`, {
      body: { variable: 'BACK', value: '1' },
    });
    await this.#expect('after return', 'ChannelVarset', id);
    await phone.hangup();
    await this.#expect('gone after return', 'StasisEnd', id);
    await this.#events.close();
    await first.close();
    await until(() => this.#isAway());
    await this.#ask('application gone', 'GET', '/applications');
  }

  /** Whether a caller would find the application away. */
  async #isAway(): Promise<boolean> {
    const phone = await this.#pbx.dial({ extension: '999', until: 'sent' });
    const isHuman = await Promise.race([
      phone.answered.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 200, false)),
    ]);
    await phone.hangup();
    await until(async () => (await this.#pbx.leftovers()).channels.length <= 1);
    return isHuman;
  }

  #eventSocket(): ProbeEvents {
    if (this.#events === undefined) throw new Error('not connected');
    return this.#events;
  }

  async #ask(
    title: string,
    method: string,
    path: string,
    options: { readonly body?: unknown; readonly isAnonymous?: boolean } = {},
  ): Promise<unknown> {
    const answer = await this.#ari.request(method, path, options);
    this.#transcript.note(title, answer);
    return answer.body;
  }

  /** Waits for an event of this type and channel; all events since the last time go to the transcript. */
  async #expect(title: string, type: string, channelId?: string): Promise<void> {
    const fits = (event: ProbeEvent) =>
      event.type === type && (channelId === undefined || event.channel?.id === channelId);
    this.#transcript.noteEvents(title, await this.#eventSocket().until(fits));
  }

  /** A caller in Stasis. */
  async #call(
    caller: { readonly callerNumber?: string; readonly callerName?: string } = {},
  ): Promise<{ readonly phone: Phone; readonly id: string }> {
    await until(async () => (await this.#pbx.leftovers()).channels.length === 0);
    const phone = await this.#pbx.dial({ extension: '999', until: 'sent', ...caller });
    const events = await this.#eventSocket().until(({ type }) => type === 'StasisStart');
    const { body } = await this.#ari.request('GET', '/channels');
    const [channel] = channelsSchema.parse(body);
    if (channel === undefined) throw new Error('the caller is gone');
    this.#transcript.name(channel.id, 'caller');
    this.#transcript.noteEvents(`call ${this.#transcript.size}`, events);
    return { phone, id: channel.id };
  }
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes).indexOf(part);
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
