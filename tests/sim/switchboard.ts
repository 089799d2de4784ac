import { AllocationFailed, AriError } from './ari-error.ts';
import { bridgeJson, channelJson } from './ari-json.ts';
import type { Json } from './ari-json.ts';
import { Bridge } from './bridge.ts';
import { Channel } from './channel.ts';
import type { ChannelTechnology, Hangup } from './channel.ts';
import type { CallerIdentity } from './callee.ts';
import { CAUSE_TEXTS } from './causes.ts';
import { RIG_EXTENSIONS, playMilliwatt } from './dialplan.ts';
import type { DialplanStep } from './dialplan.ts';
import type { FoundEndpoint } from './endpoints.ts';
import { EventHub } from './event-hub.ts';
import { ExternalMedia } from './external-media.ts';
import type { Faults, HangupPoint } from './faults.ts';
import { OutgoingCall } from './outgoing-call.ts';
import type { OutgoingDesk } from './outgoing-call.ts';
import { Playbacks } from './playbacks.ts';
import type { PlaybackJson } from './playbacks.ts';
import type { RandomSource } from './random.ts';
import type { RtpPorts } from './rtp-ports.ts';
import type { SimulatedPhone } from './simulated-phone.ts';

/** What `POST /channels/externalMedia` was asked for, checked. */
export interface ExternalMediaRequest {
  readonly channelId: string | undefined;
  readonly app: string;
  readonly host: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** What `POST /channels` was asked for, checked. */
export interface OriginateRequest {
  readonly channelId: string | undefined;
  readonly otherChannelId: string | undefined;
  readonly endpoint: string;
  readonly app: string;
  readonly appArgs: readonly string[];
  readonly caller: CallerIdentity;
  /** Negative: none. */
  readonly timeoutMs: number;
  readonly variables: Readonly<Record<string, string>>;
}

const INTERNAL_ERROR = 'An internal error prevented this request from being handled';
const NOT_IN_STASIS = 'Channel not in Stasis application';
/** Where an external-media channel is outside Stasis. */
const EXTERNAL_PLACE: Channel['place'] = {
  context: 'default',
  exten: 's',
  priority: 1,
  app: 'AppDial2',
  appData: '(Outgoing Line)',
};
/** What `ChannelHangupRequest` shows as cause of a hang-up through ARI (seen in 16 and 22). */
const SOFT_HANGUP = 32;
const CANCELLED = 127;
const NORMAL = 16;
/** From the answer to `POST /channels` to the first event; Asterisk takes 2 to 10 ms. */
const CHANNEL_START_MS = 2;

/** Far end of a channel that leads nowhere. */
const NOBODY: ChannelTechnology = {
  write: () => {},
  answer: () => {},
  ring: () => {},
  sendDigits: () => {},
  end: () => {},
};

/**
 * Channels, bridges and the dialplan of the simulated PBX, and the events that follow from what happens to them. The order
 * of events is that of Asterisk 22.10.1.
 *
 * Not published, because nothing here needs them: `ChannelVarset` of BRIDGEPEER and RTPAUDIOQOS, `ChannelConnectedLine`.
 */
export class Switchboard {
  readonly events = new EventHub();
  readonly channels = new Map<string, Channel>();
  readonly bridges = new Map<string, Bridge>();
  readonly playbacks = new Playbacks((channel, type, playback) => {
    this.events.publish({ channelId: channel.id }, { type, playback });
  });
  readonly #faults: Faults;
  readonly #random: RandomSource;
  readonly #ports: RtpPorts;
  readonly #dialplan: Readonly<Record<string, DialplanStep>>;
  readonly #onOutOfPorts: () => void;
  readonly #findEndpoint: (endpoint: string, caller: CallerIdentity) => FoundEndpoint | undefined;
  /** Calls that the PBX places and that are not answered yet, by the id of every channel that they have. */
  readonly #outgoing = new Map<string, OutgoingCall>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isAbandoned = false;
  #serial = 0;
  #phones = 0;

