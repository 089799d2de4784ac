import { randomBytes } from 'node:crypto';
import type { CallEnd, DialOptions } from './phone.ts';
import { formatSip, header, parseSip, tagOf, uriOf } from './sip-message.ts';
import type { SipMessage } from './sip-message.ts';

/** RFC 3261 §17.1.1.1, on loopback: first retransmission, and the longest wait between two. */
const RETRANSMIT_MS = 500;
const RETRANSMIT_MS_MAX = 4000;
/** 64 × T1: no answer at all. */
const NO_ANSWER_MS = 32_000;

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

interface Transaction {
  readonly datagram: string;
  readonly timers: { retransmit: NodeJS.Timeout | undefined; giveUp: NodeJS.Timeout | undefined };
  readonly onFinal: (response: SipMessage) => void;
}

/**
 * The calling side of one SIP call over UDP: INVITE, ACK, CANCEL, BYE, INFO out; re-INVITE, UPDATE, OPTIONS, INFO, BYE in.
 *
 * No authentication, no forking, no record routes: the rig's Asterisk wants none.
 *
 * @see RFC 3261 §12 (dialogs), §17 (transactions)
 */
export class SipDialog {
  readonly callId = `${randomBytes(8).toString('hex')}@127.0.0.1`;
  readonly #options: SipDialogOptions;
  readonly #transactions = new Map<string, Transaction>();
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
    const { call, localPort, remotePort } = options;
    const name = call.callerName === undefined ? '' : `"${call.callerName}" `;
    this.#from = `${name}<sip:${call.callerNumber}@127.0.0.1:${localPort}>;tag=${randomToken()}`;
    this.#target = `sip:${call.extension}@127.0.0.1:${remotePort}`;
    this.#to = `<${this.#target}>`;
  }

  invite(): void {
    this.#inviteBranch = this.#request('INVITE', {
      contentType: 'application/sdp',
      body: this.#options.describe(this.#sdpVersion++),
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
    const [, method = ''] = header(response, 'cseq').split(' ');
    const key = transactionKey(header(response, 'via'), method);
    const transaction = this.#transactions.get(key);
    if (method === 'INVITE' && status >= 300) this.#ackRejection(response);
    if (transaction === undefined) {
      // The 2xx again: our ACK was lost.
      if (method === 'INVITE' && status < 300 && status >= 200 && this.#ack !== undefined) {
        this.#options.send(this.#ack);
      }
      return;
    }
    clearTimeout(transaction.timers.retransmit);
    if (status < 200) {
      if (method === 'INVITE') this.#onProvisional(response);
      return;
    }
    clearTimeout(transaction.timers.giveUp);
    this.#transactions.delete(key);
    transaction.onFinal(response);
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
    const headers: (readonly [string, string])[] = [];
    for (const via of request.headers.get('via') ?? []) headers.push(['Via', via]);
    headers.push(['From', header(request, 'from')], ['To', header(request, 'to')]);
    headers.push(['Call-ID', this.callId], ['CSeq', header(request, 'cseq')]);
    headers.push(['Contact', this.#contact()]);
    if (body !== '') headers.push(['Content-Type', 'application/sdp']);
    this.#options.send(formatSip(`SIP/2.0 ${status}`, headers, body));
  }

  /** Sends a request and again until it is answered. Answers its branch. */
  #request(
    method: string,
    request: {
      readonly contentType?: string;
      readonly body?: string;
      readonly onFinal: (response: SipMessage) => void;
    },
  ): string {
    const branch = newBranch();
    const headers = [...this.#headers(branch, `${this.#cseq++} ${method}`)];
    if (request.contentType !== undefined) headers.push(['Content-Type', request.contentType]);
    const datagram = formatSip(`${method} ${this.#target} SIP/2.0`, headers, request.body);
    const key = `${branch} ${method}`;
    const timers: Transaction['timers'] = { retransmit: undefined, giveUp: undefined };
    this.#transactions.set(key, { datagram, timers, onFinal: request.onFinal });

    let waitMs = RETRANSMIT_MS;
    const retransmit = () => {
      this.#options.send(datagram);
      timers.retransmit = setTimeout(retransmit, waitMs).unref();
      waitMs = Math.min(waitMs * 2, RETRANSMIT_MS_MAX);
    };
    retransmit();
    // A call may ring for long: once there was a 1xx, only the caller's patience counts.
    timers.giveUp = setTimeout(() => {
      if (method === 'INVITE' && this.#state === 'ringing') return;
      this.#end({ by: 'broken' });
    }, NO_ANSWER_MS).unref();
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
    for (const { timers } of this.#transactions.values()) {
      clearTimeout(timers.retransmit);
      clearTimeout(timers.giveUp);
    }
    this.#transactions.clear();
    this.#hasEnded.resolve();
    this.#options.onEnded(end);
  }
}

/** Q.850 cause of a Reason header (RFC 3326), or of Asterisk's own. */
function causeOf(message: SipMessage): number | undefined {
  const reason = /Q\.850\s*;\s*cause=(\d+)/i.exec(header(message, 'reason'))?.[1];
  const cause = reason ?? header(message, 'x-asterisk-hangupcausecode');
  // 0 is what Asterisk 22 says when it has none to say.
  return cause === '' || cause === '0' ? undefined : Number(cause);
}

function transactionKey(via: string, method: string): string {
  return `${/branch=([^;\s]+)/.exec(via)?.[1] ?? ''} ${method}`;
}

/** RFC 3261 §8.1.1.7: begins with the magic cookie. */
function newBranch(): string {
  return `z9hG4bK${randomToken()}`;
}

function randomToken(): string {
  return randomBytes(8).toString('hex');
}
