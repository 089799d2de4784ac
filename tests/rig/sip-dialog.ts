import type { CallEnd, DialOptions } from './phone.ts';
import { causeOf, formatSip, header, parseSip, tagOf, uriOf } from './sip-message.ts';
import type { SipMessage } from './sip-message.ts';
import { formatResponse } from './sip-response.ts';
import { SipTransactions, newBranch, newToken } from './sip-transactions.ts';

/** What a dialog needs of its surroundings. */
export interface SipDialogOptions {
  readonly send: (datagram: string) => void;
  readonly localPort: number;
  readonly remotePort: number;
  readonly call: Pick<DialOptions, 'extension' | 'callerName'> & { readonly callerNumber: string };
  /** Our SDP; `version` goes up with each. */
  readonly describe: (version: number) => string;
  /** The PBX's SDP: with the answer, with early media, and whenever it changes. */
  readonly onDescription: (sdp: string) => void;
  readonly onAnswered: () => void;
  readonly onEnded: (end: CallEnd) => void;
  readonly onDigit: (digit: string) => void;
}

/**
 * The calling side of one SIP call over UDP: INVITE, ACK, CANCEL, BYE, INFO out; re-INVITE, UPDATE, OPTIONS, INFO, BYE in.
 *
 * No authentication, no forking, no record routes: the rig's Asterisk wants none.
 *
 * @see RFC 3261 §12 (dialogs), §17 (transactions)
 */
export class SipDialog {
  readonly callId = `${newToken()}@127.0.0.1`;
  readonly #options: SipDialogOptions;
  readonly #transactions: SipTransactions;
  readonly #from: string;
  #to: string;
  #target: string;
  #cseq = 1;
  #sdpVersion = 1;
  #inviteBranch = '';
  #ack: string | undefined;
  #state: 'calling' | 'ringing' | 'answered' | 'ending' | 'ended' = 'calling';
  #isCancelled = false;
  readonly #hasEnded = Promise.withResolvers<void>();

  constructor(options: SipDialogOptions) {
    this.#options = options;
    this.#transactions = new SipTransactions(options.send);
    const { call, localPort, remotePort } = options;
    const name = call.callerName === undefined ? '' : `"${call.callerName}" `;
    this.#from = `${name}<sip:${call.callerNumber}@127.0.0.1:${localPort}>;tag=${newToken()}`;
    this.#target = `sip:${call.extension}@127.0.0.1:${remotePort}`;
    this.#to = `<${this.#target}>`;
  }