  constructor(options: {
    readonly faults: Faults;
    readonly random: RandomSource;
    readonly ports: RtpPorts;
    /** Application of each extension. */
    readonly apps: Readonly<Record<string, string>>;
    /** A real Asterisk is gone by the next instruction. */
    readonly onOutOfPorts: () => void;
    readonly findEndpoint: (endpoint: string, caller: CallerIdentity) => FoundEndpoint | undefined;
  }) {
    this.#faults = options.faults;
    this.#random = options.random;
    this.#ports = options.ports;
    this.#onOutOfPorts = options.onOutOfPorts;
    this.#findEndpoint = options.findEndpoint;
    const apps = Object.entries(options.apps).map(
      ([extension, app]) => [extension, { kind: 'stasis', app }] as const,
    );
    this.#dialplan = { ...RIG_EXTENSIONS, ...Object.fromEntries(apps) };
  }

  channel(id: string): Channel {
    const channel = this.channels.get(id);
    if (channel === undefined) throw new AriError(404, 'Channel not found');
    return channel;
  }

  /** `statusText`: Asterisk spells it another way where a bridge is only looked at. */
  bridge(id: string, statusText = 'Not found'): Bridge {
    const bridge = this.bridges.get(id);
    if (bridge === undefined) throw new AriError(404, 'Bridge not found', statusText);
    return bridge;
  }

  /** A phone dials. Its RTP takes a port of the range like any other leg. */
  call(
    phone: SimulatedPhone,
    caller: { readonly name: string; readonly number: string },
    extension: string,
    endpoint: 'phone' | 'trunk' = 'phone',
  ): void {
    const port = this.#ports.take();
    if (port === undefined) {
      // Only external media is known to kill Asterisk here; a SIP call is taken to be refused.
      phone.end({ cause: 34, byFarEnd: false }, false);
      return;
    }
    const channel = new Channel({
      id: this.#newId(),
      name: `PJSIP/${endpoint}-${(this.#phones++).toString(16).padStart(8, '0')}`,
      protocolId: `${this.#newId()}@127.0.0.1`,
      caller,
      state: 'Ring',
      place: { context: 'from-phone', exten: extension, priority: 1, app: 'NoOp', appData: '' },
      technology: {
        write: (frame) => phone.write(frame),
        answer: () => phone.answer(),
        ring: () => phone.ring(),
        sendDigits: (digits) => phone.sendDigits(digits),
        end: (hangup, wasAnswered) => {
          this.#ports.giveBack(port);
          phone.end(hangup, wasAnswered);
        },
      },
    });
    this.channels.set(channel.id, channel);
    phone.connect({
      id: channel.id,
      receive: (frame) => channel.receive(frame),
      press: (digit, durationMs) => {
        this.#publish(channel, 'ChannelDtmfReceived', { digit, duration_ms: durationMs });
      },
      hangup: () => {
        const cause = channel.state === 'Up' ? NORMAL : CANCELLED;
        this.#end(channel, { cause, byFarEnd: true });
      },
    });
    this.#runExtension(channel, extension);
  }

  answer(channel: Channel): void {
    this.#requireStasis(channel);
    this.#answer(channel);
    this.#hangupAt('answer', channel);
  }

  ring(channel: Channel): void {
    this.#requireStasis(channel);
    channel.technology.ring();
  }

  sendDigits(channel: Channel, digits: string): void {
    this.#requireStasis(channel);
    channel.technology.sendDigits(digits);
  }

  setVariable(channel: Channel, name: string, value: string): void {
    channel.variables.set(name, value);
    this.#publish(channel, 'ChannelVarset', { variable: name, value });
  }

  /** Back to the dialplan: to the place given, or behind `Stasis()`, where the human is. */
  continue(channel: Channel, extension: string | undefined): void {
    this.#requireStasis(channel);
    this.#leaveBridge(channel, 'alive');
    this.#leaveStasis(channel);
    if (extension === undefined) this.#runHuman(channel);
    else this.#runExtension(channel, extension);
  }

