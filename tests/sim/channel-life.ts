import { AriError } from './ari-error.ts';
import { bridgeJson, channelJson } from './ari-json.ts';
import type { Json } from './ari-json.ts';
import type { Bridge } from './bridge.ts';
import { CANCELLED, CAUSE_TEXTS, NORMAL_CLEARING, SOFT_HANGUP } from './causes.ts';
import type { Channel, Hangup } from './channel.ts';
import { EventHub } from './event-hub.ts';
import { ExternalMedia } from './external-media.ts';
import type { Faults, HangupPoint } from './faults.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { Playbacks } from './playbacks.ts';

const NOT_IN_STASIS = 'Channel not in Stasis application';

/**
 * All channels of the simulated PBX, and what happens to one whoever has it happen: the answer, Stasis, bridges, the end, and
 * the events that tell of it.
 *
 * Not published, because nothing here needs them: `ChannelVarset` of BRIDGEPEER and RTPAUDIOQOS, `ChannelConnectedLine`.
 */
export class ChannelLife {
  readonly events = new EventHub();
  readonly channels = new Map<string, Channel>();
  readonly playbacks = new Playbacks((channel, type, playback) => {
    this.events.publish({ channelId: channel.id }, { type, playback });
  });
  /** Calls that the PBX places and that are not answered yet, by the id of every channel that they have. */
  readonly outgoing = new Map<string, OutgoingCall>();
  readonly #faults: Faults;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isAbandoned = false;
  #serial = 0;
  #phones = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** The process is gone: nobody is told of anything more. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  answer(channel: Channel): void {
    if (channel.state === 'Up' || channel.isEnded) return;
    channel.state = 'Up';
    this.publish(channel, 'ChannelStateChange', {});
    channel.technology.answer();
  }

  enterStasis(channel: Channel, app: string, args: readonly string[]): void {
    channel.app = app;
    if (channel.place.app !== 'Stasis')
      channel.place = { ...channel.place, app: 'Stasis', appData: [app, ...args].join(',') };
    this.events.subscribe(app, { channelId: channel.id });
    this.publish(channel, 'StasisStart', { args: [...args] });
  }

  leaveStasis(channel: Channel): void {
    const { app } = channel;
    if (app === undefined) return;
    channel.app = undefined;
    this.publish(channel, 'StasisEnd', {});
    this.events.unsubscribe(app, { channelId: channel.id });
    if (channel.home !== undefined) channel.place = channel.home;
  }

  /**
   * A channel that leaves alive takes its application's subscription to the bridge along; one that dies in it leaves it
   * behind, so that the application hears of the bridge's end. Asterisk counts the same way (seen in 16 and 22).
   */
  leaveBridge(channel: Channel, how: 'alive' | 'dead'): void {
    const { bridge, app } = channel;
    if (bridge === undefined) return;
    bridge.channels.delete(channel);
    channel.bridge = undefined;
    this.publish(channel, 'ChannelLeftBridge', {}, bridge);
    if (how === 'alive' && app !== undefined) this.events.unsubscribe(app, { bridgeId: bridge.id });
  }

  end(channel: Channel, hangup: Hangup): void {
    if (channel.isEnded) return;
    channel.isEnded = true;
    const { byFarEnd, cause } = hangup;
    const wasAnswered = channel.state === 'Up';
    channel.stopApplication();
    const request: Record<string, Json> = byFarEnd ? { cause } : { cause: SOFT_HANGUP, soft: true };
    if (byFarEnd && cause === CANCELLED) request['tech_cause'] = 487;
    this.publish(channel, 'ChannelHangupRequest', request);
    this.leaveBridge(channel, 'dead');
    this.leaveStasis(channel);
    // Inbound, this is what the real one says whatever the cause was.
    const last = channel.home === undefined || !byFarEnd ? NORMAL_CLEARING : cause;
    const shadows = this.outgoing.get(channel.id)?.shadows ?? [];
    this.channels.delete(channel.id);
    const texts = { cause: last, cause_txt: CAUSE_TEXTS[last] ?? 'Unknown' };
    this.publish(channel, 'ChannelDestroyed', texts);
    this.forget(channel);
    this.endShadows(shadows);
    channel.technology.end(hangup, wasAnswered);
  }

  /** The channels that were there to be seen only. */
  endShadows(shadows: readonly Channel[]): void {
    for (const shadow of shadows) {
      if (shadow.isEnded) continue;
      shadow.isEnded = true;
      this.publish(shadow, 'ChannelHangupRequest', { cause: NORMAL_CLEARING });
      this.publish(shadow, 'ChannelDestroyed', {
        cause: NORMAL_CLEARING,
        cause_txt: 'Normal Clearing',
      });
      this.forget(shadow);
    }
  }

  forget(channel: Channel): void {
    this.channels.delete(channel.id);
    this.outgoing.delete(channel.id);
    this.playbacks.forget(channel);
    this.events.forget({ channelId: channel.id });
  }

  publish(
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

  requireStasis(channel: Channel, status = 409): void {
    if (channel.app === undefined) throw new AriError(status, NOT_IN_STASIS);
  }

  /** A caller who hangs up at the worst moment, where the faults say so. */
  hangupAt(point: HangupPoint, channel: Channel): void {
    // Callers only, not what the PBX made: external media, and calls out.
    if (this.#faults.hangupAt !== point || channel.home !== undefined) return;
    this.end(channel, {
      cause: channel.state === 'Up' ? NORMAL_CLEARING : CANCELLED,
      byFarEnd: true,
    });
  }

  hangupCallersAt(point: HangupPoint): void {
    for (const channel of this.channels.values()) {
      if (channel.app !== undefined) this.hangupAt(point, channel);
    }
  }

  after(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** Of the next channel with a far end, as it stands in names: `0000001a`. */
  newSerial(): string {
    return (this.#phones++).toString(16).padStart(8, '0');
  }

  newId(): string {
    return `${Math.floor(Date.now() / 1000)}.${this.#serial++}`;
  }

  /** Every leg is released, and no timer runs on. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const channel of this.channels.values()) {
      channel.stopApplication();
      if (channel.technology instanceof ExternalMedia) channel.technology.end();
      this.playbacks.forget(channel);
    }
    for (const outgoing of this.outgoing.values()) outgoing.abandon();
    this.channels.clear();
  }
}
