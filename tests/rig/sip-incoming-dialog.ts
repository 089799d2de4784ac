import type { CallEnd } from './phone.ts';
import { causeOf, header, tagOf, uriOf } from './sip-message.ts';
import type { SipMessage } from './sip-message.ts';
import { formatResponse } from './sip-response.ts';
import {
  RETRANSMIT_MS,
  RETRANSMIT_MS_MAX,
  SipTransactions,
  newBranch,
  newToken,
} from './sip-transactions.ts';

/** What a dialog needs of its surroundings. */
export interface SipIncomingOptions {
  readonly send: (datagram: string) => void;
  readonly localPort: number;
  /** Ours, in Contact. */
  readonly extension: string;
  /** Our SDP; `version` goes up with each. */
  readonly describe: (version: number) => string;
  /** The PBX's SDP: with the INVITE, and whenever it changes. */
  readonly onDescription: (sdp: string) => void;
  readonly onEnded: (end: CallEnd) => void;
  readonly onDigit: (digit: string) => void;
}

/**
 * The called side of one SIP call over UDP: 180, 200, refusals and BYE, INFO out; INVITE, ACK, CANCEL, BYE, INFO, UPDATE in.
 *
 * ```
 * ringing ── answer ──> answered ── BYE, either way ──> ended
 *    └── CANCEL, refusal ──────────────────────────────────┘
 * ```
 *
 * @see RFC 3261 §12 (dialogs), §17.2 (server transactions)
 */
export class SipIncomingDialog {
  readonly callId: string;
  readonly #options: SipIncomingOptions;
  readonly #invite: SipMessage;
  readonly #transactions: SipTransactions;
  readonly #tag = newToken();
  readonly #target: string;
  readonly #hasEnded = Promise.withResolvers<void>();
  /** The PBX has acknowledged our answer. */
  readonly #confirmed = Promise.withResolvers<void>();
  #state: 'ringing' | 'answered' | 'ending' | 'refused' | 'ended' = 'ringing';
  #cseq = 1;
  #sdpVersion = 1;
  /** Our last answer to the INVITE, for when it comes again. */
  #answer: string | undefined;
  #retransmit: NodeJS.Timeout | undefined;
  /** How a call that was never answered ended, once the PBX has acknowledged it. */
  #refusal: CallEnd = { by: 'phone' };

  constructor(invite: SipMessage, options: SipIncomingOptions) {
    this.#options = options;
    this.#invite = invite;
    this.#transactions = new SipTransactions(options.send);
    this.callId = header(invite, 'call-id');
    this.#target = uriOf(header(invite, 'contact'));
    options.onDescription(invite.body);
    this.#respondToInvite('100 Trying');
  }

  get isRinging(): boolean {
    return this.#state === 'ringing';
  }

  /** User and display name of the caller. */
  get caller(): { readonly number: string; readonly name: string } {
    const from = header(this.#invite, 'from');
    const number = /sips?:([^@;>]*)@/.exec(uriOf(from))?.[1] ?? '';
    return { number, name: /^"([^"]*)"/.exec(from)?.[1] ?? '' };
  }