  invite(): void {
    this.#inviteBranch = this.#request('INVITE', {
      contentType: 'application/sdp',
      body: this.#options.describe(this.#sdpVersion++),
      onProvisional: (response) => this.#onProvisional(response),
      onFinal: (response) => this.#onInviteFinal(response),
    });
  }

  /** Ends the call in the way its state asks for; done when the PBX confirmed, or did not in time. */
  async hangup(): Promise<void> {
    if (this.#state === 'answered') {
      this.#state = 'ending';
      this.#request('BYE', { onFinal: () => this.#end({ by: 'phone' }) });
    } else if (this.#state === 'ringing') this.#cancel();
    else if (this.#state === 'calling') this.#isCancelled = true; // CANCEL has to wait for a 1xx.
    await this.#hasEnded.promise;
  }

  /** Sends one key in an INFO; resolves when it was answered. */
  sendInfo(digit: string, durationMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#request('INFO', {
      contentType: 'application/dtmf-relay',
      body: `Signal=${digit}\r\nDuration=${durationMs}\r\n`,
      onFinal: () => resolve(),
    });
    return promise;
  }

  receive(datagram: string): void {
    const message = parseSip(datagram);
    if (message === undefined || header(message, 'call-id') !== this.callId) return;
    if (message.start.kind === 'response') this.#onResponse(message, message.start.status);
    else this.#onRequest(message, message.start.method);
  }

  #cancel(): void {
    this.#state = 'ending';
    const headers = this.#headers(this.#inviteBranch, `${this.#inviteCseq()} CANCEL`, false);
    this.#options.send(formatSip(`CANCEL ${this.#inviteUri()} SIP/2.0`, headers));
  }

  /** Our INVITE is the first request of the call, always. */
  #inviteCseq(): number {
    return 1;
  }

  #inviteUri(): string {
    return `sip:${this.#options.call.extension}@127.0.0.1:${this.#options.remotePort}`;
  }

  #onInviteFinal(response: SipMessage): void {
    const status = response.start.kind === 'response' ? response.start.status : 0;
    if (status < 300) {
      this.#to = header(response, 'to');
      this.#target = uriOf(header(response, 'contact'));
      const branch = newBranch();
      const headers = this.#headers(branch, `${this.#inviteCseq()} ACK`);
      this.#ack = formatSip(`ACK ${this.#target} SIP/2.0`, headers);
      this.#options.send(this.#ack);
      this.#options.onDescription(response.body);
      const wasCancelled = this.#isCancelled || this.#state === 'ending';
      this.#state = 'answered';
      this.#options.onAnswered();
      // Answered while our CANCEL was on its way: RFC 3261 §9.1 leaves a BYE.
      if (wasCancelled) void this.hangup();
      return;
    }
    const isOurs = status === 487 || this.#state === 'ending';
    const cause = causeOf(response);
    this.#end({
      by: isOurs ? 'phone' : 'rejected',
      status,
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #onResponse(response: SipMessage, status: number): void {
    const [, method] = header(response, 'cseq').split(' ');
    if (method === 'INVITE' && status >= 300) this.#ackRejection(response);
    const isNew = this.#transactions.receive(response);
    // The 2xx again: our ACK was lost.
    const isRepeated = !isNew && method === 'INVITE' && status < 300 && status >= 200;
    if (isRepeated && this.#ack !== undefined) this.#options.send(this.#ack);
  }

  #onProvisional(response: SipMessage): void {
    if (this.#state !== 'calling') return;
    this.#state = 'ringing';
    if (response.body !== '') this.#options.onDescription(response.body);
    if (this.#isCancelled) this.#cancel();
  }

  /** RFC 3261 §17.1.1.3: same branch as the INVITE, To as in the response. */
  #ackRejection(response: SipMessage): void {
    const headers = this.#headers(this.#inviteBranch, `${this.#inviteCseq()} ACK`).map(
      ([name, value]) =>
        name === 'To' ? ([name, header(response, 'to')] as const) : ([name, value] as const),
    );
    this.#options.send(formatSip(`ACK ${this.#inviteUri()} SIP/2.0`, headers));
  }

  #onRequest(request: SipMessage, method: string): void {
    switch (method) {
      case 'ACK':
        return;
      case 'BYE': {
        this.#respond(request, '200 OK');
        const cause = causeOf(request);
        this.#end({
          by: this.#state === 'ending' ? 'phone' : 'pbx',
          ...(cause === undefined ? {} : { cause }),
        });
        return;
      }
      case 'INVITE':
      case 'UPDATE':
        if (request.body === '') {
          this.#respond(request, '200 OK', method === 'INVITE' ? this.#describe() : '');
        } else {
          this.#options.onDescription(request.body);
          this.#respond(request, '200 OK', this.#describe());
        }
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

  #describe(): string {
    return this.#options.describe(this.#sdpVersion++);
  }

  #respond(request: SipMessage, status: string, body = ''): void {
    this.#options.send(formatResponse(request, status, { contact: this.#contact(), body }));
  }

  /** Sends a request and again until it is answered. Answers its branch. */
  #request(
    method: string,
    request: {
      readonly contentType?: string;
      readonly body?: string;
      readonly onProvisional?: (response: SipMessage) => void;
      readonly onFinal: (response: SipMessage) => void;
    },
  ): string {
    const branch = newBranch();
    const headers = [...this.#headers(branch, `${this.#cseq++} ${method}`)];
    const { contentType, ...rest } = request;
    if (contentType !== undefined) headers.push(['Content-Type', contentType]);
    const onGiveUp = () => this.#end({ by: 'broken' });
    const mayRing = method === 'INVITE';
    this.#transactions.request({
      ...rest,
      method,
      uri: this.#target,
      branch,
      headers,
      onGiveUp,
      mayRing,
    });
    return branch;
  }

  #headers(branch: string, cseq: string, hasToTag = true): (readonly [string, string])[] {
    const to = hasToTag || tagOf(this.#to) === undefined ? this.#to : this.#to.split(';')[0];
    return [
      ['Via', `SIP/2.0/UDP 127.0.0.1:${this.#options.localPort};rport;branch=${branch}`],
      ['Max-Forwards', '70'],
      ['From', this.#from],
      ['To', to ?? ''],
      ['Call-ID', this.callId],
      ['CSeq', cseq],
      ['Contact', this.#contact()],
      ['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE'],
      ['User-Agent', 'patchcord-rig'],
    ];
  }

  #contact(): string {
    return `<sip:${this.#options.call.callerNumber}@127.0.0.1:${this.#options.localPort}>`;
  }

  #end(end: CallEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#transactions.close();
    this.#hasEnded.resolve();
    this.#options.onEnded(end);
  }
}
