/**
 * Somebody whom `<Dial>` or a transfer calls: a call of its own, the child of the caller's, with a channel that we dialled and a way for its
 * audio.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { newSid } from '@patchcord/shared/twilio/sid';
import { callOutcome } from '../core/call/hangup-cause.ts';
import { RelayError } from '../core/error.ts';
import { resolveDocumentUrl } from '../core/twiml/document-url.ts';
import type { DialStep, DialTarget } from '../core/twiml/step.ts';
import { CallAccount } from './call-account.ts';
import type { CallContext } from './call-context.ts';
import type { Log } from './log.ts';
import { MediaLeg } from './media-leg.ts';
import type { OutboundPermit } from './outbound.ts';
import { OutgoingChannel } from './outgoing-channel.ts';

/** How long after a refused request Asterisk may still tell that the party has left, as with callers. */
const PARTY_LEFT_MS = 250;

export interface DialledPartyOptions {
  readonly context: CallContext;
  readonly parent: CallAccount;
  readonly log: Log;
  readonly step: DialStep;
  readonly target: DialTarget;
  /** What a relative status callback starts from. */
  readonly documentUrl: string;
  onRinging?(): void;
  onDigit(digit: string): void;
}

export class DialledParty {
  readonly sid = newSid('CA');
  readonly account: CallAccount;
  /** Resolves when the party has left, or its media was lost. */
  readonly left: Promise<void>;
  readonly #options: DialledPartyOptions;
  readonly #onLeft = Promise.withResolvers<void>();
  readonly #log: Log;
  readonly #permit: OutboundPermit;
  #channel: OutgoingChannel | undefined;
  #leg: MediaLeg | undefined;
  #opening: Promise<void> | undefined;
  #hasHungUp = false;

  /** Throws an `OUTBOUND_…` error where the number may not be dialled. */
  constructor(options: DialledPartyOptions) {
    const { context, parent, log, step, target, documentUrl } = options;
    this.#options = options;
    this.left = this.#onLeft.promise;
    this.#log = log.child({ dialCallSid: this.sid });
    const { from } = parent.record;
    const { callerId } = step;
    this.#permit = context.services.outbound.admit(target.address, callerId ?? from, {
      fallback: callerId === undefined,
    });
    this.account = new CallAccount(context.services, this.#log, {
      sid: this.sid,
      accountSid: parent.record.accountSid,
      parentCallSid: parent.record.sid,
      direction: 'outbound-dial',
      from: this.#permit.callerId,
      to: this.#permit.number,
      ...(target.statusCallback === undefined
        ? {}
        : {
            statusCallback: {
              ...target.statusCallback,
              url: resolveDocumentUrl(target.statusCallback.url, documentUrl, 'Dial'),
            },
          }),
    });
  }

  get media(): MediaLeg['media'] | undefined {
    return this.#leg?.media;
  }

  get channelId(): string {
    return this.#channel?.channelId ?? '';
  }

  /** Rings until it is answered: true. False when it was not; the account says why. */
  async ring(): Promise<boolean> {
    const { context, step } = this.#options;
    const port = context.takePort();
    if (port === undefined) {
      this.account.change('failed');
      throw new RelayError('DIAL_NO_ROOM', 'MAX_CALLS is reached: <Dial> needs a place of its own');
    }
    this.#channel = new OutgoingChannel({
      app: context.config.ari.app,
      callSid: this.sid,
      endpoint: this.#permit.dialString,
      callerId: this.#permit.callerId,
      timeoutSeconds: step.timeoutSeconds,
      channels: context.channels,
      ari: () => context.ari(),
      onRinging: () => {
        this.account.change('ringing');
        this.#options.onRinging?.();
      },
      onDtmf: (digit) => this.#options.onDigit(digit),
      onLeft: () => {
        this.#hasHungUp = true;
        this.#onLeft.resolve();
      },
    });
    this.#leg = new MediaLeg({
      ...context,
      log: this.#log,
      callSid: this.sid,
      partyId: this.#channel.channelId,
      port,
      onLost: () => this.#onLeft.resolve(),
    });
    this.account.change('initiated');
    const outcome = await this.#channel.dial().catch((error: unknown) => {
      this.account.change('failed');
      throw error;
    });
    if (outcome.kind === 'answered') {
      this.account.change('in-progress');
      return true;
    }
    const { status, sipCode } = callOutcome(outcome);
    this.account.change(status, sipCode);
    return false;
  }

  /** Opens its audio; false when the party has hung up by now, which is no error. Must settle before {@link end}. */
  async open(signal: AbortSignal): Promise<boolean> {
    this.#opening = this.#leg?.open(this.#options.context.ari(), signal);
    try {
      await this.#opening;
      return true;
    } catch (error) {
      // Asterisk refuses to bridge somebody who has just hung up, and says that they have a moment later.
      const waiting = new AbortController();
      const expired = pause(PARTY_LEFT_MS, undefined, {
        signal: AbortSignal.any([signal, waiting.signal]),
      }).catch(() => {});
      await Promise.race([this.left, expired]);
      waiting.abort();
      if (this.#hasHungUp) return false;
      throw error;
    }
  }

  /** Hangs up and releases everything, whatever became of it. */
  async end(): Promise<void> {
    const { context } = this.#options;
    await this.#opening?.catch(() => {});
    try {
      await this.#channel?.hangUp();
    } finally {
      await this.#leg?.close(() => context.ari());
      this.account.end();
      this.#permit.release();
    }
  }
}
