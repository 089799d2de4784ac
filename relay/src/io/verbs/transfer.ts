/** One transfer that our edge has asked for: somebody is dialled under `<Dial>`'s rules while the caller keeps the stream. */

import type { TransferRequest } from '@patchcord/shared/media-streams/extensions';
import { RelayError } from '../../core/error.ts';
import type { DialStep } from '../../core/twiml/step.ts';
import { DialledParty } from '../dialled-party.ts';
import { converse, type PartyDigits } from './converse.ts';
import type { Line } from './line.ts';

/** As `<Dial>` without a `timeLimit`. */
const TIME_LIMIT_SECONDS = 14_400;

export class Transfer {
  readonly #line: Line;
  readonly #step: DialStep;
  readonly #party: DialledParty;
  #ended: Promise<void> | undefined;
  readonly #digits: PartyDigits = { onParty: () => {} };

  /** Throws an `OUTBOUND_…` error where the target may not be dialled. */
  constructor(request: TransferRequest, line: Line, onRinging: () => void) {
    const { target: address, timeoutSec, callerId } = request;
    const target = { kind: address.startsWith('sip:') ? 'sip' : 'number', address } as const;
    this.#line = line;
    this.#step = {
      kind: 'dial',
      targets: [target],
      timeoutSeconds: timeoutSec,
      timeLimitSeconds: TIME_LIMIT_SECONDS,
      hangupOnStar: false,
      answerOnBridge: false,
      ...(callerId === undefined ? {} : { callerId }),
    };
    const { context, account: parent, log, documentUrl } = line;
    this.#party = new DialledParty({
      context,
      parent,
      log,
      step: this.#step,
      target,
      documentUrl,
      onRinging,
      onDigit: (digit) => this.#digits.onParty(digit),
    });
  }

  /** Undefined when they have answered and can be heard; otherwise why not: a call's status, or an error's code. */
  async ring(signal: AbortSignal): Promise<string | undefined> {
    try {
      if (!(await this.#party.ring())) return this.#party.account.record.status;
      return (await this.#party.open(signal)) ? undefined : 'no-answer';
    } catch (error) {
      if (!signal.aborted) this.#line.problem(error);
      return error instanceof RelayError ? error.code : 'INTERNAL';
    }
  }

  /** Joins them with the caller, until one of the two leaves. */
  converse(): Promise<void> {
    return converse(this.#step, this.#line, this.#party, this.#digits);
  }

  /** Hangs up and releases everything, whatever became of it. */
  end(): Promise<void> {
    return (this.#ended ??= this.#party.end());
  }
}
