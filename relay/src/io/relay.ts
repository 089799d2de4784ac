/**
 * The relay: admits callers that enter our app, hands each its events, and keeps the PBX clean.
 */

import { performance } from 'node:perf_hooks';
import { bridgeId, callSidOf } from '../core/ari-ids.ts';
import { describeError, RelayError } from '../core/error.ts';
import { PortPool } from '../core/port-pool.ts';
import { planSweep } from '../core/sweep.ts';
import type { Config } from '../config.ts';
import { AriConnection, type PbxListing } from './ari/connection.ts';
import type { AriHttp } from './ari/http.ts';
import { channelListSchema, type AriChannel, type AriEvent } from './ari/models.ts';
import { Call, returnToDialplan, type CallContext, type ReturnReason } from './call.ts';
import { Counters } from './counters.ts';
import type { Log } from './log.ts';
import { MediaClock } from './media-clock.ts';
import { sweep } from './sweep.ts';

export class Relay {
  readonly config: Config;
  readonly counters = new Counters();
  readonly clock = new MediaClock();
  /** Rejects when the relay cannot go on: `ARI_UNAUTHORIZED`, `ARI_APP_REPLACED`. */
  readonly failed: Promise<never>;
  readonly #failure = Promise.withResolvers<never>();
  readonly #log: Log;
  readonly #ports: PortPool;
  readonly #calls = new Map<string, Call>();
  readonly #callsByChannel = new Map<string, Call>();
  readonly #connection: AriConnection;
  readonly #context: CallContext;
  readonly #idle = new Set<() => void>();
  #isDraining = false;
  /** Told of every call that has ended, while its counters can still be read. */
  onCallEnded: (call: Call) => void = () => {};

  constructor(config: Config, log: Log) {
    this.config = config;
    this.#log = log;
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
      clock: this.clock,
      ports: this.#ports,
      counters: this.counters,
      log,
      ari: () => this.#ari(),
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

  /** Ends leftovers, and learns which of our callers left while we were not connected. */
  async #connected(ari: AriHttp, before: PbxListing): Promise<void> {
    const plan = planSweep({
      app: this.config.ari.app,
      channels: before.channels,
      bridges: before.bridges,
      livingCallSids: new Set(this.#calls.keys()),
      livingChannelIds: new Set(this.#callsByChannel.keys()),
    });
    this.counters.swept += await sweep(ari, plan, this.#log);
    if (this.#calls.size === 0) return;
    const channels = await ari.get('/channels', channelListSchema);
    const present = new Set(channels.map(({ id }) => id));
    for (const call of this.#calls.values()) {
      if (!present.has(call.channelId)) call.handle('caller-left');
      else await this.#subscribe(ari, call);
    }
  }

  /** Asterisk forgets what a lost socket was subscribed to. */
  async #subscribe(ari: AriHttp, call: Call): Promise<void> {
    const eventSource = `channel:${call.channelId},channel:${call.mediaChannelId}`;
    try {
      await ari.post(`/applications/${this.config.ari.app}/subscription`, { eventSource });
    } catch (error) {
      this.#log.warn({ code: 'ARI_REFUSED', callSid: call.sid }, describeError(error));
    }
  }

  #handleEvent(event: AriEvent): void {
    switch (event.type) {
      case 'StasisStart':
        this.#entered(event.channel);
        return;
      case 'StasisEnd':
      case 'ChannelDestroyed':
        this.#left(event.channel.id);
        return;
      case 'ChannelDtmfReceived':
        this.#callsByChannel.get(event.channel.id)?.handleDtmf(event.digit);
        return;
      case 'ApplicationReplaced':
        return;
    }
  }

  #entered(channel: AriChannel): void {
    const { app } = this.config.ari;
    const mediaCallSid = callSidOf(app, channel.id);
    if (mediaCallSid !== undefined) {
      const call = this.#calls.get(mediaCallSid);
      if (call === undefined) void this.#endLate(mediaCallSid, channel.id);
      else call.handleMediaEntered();
      return;
    }
    // A second StasisStart of a call that lives is no new call. But a dialplan may send a caller whom it has just got back
    // into the app again, while we still clear up behind them.
    if (this.#callsByChannel.get(channel.id)?.isLeaving === false) return;
    const port = this.#isDraining || this.#isFull ? undefined : this.#ports.take(performance.now());
    if (port === undefined) {
      this.#refuse(channel.id, this.#isDraining ? 'draining' : 'busy');
      return;
    }
    this.#admit(new Call(this.#context, channel, port));
  }

  get #isFull(): boolean {
    return this.#calls.size >= this.config.callsMax;
  }

  #admit(call: Call): void {
    this.counters.calls++;
    this.#calls.set(call.sid, call);
    this.#callsByChannel.set(call.channelId, call);
    void call.ended.then(() => {
      this.onCallEnded(call);
      this.#calls.delete(call.sid);
      if (this.#callsByChannel.get(call.channelId) === call) {
        this.#callsByChannel.delete(call.channelId);
      }
      if (this.#calls.size > 0) return;
      for (const resolve of this.#idle) resolve();
      this.#idle.clear();
    });
    call.start();
  }

  /** Back to the dialplan before anything was made: an Asterisk that runs out of RTP ports dies. */
  #refuse(channelId: string, reason: ReturnReason): void {
    this.counters.refuse(reason);
    const { callsMax } = this.config;
    const code = reason === 'busy' ? 'CALL_REFUSED_BUSY' : 'CALL_REFUSED_DRAINING';
    this.#log.warn({ code, channel: channelId, callsMax }, 'call refused, back to the dialplan');
    returnToDialplan(this.#ari(), channelId, reason).catch((error: unknown) => {
      this.#log.warn({ code: 'ARI_REFUSED', channel: channelId }, describeError(error));
    });
  }

  /**
   * A media channel entered after its call was over. Mostly that is old news of one that the call has ended already; if Asterisk
   * took too long to make it, nothing else would ever end it.
   */
  async #endLate(callSid: string, channelId: string): Promise<void> {
    const bridge = bridgeId(this.config.ari.app, callSid);
    try {
      const ari = this.#ari();
      const wereThere = await Promise.all([
        ari.deleteIfThere(`/channels/${channelId}`),
        ari.deleteIfThere(`/bridges/${bridge}`),
      ]);
      const count = wereThere.filter(Boolean).length;
      if (count === 0) return;
      this.counters.swept += count;
      this.#log.warn({ code: 'SWEPT', callSid }, 'ended a media channel that outlived its call');
    } catch (error) {
      this.#log.warn({ code: 'ARI_REFUSED', callSid }, describeError(error));
    }
  }

  #left(channelId: string): void {
    const call = this.#callsByChannel.get(channelId);
    if (call !== undefined) {
      call.handle('caller-left');
      return;
    }
    const mediaCallSid = callSidOf(this.config.ari.app, channelId);
    if (mediaCallSid !== undefined) this.#calls.get(mediaCallSid)?.handle('media-left');
  }
}
