/**
 * One call: runs the life cycle table, doing what each state asks of Asterisk, the webhook and the handler.
 *
 * Every state has one entry below; the work it starts comes back as an event, and an event that the table does not know in
 * the present state is a late answer and changes nothing. Whatever was made is released in one place.
 */

import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { newSid } from '@patchcord/shared/twilio/sid';
import { bridgeId, mediaChannelId } from '../core/ari-ids.ts';
import { CallMedia } from '../core/call/media.ts';
import { nextCallState, type CallEvent, type CallState } from '../core/call/machine.ts';
import { describeError, RelayError } from '../core/error.ts';
import { StreamSession } from '../core/stream/session.ts';
import { resolveDocumentUrl, resolveStreamUrl } from '../core/twiml/document-url.ts';
import { TwimlProgram, type TwimlStep } from '../core/twiml/program.ts';
import type { Config } from '../config.ts';
import { AriError, type AriHttp } from './ari/http.ts';
import {
  channelSchema,
  externalMediaSchema,
  variableSchema,
  type AriChannel,
} from './ari/models.ts';
import type { Log } from './log.ts';
import type { MediaClock } from './media-clock.ts';
import { RtpSocket } from './rtp-socket.ts';
import { isOrderlyClose, StreamSocket, StreamSocketError } from './stream-socket.ts';
import type { Counters } from './counters.ts';
import { fetchTwiml } from './webhook.ts';

/** Why a caller is back in the dialplan: the channel variable PATCHCORD_STATUS, which the sample dialplan logs. */
export type ReturnReason = 'busy' | 'draining' | 'failed' | 'orphaned';

/** A document that redirects to itself would keep the caller in silence for ever. */
const REDIRECTS_MAX = 10;

/** Asterisk reports a new media channel within milliseconds (measured 10 ms); past this it will not. */
const MEDIA_CHANNEL_TIMEOUT_MS = 5000;

/** How long after a refused request Asterisk may still tell that the caller has left (measured 1 ms, on a busy machine). */
const CALLER_LEFT_MS = 250;

/** What all calls share. */
export interface CallContext {
  readonly config: Config;
  readonly clock: MediaClock;
  readonly counters: Counters;
  readonly log: Log;
  /** The client while Asterisk is connected. */
  ari(): AriHttp;
}

