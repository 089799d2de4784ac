/**
 * One call: runs the life cycle table, doing what each state asks of Asterisk, the webhook and the verbs.
 *
 * Every state has one entry below; the work it starts comes back as an event, and an event that the table does not know in
 * the present state is a late answer and changes nothing. Whatever was made is released in one place.
 */

import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  DocumentSource,
  StreamRequest,
  UpdateCall,
  WebhookAddress,
} from '@patchcord/shared/twilio/call-control';
import type { StreamRecord } from '@patchcord/shared/twilio/call-record';
import { newSid } from '@patchcord/shared/twilio/sid';
import { callOutcome, SIP_CODE_CANCELED } from '../core/call/hangup-cause.ts';
import type { CallMedia } from '../core/call/media.ts';
import { nextCallState, type CallEvent, type CallState } from '../core/call/machine.ts';
import { describeError, RelayError } from '../core/error.ts';
import { TwimlProgram } from '../core/twiml/program.ts';
import type { TwimlStep } from '../core/twiml/step.ts';
import type { ChannelOwner } from './ari/channel-registry.ts';
import { isGone } from './ari/http.ts';
import { channelSchema } from './ari/models.ts';
import { CallAccount } from './call-account.ts';
import type { CallContext } from './call-context.ts';
import { CallExtras } from './call-extras.ts';
import { beginningOf, type CallOrigin } from './call-origin.ts';
import { CallStreams } from './call-streams.ts';
import { DeferredWork } from './deferred-work.ts';
import { fetchDocument, type Document } from './document.ts';
import { Listeners } from './listeners.ts';
import type { Log } from './log.ts';
import { MediaLeg } from './media-leg.ts';
import { OutgoingChannel } from './outgoing-channel.ts';
import { returnToDialplan, type ReturnReason } from './return-to-dialplan.ts';
import type { Line } from './verbs/line.ts';
import { needsMedia, perform } from './verbs/perform.ts';

/** Documents one after the other that let nobody hear anything: a menu may go on for hours, a loop must not. */
const REDIRECTS_MAX = 10;
/** A verb that took this long was heard. */
const HEARD_MS = 500;

/** How long after a refused request Asterisk may still tell that the caller has left (measured 1 ms, on a busy machine). */
const CALLER_LEFT_MS = 250;

