/**
 * One Media Stream on the wire: a {@link StreamSession} and its socket, with the status callbacks and the log lines of both.
 *
 * @see facts sections 4 and 5 (how a stream ends, stream status callback)
 */

import { performance } from 'node:perf_hooks';
import { newSid } from '@patchcord/shared/twilio/sid';
import type { StreamRecord, StreamTrack } from '@patchcord/shared/twilio/call-record';
import { streamFields } from '../core/call/webhook-fields.ts';
import { describeError, RelayError } from '../core/error.ts';
import {
  StreamSession,
  type CallRequest,
  type StreamMode,
  type StreamReport,
} from '../core/stream/session.ts';
import { resolveStreamUrl } from '../core/twiml/document-url.ts';
import type { StreamSpec } from '../core/twiml/step.ts';
import type { CallAccount } from './call-account.ts';
import type { CallContext } from './call-context.ts';
import type { Log } from './log.ts';
import { isOrderlyClose, StreamSocket, StreamSocketError } from './stream-socket.ts';

/** Messages of a handler that broke a rule, each with a log line of its own. */
const REPORTS_LOGGED_MAX = 100;

const TRACKS: Readonly<Record<StreamTrack, readonly ('inbound' | 'outbound')[]>> = {
  inbound_track: ['inbound'],
  outbound_track: ['outbound'],
  both_tracks: ['inbound', 'outbound'],
};

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  31901: 'Stream - WebSocket - Connection Timeout',
  31902: 'Stream - WebSocket - Connection Refused',
  31903: 'Stream - WebSocket - Connection Broken Pipe',
  31910: 'Stream - WebSocket - SSL Protocol Error',
  31920: 'Stream - WebSocket - Handshake Error',
  31921: 'Stream - WebSocket - Close Error',
  31922: 'Stream - WebSocket - Unsupported Protocol',
  31923: 'Stream - WebSocket - Malformed URL',
  31924: 'Stream - WebSocket - Protocol Error',
  31930: 'Stream - Media - Buffer Overflow',
  31931: 'Stream - Media - Media Discarded',
  31950: 'Stream - Protocol - Malformed Message',
  31951: 'Stream - Protocol - Invalid Message',
};

export interface LiveStreamOptions {
  readonly context: CallContext;
  readonly account: CallAccount;
  readonly log: Log;
  readonly spec: StreamSpec;
  readonly mode: StreamMode;
  readonly documentUrl: string;
  /** Given, the handler is asked whether it is our edge, and this is called with what the edge asks of the call. */
  readonly onRequest?: (request: CallRequest) => void;
}

export type StreamEnd =
  /** The handler closed it: the usual way, and the end of `<Connect>`. */
  | 'closed'
  /** The connection broke, or the handler broke the protocol. */
  | 'broken'
  /** We stopped it. */
  | 'stopped';

export class LiveStream {
  readonly sid = newSid('MZ');
  /** How callbacks and REST call it: the document's name, or the SID. */
  readonly name: string;
  readonly session: StreamSession;
  /** Resolves once, when the stream is over. */
  readonly ended: Promise<StreamEnd>;
  readonly #onEnded = Promise.withResolvers<StreamEnd>();
  readonly #options: LiveStreamOptions;
  #socket: StreamSocket | undefined;
  #reports = 0;
  #isOver = false;

  constructor(options: LiveStreamOptions) {
    const { context, account, spec, mode, onRequest } = options;
    this.#options = options;
    this.name = spec.name ?? this.sid;
    this.ended = this.#onEnded.promise;
    this.session = new StreamSession(
      {
        accountSid: account.record.accountSid,
        callSid: account.record.sid,
        streamSid: this.sid,
        customParameters: spec.parameters,
        tracks: TRACKS[spec.track],
      },
      performance.now(),
      { mode, dialect: context.config.dialect },
      {
        sendText: (text) => this.#socket?.send(text),
        request: (request) => onRequest?.(request),
        unsentBytes: () => this.#socket?.unsentBytes ?? 0,
        report: (report) => this.#report(report),
      },
    );
  }