  /** Hangs up through ARI. */
  hangup(channel: Channel, cause: number): void {
    const outgoing = this.#outgoing.get(channel.id);
    if (outgoing?.isOpen === true) outgoing.cancel(cause);
    else this.#end(outgoing?.channel ?? channel, { cause, byFarEnd: false });
  }

  /** Places a call. Answers the channel as it is at that moment: down. */
  originate(request: OriginateRequest): Json {
    const { endpoint, app, caller } = request;
    const id = request.channelId ?? this.#newId();
    if (this.channels.has(id)) {
      throw new AriError(409, 'Channel with given unique ID already exists');
    }
    const found = this.#findEndpoint(endpoint, caller);
    if (found === undefined) throw new AllocationFailed();
    const { callee, isLocal } = found;
    const otherId = request.otherChannelId ?? `${id};2`;
    const serial = (this.#phones++).toString(16).padStart(8, '0');
    const channel = new Channel({
      id,
      name: `${found.name}-${serial}${isLocal ? ';1' : ''}`,
      protocolId: isLocal ? '' : `${this.#newId()}@127.0.0.1`,
      caller,
      state: 'Down',
      place: found.place,
      isMade: true,
      technology: callee ?? NOBODY,
    });
    for (const [name, value] of Object.entries(request.variables)) {
      channel.variables.set(name, value);
    }
    const shadows = isLocal ? [this.#shadow(channel, otherId, `${found.name}-${serial};2`)] : [];
    const call = new OutgoingCall({
      desk: this.#outgoingDesk(app, request.appArgs, shadows),
      channel,
      shadows,
      callee,
      dialstring: found.dialstring,
    });
    for (const one of [channel, ...shadows]) {
      this.channels.set(one.id, one);
      this.#outgoing.set(one.id, call);
      this.events.subscribe(app, { channelId: one.id });
    }
    const answer = channelJson(channel);
    this.#after(CHANNEL_START_MS, () => call.begin(request.timeoutMs));
    return answer;
  }

  /** `POST /channels/{id}/play`. */
  play(channel: Channel, media: string, id: string | undefined): PlaybackJson {
    this.#requireStasis(channel);
    return this.playbacks.play(channel, media, id);
  }

  /**
   * Makes the UnicastRTP leg and answers it as it is at that moment: down. It enters Stasis a little later. Undefined when
   * the PBX died of it.
   */
  async externalMedia(request: ExternalMediaRequest): Promise<Json | undefined> {
    this.#hangupCallersAt('external-media-requested');
    if (request.channelId !== undefined && this.channels.has(request.channelId)) {
      throw new AriError(500, INTERNAL_ERROR, 'Internal Server Error');
    }
    const { host, port, app } = request;
    const opened = await this.#openMedia(host, port);
    if (opened === undefined) return undefined;
    const { media, localPort } = opened;
    const channel = new Channel({
      id: request.channelId ?? this.#newId(),
      name: `UnicastRTP/${host}:${port}-0x${this.#newId().replace('.', '')}`,
      protocolId: '',
      caller: { name: '', number: '' },
      state: 'Down',
      place: EXTERNAL_PLACE,
      isMade: true,
      technology: media,
    });
    media.onFrame = (frame) => channel.receive(frame);
    this.channels.set(channel.id, channel);
    this.events.subscribe(app, { channelId: channel.id });
    const channelvars = {
      ...request.variables,
      UNICASTRTP_LOCAL_PORT: String(localPort),
      UNICASTRTP_LOCAL_ADDRESS: '127.0.0.1',
    };
    for (const [name, value] of Object.entries(channelvars)) channel.variables.set(name, value);
    const answer = { ...channelJson(channel), channelvars };
    this.#after(this.#faults.externalStartDelayMs, () => this.#startExternal(channel, app));
    this.#hangupCallersAt('external-media-created');
    return answer;
  }

  createBridge(id: string | undefined, name: string): Bridge {
    const bridge = new Bridge(id ?? this.#newId(), name);
    if (this.bridges.has(bridge.id)) {
      throw new AriError(409, `Bridge with id '${bridge.id}' already exists`);
    }
    this.bridges.set(bridge.id, bridge);
    return bridge;
  }

  addToBridge(bridge: Bridge, channels: readonly Channel[]): void {
    for (const channel of channels) this.#requireStasis(channel, 422);
    for (const channel of channels) {
      if (channel.bridge === bridge) continue;
      this.#leaveBridge(channel, 'alive');
      bridge.channels.add(channel);
      channel.bridge = bridge;
      if (channel.app !== undefined) this.events.subscribe(channel.app, { bridgeId: bridge.id });
      this.#publish(channel, 'ChannelEnteredBridge', {}, bridge);
    }
    this.#hangupCallersAt('bridged');
  }

  removeFromBridge(bridge: Bridge, channels: readonly Channel[]): void {
    for (const channel of channels) {
      if (channel.bridge !== bridge) throw new AriError(422, 'Channel not in this bridge');
    }
    for (const channel of channels) this.#leaveBridge(channel, 'alive');
  }

  destroyBridge(bridge: Bridge): void {
    for (const channel of bridge.channels) this.#leaveBridge(channel, 'alive');
    this.bridges.delete(bridge.id);
    this.events.publish(
      { bridgeId: bridge.id },
      { type: 'BridgeDestroyed', bridge: bridgeJson(bridge) },
    );
    this.events.forget({ bridgeId: bridge.id });
  }

  /** Sends a caller's `StasisStart` once more, as no Asterisk should. */
  repeatStasisStart(channel: Channel): void {
    this.#publish(channel, 'StasisStart', { args: ['inbound'] });
  }

  /** The process is gone: every leg is released, nobody is told. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const channel of this.channels.values()) {
      channel.stopApplication();
      if (channel.technology instanceof ExternalMedia) channel.technology.end();
      this.playbacks.forget(channel);
    }
    for (const outgoing of this.#outgoing.values()) outgoing.abandon();
    this.channels.clear();
    this.bridges.clear();
  }

  /** The other half of a Local channel. */
  #shadow(channel: Channel, id: string, name: string): Channel {
    return new Channel({
      id,
      name,
      protocolId: '',
      caller: channel.caller,
      state: 'Ring',
      place: { ...channel.place, app: 'Dial', appData: '' },
      technology: NOBODY,
    });
  }

  #outgoingDesk(app: string, args: readonly string[], shadows: readonly Channel[]): OutgoingDesk {
    return {
      publish: (channel, type, fields) => this.#publish(channel, type, fields),
      publishDial: ({ id }, fields) => {
        this.events.publish({ channelId: id }, { type: 'Dial', ...fields });
      },
      answer: (channel) => this.#answer(channel),
      hand: (channel) => {
        if (this.events.isActive(app)) this.#enterStasis(channel, app, args);
        else this.#end(channel, { cause: NORMAL, byFarEnd: false });
      },
      hangup: (channel, cause) => this.#end(channel, { cause, byFarEnd: true }),
      remove: (channel) => {
        this.#forget(channel);
        this.#endShadows(shadows);
      },
      press: (channel, digit, durationMs) => {
        if (channel.state !== 'Up') return;
        this.#publish(channel, 'ChannelDtmfReceived', { digit, duration_ms: durationMs });
      },
    };
  }

  #endShadows(shadows: readonly Channel[]): void {
    for (const shadow of shadows) {
      if (shadow.isEnded) continue;
      shadow.isEnded = true;
      this.#publish(shadow, 'ChannelHangupRequest', { cause: NORMAL });
      this.#publish(shadow, 'ChannelDestroyed', { cause: NORMAL, cause_txt: 'Normal Clearing' });
      this.#forget(shadow);
    }
  }

