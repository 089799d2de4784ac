import { z } from 'zod';
import type { Pbx } from '../rig/pbx.ts';
import type { Phone } from '../rig/phone.ts';
import { trunkNumber } from '../rig/trunk-number.ts';
import type { TrunkOutcome } from '../rig/trunk-number.ts';
import type { Trunk } from '../rig/trunk.ts';
import { AriProbe } from './ari-probe.ts';
import type { ProbeEvent, ProbeEvents } from './ari-probe.ts';
import { brief, LEFT_OUT } from './event-brief.ts';
import { Transcript } from './transcript.ts';
import { until } from './waiting.ts';

const APP = 'patchcord';

const playbackSchema = z.looseObject({ state: z.string() });

/** Ways to the provider: straight, and through the dialplan as MikoPBX wants it. */
const ROUTES = [
  ['PJSIP', (number: string) => `PJSIP/${number}@trunk`],
  ['Local', (number: string) => `Local/${number}@outgoing`],
] as const;

/** What becomes of a call at the provider when nobody here does anything. */
const OUTCOMES: readonly (readonly [string, TrunkOutcome])[] = [
  ['busy', { kind: 'busy' }],
  ['rings, then busy', { kind: 'busy', ringMs: 200 }],
  ['early media, then busy', { kind: 'early-media-busy', mediaMs: 200 }],
  ['rejects 403', { kind: 'rejects', status: 403 }],
  ['rejects 404', { kind: 'rejects', status: 404 }],
  ['rejects 410', { kind: 'rejects', status: 410 }],
  ['rejects 480', { kind: 'rejects', status: 480 }],
  ['rejects 484', { kind: 'rejects', status: 484 }],
  ['rejects 502', { kind: 'rejects', status: 502 }],
  ['rejects 503', { kind: 'rejects', status: 503 }],
  ['rejects 603', { kind: 'rejects', status: 603 }],
  ['rings, timeout', { kind: 'rings' }],
  ['mute, timeout', { kind: 'mute' }],
];

/** Calls that the PBX places; what it answered and sent is in the transcript. `trunk`: the PBX is its customer. */
export async function runOutboundContract(
  pbx: Pbx,
  trunk: Trunk,
  shape: 'plain' | 'mikopbx',
): Promise<Transcript> {
  const ari = new AriProbe(pbx, shape === 'mikopbx' ? 'asterisk' : '');
  const script = new OutboundScript(pbx, trunk, ari, await ari.connect(APP));
  for (const [kind, endpoint] of ROUTES) {
    await script.outcomes(kind, endpoint);
    await script.answers(kind, endpoint);
    await script.cancels(kind, endpoint);
    await script.echo(kind, endpoint);
  }
  await script.refusals();
  await script.callerIds();
  await script.desk();
  await script.dial();
  await script.playback();
  await script.inbound();
  return script.transcript;
}

class OutboundScript {
  readonly transcript = new Transcript();
  readonly #pbx: Pbx;
  readonly #trunk: Trunk;
  readonly #ari: AriProbe;
  readonly #events: ProbeEvents;
  readonly #shown: string;
  readonly #dials: string[] = [];
  #serial = 0;

  constructor(pbx: Pbx, trunk: Trunk, ari: AriProbe, events: ProbeEvents) {
    this.#pbx = pbx;
    this.#trunk = trunk;
    this.#ari = ari;
    this.#events = events;
    this.#shown = trunk.account.numbers[0] ?? '';
  }