export class Call implements ChannelOwner {
  readonly sid = newSid('CA');
  readonly account: CallAccount;
  readonly streams: CallStreams;
  readonly ended: Promise<void>;
  readonly #origin: CallOrigin;
  readonly #context: CallContext;
  readonly #log: Log;
  readonly #onEnded = Promise.withResolvers<void>();
  readonly #leg: MediaLeg;
  readonly #outgoing: OutgoingChannel | undefined;
  /** Of a call that we placed. */
  readonly #extras: CallExtras | undefined;
  readonly #digits = new Listeners<string>();
  readonly #playbacks = new Listeners<string>();
  /** Of states and verbs that have ended. */
  readonly #deferred = new DeferredWork((error) => {
    if (!isGone(error)) this.#problem(error);
  });
  #state: CallState;
  /** Aborted, with the event as its reason, when the present state is left. */
  #stay = new AbortController();
  #document: Document;
  #program = new TwimlProgram([], () => {});
  #step: TwimlStep = { kind: 'finished' };
  #fallback: WebhookAddress | undefined;
  #redirects = 0;
  #preparing: Promise<void> | undefined;
  #timeLimit: NodeJS.Timeout | undefined;
  #returnReason: ReturnReason = 'failed';
  #hangUpReason: 'normal' | 'busy' | 'rejected' = 'normal';
  /** A call that we placed has been answered, and what comes before its document has begun. */
  #hasBegun = false;

  /** `port` was taken from the pool, and goes back to it when the call has ended. */
  constructor(context: CallContext, origin: CallOrigin, port: number) {
    this.#context = context;
    this.#origin = origin;
    this.ended = this.#onEnded.promise;
    this.#log = context.log.child({ callSid: this.sid });
    const { state, document, fallback, account } = beginningOf(origin, context.config);
    this.#state = state;
    this.#document = document;
    this.#fallback = fallback;
    this.account = new CallAccount(context.services, this.#log, { sid: this.sid, ...account });
    if (origin.kind === 'outbound') this.#outgoing = this.#openChannel(origin);
    this.#leg = new MediaLeg({
      ...context,
      log: this.#log,
      callSid: this.sid,
      partyId: this.channelId,
      port,
      onLost: () => this.handle('media-left'),
    });
    const shared = { context, account: this.account, log: this.#log, media: this.media };
    this.streams = new CallStreams(shared);
    if (origin.kind === 'outbound') {
      const { channelId } = this;
      const deferred = this.#deferred;
      this.#extras = new CallExtras({ ...shared, channelId, request: origin.request, deferred });
    }
  }

  get channelId(): string {
    return this.#origin.kind === 'inbound'
      ? this.#origin.caller.id
      : (this.#outgoing?.channelId ?? '');
  }

  get state(): CallState {
    return this.#state;
  }

  /** The caller has left or been handed over; what remains is clearing up. */
  get isLeaving(): boolean {
    return LEAVING.has(this.#state);
  }

  get media(): CallMedia {
    return this.#leg.media;
  }

  /** Begins the call. */
  start(): void {
    const { from, to, direction } = this.account.record;
    this.#log.info({ channel: this.channelId, from, to, direction }, 'call arrived');
    if (this.#origin.kind === 'inbound') {
      this.#context.channels.add(this.channelId, this);
    }
    this.#limitTime(
      this.#origin.kind === 'outbound' ? this.#origin.request.timeLimitSeconds : undefined,
    );
    this.#enter(this.#state);
  }

  /** Something happened; ignored where the table does not know it. */
  handle(event: CallEvent): void {
    const next = nextCallState(this.#state, event);
    if (next === undefined) return;
    this.#log.debug({ state: this.#state, event, next }, 'call state');
    if (event === 'stop') this.#returnReason = 'draining';
    this.#stay.abort(event);
    this.#stay = new AbortController();
    this.#enter(next);
  }

  handleDtmf(digit: string): void {
    this.#digits.emit(digit);
  }

  handlePlaybackFinished(playbackId: string): void {
    this.#playbacks.emit(playbackId);
  }

  handleLeft(): void {
    this.handle('caller-left');
  }

  // --- what REST asks for -----------------------------------------------------------------------------------------

  /** Takes over from REST; false where the call is on its way out. */
  update(request: UpdateCall): boolean {
    if (this.isLeaving) return false;
    const { status, document, fallback, statusCallback, timeLimitSeconds } = request;
    if (statusCallback !== undefined) this.account.setStatusCallback(statusCallback);
    if (fallback !== undefined) this.#fallback = fallback;
    if (timeLimitSeconds !== undefined) this.#limitTime(timeLimitSeconds);
    if (document !== undefined) this.#redirectTo(document);
    if (status === 'canceled') this.account.change('canceled', SIP_CODE_CANCELED);
    if (status !== undefined) this.handle('hang-up');
    return true;
  }

  startStream(request: StreamRequest): StreamRecord {
    return this.streams.start(request, this.#documentUrl);
  }

  /** A call that is still dialled or being prepared asks for the new document when it is due. */
  #redirectTo(source: DocumentSource): void {
    this.#document = { kind: 'source', source, parameters: {} };
    this.#step = { kind: 'finished' };
    this.#redirects = 0;
    if (this.#state !== 'preparing') this.handle('ask');
  }

  #limitTime(seconds: number | undefined): void {
    clearTimeout(this.#timeLimit);
    if (seconds === undefined) return;
    this.#timeLimit = setTimeout(() => {
      this.#log.info({ seconds }, 'the time limit of the call is over');
      this.handle('hang-up');
    }, seconds * 1000);
  }

  // --- states -----------------------------------------------------------------------------------------------------

  #enter(state: CallState): void {
    this.#state = state;
    const { signal } = this.#stay;
    switch (state) {
      case 'dialling':
        this.#run(this.#dial(), 'not-answered');
        return;
      case 'fetching':
        this.#run(this.#fetch(signal), 'document-failed');
        return;
      case 'preparing':
        this.#preparing = this.#prepare(signal);
        this.#run(
          this.#preparing.catch((error: unknown) => this.#blame(error, signal)),
          'media-failed',
        );
        return;
      case 'detecting':
        this.#run(this.#detect(signal), 'ask');
        return;
      case 'performing':
        this.#run(this.#perform(signal), 'gave-up');
        return;
      case 'returning':
        this.#leave();
        this.#run(this.#return(), 'handed-over');
        return;
      case 'hanging-up':
        this.#leave();
        this.#run(this.#hangUp(), 'handed-over');
        return;
      case 'releasing':
        this.#leave();
        void this.#release();
        return;
      case 'ended':
        this.#end();
    }
  }

  /** Work of a state: what it throws is logged with its code and becomes `failure`. */
  #run(work: Promise<void>, failure: CallEvent): void {
    const { signal } = this.#stay;
    const done = work.catch((error: unknown) => {
      // Work that was given up with its state, and a caller who left first, are no errors.
      if (signal.aborted) return;
      if (!isGone(error)) this.#problem(error);
      this.handle(failure);
    });
    this.#deferred.add(done);
  }

  #problem(error: unknown): void {
    const code = error instanceof RelayError ? error.code : 'INTERNAL';
    this.#context.counters.error(code);
    this.#log.error({ code, state: this.#state }, describeError(error));
  }

  #openChannel({ request, permit }: Extract<CallOrigin, { kind: 'outbound' }>): OutgoingChannel {
    const { config, channels } = this.#context;
    return new OutgoingChannel({
      app: config.ari.app,
      callSid: this.sid,
      endpoint: permit.dialString,
      callerId: permit.callerId,
      timeoutSeconds: request.timeoutSeconds,
      channels,
      ari: () => this.#context.ari(),
      onRinging: () => this.account.change('ringing'),
      onDtmf: (digit) => this.handleDtmf(digit),
      onLeft: () => this.handleLeft(),
    });
  }

  // --- dialling ---------------------------------------------------------------------------------------------------

  async #dial(): Promise<void> {
    if (this.#outgoing === undefined) return;
    this.account.change('initiated');
    const dialled = this.#outgoing.dial();
    const outcome = await dialled.catch((error: unknown) => {
      this.account.change('failed');
      throw error;
    });
    if (outcome.kind === 'answered') {
      this.#answered();
      this.handle('answered');
      return;
    }
    // Before anybody is told: whoever dials the next one from the last callback has its place.
    if (this.#origin.kind === 'outbound') this.#origin.permit.release();
    const { status, sipCode } = callOutcome(outcome);
    if (outcome.kind !== 'canceled') this.account.change(status, sipCode);
    this.#log.info({ ...outcome, status }, 'the call was not answered');
    this.handle('not-answered');
  }

  // --- preparing --------------------------------------------------------------------------------------------------

  async #prepare(signal: AbortSignal): Promise<void> {
    await this.#openLeg(signal);
    if (this.#extras !== undefined && !this.#hasBegun) {
      this.#hasBegun = true;
      this.handle((await this.#extras.begin()) ? 'detect' : 'ask');
    } else if (this.#step.kind === 'finished') this.handle('ask');
    else this.handle('perform');
  }

  /** Answers the caller and opens their audio, once. */
  async #openLeg(signal: AbortSignal): Promise<void> {
    if (this.#leg.isOpen) return;
    await this.#leg.open(this.#context.ari(), signal);
    this.#answered();
  }

  #answered(): void {
    if (this.account.record.status !== 'in-progress') this.account.change('in-progress');
  }

  /** Preparing failed: because the caller has left, of which Asterisk tells us a moment later, or for a real reason. */
  async #blame(error: unknown, signal: AbortSignal): Promise<void> {
    try {
      await this.#context.ari().get(`/channels/${this.channelId}`, channelSchema);
    } catch (lookUpError) {
      if (isGone(lookUpError)) {
        this.handleLeft();
        return;
      }
    }
    // Asterisk 16 answers 500 "Failed to answer channel" for a caller who has just hung up, still lists the channel, and
    // says StasisEnd 1 ms later.
    await pause(CALLER_LEFT_MS, undefined, { signal }).catch(() => {});
    throw error;
  }

  // --- detecting --------------------------------------------------------------------------------------------------

  async #detect(signal: AbortSignal): Promise<void> {
    const verdict = await this.#extras?.detect(signal);
    if (verdict !== undefined && this.#document.kind === 'source') {
      // The document is told, too.
      const parameters = { MachineDetectionDuration: String(Math.round(verdict.durationMs)) };
      this.#document = { ...this.#document, parameters };
    }
    this.handle('ask');
  }

  // --- fetching ---------------------------------------------------------------------------------------------------

  async #fetch(signal: AbortSignal): Promise<void> {
    const context = this.#context;
    const fetched = await fetchDocument({
      context,
      account: this.account,
      document: this.#document,
      fallback: this.#fallback,
      signal,
      problem: (error) => this.#problem(error),
    });
    if (signal.aborted) return;
    this.#document = fetched.document;
    this.#program = new TwimlProgram(fetched.verbs, ({ code, detail }) => {
      context.counters.error(code);
      this.#log.error({ code }, detail);
    });
    this.#next();
  }

  get #documentUrl(): string {
    const { config } = this.#context;
    // A document that was fetched has an address of its own, or none at all.
    if (this.#document.kind !== 'source') return config.handler.url;
    const { source } = this.#document;
    return source.kind === 'url' ? source.url : '';
  }

  // --- performing -------------------------------------------------------------------------------------------------

  /** What the document says next. */
  #next(): void {
    this.#step = this.#program.next();
    const step = this.#step;
    switch (step.kind) {
      case 'finished':
        this.handle('finished');
        return;
      case 'gave-up':
        this.handle('gave-up');
        return;
      case 'hangup':
        this.handle('hang-up');
        return;
      case 'redirect': {
        const { address, parameters } = step;
        if (++this.#redirects > REDIRECTS_MAX) {
          this.#problem(
            new RelayError(
              'TWIML_REDIRECTS',
              `more than ${REDIRECTS_MAX} documents one after the other that the caller hears nothing of`,
            ),
          );
          this.handle('gave-up');
          return;
        }
        this.#document = { kind: 'relative', address, parameters, to: this.#document };
        this.handle('ask');
        return;
      }
      case 'reject':
        this.#hangUpReason = step.reason;
        this.account.expect(step.reason === 'busy' ? 'busy' : 'failed');
        this.handle('hang-up');
        return;
      default:
        this.handle(needsMedia(step) && !this.#leg.isOpen ? 'answer' : 'perform');
    }
  }

  async #perform(signal: AbortSignal): Promise<void> {
    const begunAt = performance.now();
    const outcome = await perform(this.#step, this.#line(signal));
    if (signal.aborted) return;
    if (performance.now() - begunAt >= HEARD_MS) this.#redirects = 0;
    this.#program.handle(outcome);
    this.#next();
  }

  #line(signal: AbortSignal): Line {
    return {
      context: this.#context,
      log: this.#log,
      account: this.account,
      media: this.media,
      channelId: this.channelId,
      documentUrl: this.#documentUrl,
      streams: this.streams,
      signal,
      hangUp: () => this.handle('hang-up'),
      answer: () => {
        this.#preparing = this.#openLeg(signal);
        return this.#preparing.catch((error: unknown) => this.#blame(error, signal));
      },
      onDigit: (listener) => this.#digits.add(listener),
      onPlaybackFinished: (listener) => this.#playbacks.add(listener),
      problem: (error) => this.#problem(error),
      defer: (work) => this.#deferred.add(work),
    };
  }

  // --- the way out ------------------------------------------------------------------------------------------------

  /** Ends the streams as Twilio does, `stop` and then the socket, and what was begun beside the document. */
  #leave(): void {
    clearTimeout(this.#timeLimit);
    this.streams.stopAll();
    this.#extras?.stop();
  }

  /** The dialplan goes on behind `Stasis()`. A call that we placed has no dialplan to go back to. */
  async #return(): Promise<void> {
    if (this.#origin.kind === 'outbound') {
      await this.#hangUp();
      return;
    }
    const reason = this.#returnReason;
    await this.#preparing?.catch(() => {});
    this.#context.counters.returned++;
    this.#log.warn({ code: 'CALL_RETURNED', reason }, 'the caller goes back to the dialplan');
    await returnToDialplan(this.#context.ari(), this.channelId, reason);
    this.handle('handed-over');
  }

  async #hangUp(): Promise<void> {
    await this.#preparing?.catch(() => {});
    if (this.#outgoing !== undefined) await this.#outgoing.hangUp();
    else {
      const reason = this.#hangUpReason;
      await this.#context.ari().deleteIfThere(`/channels/${this.channelId}`, { reason });
    }
    this.handle('handed-over');
  }

  /**
   * Ends what was made. Waits for requests that are still under way, or what they make would stay. If Asterisk cannot be
   * asked now, the sweep at the next connect finds it: the call is no longer among the living then.
   */
  async #release(): Promise<void> {
    await this.#preparing?.catch(() => {});
    try {
      await this.#leg.close(() => this.#context.ari());
    } catch (error) {
      this.#problem(error);
    }
    // Each of them is done or gives up soon: its signal is aborted.
    await this.#deferred.whenDone();
    this.handle('released');
  }

  #end(): void {
    this.#context.channels.remove(this.channelId, this);
    if (this.#origin.kind === 'outbound') this.#origin.permit.release();
    this.account.end();
    const { complaint } = this.#leg;
    if (complaint !== undefined) {
      this.#context.counters.error(complaint.code);
      this.#log.warn({ code: complaint.code }, complaint.message);
    }
    this.#log.info(this.#summary(), 'call ended');
    this.#onEnded.resolve();
  }

  #summary(): Record<string, unknown> {
    const { receiver, sender } = this.media;
    return {
      status: this.account.record.status,
      rtpIn: { ...receiver.counters, ...receiver.reorderCounters },
      rtpOut: sender.counters,
    };
  }
}

const LEAVING: ReadonlySet<CallState> = new Set(['returning', 'hanging-up', 'releasing', 'ended']);