  #forget(channel: Channel): void {
    this.channels.delete(channel.id);
    this.#outgoing.delete(channel.id);
    this.playbacks.forget(channel);
    this.events.forget({ channelId: channel.id });
  }

  /** On the first port that no other process has: Asterisk too tries the next. */
  async #openMedia(
    host: string,
    port: number,
  ): Promise<{ readonly media: ExternalMedia; readonly localPort: number } | undefined> {
    for (;;) {
      const localPort = this.#takePort();
      if (localPort === undefined) return undefined;
      try {
        const media = await ExternalMedia.open({
          localPort,
          host,
          port,
          faults: this.#faults,
          random: this.#random,
          onEnd: () => this.#ports.giveBack(localPort),
        });
        if (!this.#isAbandoned) return { media, localPort };
        media.end();
        return undefined;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
          throw error;
      }
    }
  }

  #startExternal(channel: Channel, app: string): void {
    if (channel.isEnded) return;
    const dial = (dialstatus: string) => {
      const peer = channelJson(channel);
      const dialstring = channel.name.slice('UnicastRTP/'.length).split('-')[0] ?? '';
      this.events.publish(
        { channelId: channel.id },
        { type: 'Dial', dialstatus, forward: '', dialstring: `${dialstring}/c(ulaw)`, peer },
      );
    };
    dial('');
    this.#answer(channel);
    dial('ANSWER');
    if (this.#faults.swallowsExternalStart) return;
    if (this.events.isActive(app)) this.#enterStasis(channel, app, []);
    // Nobody takes it: AppDial2 has no dialplan behind it.
    else this.#end(channel, { cause: NORMAL, byFarEnd: false });
    this.#hangupCallersAt('external-media-started');
  }

  #runExtension(channel: Channel, extension: string): void {
    channel.stopApplication();
    channel.dialplanMedia = undefined;
    const step = this.#dialplan[extension];
    const goTo = (priority: number, app: string, appData: string) => {
      channel.place = { context: 'from-phone', exten: extension, priority, app, appData };
    };
    switch (step?.kind) {
      case 'stasis':
        goTo(3, 'Stasis', `${step.app},inbound`);
        if (!this.events.isActive(step.app)) {
          this.#runHuman(channel);
          return;
        }
        this.#enterStasis(channel, step.app, ['inbound']);
        if (this.#faults.duplicatesStasisStart) this.repeatStasisStart(channel);
        this.#hangupAt('stasis-start', channel);
        return;
      case 'echo':
        goTo(2, 'Echo', '');
        this.#answer(channel);
        channel.dialplanMedia = (frame) => channel.technology.write(frame);
        return;
      case 'human':
        this.#runHuman(channel);
        return;
      case 'silence':
        goTo(2, 'Wait', '3600');
        this.#answer(channel);
        return;
      case 'ring':
        goTo(2, 'Wait', '3600');
        channel.technology.ring();
        return;
      case 'brief':
        goTo(2, 'Wait', '1');
        this.#answer(channel);
        this.#after(1000, () => this.#end(channel, { cause: NORMAL, byFarEnd: false }));
        return;
      case 'reject':
        this.#end(channel, { cause: step.cause, byFarEnd: false });
        return;
      default:
        // Extension not found: 404.
        this.#end(channel, { cause: 1, byFarEnd: false });
    }
  }

  #runHuman(channel: Channel): void {
    channel.place = { context: 'human', exten: 's', priority: 3, app: 'Milliwatt', appData: 'o' };
    this.#answer(channel);
    channel.variables.set('PATCHCORD_HUMAN', 'yes');
    channel.stopApplication = playMilliwatt(channel);
  }

  #enterStasis(channel: Channel, app: string, args: readonly string[]): void {
    channel.app = app;
    if (channel.place.app !== 'Stasis')
      channel.place = { ...channel.place, app: 'Stasis', appData: [app, ...args].join(',') };
    this.events.subscribe(app, { channelId: channel.id });
    this.#publish(channel, 'StasisStart', { args: [...args] });
  }

  #leaveStasis(channel: Channel): void {
    const { app } = channel;
    if (app === undefined) return;
    channel.app = undefined;
    this.#publish(channel, 'StasisEnd', {});
    this.events.unsubscribe(app, { channelId: channel.id });
    if (channel.home !== undefined) channel.place = channel.home;
  }

  /**
   * A channel that leaves alive takes its application's subscription to the bridge along; one that dies in it leaves it
   * behind, so that the application hears of the bridge's end. Asterisk counts the same way (seen in 16 and 22).
   */
  #leaveBridge(channel: Channel, how: 'alive' | 'dead'): void {
    const { bridge, app } = channel;
    if (bridge === undefined) return;
    bridge.channels.delete(channel);
    channel.bridge = undefined;
    this.#publish(channel, 'ChannelLeftBridge', {}, bridge);
    if (how === 'alive' && app !== undefined) this.events.unsubscribe(app, { bridgeId: bridge.id });
  }

  #answer(channel: Channel): void {
    if (channel.state === 'Up' || channel.isEnded) return;
    channel.state = 'Up';
    this.#publish(channel, 'ChannelStateChange', {});
    channel.technology.answer();
  }

  #end(channel: Channel, hangup: Hangup): void {
    if (channel.isEnded) return;
    channel.isEnded = true;
    const { byFarEnd, cause } = hangup;
    const wasAnswered = channel.state === 'Up';
    channel.stopApplication();
    const request: Record<string, Json> = byFarEnd ? { cause } : { cause: SOFT_HANGUP, soft: true };
    if (byFarEnd && cause === CANCELLED) request['tech_cause'] = 487;
    this.#publish(channel, 'ChannelHangupRequest', request);
    this.#leaveBridge(channel, 'dead');
    this.#leaveStasis(channel);
    // Inbound, this is what the real one says whatever the cause was.
    const last = channel.home === undefined || !byFarEnd ? NORMAL : cause;
    const shadows = this.#outgoing.get(channel.id)?.shadows ?? [];
    this.channels.delete(channel.id);
    const texts = { cause: last, cause_txt: CAUSE_TEXTS[last] ?? 'Unknown' };
    this.#publish(channel, 'ChannelDestroyed', texts);
    this.#forget(channel);
    this.#endShadows(shadows);
    channel.technology.end(hangup, wasAnswered);
  }

  #publish(
    channel: Channel,
    type: string,
    fields: Readonly<Record<string, Json>>,
    bridge?: Bridge,
  ): void {
    const about = bridge === undefined ? {} : { bridge: bridgeJson(bridge) };
    this.events.publish(
      { channelId: channel.id, ...(bridge === undefined ? {} : { bridgeId: bridge.id }) },
      { type, ...fields, ...about, channel: channelJson(channel) },
    );
  }

  #requireStasis(channel: Channel, status = 409): void {
    if (channel.app === undefined) throw new AriError(status, NOT_IN_STASIS);
  }

  #hangupAt(point: HangupPoint, channel: Channel): void {
    // Callers only, not what the PBX made: external media, and calls out.
    if (this.#faults.hangupAt !== point || channel.home !== undefined) return;
    this.#end(channel, { cause: channel.state === 'Up' ? NORMAL : CANCELLED, byFarEnd: true });
  }

  #hangupCallersAt(point: HangupPoint): void {
    for (const channel of this.channels.values()) {
      if (channel.app !== undefined) this.#hangupAt(point, channel);
    }
  }

  #takePort(): number | undefined {
    const port = this.#ports.take();
    if (port === undefined) this.#onOutOfPorts();
    return port;
  }

  #after(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }

  #newId(): string {
    return `${Math.floor(Date.now() / 1000)}.${this.#serial++}`;
  }
}