  async outcomes(kind: string, endpoint: (number: string) => string): Promise<void> {
    for (const [title, outcome] of OUTCOMES) {
      const number = trunkNumber(outcome, this.#serial % 100);
      const id = await this.#originate(`${kind}: ${title}`, endpoint(number), { timeout: 1 });
      await this.#until(`${kind}: ${title}, events`, id, 'ChannelDestroyed');
      await this.#seen(`${kind}: ${title}, seen`, number);
    }
  }

  async answers(kind: string, endpoint: (number: string) => string): Promise<void> {
    const ways: readonly (readonly [string, TrunkOutcome])[] = [
      ['answers', { kind: 'silence' }],
      ['rings, then answers', { kind: 'silence', ringMs: 200 }],
      ['early media, then answers', { kind: 'early-media', mediaMs: 200 }],
    ];
    for (const [way, outcome] of ways) {
      const title = `${kind}: ${way}`;
      const number = trunkNumber(outcome, this.#serial % 100);
      const id = await this.#originate(title, endpoint(number));
      await this.#until(`${title}, up`, id, 'StasisStart');
      // Of a Local channel the caller becomes the number dialled, sooner or later.
      if (kind === 'PJSIP') await this.#ask(`${title}, channel`, 'GET', `/channels/${id}`);
      await this.#ask(`${title}, hang up`, 'DELETE', `/channels/${id}`);
      await this.#until(`${title}, ended`, id, 'ChannelDestroyed');
      await this.#seen(`${title}, seen`, number);
    }
    const title = `${kind}: hangs up`;
    const number = trunkNumber({ kind: 'hangs-up', talkMs: 100 }, this.#serial % 100);
    const id = await this.#originate(title, endpoint(number));
    await this.#until(`${title}, events`, id, 'ChannelDestroyed');
    await this.#seen(`${title}, seen`, number);
  }

  async cancels(kind: string, endpoint: (number: string) => string): Promise<void> {
    for (const query of ['', '?reason=no_answer', '?reason_code=17']) {
      const title = `${kind}: cancelled${query}`;
      const number = trunkNumber({ kind: 'rings' }, this.#serial % 100);
      const id = await this.#originate(title, endpoint(number));
      await this.#until(`${title}, rings`, id, 'ChannelStateChange');
      await this.#untilDial(id, 'RINGING');
      await this.#ask(`${title}, hang up`, 'DELETE', `/channels/${id}${query}`);
      await this.#until(`${title}, events`, id, 'ChannelDestroyed');
      await this.#seen(`${title}, seen`, number);
    }
  }

  /** What a caller in the same bridge says goes out to the provider, and what is said there comes back. */
  async echo(kind: string, endpoint: (number: string) => string): Promise<void> {
    const { phone, id: callerId } = await this.#callIn();
    await this.#ari.request('POST', `/channels/${callerId}/answer`);
    await phone.answered;
    const number = trunkNumber({ kind: 'echo' }, this.#serial % 100);
    const id = await this.#originate(`${kind}: echo`, endpoint(number), { beside: 1 });
    await this.#until(`${kind}: echo, up`, id, 'StasisStart');
    await this.#ari.request('POST', '/bridges/pc-echo?type=mixing');
    const members = { channel: [callerId, id] };
    await this.#ari.request('POST', '/bridges/pc-echo/addChannel', { body: members });
    const words = Uint8Array.from({ length: 4000 }, (_, i) => (i * 43 + (i >> 8)) & 0xff);
    await phone.play(new Uint8Array(4000).fill(0xff)); // Until everybody is connected.
    await phone.play(words);
    await until(() => includesLike(phone.recording.payload(), words));
    await phone.hangup();
    await this.#ari.request('DELETE', '/bridges/pc-echo');
    await this.#until(`${kind}: echo, out of the bridge`, id, 'ChannelLeftBridge');
    await this.#ari.request('DELETE', `/channels/${id}`);
    await this.#until(`${kind}: echo, ended`, id, 'ChannelDestroyed');
    const heard = await this.#trunk.heard(await this.#trunk.endedCall(number));
    this.transcript.note(`${kind}: the provider heard it`, includesLike(heard, words));
  }

  /** A phone of the PBX that is in the application, not answered. */
  async #callIn(): Promise<{ readonly phone: Phone; readonly id: string }> {
    await until(async () => (await this.#pbx.leftovers()).channels.length === 0);
    const phone = await this.#pbx.dial({ extension: '999', until: 'sent' });
    const [started] = (await this.#events.until(({ type }) => type === 'StasisStart')).slice(-1);
    const id = started?.channel?.id ?? '';
    this.transcript.name(id, 'caller');
    return { phone, id };
  }

  /** What is refused before there is a call, or while it rings. */
  async refusals(): Promise<void> {
    const channels = (title: string, body: unknown) =>
      this.#ask(title, 'POST', '/channels', { body });
    await channels('no endpoint', { app: APP });
    await channels('empty endpoint', { app: APP, endpoint: '' });
    await channels('no app', { endpoint: 'PJSIP/1@trunk' });
    await channels('no such trunk', { app: APP, endpoint: 'PJSIP/1@nix' });
    await channels('no such technology', { app: APP, endpoint: 'NIX/1' });
    await channels('a phone that is not plugged in', { app: APP, endpoint: 'PJSIP/204' });

    const number = trunkNumber({ kind: 'rings' }, 99);
    const endpoint = `PJSIP/${number}@trunk`;
    const id = await this.#originate('rings', endpoint);
    await this.#until('rings, ringing', id, 'ChannelStateChange');
    await this.#untilDial(id, 'RINGING');
    await channels('id taken', { app: APP, endpoint, channelId: id });
    for (const action of ['ring', 'answer', 'dtmf?dtmf=1', 'play?media=sound:beep', 'continue']) {
      await this.#ask(`rings, ${action}`, 'POST', `/channels/${id}/${action}`);
    }
    await this.#ask('rings, channel', 'GET', `/channels/${id}`);
    await this.#ask('rings, hang up', 'DELETE', `/channels/${id}`);
    await this.#until('rings, ended', id, 'ChannelDestroyed');
    await this.#seen('rings, seen', number);
  }

  async callerIds(): Promise<void> {
    const callers: readonly (readonly [string, string | undefined])[] = [
      ['a foreign caller ID', '4930123'],
      ['no caller ID', undefined],
      ['a caller ID with a name', `"Anna B" <${this.#trunk.account.numbers[1] ?? ''}>`],
      ['a caller ID with a plus', `+${this.#shown}`],
    ];
    for (const [title, callerId] of callers) {
      const number = trunkNumber({ kind: 'hangs-up', talkMs: 0 }, this.#serial % 100);
      const id = await this.#originate(title, `PJSIP/+${number}@trunk`, { callerId });
      await this.#until(`${title}, events`, id, 'ChannelDestroyed');
      await this.#seen(`${title}, seen`, number);
    }
  }

  /** A phone on a desk: what it does, and keys both ways. */
  async desk(): Promise<void> {
    await using desk = await this.#pbx.register({ extension: '201' });
    for (const status of [486, 603] as const) {
      desk.manner = { kind: 'rejects', status, afterMs: 100 };
      const id = await this.#originate(`desk refuses ${status}`, 'PJSIP/201');
      await this.#until(`desk refuses ${status}, events`, id, 'ChannelDestroyed');
      const { ended } = await desk.nextCall();
      this.transcript.note(`desk refused ${status}`, await ended);
    }

    desk.manner = { kind: 'rings' };
    const missed = await this.#originate('desk is not answered', 'PJSIP/201');
    await this.#until('desk is not answered, rings', missed, 'ChannelStateChange');
    await this.#untilDial(missed, 'RINGING');
    const ringing = await desk.nextCall();
    this.transcript.note('desk shows', [ringing.callerNumber, ringing.callerName]);
    await this.#ask('desk is not answered, hang up', 'DELETE', `/channels/${missed}`);
    await this.#until('desk is not answered, events', missed, 'ChannelDestroyed');
    const { by, status } = await ringing.ended;
    this.transcript.note('desk that missed a call', { by, status });

    const id = await this.#originate('desk answers', 'PJSIP/201');
    const call = await desk.nextCall();
    call.answer();
    await this.#until('desk answers, up', id, 'StasisStart');
    await call.sendDtmf('5');
    await this.#until('key as RTP event', id, 'ChannelDtmfReceived');
    await call.sendDtmf('#', 'info');
    await this.#until('key as INFO', id, 'ChannelDtmfReceived');
    await this.#ask('keys to the desk', 'POST', `/channels/${id}/dtmf?dtmf=1%232`);
    await until(() => call.receivedDigits.length >= 3);
    this.transcript.note('keys at the desk', call.receivedDigits);
    await call.hangup();
    await this.#until('desk hung up', id, 'ChannelDestroyed');
    this.transcript.note('desk that hung up', await call.ended);
  }

  /** A caller and a phone in one bridge hear each other. */
  async dial(): Promise<void> {
    await using desk = await this.#pbx.register({ extension: '202' });
    const { phone: caller, id: callerId } = await this.#callIn();
    await this.#ask('ring for the caller', 'POST', `/channels/${callerId}/ring`);
    const id = await this.#originate('dial', 'PJSIP/202', { beside: 1 });
    await this.#until('dial, up', id, 'StasisStart');
    const call = await desk.nextCall();
    await this.#ask('answer the caller', 'POST', `/channels/${callerId}/answer`);
    await caller.answered;
    await this.#ari.request('POST', '/bridges/pc-dial?type=mixing');
    const members = { channel: [callerId, id] };
    await this.#ask('bridge', 'POST', '/bridges/pc-dial/addChannel', { body: members });
    await this.#hearEachOther(caller, call);
    await this.#ask('hang up the desk', 'DELETE', `/channels/${id}`);
    await this.#until('dial, ended', id, 'ChannelDestroyed');
    await caller.hangup();
    await this.#ari.request('DELETE', '/bridges/pc-dial');
  }

  async #hearEachOther(one: Phone, other: Phone): Promise<void> {
    const words = [31, 37].map((step) =>
      Uint8Array.from({ length: 3200 }, (_, i) => (i * step + (i >> 8)) & 0xff),
    );
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = words;
    await Promise.all([one.play(first), other.play(second)]);
    const has = (phone: Phone, part: Uint8Array) =>
      Buffer.from(phone.recording.payload()).includes(part);
    await until(() => has(one, second) && has(other, first));
    this.transcript.note('both heard each other', true);
  }

  async playback(): Promise<void> {
    await using desk = await this.#pbx.register({ extension: '203' });
    const mulaw = Uint8Array.from({ length: 4000 }, (_, i) => (i * 41 + (i >> 8)) & 0xff);
    const media = await this.#pbx.addSound('hello', mulaw);
    this.transcript.name(media, 'hello');
    this.transcript.name(media.replace('sound:', ''), 'hello');
    const id = await this.#originate('play', 'PJSIP/203');
    await this.#until('play, up', id, 'StasisStart');
    const call = await desk.nextCall();
    const play = async (title: string, what: string, playbackId: string) => {
      const query = `media=${encodeURIComponent(what)}&playbackId=${playbackId}`;
      const { status, body } = await this.#ari.request('POST', `/channels/${id}/play?${query}`);
      const { state, ...rest } = playbackSchema.parse(body);
      // It may have begun by the time of the answer.
      const isFresh = state === 'queued' || state === 'playing';
      this.transcript.note(title, { status, ...rest, isFresh });
    };
    await play('play a sound', media, 'pc-p1');
    await this.#untilPlayed('played', 'pc-p1');
    await until(() => Buffer.from(call.recording.payload()).includes(mulaw));
    this.transcript.note('sound was heard', true);

    await play('play what is not there', 'sound:nix', 'pc-p2');
    await this.#untilPlayed('not played', 'pc-p2');
    await play('play, to stop', media, 'pc-p3');
    await play('play, behind it', media, 'pc-p4');
    await this.#untilPlayed('started', 'pc-p3', 'PlaybackStarted');
    await this.#ask('playback', 'GET', '/playbacks/pc-p4');
    await this.#ask('stop', 'DELETE', '/playbacks/pc-p3');
    await this.#untilPlayed('stopped', 'pc-p3');
    await this.#untilPlayed('the one behind it', 'pc-p4');
    await this.#ask('stop again', 'DELETE', '/playbacks/pc-p3');
    await this.#ask('unknown playback', 'GET', '/playbacks/nix');
    await this.#ask('play nothing', 'POST', `/channels/${id}/play`);
    await play('play, to hang up', media, 'pc-p5');
    await call.hangup();
    await this.#until('hung up while playing', id, 'ChannelDestroyed');
  }

  /** Somebody calls the customer's number at the provider. */
  async inbound(): Promise<void> {
    const caller = await this.#trunk.dial({ callerNumber: '4930123', until: 'sent' });
    const [started] = (await this.#events.until(({ type }) => type === 'StasisStart')).slice(-1);
    const id = started?.channel?.id ?? '';
    this.transcript.name(id, 'caller');
    this.transcript.note('a call from the provider', started === undefined ? null : brief(started));
    await this.#ask('answer the provider', 'POST', `/channels/${id}/answer`);
    await caller.answered;
    await caller.hangup();
    await this.#until('the provider hung up', id, 'StasisEnd');
    await this.#events.close();
  }

  /** Answers the channel's id, which is shown as `<call>`. */
  async #originate(
    title: string,
    endpoint: string,
    options: {
      readonly timeout?: number;
      readonly callerId?: string | undefined;
      /** Channels that are up already. */
      readonly beside?: number;
    } = {},
  ): Promise<string> {
    const beside = options.beside ?? 0;
    await until(async () => (await this.#pbx.leftovers()).channels.length <= beside);
    const id = `pc-out-${++this.#serial}`;
    this.transcript.name(id, 'call');
    const body = {
      endpoint,
      app: APP,
      appArgs: 'outbound,one',
      channelId: id,
      // Without it, audio through a Local channel is resampled to 16 kHz and back on its way (seen in 16 and 22).
      formats: 'ulaw',
      timeout: options.timeout ?? 10,
      callerId: 'callerId' in options ? options.callerId : this.#shown,
    };
    await this.#ask(title, 'POST', '/channels', { body });
    return id;
  }

  /** Events of one channel up to one of this type. Its `Dial` events are kept apart: their order among the others varies. */
  async #until(title: string, id: string, type: string): Promise<void> {
    const all = await this.#events.until(
      (event) => event.type === type && event.channel?.id === id,
    );
    const mine = all.filter((event) => event.channel?.id === id && !LEFT_OUT.has(event.type));
    const dials = all.filter((event) => event.type === 'Dial' && event.peer?.id === id);
    this.#dials.push(...dials.map((event) => String(event['dialstatus'])));
    this.transcript.note(title, mine.map(brief));
    if (type === 'ChannelDestroyed') this.transcript.note(`${title}, Dial`, this.#dials.splice(0));
  }

  async #untilDial(id: string, dialstatus: string): Promise<void> {
    if (this.#dials.includes(dialstatus)) return;
    await this.#events.until(
      (event) => event['dialstatus'] === dialstatus && event.peer?.id === id,
    );
    this.#dials.push(dialstatus);
  }

  async #untilPlayed(
    title: string,
    playbackId: string,
    last: 'PlaybackStarted' | 'PlaybackFinished' = 'PlaybackFinished',
  ): Promise<void> {
    const isMine = (event: ProbeEvent) =>
      JSON.stringify(event['playback'] ?? '').includes(`"${playbackId}"`);
    const all = await this.#events.until((event) => event.type === last && isMine(event));
    const states = all.filter(isMine).map(({ type, playback }) => ({ type, playback }));
    this.transcript.note(title, states);
  }

  async #seen(title: string, number: string): Promise<void> {
    const call = await this.#trunk.endedCall(number);
    const { from, asserted, isRefused, endedBy, cause } = call;
    this.transcript.note(title, {
      number,
      from,
      asserted,
      isRefused,
      endedBy,
      cause,
      rang: call.rungAt !== undefined,
      progressed: call.progressAt !== undefined,
      answered: call.answeredAt !== undefined,
    });
  }

  async #ask(
    title: string,
    method: string,
    path: string,
    options: { readonly body?: unknown } = {},
  ): Promise<void> {
    this.transcript.note(title, await this.#ari.request(method, path, options));
  }
}

/** µ-law's two zeros are one to whoever has gone by way of linear samples: a recording, or an echo that is recorded. */
function includesLike(heard: Uint8Array, words: Uint8Array): boolean {
  const withOneZero = (mulaw: Uint8Array) => mulaw.map((byte) => (byte === 0x7f ? 0xff : byte));
  return Buffer.from(withOneZero(heard)).includes(withOneZero(words));
}