  /** Connects and sends `connected` and `start`. False, and reported, where that did not work or `signal` was aborted. */
  async open(signal: AbortSignal): Promise<boolean> {
    const { context, log, spec, documentUrl, onRequest } = this.#options;
    const { config, counters } = context;
    try {
      const url = resolveStreamUrl(spec.url, documentUrl);
      log.info({ url, streamSid: this.sid }, 'connecting the stream');
      this.#socket = await StreamSocket.open(
        url,
        config.authToken,
        config.dialect,
        {
          onText: (text) => this.session.handleText(text),
          onBinary: (bytes) => this.session.handleBinary(bytes),
          onClose: (code) => this.#closed(code),
        },
        signal,
        { offersExtensions: onRequest !== undefined },
      );
    } catch (error) {
      if (signal.aborted) return false;
      const code = error instanceof RelayError ? error.code : 'INTERNAL';
      const twilioCode = twilioCodeOf(error);
      counters.error(code);
      log.error({ code, twilioCode }, `the stream did not connect: ${describeError(error)}`);
      this.#call('stream-error', twilioCode);
      return false;
    }
    if (signal.aborted) {
      this.#socket.close();
      return false;
    }
    counters.streams++;
    this.session.open({ hasExtensions: this.#socket.hasExtensions });
    this.#call('stream-started');
    return true;
  }

  /** As REST shows it. */
  record(status: StreamRecord['status']): StreamRecord {
    const { sid: callSid, accountSid } = this.#options.account.record;
    const name = this.name === this.sid ? {} : { name: this.name };
    return { sid: this.sid, accountSid, callSid, status, updatedAt: Date.now(), ...name };
  }

  /** Ends it as Twilio does: `stop`, then the socket. */
  stop(): void {
    if (this.#isOver || this.#socket === undefined) return;
    this.#options.log.info({ streamSid: this.sid, ...this.session.counters }, 'stream stopped');
    this.session.stop();
    this.#socket.close();
    this.#over('stopped');
  }

  #closed(closeCode: number): void {
    if (this.#isOver) return;
    const { context, log } = this.#options;
    const isOrderly = isOrderlyClose(closeCode);
    const twilioCode = isOrderly ? 31921 : closeCode === 1002 ? 31924 : 31903;
    const detail = { closeCode, twilioCode, streamSid: this.sid, ...this.session.counters };
    if (isOrderly) log.info(detail, 'the handler closed the stream');
    else {
      context.counters.error('STREAM_LOST');
      log.error({ code: 'STREAM_LOST', ...detail }, 'the stream broke');
    }
    this.session.close();
    this.#call('stream-error', twilioCode);
    this.#over(isOrderly ? 'closed' : 'broken');
  }

  #over(end: StreamEnd): void {
    this.#isOver = true;
    this.#socket = undefined;
    this.#call('stream-stopped');
    this.#onEnded.resolve(end);
  }

  /** Every message that breaks a rule is named: this is what people hunt for. But a flood of them must not fill the journal. */
  #report({ code, twilioCode, isFirst, detail }: StreamReport): void {
    const { context, log } = this.#options;
    context.counters.error(code);
    if (isFirst) {
      context.counters.warnTwilio(twilioCode);
      this.#call('stream-error', twilioCode);
    }
    const count = ++this.#reports;
    if (count > REPORTS_LOGGED_MAX) return;
    log.warn({ code, twilioCode, isFirst, streamSid: this.sid }, detail);
    if (count < REPORTS_LOGGED_MAX) return;
    log.warn({ code: 'STREAM_REPORTS_MANY' }, 'further ones of this stream are only counted');
  }

  /** The stream status callback, where the document asked for one. */
  #call(event: 'stream-started' | 'stream-stopped' | 'stream-error', twilioCode?: number): void {
    const { account, spec, documentUrl } = this.#options;
    if (spec.statusCallback === undefined) return;
    const error =
      twilioCode === undefined
        ? undefined
        : `${twilioCode} ${DESCRIPTIONS[twilioCode] ?? ''}`.trim();
    const fields = streamFields(this.record('in-progress'), event, Date.now(), error);
    account.callBack(spec.statusCallback, documentUrl, fields);
  }
}

/** Twilio's number for a stream that did not connect. */
function twilioCodeOf(error: unknown): number | undefined {
  if (error instanceof StreamSocketError) return error.twilioCode;
  const [, code] =
    error instanceof RelayError ? (/Twilio error (\d{5})/.exec(error.message) ?? []) : [];
  return code === undefined ? undefined : Number(code);
}
