import type { Socket } from 'node:dgram';
import type { DeskManner, DeskOptions, DeskPhone } from './desk-phone.ts';
import { bindRtpSocket, bindUdp, closeUdp } from './free-ports.ts';
import { NextCall } from './next-call.ts';
import { SipIncomingCall } from './sip-incoming-call.ts';
import { header, parseSip } from './sip-message.ts';
import type { SipMessage } from './sip-message.ts';
import { formatResponse } from './sip-response.ts';
import { SipTransactions, newBranch, newToken } from './sip-transactions.ts';

/** Longer than any test. */
const EXPIRES_S = 3600;

/** Registers a phone at a SIP server on 127.0.0.1 that asks for no password. Rejects when it is refused. */
export async function registerSip(
  options: DeskOptions & { readonly sipPort: number },
): Promise<SipDeskPhone> {
  const phone = new SipDeskPhone(options, await bindUdp(0));
  try {
    await phone.register(EXPIRES_S);
  } catch (error) {
    await phone.unplug();
    throw error;
  }
  return phone;
}

/** A SIP phone that is called. One SIP port for all its calls, an RTP port for each. */
export class SipDeskPhone implements DeskPhone {
  readonly extension: string;
  readonly calls: SipIncomingCall[] = [];
  manner: DeskManner;
  readonly #options: DeskOptions & { readonly sipPort: number };
  readonly #sip: Socket;
  readonly #transactions: SipTransactions;
  readonly #byCallId = new Map<string, SipIncomingCall | 'coming'>();
  readonly #next = new NextCall<SipIncomingCall>();
  readonly #sending = new Set<Promise<void>>();
  readonly #registrationId = `${newToken()}@127.0.0.1`;
  #cseq = 1;
  #isRegistered = false;
  #unplugging: Promise<void> | undefined;

  constructor(options: DeskOptions & { readonly sipPort: number }, sip: Socket) {
    this.#options = options;
    this.extension = options.extension;
    this.manner = options.manner ?? { kind: 'answers' };
    this.#sip = sip;
    this.#transactions = new SipTransactions((datagram) => this.#send(datagram));
    sip.on('message', (datagram) => void this.#onMessage(datagram.toString('utf8')));
  }

  nextCall(): Promise<SipIncomingCall> {
    return this.#next.take();
  }

  /** Once, by `registerSip`; 0 takes it back. */
  register(expiresS: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { sipPort } = this.#options;
    const branch = newBranch();
    const address = `<sip:${this.extension}@127.0.0.1:${sipPort}>`;
    this.#transactions.request({
      method: 'REGISTER',
      uri: `sip:127.0.0.1:${sipPort}`,
      branch,
      headers: [
        ['Via', `SIP/2.0/UDP 127.0.0.1:${this.#port};rport;branch=${branch}`],
        ['Max-Forwards', '70'],
        ['From', `${address};tag=${newToken()}`],
        ['To', address],
        ['Call-ID', this.#registrationId],
        ['CSeq', `${this.#cseq++} REGISTER`],
        ['Contact', this.#contact],
        ['Expires', String(expiresS)],
        ['User-Agent', 'patchcord-rig'],
      ],
      onFinal: ({ start }) => {
        const status = start.kind === 'response' ? start.status : 0;
        this.#isRegistered = status === 200 && expiresS > 0;
        if (status === 200) resolve();
        else reject(new Error(`${this.extension} may not register: ${status}`));
      },
      onGiveUp: () => reject(new Error(`${this.extension} may not register: no answer`)),
    });
    return promise;
  }

  unplug(): Promise<void> {
    return (this.#unplugging ??= this.#unplug());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unplug();
  }

  get #port(): number {
    return this.#sip.address().port;
  }

  get #contact(): string {
    return `<sip:${this.extension}@127.0.0.1:${this.#port}>`;
  }

  async #unplug(): Promise<void> {
    await Promise.all(this.calls.map((call) => call.hangup()));
    // A PBX that is gone does not answer.
    if (this.#isRegistered)
      await Promise.race([this.register(0), this.#patience()]).catch(() => {});
    this.#transactions.close();
    this.#next.close();
    await Promise.all(this.#sending);
    await closeUdp(this.#sip);
  }

  async #patience(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }

  async #onMessage(datagram: string): Promise<void> {
    const message = parseSip(datagram);
    if (message === undefined) return;
    const callId = header(message, 'call-id');
    if (callId === this.#registrationId) {
      this.#transactions.receive(message);
      return;
    }
    const known = this.#byCallId.get(callId);
    if (known === 'coming') return; // The INVITE again, before we have bound a port.
    if (known !== undefined) known.receive(message);
    else if (message.start.kind === 'request')
      await this.#onStranger(message, message.start.method);
  }

  /** A request outside any call. */
  async #onStranger(request: SipMessage, method: string): Promise<void> {
    if (method === 'ACK') return;
    if (method !== 'INVITE') {
      const status = method === 'OPTIONS' ? '200 OK' : '481 Call/Transaction Does Not Exist';
      this.#send(formatResponse(request, status, { contact: this.#contact }));
      return;
    }
    const callId = header(request, 'call-id');
    this.#byCallId.set(callId, 'coming');
    const rtp = await bindRtpSocket();
    const call = new SipIncomingCall(request, rtp, {
      ...this.#options,
      send: (datagram) => this.#send(datagram),
      localPort: this.#port,
    });
    this.#byCallId.set(callId, call);
    this.calls.push(call);
    call.meet(this.manner);
    this.#next.give(call);
  }

  /** Closing the socket throws away what Node has not yet given to the kernel. */
  #send(datagram: string): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sending.add(promise);
    this.#sip.send(datagram, this.#options.sipPort, '127.0.0.1', () => {
      this.#sending.delete(promise);
      resolve();
    });
  }
}
