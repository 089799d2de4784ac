/**
 * One call: runs the life cycle table, doing what each state asks of Asterisk, the webhook and the handler.
 *
 * Every state has one entry below; the work it starts comes back as an event, and an event that the table does not know in
 * the present state is a late answer and changes nothing. Whatever was made is released in one place.
 */

import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { newSid } from '@patchcord/shared/twilio/sid';
import type { CallMedia } from '../core/call/media.ts';
import { nextCallState, type CallEvent, type CallState } from '../core/call/machine.ts';
import { describeError, RelayError } from '../core/error.ts';
import type { PortPool } from '../core/port-pool.ts';
import { StreamSession, type StreamReport } from '../core/stream/session.ts';
import { resolveDocumentUrl, resolveStreamUrl } from '../core/twiml/document-url.ts';
import { TwimlProgram, type TwimlStep } from '../core/twiml/program.ts';
import type { Config } from '../config.ts';
import { AriError, type AriHttp } from './ari/http.ts';
import { channelSchema, type AriChannel } from './ari/models.ts';
import type { Log } from './log.ts';
import type { MediaClock } from './media-clock.ts';
import { MediaLeg } from './media-leg.ts';
import { isOrderlyClose, StreamSocket, StreamSocketError } from './stream-socket.ts';
import type { Counters } from './counters.ts';
import { fetchTwiml } from './webhook/fetch-twiml.ts';

/** Why a caller is back in the dialplan: the channel variable PATCHCORD_STATUS, which the sample dialplan logs. */
export type ReturnReason = 'busy' | 'draining' | 'failed' | 'orphaned';

/** A document that redirects to itself would keep the caller in silence for ever. */
const REDIRECTS_MAX = 10;

/** Messages of a handler that broke a rule, each with a log line of its own. */
const REPORTS_LOGGED_MAX = 100;

/** How long after a refused request Asterisk may still tell that the caller has left (measured 1 ms, on a busy machine). */
const CALLER_LEFT_MS = 250;

/** What all calls share. */
export interface CallContext {
  readonly config: Config;
  readonly clock: MediaClock;
  readonly ports: PortPool;
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
  readonly #onEnded = Promise.withResolvers<void>();
  /** Aborted when the call is on its way out: nothing new is waited for. */
  readonly #leaving = new AbortController();
  readonly #leg: MediaLeg;
  #state: CallState = 'fetching';
  #program = new TwimlProgram([], () => {});
  #documentUrl = '';
  #redirects = 0;
  #step: TwimlStep = { kind: 'gave-up' };
  #stream: StreamSession | undefined;
  #streamSocket: StreamSocket | undefined;
  #preparing: Promise<void> | undefined;
  #returnReason: ReturnReason = 'failed';
  #reports = 0;

  /** `port` was taken from the pool, and goes back to it when the call has ended. */
  constructor(context: CallContext, caller: AriChannel, port: number) {
    this.#context = context;
    this.#caller = caller;
    this.channelId = caller.id;
    this.ended = this.#onEnded.promise;
    this.#log = context.log.child({ callSid: this.sid });
    this.#leg = new MediaLeg({
      ...context,
      log: this.#log,
      callSid: this.sid,
      callerId: caller.id,
      port,
    });
  }

  get state(): CallState {
    return this.#state;
  }

  /** The caller has left or been handed over; what remains is clearing up. */
  get isLeaving(): boolean {
    return this.#leaving.signal.aborted;
  }

  get mediaChannelId(): string {
    return this.#leg.channelId;
  }

  get media(): CallMedia {
    return this.#leg.media;
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
    if (event === 'stop') this.#returnReason = 'draining';
    this.#enter(next);
  }

  /** The media channel is in our app: now it can be bridged. */
  handleMediaEntered(): void {
    this.#leg.handleEntered();
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
        this.#run(this.#returnToDialplan(), 'handed-over');
        return;
      case 'hanging-up':
        this.#leave();
        this.#run(this.#hangUp(), 'handed-over');
        return;
      case 'releasing':
        this.#leave();
        this.#run(this.#release(), 'released');
        return;
      case 'ended': {
        const { complaint } = this.#leg;
        if (complaint !== undefined) {
          this.#context.counters.error(complaint.code);
          this.#log.warn({ code: complaint.code }, complaint.message);
        }
        this.#log.info(this.#summary(), 'call ended');
        this.#onEnded.resolve();
      }
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
        CallSid: this.sid,
        AccountSid: config.accountSid,
        From: caller.number,
        To: dialplan.exten,
        CallStatus: this.#state === 'fetching' ? 'ringing' : 'in-progress',
        ApiVersion: '2010-04-01',
        Direction: 'inbound',
        Caller: caller.number,
        Called: dialplan.exten,
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

  async #prepare(): Promise<void> {
    await this.#leg.open(this.#context.ari(), this.#leaving.signal);
    this.handle('media-ready');
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
        report: (report) => this.#report(stream, report),
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
    this.media.attach(stream);
    this.handle('stream-open');
  }

  /** Every message that breaks a rule is named: this is what people hunt for. But a flood of them must not fill the journal. */
  #report({ identity }: StreamSession, report: StreamReport): void {
    const { code, twilioCode, isFirst, detail } = report;
    this.#context.counters.error(code);
    const count = ++this.#reports;
    if (count > REPORTS_LOGGED_MAX) return;
    this.#log.warn({ code, twilioCode, isFirst, streamSid: identity.streamSid }, detail);
    if (count < REPORTS_LOGGED_MAX) return;
    this.#log.warn({ code: 'STREAM_REPORTS_MANY' }, 'further ones of this call are only counted');
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
    this.media.detach();
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
  async #returnToDialplan(): Promise<void> {
    const reason = this.#returnReason;
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
    await this.#leg.close(() => this.#context.ari());
    this.handle('released');
  }

  #summary(): Record<string, unknown> {
    const { receiver, sender } = this.media;
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
