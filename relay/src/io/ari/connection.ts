/**
 * Keeps the relay connected to Asterisk: finds ARI, loads modules, registers the app, hands out events, and starts over
 * with backoff when the socket is lost. A wrong password, and another relay taking the app, end it for good.
 */

import { WebSocket } from 'ws';
import { Backoff } from '../../core/backoff.ts';
import { describeError, RelayError } from '../../core/error.ts';
import type { ListedBridge, ListedChannel } from '../../core/sweep.ts';
import type { Log } from '../log.ts';
import { textOf } from '../socket-data.ts';
import { AriError, basicAuthorization, type AriHttp } from './http.ts';
import {
  asteriskInfoSchema,
  bridgeListSchema,
  channelListSchema,
  EVENT_TYPES,
  eventSchema,
  type AriEvent,
} from './models.ts';
import { loadMediaModules } from './modules.ts';
import { findAri } from './prefix.ts';

/** Keeps NAT open and finds a dead peer; a PBX that is silent for two of these is gone. */
const PING_INTERVAL_MS = 10_000;
const RECONNECT_FIRST_MS = 250;
const RECONNECT_MAX_MS = 15_000;
const HANDSHAKE_TIMEOUT_MS = 5000;
const EVENT_BYTES_MAX = 1024 * 1024;

/** What was on the PBX just before our app was registered: whatever is in the app then belongs to no relay. */
export interface PbxListing {
  readonly channels: readonly ListedChannel[];
  readonly bridges: readonly ListedBridge[];
}

export interface AriConnectionOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly app: string;
  readonly log: Log;
  /** The app is registered. Events begin to arrive when this has returned. */
  onConnected(ari: AriHttp, before: PbxListing): Promise<void>;
  onEvent(event: AriEvent): void;
  onDisconnected(): void;
  /** The connection has ended for good: `ARI_UNAUTHORIZED` or `ARI_APP_REPLACED`. */
  onFatal(error: RelayError): void;
}