export class Call {
  readonly sid = newSid('CA');
  readonly channelId: string;
  readonly ended: Promise<void>;
  readonly #context: CallContext;
  readonly #log: Log;
  readonly #caller: AriChannel;
  readonly #rtpPort: number;
  readonly #onEnded = Promise.withResolvers<void>();
  /** Aborted when the call is on its way out: nothing new is waited for. */
  readonly #leaving = new AbortController();
  readonly #mediaEntered = Promise.withResolvers<void>();
  readonly #media = new CallMedia({
    ssrc: randomInt(2 ** 32),
    firstSequenceNumber: randomInt(2 ** 16),
    firstTimestamp: randomInt(2 ** 32),
  });
  readonly #playSlot = (slot: number): void => this.#rtpSocket?.send(this.#media.playSlot(slot));
  #state: CallState = 'fetching';
  #program = new TwimlProgram([], () => {});
  #documentUrl = '';
  #redirects = 0;
  #step: TwimlStep = { kind: 'gave-up' };
  #rtpSocket: RtpSocket | undefined;
  #holeTimer: NodeJS.Timeout | undefined;
  #stream: StreamSession | undefined;
  #streamSocket: StreamSocket | undefined;
  #preparing: Promise<void> | undefined;
  #isMediaRequested = false;

  constructor(context: CallContext, caller: AriChannel, rtpPort: number) {
    this.#context = context;
    this.#caller = caller;
    this.#rtpPort = rtpPort;
    this.channelId = caller.id;
    this.ended = this.#onEnded.promise;
    this.#log = context.log.child({ callSid: this.sid });
    // Nobody waits for it when a call ends before its media channel was asked for.
    this.#mediaEntered.promise.catch(() => {});
  }

  get state(): CallState {
    return this.#state;
  }

  get mediaChannelId(): string {
    return mediaChannelId(this.#context.config.ari.app, this.sid);
  }

  get media(): CallMedia {
    return this.#media;
  }

  /** Begins the call. */
  start(): void {
    const { caller, dialplan, id } = this.#caller;
    this.#log.info({ channel: id, from: caller.number, to: dialplan.exten }, 'call arrived');
    this.#enter('fetching');
  }

  /** Something happened; ignored where the table does not know it. */
  handle(event: CallEvent): void {
    const next = nextCallState(this.#state, event);
    if (next === undefined) return;
    this.#log.debug({ state: this.#state, event, next }, 'call state');
    this.#enter(next);
  }

  /** The media channel is in our app: now it can be bridged. */
  handleMediaEntered(): void {
    this.#mediaEntered.resolve();
  }

  handleDtmf(digit: string): void {
    this.#stream?.handleDtmf(digit);
  }

  #enter(state: CallState): void {
    this.#state = state;
    switch (state) {
      case 'fetching':
      case 'redirecting':
        this.#run(this.#fetch(), 'document-failed');
        return;
      case 'preparing':
        this.#preparing = this.#prepare();
        this.#run(
          this.#preparing.catch((error: unknown) => this.#blame(error)),
          'media-failed',
        );
        return;
      case 'connecting':
        this.#run(this.#connect(), 'gave-up');
        return;
      case 'streaming':
        return;
      case 'returning':
        this.#leave();
        this.#run(this.#returnToDialplan('failed'), 'handed-over');
        return;
      case 'hanging-up':
        this.#leave();
        this.#run(this.#hangUp(), 'handed-over');
        return;
      case 'releasing':
        this.#leave();
        this.#run(this.#release(), 'released');
        return;
      case 'ended':
        this.#log.info(this.#summary(), 'call ended');
        this.#onEnded.resolve();
    }
  }

  /** Work of a state: what it throws is logged with its code and becomes `failure`. */
  #run(work: Promise<void>, failure: CallEvent): void {
    const begunIn = this.#state;
    work.catch((error: unknown) => {
      // Work that was given up with its state, and a caller who left first, are no errors.
      const isMoot = this.#state !== begunIn || isGone(error);
      if (!isMoot) {
        const code = error instanceof RelayError ? error.code : 'INTERNAL';
        this.#context.counters.error(code);
        this.#log.error({ code, state: begunIn }, describeError(error));
      }
      this.handle(failure);
    });
  }

  // --- fetching, redirecting -------------------------------------------------------------------------------------

  async #fetch(): Promise<void> {
    const { config, counters } = this.#context;
    const step = this.#step;
    if (config.handler.kind === 'stream') {
      this.#documentUrl = config.handler.url;
      const { url, parameters } = config.handler;
      this.#step = { kind: 'connect-stream', url, parameters };
      this.handle('document');
      return;
    }
    const isFirst = step.kind !== 'redirect';
    if (!isFirst && ++this.#redirects > REDIRECTS_MAX) {
      throw new RelayError('TWIML_REDIRECTS', `more than ${REDIRECTS_MAX} <Redirect>s in one call`);
    }
    this.#documentUrl = isFirst
      ? config.handler.url
      : resolveDocumentUrl(step.url, this.#documentUrl);
    const { caller, dialplan } = this.#caller;
    const verbs = await fetchTwiml(
      { url: this.#documentUrl, method: isFirst ? 'POST' : step.method },
      config.authToken,
      {
        callSid: this.sid,
        accountSid: config.accountSid,
        from: caller.number,
        to: dialplan.exten,
        callStatus: this.#state === 'fetching' ? 'ringing' : 'in-progress',
      },
      this.#leaving.signal,
    );
    this.#program = new TwimlProgram(verbs, ({ code, detail }) => {
      counters.error(code);
      this.#log.error({ code }, detail);
    });
    this.#nextVerb();
  }

  // --- preparing ------------------------------------------------------------------------------------------------

  /** Answers the caller and puts them in a bridge with our media channel. */
  async #prepare(): Promise<void> {
    const { config } = this.#context;
    const ari = this.#context.ari();
    const { signal } = this.#leaving;
    this.#rtpSocket = await RtpSocket.bind(config.rtp.host, this.#rtpPort, {
      onDatagram: (datagram, address, port) => {
        const now = performance.now();
        this.#wakeAt(this.#media.handleDatagram(datagram, address, port, now), now);
      },
      onError: (error) => this.#log.warn({ code: 'RTP_SOCKET' }, describeError(error)),
    });
    signal.throwIfAborted();
    const bridge = bridgeId(config.ari.app, this.sid);
    this.#isMediaRequested = true;
    const requests = [
      ari.postFor('/channels/externalMedia', externalMediaSchema, {
        app: config.ari.app,
        channelId: this.mediaChannelId,
        external_host: `${hostInUrl(config.rtp.host)}:${this.#rtpPort}`,
        format: 'ulaw',
      }),
      ari.post(`/channels/${this.channelId}/answer`),
      ari.post(`/bridges/${bridge}`, { type: 'mixing' }),
    ] as const;
    // All have been answered before any failure counts: what is still being made could not be released.
    await Promise.allSettled(requests);
    const [media] = await Promise.all(requests);
    const source = await this.#sourceOf(ari, media.channelvars ?? {});
    this.#media.lockSource(source);
    this.#rtpSocket.setPeer(source);
    await this.#waitForMediaChannel(signal);
    await ari.post(`/bridges/${bridge}/addChannel`, {
      channel: `${this.channelId},${this.mediaChannelId}`,
    });
    signal.throwIfAborted();
    this.#context.clock.add(this.#playSlot);
    this.handle('media-ready');
  }

  /** Where Asterisk sends from: in the answer since 16.6, otherwise from the channel's variables. */
  async #sourceOf(
    ari: AriHttp,
    variables: Readonly<Record<string, string>>,
  ): Promise<{ address: string; port: number }> {
    const read = async (name: string): Promise<string> =>
      variables[name] ??
      (
        await ari.get(`/channels/${this.mediaChannelId}/variable`, variableSchema, {
          variable: name,
        })
      ).value;
    return {
      address: await read('UNICASTRTP_LOCAL_ADDRESS'),
      port: Number(await read('UNICASTRTP_LOCAL_PORT')),
    };
  }

  async #waitForMediaChannel(signal: AbortSignal): Promise<void> {
    const expired = Promise.withResolvers<never>();
    const expire = (): void =>
      expired.reject(
        new RelayError('ARI_MEDIA_TIMEOUT', 'the media channel did not enter the app in time'),
      );
    const timer = setTimeout(expire, MEDIA_CHANNEL_TIMEOUT_MS);
    signal.addEventListener('abort', expire, { once: true });
    try {
      await Promise.race([this.#mediaEntered.promise, expired.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', expire);
    }
  }

  /** Preparing failed: because the caller has left, of which Asterisk tells us a moment later, or for a real reason. */
  async #blame(error: unknown): Promise<void> {
    try {
      await this.#context.ari().get(`/channels/${this.channelId}`, channelSchema);
    } catch (lookUpError) {
      if (isGone(lookUpError)) {
        this.handle('caller-left');
        return;
      }
    }
    // Asterisk 16 answers 500 "Failed to answer channel" for a caller who has just hung up, still lists the channel, and
    // says StasisEnd 1 ms later.
    await pause(CALLER_LEFT_MS, undefined, { signal: this.#leaving.signal }).catch(() => {});
    throw error;
  }

  // --- connecting, streaming ------------------------------------------------------------------------------------

  async #connect(): Promise<void> {
    const step = this.#step;
    if (step.kind !== 'connect-stream') return;
    const { config, counters } = this.#context;
    const stream = new StreamSession(
      {
        accountSid: config.accountSid,
        callSid: this.sid,
        streamSid: newSid('MZ'),
        customParameters: step.parameters,
      },
      performance.now(),
      {
        sendText: (text) => this.#streamSocket?.send(text),
        unsentBytes: () => this.#streamSocket?.unsentBytes ?? 0,
        report: ({ code, twilioCode, isFirst, detail }) => {
          counters.error(code);
          this.#log.warn(
            { code, twilioCode, isFirst, streamSid: stream.identity.streamSid },
            detail,
          );
        },
      },
    );
    let socket: StreamSocket;
    try {
      const url = resolveStreamUrl(step.url, this.#documentUrl);
      this.#log.info({ url, streamSid: stream.identity.streamSid }, 'connecting the stream');
      socket = await StreamSocket.open(
        url,
        config.authToken,
        {
          onText: (text) => stream.handleText(text),
          onBinary: (bytes) => stream.handleBinary(bytes),
          onClose: (code) => this.#streamClosed(stream, code),
        },
        this.#leaving.signal,
      );
    } catch (error) {
      if (this.#state !== 'connecting') return;
      const code = error instanceof RelayError ? error.code : 'INTERNAL';
      const twilioCode = error instanceof StreamSocketError ? error.twilioCode : undefined;
      counters.error(code);
      this.#log.error({ code, twilioCode }, `the stream did not connect: ${describeError(error)}`);
      this.#program.fail();
      this.#nextVerb();
      return;
    }
    if (this.#state !== 'connecting') {
      socket.close();
      return;
    }
    this.#streamSocket = socket;
    this.#stream = stream;
    counters.streams++;
    stream.open();
    this.#media.attach(stream);
    this.handle('stream-open');
  }

  #streamClosed(stream: StreamSession, code: number): void {
    if (stream !== this.#stream) return;
    const isOrderly = isOrderlyClose(code);
    const detail = { closeCode: code, twilioCode: isOrderly ? 31921 : 31903, ...stream.counters };
    if (isOrderly) this.#log.info(detail, 'the handler closed the stream');
    else {
      this.#context.counters.error('STREAM_LOST');
      this.#log.error({ code: 'STREAM_LOST', ...detail }, 'the stream broke');
    }
    this.#detachStream();
    if (!isOrderly) this.#program.fail();
    this.#nextVerb();
  }

  /** What the document says next. Its first stream waits for the caller to be answered. */
  #nextVerb(): void {
    this.#step = this.#program.next();
    const event = EVENT_OF_STEP[this.#step.kind];
    this.handle(event === 'next-stream' && this.#state === 'fetching' ? 'document' : event);
  }

  #detachStream(): void {
    this.#media.detach();
    this.#stream?.close();
    this.#stream = undefined;
    this.#streamSocket = undefined;
  }

  // --- the way out ----------------------------------------------------------------------------------------------

  /** Ends the stream as Twilio does, `stop` and then the socket, and everything that is being waited for. */
  #leave(): void {
    this.#leaving.abort();
    if (this.#stream === undefined) return;
    this.#log.info({ ...this.#stream.counters }, 'stream stopped');
    this.#stream.stop();
    this.#streamSocket?.close();
    this.#detachStream();
  }

  /** The dialplan goes on behind `Stasis()`: with a human, if it is like our sample. */
  async #returnToDialplan(reason: ReturnReason): Promise<void> {
    await this.#preparing?.catch(() => {});
    this.#context.counters.returned++;
    this.#log.warn({ code: 'CALL_RETURNED', reason }, 'the caller goes back to the dialplan');
    await returnToDialplan(this.#context.ari(), this.channelId, reason);
    this.handle('handed-over');
  }

  async #hangUp(): Promise<void> {
    await this.#preparing?.catch(() => {});
    await this.#context.ari().deleteIfThere(`/channels/${this.channelId}`, { reason: 'normal' });
    this.handle('handed-over');
  }

  /**
   * Ends what was made. Waits for requests that are still under way, or what they make would stay. If Asterisk cannot be
   * asked now, the sweep at the next connect finds it: the call is no longer among the living then.
   */
  async #release(): Promise<void> {
    await this.#preparing?.catch(() => {});
    this.#context.clock.remove(this.#playSlot);
    clearTimeout(this.#holeTimer);
    await this.#rtpSocket?.close();
    if (this.#isMediaRequested) {
      const ari = this.#context.ari();
      const { app } = this.#context.config.ari;
      await Promise.all([
        ari.deleteIfThere(`/channels/${this.mediaChannelId}`),
        ari.deleteIfThere(`/bridges/${bridgeId(app, this.sid)}`),
      ]);
    }
    this.handle('released');
  }

  // --- media ----------------------------------------------------------------------------------------------------

  /** Arms the timer of a hole in the caller's audio. In order, which is nearly always, there is none. */
  #wakeAt(wakeAt: number | undefined, now: number): void {
    if (wakeAt === undefined || this.#holeTimer !== undefined) return;
    this.#holeTimer = setTimeout(() => {
      this.#holeTimer = undefined;
      const later = performance.now();
      this.#wakeAt(this.#media.drain(later), later);
    }, wakeAt - now);
  }

  #summary(): Record<string, unknown> {
    const { receiver, sender } = this.#media;
    return {
      rtpIn: { ...receiver.counters, ...receiver.reorderCounters },
      rtpOut: sender.counters,
    };
  }
}

const EVENT_OF_STEP = {
  'connect-stream': 'next-stream',
  redirect: 'redirect',
  hangup: 'finished',
  finished: 'finished',
  'gave-up': 'gave-up',
} as const satisfies Record<TwimlStep['kind'], CallEvent>;

/** Tells the dialplan why, then lets it go on. A caller who has left is no error. */
export async function returnToDialplan(
  ari: AriHttp,
  channelId: string,
  reason: ReturnReason,
): Promise<void> {
  const variable = { variable: 'PATCHCORD_STATUS', value: reason };
  await ari.post(`/channels/${channelId}/variable`, variable);
  await ari.post(`/channels/${channelId}/continue`);
}

function isGone(error: unknown): boolean {
  return error instanceof AriError && error.code === 'ARI_NOT_FOUND';
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
