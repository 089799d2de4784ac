/**
 * What our edge asks of the call beside its audio: to put the caller through, to hang up, to press keys. Lives as long as the
 * stream it comes by.
 *
 * @see docs/patchcord-stream.md
 */

import type { SendDtmfMessage, TransferMessage } from '@patchcord/shared/media-streams/extensions';
import type { MediaSource } from '../../core/call/media.ts';
import { RelayError } from '../../core/error.ts';
import { Playback } from '../../core/playback.ts';
import type { CallRequest } from '../../core/stream/session.ts';
import { ToneInPauses } from '../../core/tone-in-pauses.ts';
import { ringback } from '../../core/tones.ts';
import type { LiveStream } from '../live-stream.ts';
import type { Line } from './line.ts';
import { sendDigits } from './send-digits.ts';
import { Transfer } from './transfer.ts';

/** `send-dtmf` messages that wait for the one before them. */
const KEYS_WAITING_MAX = 8;

/** Of one stream, whatever becomes of them: an agent that goes round in circles must not keep the PBX and the journal busy. */
const TRANSFERS_MAX = 20;

interface Ringing {
  readonly id: string;
  readonly transfer: Transfer;
  /** What the caller hears meanwhile. */
  readonly source: MediaSource;
}

export class EdgeRequests {
  readonly #line: Line;
  readonly #stream: LiveStream;
  readonly #over = new AbortController();
  #ringing: Ringing | undefined;
  #answered: Transfer | undefined;
  #transfers = 0;
  #keys: Promise<void> = Promise.resolve();
  #keysWaiting = 0;

  constructor(line: Line, stream: LiveStream) {
    this.#line = line;
    this.#stream = stream;
  }

  handle(request: CallRequest): void {
    switch (request.event) {
      case 'transfer':
        this.#line.defer(this.#transfer(request));
        return;
      case 'hangup':
        this.#line.log.info({ reason: request.hangup.reason }, 'the edge hangs up');
        this.#line.hangUp();
        return;
      case 'send-dtmf':
        this.#sendDtmf(request);
    }
  }

  /** The call ends, or goes on with another document: tells a transfer that rings, while there is somebody to tell. */
  callEnds(): void {
    if (this.#ringing === undefined) return;
    this.#stream.session.sendTransferred({ id: this.#ringing.id, status: 'ended' });
  }

  /** The stream is over, and with it what was still ringing. Answers the transfer that ended it. */
  close(): Transfer | undefined {
    this.#over.abort();
    if (this.#ringing !== undefined) {
      this.#line.media.stopPlaying(this.#ringing.source);
      this.#line.defer(this.#ringing.transfer.end());
    }
    return this.#answered;
  }

  async #transfer({ transfer: request }: TransferMessage): Promise<void> {
    const { id, kind } = request;
    const { session } = this.#stream;
    const { log, media } = this.#line;
    const fail = (reason: string): void =>
      session.sendTransferred({ id, status: 'failed', reason });
    if (this.#ringing !== undefined || this.#answered !== undefined) {
      fail('TRANSFER_BUSY');
      return;
    }
    if (this.#transfers === TRANSFERS_MAX) {
      fail('TRANSFER_MANY');
      return;
    }
    this.#transfers++;
    let transfer: Transfer;
    try {
      transfer = new Transfer(request, this.#line, () =>
        session.sendTransferred({ id, status: 'ringing' }),
      );
    } catch (error) {
      this.#line.problem(error);
      fail(codeOf(error));
      return;
    }
    log.info({ id, kind }, 'the edge puts the caller through');
    const tone = new Playback(ringback(), Infinity, () => {});
    const source = kind === 'cold' ? new ToneInPauses(session, tone) : session;
    this.#ringing = { id, transfer, source };
    media.play(source);
    const refusal = await transfer.ring(this.#over.signal);
    // Given up with the stream: close() ends it.
    if (this.#over.signal.aborted) return;
    if (refusal !== undefined) {
      media.play(session);
      log.info({ id, reason: refusal }, 'the transfer failed');
      // Before the edge is told: it may try the next one at once, and that wants this one's place.
      await transfer.end().catch((error: unknown) => this.#line.problem(error));
      this.#ringing = undefined;
      fail(refusal);
      return;
    }
    this.#ringing = undefined;
    this.#answered = transfer;
    session.sendTransferred({ id, status: 'answered' });
    this.#stream.stop();
  }

  #sendDtmf({ dtmf: { digits } }: SendDtmfMessage): void {
    const { session } = this.#stream;
    if (this.#keysWaiting >= KEYS_WAITING_MAX) {
      session.sendDtmfSent({ digits, status: 'failed', reason: 'DTMF_BUSY' });
      return;
    }
    this.#keysWaiting++;
    this.#keys = this.#keys.then(async () => {
      const { signal } = this.#over;
      try {
        signal.throwIfAborted();
        await sendDigits(digits, this.#line, signal);
        session.sendDtmfSent({ digits, status: 'sent' });
      } catch (error) {
        if (signal.aborted) return;
        this.#line.problem(error);
        session.sendDtmfSent({ digits, status: 'failed', reason: codeOf(error) });
      } finally {
        this.#keysWaiting--;
      }
    });
    this.#line.defer(this.#keys);
  }
}

function codeOf(error: unknown): string {
  return error instanceof RelayError ? error.code : 'INTERNAL';
}