export class AriConnection {
  readonly #options: AriConnectionOptions;
  readonly #backoff = new Backoff({
    firstMs: RECONNECT_FIRST_MS,
    maxMs: RECONNECT_MAX_MS,
    random: Math.random,
  });
  #socket: WebSocket | undefined;
  #ari: AriHttp | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  #asteriskVersion = '';
  reconnects = 0;

  constructor(options: AriConnectionOptions) {
    this.#options = options;
  }

  /** The client while the app is registered. */
  get ari(): AriHttp | undefined {
    return this.#ari;
  }

  get asteriskVersion(): string {
    return this.#asteriskVersion;
  }

  /** Connects, and reconnects until {@link close}. */
  start(): void {
    this.#connect().catch((error: unknown) => this.#failed(error));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#ari = undefined;
    this.#socket?.terminate();
  }

  async #connect(): Promise<void> {
    const { url, app, log } = this.#options;
    const ari = await findAri(url, this.#options);
    const { system } = await ari.get('/asterisk/info', asteriskInfoSchema, { only: 'system' });
    this.#asteriskVersion = system.version;
    const loaded = await loadMediaModules(ari);
    if (loaded.length > 0) log.info({ modules: loaded }, 'loaded Asterisk modules');
    const before: PbxListing = {
      channels: await ari.get('/channels', channelListSchema),
      bridges: await ari.get('/bridges', bridgeListSchema),
    };
    if (this.#isClosed) return;

    const queued: AriEvent[] = [];
    let deliver = (event: AriEvent): void => {
      queued.push(event);
    };
    const socket = await this.#openSocket(ari, (event) => deliver(event));
    if (this.#isClosed) {
      socket.terminate();
      return;
    }
    this.#socket = socket;
    this.#ari = ari;
    this.#backoff.reset();
    log.info({ ari: ari.baseUrl, asterisk: system.version, app }, 'connected to Asterisk');
    await this.#options.onConnected(ari, before);
    for (const event of queued) this.#options.onEvent(event);
    deliver = (event) => this.#options.onEvent(event);
  }

  #openSocket(ari: AriHttp, onEvent: (event: AriEvent) => void): Promise<WebSocket> {
    const { app } = this.#options;
    const url = `${ari.baseUrl.replace(/^http/, 'ws')}/events?app=${encodeURIComponent(app)}`;
    const socket = new WebSocket(url, {
      headers: { Authorization: basicAuthorization(this.#options) },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
      maxPayload: EVENT_BYTES_MAX,
    });
    const opened = Promise.withResolvers<WebSocket>();
    let isOpen = false;
    let isAlive = true;
    const ping = setInterval(() => {
      if (!isAlive) {
        socket.terminate();
        return;
      }
      isAlive = false;
      socket.ping();
    }, PING_INTERVAL_MS);
    socket.on('pong', () => {
      isAlive = true;
    });
    socket.on('open', () => {
      isOpen = true;
      opened.resolve(socket);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      const code = status === 401 ? 'ARI_UNAUTHORIZED' : 'ARI_REFUSED';
      opened.reject(new AriError(code, status, `the event socket was refused with ${status}`));
      socket.terminate();
    });
    socket.on('message', (data) => {
      isAlive = true;
      const event = this.#parseEvent(textOf(data));
      if (event?.type === 'ApplicationReplaced') this.#replaced();
      else if (event !== undefined) onEvent(event);
    });
    socket.on('error', (error) => {
      opened.reject(new AriError('ARI_UNREACHABLE', 0, 'the event socket failed', error));
    });
    socket.on('close', (code) => {
      clearInterval(ping);
      if (isOpen) this.#lost(`closed with ${code}`);
      else opened.reject(new AriError('ARI_UNREACHABLE', 0, 'the event socket closed'));
    });
    return opened.promise;
  }

  #parseEvent(text: string): AriEvent | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#options.log.error({ code: 'ARI_UNEXPECTED' }, 'an ARI event is not JSON');
      return undefined;
    }
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : '';
    if (!EVENT_TYPES.has(String(type))) return undefined;
    const result = eventSchema.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    this.#options.log.error(
      { code: 'ARI_UNEXPECTED', type, field: issue?.path.join('.') },
      'an ARI event lacks what Asterisk documents',
    );
    return undefined;
  }

  #lost(reason: string): void {
    if (this.#isClosed || this.#ari === undefined) return;
    this.#ari = undefined;
    this.#socket = undefined;
    this.reconnects++;
    this.#options.onDisconnected();
    this.#options.log.warn(
      { code: 'ARI_LOST', reason },
      'lost Asterisk; calls go on, reconnecting',
    );
    this.#retryLater();
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    const code = error instanceof RelayError ? error.code : 'ARI_UNEXPECTED';
    if (error instanceof RelayError && error.code === 'ARI_UNAUTHORIZED') {
      this.close();
      this.#options.onFatal(
        new RelayError(
          'ARI_UNAUTHORIZED',
          'Asterisk refuses ARI_USERNAME and ARI_PASSWORD; not trying again, so that the PBX does not ban this host',
          { cause: error },
        ),
      );
      return;
    }
    // The socket may have come up before something after it failed.
    this.#ari = undefined;
    this.#socket?.terminate();
    this.#socket = undefined;
    const retryMs = this.#retryLater();
    this.#options.log.error(
      { code, retryMs: Math.round(retryMs) },
      `cannot connect to Asterisk: ${describeError(error)}`,
    );
  }

  #retryLater(): number {
    const delayMs = this.#backoff.nextMs();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.start(), delayMs);
    return delayMs;
  }

  #replaced(): void {
    const { app } = this.#options;
    this.close();
    this.#options.onFatal(
      new RelayError(
        'ARI_APP_REPLACED',
        `another relay registered the app ${app} at this Asterisk: stop one of the two, or give each its own ARI_APP`,
      ),
    );
  }
}
