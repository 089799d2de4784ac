/**
 * The relay: admits callers that enter our app, hands each channel's owner its events, and keeps the PBX clean.
 */

import { performance } from 'node:perf_hooks';
import { bridgeId, callSidOf } from '../core/ari-ids.ts';
import { describeError, RelayError } from '../core/error.ts';
import { PortPool } from '../core/port-pool.ts';
import { planSweep } from '../core/sweep.ts';
import type { Config } from '../config.ts';
import { ChannelRegistry } from './ari/channel-registry.ts';
import { AriConnection, type PbxListing } from './ari/connection.ts';
import { isGone, type AriHttp } from './ari/http.ts';
import { channelListSchema, type AriChannel, type AriEvent } from './ari/models.ts';
import { Call } from './call.ts';
import type { CallOrigin } from './call-origin.ts';
import type { CallContext } from './call-context.ts';
import { Counters } from './counters.ts';
import type { Log } from './log.ts';
import { MediaClock } from './media-clock.ts';
import { returnToDialplan, type ReturnReason } from './return-to-dialplan.ts';
import { openServices, type Services } from './services.ts';
import { sweep } from './sweep.ts';

/** The last calls' callbacks, when the relay stops. */
const CALLBACKS_DRAIN_MS = 3000;

const PLAYBACK_CHANNEL = /^channel:(.+)$/;

export class Relay {
  readonly config: Config;
  readonly counters = new Counters();
  readonly clock = new MediaClock();
  readonly services: Services;
  /** Rejects when the relay cannot go on: `ARI_UNAUTHORIZED`, `ARI_APP_REPLACED`. */
  readonly failed: Promise<never>;
  readonly #failure = Promise.withResolvers<never>();
  readonly #log: Log;
  readonly #ports: PortPool;
  readonly #calls = new Map<string, Call>();
  readonly #channels = new ChannelRegistry();
  readonly #connection: AriConnection;
  readonly #context: CallContext;
  readonly #idle = new Set<() => void>();
  #isDraining = false;
  /** Told of every call that has ended, while its counters can still be read. */
  onCallEnded: (call: Call) => void = () => {};