  ring(): void {
    if (this.#state === 'ringing') this.#respondToInvite('180 Ringing');
  }

  /** False when it is too late. */
  answer(): boolean {
    if (this.#state !== 'ringing') return false;
    this.#state = 'answered';
    this.#repeat(this.#respondToInvite('200 OK', this.#describe()));
    return true;
  }

  /** `reason`: the status line's words, such as `486 Busy Here`. */
  reject(reason: string): void {
    if (this.#state !== 'ringing') return;
    this.#state = 'refused';
    this.#repeat(this.#respondToInvite(reason));
    // The end comes with the PBX's ACK; `#onRequest` waits for it.
  }

  /** Ends the call in the way its state asks for; done when the PBX confirmed, or did not in time. */
  async hangup(): Promise<void> {
    if (this.#state === 'ringing') this.reject('603 Decline');
    else if (this.#state === 'answered') {
      this.#state = 'ending';
      // RFC 3261 §15: no BYE before the ACK. Asterisk 22 sometimes keeps a call for ever whose BYE was early.
      const patience = setTimeout(() => this.#confirmed.resolve(), RETRANSMIT_MS_MAX);
      await Promise.race([this.#confirmed.promise, this.#hasEnded.promise]);
      clearTimeout(patience);
      if (this.#state === 'ending') this.#request('BYE', () => this.#end({ by: 'phone' }));
    }
    await this.#hasEnded.promise;
  }

  /** Sends one key in an INFO; resolves when it was answered. */
  sendInfo(digit: string, durationMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = `Signal=${digit}\r\nDuration=${durationMs}\r\n`;
    this.#request('INFO', resolve, { contentType: 'application/dtmf-relay', body });
    return promise;
  }

  receive(message: SipMessage): void {
    if (message.start.kind === 'request') this.#onRequest(message, message.start.method);
    else this.#transactions.receive(message);
  }

  #onRequest(request: SipMessage, method: string): void {
    switch (method) {
      case 'ACK':
        clearTimeout(this.#retransmit);
        this.#confirmed.resolve();
        if (this.#state === 'refused') this.#end(this.#refusal);
        return;
      case 'INVITE':
        if (tagOf(header(request, 'to')) === undefined) this.#onInviteAgain();
        else this.#onNewDescription(request);
        return;
      case 'UPDATE':
        this.#onNewDescription(request);
        return;
      case 'CANCEL':
        this.#respond(request, '200 OK');
        if (this.#state !== 'ringing') return;
        this.#state = 'refused';
        this.#refusal = { by: 'pbx', status: 487, ...causeField(request) };
        this.#repeat(this.#respondToInvite('487 Request Terminated'));
        return;
      case 'BYE':
        this.#respond(request, '200 OK');
        this.#end({ by: this.#state === 'ending' ? 'phone' : 'pbx', ...causeField(request) });
        return;
      case 'INFO': {
        this.#respond(request, '200 OK');
        const digit = /^Signal=\s*(\S)/m.exec(request.body)?.[1];
        if (digit !== undefined) this.#options.onDigit(digit);
        return;
      }
      default:
        this.#respond(request, method === 'OPTIONS' ? '200 OK' : '501 Not Implemented');
    }
  }

  /** The PBX sends it until it has heard from us. */
  #onInviteAgain(): void {
    if (this.#answer !== undefined) this.#options.send(this.#answer);
  }

  #onNewDescription(request: SipMessage): void {
    if (request.body !== '') this.#options.onDescription(request.body);
    const needsBody = request.body !== '' || header(request, 'cseq').endsWith('INVITE');
    this.#respond(request, '200 OK', needsBody ? this.#describe() : '');
  }

  /** RFC 3261 §13.3.1.4 and §17.2.1: a final answer goes out until its ACK is here. */
  #repeat(datagram: string): void {
    let waitMs = RETRANSMIT_MS;
    const repeat = () => {
      this.#options.send(datagram);
      waitMs = Math.min(waitMs * 2, RETRANSMIT_MS_MAX);
      this.#retransmit = setTimeout(repeat, waitMs).unref();
    };
    this.#retransmit = setTimeout(repeat, waitMs).unref();
  }

  #respondToInvite(status: string, body = ''): string {
    const code = Number(status.slice(0, 3));
    if (code >= 300 && code !== 487) this.#refusal = { by: 'phone', status: code };
    const contact = this.#contact();
    // A 100 has no tag: it makes no dialog.
    const tag = code === 100 ? {} : { toTag: this.#tag };
    this.#answer = formatResponse(this.#invite, status, { contact, body, ...tag });
    this.#options.send(this.#answer);
    return this.#answer;
  }

  #respond(request: SipMessage, status: string, body = ''): void {
    const options = { contact: this.#contact(), body, toTag: this.#tag };
    this.#options.send(formatResponse(request, status, options));
  }

  #request(
    method: string,
    onFinal: () => void,
    content?: { readonly contentType: string; readonly body: string },
  ): void {
    const branch = newBranch();
    const headers: (readonly [string, string])[] = [
      ['Via', `SIP/2.0/UDP 127.0.0.1:${this.#options.localPort};rport;branch=${branch}`],
      ['Max-Forwards', '70'],
      // Our end of the dialog is the To of the INVITE.
      ['From', `${header(this.#invite, 'to')};tag=${this.#tag}`],
      ['To', header(this.#invite, 'from')],
      ['Call-ID', this.callId],
      ['CSeq', `${this.#cseq++} ${method}`],
      ['Contact', this.#contact()],
      ['User-Agent', 'patchcord-rig'],
    ];
    if (content !== undefined) headers.push(['Content-Type', content.contentType]);
    this.#transactions.request({
      method,
      uri: this.#target,
      branch,
      headers,
      ...(content === undefined ? {} : { body: content.body }),
      onFinal,
      onGiveUp: () => this.#end({ by: 'broken' }),
    });
  }

  #describe(): string {
    return this.#options.describe(this.#sdpVersion++);
  }

  #contact(): string {
    return `<sip:${this.#options.extension}@127.0.0.1:${this.#options.localPort}>`;
  }

  #end(end: CallEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearTimeout(this.#retransmit);
    this.#transactions.close();
    this.#hasEnded.resolve();
    this.#options.onEnded(end);
  }
}

function causeField(request: SipMessage): { readonly cause?: number } {
  const cause = causeOf(request);
  return cause === undefined ? {} : { cause };
}
