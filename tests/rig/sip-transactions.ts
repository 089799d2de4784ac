import { randomBytes } from 'node:crypto';
import { formatSip, header } from './sip-message.ts';
import type { SipMessage } from './sip-message.ts';

/** RFC 3261 §17.1.1.1, on loopback: first retransmission, and the longest wait between two. */
export const RETRANSMIT_MS = 500;
export const RETRANSMIT_MS_MAX = 4000;
/** 64 × T1: no answer at all. */
const NO_ANSWER_MS = 32_000;

/** Headers in the order in which they are sent. */
export type SipHeaders = readonly (readonly [string, string])[];

/** A request to send. */
export interface SipRequest {
  readonly method: string;
  readonly uri: string;
  readonly branch: string;
  readonly headers: SipHeaders;
  readonly body?: string;
  readonly onProvisional?: (response: SipMessage) => void;
  readonly onFinal: (response: SipMessage) => void;
  /** Nothing came back in half a minute, or nothing but a 1xx and `mayRing` is false. */
  readonly onGiveUp: () => void;
  /** After a 1xx only the caller's patience counts. */
  readonly mayRing?: boolean;
}

interface Transaction {
  readonly request: SipRequest;
  retransmit: NodeJS.Timeout | undefined;
  readonly giveUp: NodeJS.Timeout;
  isProceeding: boolean;
}

/** Requests on their way over UDP: sent again until they are answered. RFC 3261 §17.1. */
export class SipTransactions {
  readonly #send: (datagram: string) => void;
  readonly #transactions = new Map<string, Transaction>();

  constructor(send: (datagram: string) => void) {
    this.#send = send;
  }

  request(request: SipRequest): void {
    const { method, uri, branch, headers, body } = request;
    const datagram = formatSip(`${method} ${uri} SIP/2.0`, headers, body);
    const transaction: Transaction = {
      request,
      retransmit: undefined,
      giveUp: setTimeout(() => {
        if (request.mayRing !== true || !transaction.isProceeding) request.onGiveUp();
      }, NO_ANSWER_MS).unref(),
      isProceeding: false,
    };
    this.#transactions.set(`${branch} ${method}`, transaction);
    let waitMs = RETRANSMIT_MS;
    const send = () => {
      this.#send(datagram);
      transaction.retransmit = setTimeout(send, waitMs).unref();
      waitMs = Math.min(waitMs * 2, RETRANSMIT_MS_MAX);
    };
    send();
  }

  /** Hands a response to its request. False when no request waits for it: it came before, or to somebody else. */
  receive(response: SipMessage): boolean {
    if (response.start.kind !== 'response') return false;
    const [, method = ''] = header(response, 'cseq').split(' ');
    const branch = /branch=([^;\s]+)/.exec(header(response, 'via'))?.[1] ?? '';
    const key = `${branch} ${method}`;
    const transaction = this.#transactions.get(key);
    if (transaction === undefined) return false;
    clearTimeout(transaction.retransmit);
    if (response.start.status < 200) {
      transaction.isProceeding = true;
      transaction.request.onProvisional?.(response);
      return true;
    }
    clearTimeout(transaction.giveUp);
    this.#transactions.delete(key);
    transaction.request.onFinal(response);
    return true;
  }

  /** Forgets all of them. */
  close(): void {
    for (const { retransmit, giveUp } of this.#transactions.values()) {
      clearTimeout(retransmit);
      clearTimeout(giveUp);
    }
    this.#transactions.clear();
  }
}

/** RFC 3261 §8.1.1.7: begins with the magic cookie. */
export function newBranch(): string {
  return `z9hG4bK${newToken()}`;
}

/** For tags and Call-IDs. */
export function newToken(): string {
  return randomBytes(8).toString('hex');
}