  constructor(config: Config, log: Log) {
    this.config = config;
    this.#log = log;
    this.services = openServices(config, this.counters, log);
    this.#ports = new PortPool(config.rtp.ports);
    this.failed = this.#failure.promise;
    this.failed.catch(() => {});
    this.#connection = new AriConnection({
      ...config.ari,
      log,
      onConnected: (ari, before) => this.#connected(ari, before),
      onEvent: (event) => this.#handleEvent(event),
      onDisconnected: () => this.counters.error('ARI_LOST'),
      onFatal: (error) => this.#failure.reject(error),
    });
    this.#context = {
      config,
      services: this.services,
      clock: this.clock,
      ports: this.#ports,
      channels: this.#channels,
      counters: this.counters,
      log,
      ari: () => this.#ari(),
      takePort: () => this.#takePort(),
    };
  }

  start(): void {
    this.#connection.start();
  }

  get isConnected(): boolean {
    return this.#connection.ari !== undefined;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get asteriskVersion(): string {
    return this.#connection.asteriskVersion;
  }

  get reconnects(): number {
    return this.#connection.reconnects;
  }

  get calls(): Iterable<Call> {
    return this.#calls.values();
  }

  get callCount(): number {
    return this.#calls.size;
  }

  get portsTaken(): number {
    return this.#ports.taken;
  }

  call(sid: string): Call | undefined {
    return this.#calls.get(sid);
  }

  /** Every channel on the PBX that somebody here owns: what a sweep must leave alone. */
  get channelIds(): ReadonlySet<string> {
    return this.#channels.ids;
  }

  /**
   * Places a call. Undefined where there is no room for it: the PBX's RTP ports, `MAX_CALLS`, or because the relay is stopping.
   */
  dial(origin: Extract<CallOrigin, { kind: 'outbound' }>): Call | undefined {
    const port = this.#takePort();
    if (port === undefined) return undefined;
    const call = new Call(this.#context, origin, port);
    this.#register(call);
    // Whoever asked for it sees it `queued` first.
    setImmediate(() => call.start());
    return call;
  }

  /**
   * Takes no new calls, lets those that run come to their end, and gives what is left after the drain time back to the
   * dialplan. Then disconnects.
   */
  async stop(drainMs: number): Promise<void> {
    this.#isDraining = true;
    const expired = Promise.withResolvers<void>();
    const timer = setTimeout(() => expired.resolve(), drainMs);
    if (drainMs === 0) expired.resolve();
    await Promise.race([this.#whenIdle(), expired.promise]);
    clearTimeout(timer);
    for (const call of this.#calls.values()) call.handle('stop');
    const settled = setTimeout(() => this.#connection.close(), 5000);
    await this.#whenIdle();
    clearTimeout(settled);
    this.#connection.close();
    await this.services.callbacks.drain(CALLBACKS_DRAIN_MS);
    await this.services.decoder.close();
    this.services.store.close();
  }

  #whenIdle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.add(resolve);
    return promise;
  }

  #ari(): AriHttp {
    const { ari } = this.#connection;
    if (ari === undefined) throw new RelayError('ARI_LOST', 'Asterisk is not connected');
    return ari;
  }

  /** A port for one more party. An Asterisk that runs out of RTP ports dies, so each party counts, dialled ones too. */
  #takePort(): number | undefined {
    if (this.#isDraining || this.#isFull) return undefined;
    return this.#ports.take(performance.now());
  }

  get #isFull(): boolean {
    return this.#ports.taken >= this.config.callsMax;
  }

  /** Ends leftovers, and learns which channels went away while we were not connected. */
  async #connected(ari: AriHttp, before: PbxListing): Promise<void> {
    const { app } = this.config.ari;
    const living = this.#channels.ids;
    const plan = planSweep({
      app,
      channels: before.channels,
      bridges: before.bridges,
      livingCallSids: new Set([
        ...this.#calls.keys(),
        ...[...living].flatMap((id) => callSidOf(app, id) ?? []),
      ]),
      livingChannelIds: living,
    });
    this.counters.swept += await sweep(ari, plan, this.#log);
    if (living.size === 0) return;
    const channels = await ari.get('/channels', channelListSchema);
    const present = new Set(channels.map(({ id }) => id));
    for (const id of living) {
      if (!present.has(id)) this.#channels.get(id)?.handleLeft({});
    }
    await this.#subscribe(
      ari,
      [...living].filter((id) => present.has(id)),
    );
  }

  /** Asterisk forgets what a lost socket was subscribed to. */
  async #subscribe(ari: AriHttp, channelIds: readonly string[]): Promise<void> {
    for (const id of channelIds) {
      try {
        await ari.post(`/applications/${this.config.ari.app}/subscription`, {
          eventSource: `channel:${id}`,
        });
      } catch (error) {
        this.#log.warn({ code: 'ARI_REFUSED', channel: id }, describeError(error));
      }
    }
  }

  #handleEvent(event: AriEvent): void {
    switch (event.type) {
      case 'StasisStart':
        this.#entered(event.channel);
        return;
      case 'StasisEnd':
        this.#channels.get(event.channel.id)?.handleLeft({});
        return;
      case 'ChannelDestroyed': {
        const { cause, tech_cause: sipCode } = event;
        const end = sipCode === undefined ? { cause } : { cause, sipCode };
        this.#channels.get(event.channel.id)?.handleLeft(end);
        return;
      }
      case 'ChannelStateChange':
        if (event.channel.state !== 'Ringing') return;
        this.#channels.get(event.channel.id)?.handleRinging?.();
        return;
      case 'Dial':
        if (event.dialstatus !== 'RINGING' && event.dialstatus !== 'PROGRESS') return;
        this.#channels.get(event.peer.id)?.handleRinging?.();
        return;
      case 'ChannelDtmfReceived':
        this.#channels.get(event.channel.id)?.handleDtmf?.(event.digit);
        return;
      case 'PlaybackFinished': {
        const channelId = PLAYBACK_CHANNEL.exec(event.playback.target_uri)?.[1] ?? '';
        this.#channels.get(channelId)?.handlePlaybackFinished?.(event.playback.id);
        return;
      }
      case 'ApplicationReplaced':
        return;
    }
  }

  #entered(channel: AriChannel): void {
    const owner = this.#channels.get(channel.id);
    if (callSidOf(this.config.ari.app, channel.id) !== undefined) {
      if (owner?.handleEntered === undefined) void this.#endLate(channel.id);
      else owner.handleEntered(channel);
      return;
    }
    // A second StasisStart of a call that lives is no new call. But a dialplan may send a caller whom it has just got back
    // into the app again, while we still clear up behind them.
    if (owner instanceof Call && !owner.isLeaving) return;
    const port = this.#takePort();
    if (port === undefined) {
      this.#refuse(channel.id, this.#isDraining ? 'draining' : 'busy');
      return;
    }
    const call = new Call(this.#context, { kind: 'inbound', caller: channel }, port);
    this.#register(call);
    call.start();
  }

  #register(call: Call): void {
    this.counters.calls++;
    this.#calls.set(call.sid, call);
    void call.ended.then(() => {
      this.onCallEnded(call);
      this.#calls.delete(call.sid);
      if (this.#calls.size > 0) return;
      for (const resolve of this.#idle) resolve();
      this.#idle.clear();
    });
  }

  /** Back to the dialplan before anything was made: an Asterisk that runs out of RTP ports dies. */
  #refuse(channelId: string, reason: ReturnReason): void {
    this.counters.refuse(reason);
    const { callsMax } = this.config;
    const code = reason === 'busy' ? 'CALL_REFUSED_BUSY' : 'CALL_REFUSED_DRAINING';
    this.#log.warn({ code, channel: channelId, callsMax }, 'call refused, back to the dialplan');
    returnToDialplan(this.#ari(), channelId, reason).catch((error: unknown) => {
      // The caller has left.
      if (isGone(error)) return;
      this.#log.warn({ code: 'ARI_REFUSED', channel: channelId }, describeError(error));
    });
  }

  /**
   * A channel of ours entered after its call was over. Mostly that is old news of one that the call has ended already; if Asterisk
   * took too long to make it, nothing else would ever end it.
   */
  async #endLate(channelId: string): Promise<void> {
    const { app } = this.config.ari;
    const callSid = callSidOf(app, channelId) ?? '';
    try {
      const ari = this.#ari();
      const wereThere = await Promise.all([
        ari.deleteIfThere(`/channels/${channelId}`),
        ari.deleteIfThere(`/bridges/${bridgeId(app, callSid)}`),
      ]);
      const count = wereThere.filter(Boolean).length;
      if (count === 0) return;
      this.counters.swept += count;
      this.#log.warn({ code: 'SWEPT', callSid }, 'ended a channel that outlived its call');
    } catch (error) {
      this.#log.warn({ code: 'ARI_REFUSED', callSid }, describeError(error));
    }
  }
}
