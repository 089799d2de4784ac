import { AriError } from './ari-error.ts';
import { bridgeJson } from './ari-json.ts';
import type { Json } from './ari-json.ts';
import { Bridge } from './bridge.ts';
import type { CallerIdentity } from './callee.ts';
import { CANCELLED, NORMAL_CLEARING } from './causes.ts';
import { Channel } from './channel.ts';
import { ChannelLife } from './channel-life.ts';
import type { FoundEndpoint } from './endpoints.ts';
import type { EventHub } from './event-hub.ts';
import { Extensions } from './extensions.ts';
import type { Faults } from './faults.ts';
import { MediaLegs } from './media-legs.ts';
import type { ExternalMediaRequest } from './media-legs.ts';
import { Originator } from './originator.ts';
import type { OriginateRequest } from './originator.ts';
import type { PlaybackJson, Playbacks } from './playbacks.ts';
import type { RandomSource } from './random.ts';
import type { RtpPorts } from './rtp-ports.ts';
import type { SimulatedPhone } from './simulated-phone.ts';

/**
 * What can be asked of the simulated PBX, by phones and through ARI, and its bridges. What follows from it: {@link ChannelLife}.
 * The order of events is that of Asterisk 22.10.1.
 */
export class Switchboard {
  readonly bridges = new Map<string, Bridge>();
  readonly #life: ChannelLife;
  readonly #extensions: Extensions;
  readonly #mediaLegs: MediaLegs;
  readonly #originator: Originator;
  readonly #ports: RtpPorts;

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
    const { faults, random, ports, onOutOfPorts } = options;
    this.#life = new ChannelLife(faults);
    this.#ports = ports;
    this.#extensions = new Extensions(this.#life, faults, options.apps);
    this.#mediaLegs = new MediaLegs({ life: this.#life, faults, random, ports, onOutOfPorts });
    this.#originator = new Originator(this.#life, options.findEndpoint);
  }

  get events(): EventHub {
    return this.#life.events;
  }

  get channels(): ReadonlyMap<string, Channel> {
    return this.#life.channels;
  }

  get playbacks(): Playbacks {
    return this.#life.playbacks;
  }

  channel(id: string): Channel {
    const channel = this.#life.channels.get(id);
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
      id: this.#life.newId(),
      name: `PJSIP/${endpoint}-${this.#life.newSerial()}`,
      protocolId: `${this.#life.newId()}@127.0.0.1`,
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
    this.#life.channels.set(channel.id, channel);
    phone.connect({
      id: channel.id,
      receive: (frame) => channel.receive(frame),
      press: (digit, durationMs) => {
        this.#life.publish(channel, 'ChannelDtmfReceived', { digit, duration_ms: durationMs });
      },
      hangup: () => {
        const cause = channel.state === 'Up' ? NORMAL_CLEARING : CANCELLED;
        this.#life.end(channel, { cause, byFarEnd: true });
      },
    });
    this.#extensions.run(channel, extension);
  }

  answer(channel: Channel): void {
    this.#life.requireStasis(channel);
    this.#life.answer(channel);
    this.#life.hangupAt('answer', channel);
  }

  ring(channel: Channel): void {
    this.#life.requireStasis(channel);
    channel.technology.ring();
  }

  sendDigits(channel: Channel, digits: string): void {
    this.#life.requireStasis(channel);
    channel.technology.sendDigits(digits);
  }

  setVariable(channel: Channel, name: string, value: string): void {
    channel.variables.set(name, value);
    this.#life.publish(channel, 'ChannelVarset', { variable: name, value });
  }

  /** Back to the dialplan: to the place given, or behind `Stasis()`, where the human is. */
  continue(channel: Channel, extension: string | undefined): void {
    this.#life.requireStasis(channel);
    this.#life.leaveBridge(channel, 'alive');
    this.#life.leaveStasis(channel);
    if (extension === undefined) this.#extensions.runHuman(channel);
    else this.#extensions.run(channel, extension);
  }

  /** Hangs up through ARI. */
  hangup(channel: Channel, cause: number): void {
    const outgoing = this.#life.outgoing.get(channel.id);
    if (outgoing?.isOpen === true) outgoing.cancel(cause);
    else this.#life.end(outgoing?.channel ?? channel, { cause, byFarEnd: false });
  }

  /** Places a call. Answers the channel as it is at that moment: down. */
  originate(request: OriginateRequest): Json {
    return this.#originator.originate(request);
  }

  /** `POST /channels/{id}/play`. */
  play(channel: Channel, media: string, id: string | undefined): PlaybackJson {
    this.#life.requireStasis(channel);
    return this.#life.playbacks.play(channel, media, id);
  }

  /** Answers the leg as it is at that moment: down. Undefined when the PBX died of it. */
  async externalMedia(request: ExternalMediaRequest): Promise<Json | undefined> {
    return this.#mediaLegs.open(request);
  }

  createBridge(id: string | undefined, name: string): Bridge {
    const bridge = new Bridge(id ?? this.#life.newId(), name);
    if (this.bridges.has(bridge.id)) {
      throw new AriError(409, `Bridge with id '${bridge.id}' already exists`);
    }
    this.bridges.set(bridge.id, bridge);
    return bridge;
  }

  addToBridge(bridge: Bridge, channels: readonly Channel[]): void {
    for (const channel of channels) this.#life.requireStasis(channel, 422);
    for (const channel of channels) {
      if (channel.bridge === bridge) continue;
      this.#life.leaveBridge(channel, 'alive');
      bridge.channels.add(channel);
      channel.bridge = bridge;
      if (channel.app !== undefined)
        this.#life.events.subscribe(channel.app, { bridgeId: bridge.id });
      this.#life.publish(channel, 'ChannelEnteredBridge', {}, bridge);
    }
    this.#life.hangupCallersAt('bridged');
  }

  removeFromBridge(bridge: Bridge, channels: readonly Channel[]): void {
    for (const channel of channels) {
      if (channel.bridge !== bridge) throw new AriError(422, 'Channel not in this bridge');
    }
    for (const channel of channels) this.#life.leaveBridge(channel, 'alive');
  }

  destroyBridge(bridge: Bridge): void {
    for (const channel of bridge.channels) this.#life.leaveBridge(channel, 'alive');
    this.bridges.delete(bridge.id);
    this.#life.events.publish(
      { bridgeId: bridge.id },
      { type: 'BridgeDestroyed', bridge: bridgeJson(bridge) },
    );
    this.#life.events.forget({ bridgeId: bridge.id });
  }

  /** Sends a caller's `StasisStart` once more, as no Asterisk should. */
  repeatStasisStart(channel: Channel): void {
    this.#extensions.repeatStasisStart(channel);
  }

  /** The process is gone: every leg is released, nobody is told. */
  abandon(): void {
    this.#life.abandon();
    this.bridges.clear();
  }
}
