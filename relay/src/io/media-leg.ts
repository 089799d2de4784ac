/**
 * The way of one party's media between Asterisk and us: an RTP port and its socket, an external-media channel and the bridge
 * that joins it with the party's channel. Made in {@link MediaLeg.open}, ended in {@link MediaLeg.close}, whatever became of it in between.
 */

import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { bridgeId, mediaChannelId } from '../core/ari-ids.ts';
import { CallMedia } from '../core/call/media.ts';
import { describeError, RelayError } from '../core/error.ts';
import type { PortPool } from '../core/port-pool.ts';
import type { RtpSource } from '../core/rtp/receiver.ts';
import type { Config } from '../config.ts';
import type { ChannelOwner, ChannelRegistry } from './ari/channel-registry.ts';
import type { AriHttp } from './ari/http.ts';
import { externalMediaSchema, variableSchema } from './ari/models.ts';
import type { Log } from './log.ts';
import type { MediaClock } from './media-clock.ts';
import { RtpSocket } from './rtp-socket.ts';

/** Asterisk reports a new media channel within milliseconds (measured 10 ms); past this it will not. */
const ENTER_TIMEOUT_MS = 5000;

/** Something else on this machine may use a port of ours; so many of them are tried. */
const PORTS_TRIED_MAX = 5;

/** Five seconds: a phone without silence suppression has sent 250 packets by then. */
const SLOTS_WITHOUT_RTP = 250;

export interface MediaLegOptions {
  readonly config: Config;
  readonly ports: PortPool;
  readonly clock: MediaClock;
  readonly channels: ChannelRegistry;
  readonly log: Log;
  readonly callSid: string;
  /** The party's channel. */
  readonly partyId: string;
  /** Taken from `ports` when the party was admitted; given back by {@link MediaLeg.close}. */
  readonly port: number;
  /** Asterisk ended the media channel while it was wanted. */
  onLost(): void;
}

export class MediaLeg implements ChannelOwner {
  readonly channelId: string;
  readonly media = new CallMedia({
    ssrc: randomInt(2 ** 32),
    firstSequenceNumber: randomInt(2 ** 16),
    firstTimestamp: randomInt(2 ** 32),
  });
  readonly #options: MediaLegOptions;
  readonly #bridgeId: string;
  readonly #entered = Promise.withResolvers<void>();
  readonly #playSlot = (slot: number, dueAt: number): void =>
    this.#socket?.send(this.media.playSlot(slot, dueAt));
  #port: number | undefined;
  #socket: RtpSocket | undefined;
  #holeTimer: NodeJS.Timeout | undefined;
  #isRequested = false;
  #isOpen = false;

  constructor(options: MediaLegOptions) {
    const { config, callSid, port } = options;
    this.#options = options;
    this.#port = port;
    this.#bridgeId = bridgeId(config.ari.app, callSid);
    this.channelId = mediaChannelId(config.ari.app, callSid);
  }

  /** The party hears us, and we them. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The media channel is in our app: now it can be bridged. */
  handleEntered(): void {
    this.#entered.resolve();
  }

  handleLeft(): void {
    this.#options.onLost();
  }

  /**
   * Answers the party and puts them in a bridge with the media channel. Rejects when Asterisk refuses any of it or `signal`
   * is aborted; what was made by then is ended by {@link close}, which must wait for this to settle.
   */
  async open(ari: AriHttp, signal: AbortSignal): Promise<void> {
    const { config, partyId, clock, channels } = this.#options;
    const socket = await this.#bind();
    signal.throwIfAborted();
    this.#isRequested = true;
    channels.add(this.channelId, this);
    const requests = [
      ari.postFor('/channels/externalMedia', externalMediaSchema, {
        app: config.ari.app,
        channelId: this.channelId,
        external_host: `${hostInUrl(config.rtp.host)}:${this.#port}`,
        format: 'ulaw',
      }),
      ari.post(`/channels/${partyId}/answer`),
      ari.post(`/bridges/${this.#bridgeId}`, { type: 'mixing' }),
    ] as const;
    // All have been answered before any failure counts: what is still being made could not be ended.
    await Promise.allSettled(requests);
    const [channel] = await Promise.all(requests);
    const source = await this.#sourceOf(ari, channel.channelvars ?? {});
    this.media.lockSource(source);
    socket.setPeer(source);
    await this.#untilEntered(signal);
    const members = `${partyId},${this.channelId}`;
    await ari.post(`/bridges/${this.#bridgeId}/addChannel`, { channel: members });
    signal.throwIfAborted();
    clock.add(this.#playSlot);
    this.#isOpen = true;
  }

  /** Ends all there is. Rejects when Asterisk cannot be asked: then the sweep of the next connect finds channel and bridge. */
  async close(ari: () => AriHttp): Promise<void> {
    const { clock, ports, channels } = this.#options;
    this.#isOpen = false;
    clock.remove(this.#playSlot);
    clearTimeout(this.#holeTimer);
    await this.#socket?.close();
    if (this.#port !== undefined) ports.release(this.#port, performance.now());
    this.#port = undefined;
    if (!this.#isRequested) return;
    try {
      await Promise.all([
        ari().deleteIfThere(`/channels/${this.channelId}`),
        ari().deleteIfThere(`/bridges/${this.#bridgeId}`),
      ]);
    } finally {
      // Until now, what Asterisk still says of it is no news of a stranger.
      channels.remove(this.channelId, this);
    }
  }

  /** Says why the party may not have been heard, for the person who looks for it. Undefined while there is nothing odd. */
  get complaint(): { readonly code: string; readonly message: string } | undefined {
    const { counters, lastStranger, source } = this.media.receiver;
    if (counters.packets > 0 || source === undefined) return undefined;
    const announced = `${source.address}:${source.port}`;
    if (lastStranger !== undefined) {
      const message = `RTP came from ${lastStranger.address}:${lastStranger.port} only, and Asterisk announced ${announced}: a NAT between the two? RTP_HOST and the PBX must reach each other directly`;
      return { code: 'RTP_FROM_ELSEWHERE', message };
    }
    if (this.media.sender.counters.packets < SLOTS_WITHOUT_RTP) return undefined;
    const message = `not one RTP packet came from Asterisk at ${announced}: a firewall, or a caller who sends nothing`;
    return { code: 'RTP_NONE', message };
  }

  async #bind(): Promise<RtpSocket> {
    const { config, ports, log } = this.#options;
    for (let tried = 1; ; tried++) {
      const port = this.#port;
      if (port === undefined) throw new RelayError('RTP_PORT_TAKEN', 'no RTP port is left');
      try {
        this.#socket = await RtpSocket.bind(config.rtp.host, port, {
          onDatagram: (datagram, address, from) => {
            const now = performance.now();
            this.#wakeAt(this.media.handleDatagram(datagram, address, from, now), now);
          },
          onError: (error) => log.warn({ code: 'RTP_SOCKET' }, describeError(error)),
        });
        return this.#socket;
      } catch (cause) {
        const message = `cannot use port ${port} of RTP_PORTS at ${config.rtp.host}`;
        if (tried === PORTS_TRIED_MAX) throw new RelayError('RTP_PORT_TAKEN', message, { cause });
        log.warn({ code: 'RTP_PORT_TAKEN' }, `${message}: ${describeError(cause)}; trying another`);
        ports.release(port, performance.now());
        this.#port = ports.take(performance.now());
      }
    }
  }

  /** Where Asterisk sends from: in the answer since 16.6, otherwise from the channel's variables. */
  async #sourceOf(ari: AriHttp, variables: Readonly<Record<string, string>>): Promise<RtpSource> {
    const path = `/channels/${this.channelId}/variable`;
    const read = async (variable: string): Promise<string> =>
      variables[variable] ?? (await ari.get(path, variableSchema, { variable })).value;
    return {
      address: await read('UNICASTRTP_LOCAL_ADDRESS'),
      port: Number(await read('UNICASTRTP_LOCAL_PORT')),
    };
  }

  async #untilEntered(signal: AbortSignal): Promise<void> {
    const expired = Promise.withResolvers<never>();
    const expire = (): void =>
      expired.reject(
        new RelayError('ARI_MEDIA_TIMEOUT', 'the media channel did not enter the app in time'),
      );
    const timer = setTimeout(expire, ENTER_TIMEOUT_MS);
    signal.addEventListener('abort', expire, { once: true });
    try {
      await Promise.race([this.#entered.promise, expired.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', expire);
    }
  }

  /** Arms the timer of a hole in the caller's audio. In order, which is nearly always, there is none. */
  #wakeAt(wakeAt: number | undefined, now: number): void {
    if (wakeAt === undefined || this.#holeTimer !== undefined) return;
    this.#holeTimer = setTimeout(() => {
      this.#holeTimer = undefined;
      const later = performance.now();
      this.#wakeAt(this.media.drain(later), later);
    }, wakeAt - now);
  }
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
