/**
 * One channel that we dial: rings, is answered or is not, and ends. Its audio is a {@link MediaLeg}'s, once it is answered.
 *
 * @see https://docs.asterisk.org/Asterisk_REST_Interface/ (channels, originateWithId); tests/rig/README.md (what Asterisk says for
 * which outcome)
 */

import { partyChannelId } from '../core/ari-ids.ts';
import type { ChannelEnd, ChannelOwner, ChannelRegistry } from './ari/channel-registry.ts';
import type { AriHttp } from './ari/http.ts';

/**
 * Asterisk would end an unanswered call by itself, with a cause that differs between versions (19 on 22, 0 on 16). So our own
 * timer ends it, and Asterisk's, this much later, is for the case that we are gone.
 */
const ASTERISK_GRACE_SECONDS = 5;

export interface OutgoingChannelOptions {
  readonly app: string;
  readonly callSid: string;
  /** A dial string such as `PJSIP/201`. */
  readonly endpoint: string;
  /** Shown to the called party. */
  readonly callerId: string;
  readonly timeoutSeconds: number;
  readonly channels: ChannelRegistry;
  ari(): AriHttp;
  onRinging(): void;
  onDtmf(digit: string): void;
  /** It was answered and is gone now. */
  onLeft(): void;
}

export type DialOutcome =
  | { readonly kind: 'answered' }
  /** Nobody answered within the time-out. */
  | { readonly kind: 'timeout' }
  /** We gave up first. */
  | { readonly kind: 'canceled' }
  /** The far end, or Asterisk, said no. */
  | ({ readonly kind: 'refused' } & ChannelEnd);

export class OutgoingChannel implements ChannelOwner {
  readonly channelId: string;
  readonly #options: OutgoingChannelOptions;
  readonly #outcome = Promise.withResolvers<DialOutcome>();
  #timer: NodeJS.Timeout | undefined;
  #isAnswered = false;
  #isSettled = false;
  #isRinging = false;
  #hasLeft = false;
  #requested: Promise<void> | undefined;

  constructor(options: OutgoingChannelOptions) {
    this.#options = options;
    this.channelId = partyChannelId(options.app, options.callSid);
  }

  /** Dials. Rejects with an AriError when Asterisk does not take the request at all. */
  async dial(): Promise<DialOutcome> {
    const { app, callSid, endpoint, callerId, timeoutSeconds, channels } = this.#options;
    channels.add(this.channelId, this);
    this.#timer = setTimeout(() => {
      this.#settle({ kind: 'timeout' });
      this.hangUp('no_answer').catch(() => {});
    }, timeoutSeconds * 1000);
    this.#requested = this.#options.ari().post('/channels', {
      endpoint,
      app,
      appArgs: `dialled,${callSid}`,
      channelId: this.channelId,
      callerId,
      // Without it, Asterisk resamples what goes through a Local channel (tests/rig/README.md).
      formats: 'ulaw',
      timeout: String(timeoutSeconds + ASTERISK_GRACE_SECONDS),
    });
    try {
      await this.#requested;
    } catch (error) {
      // A refusal may come behind the event that says why.
      if (!this.#isSettled) {
        this.#close();
        throw error;
      }
    }
    return this.#outcome.promise;
  }

  /** Ends it, answered or not; done when Asterisk has heard of it. */
  async hangUp(reason = 'normal'): Promise<void> {
    await this.#requested?.catch(() => {});
    this.#settle({ kind: 'canceled' });
    try {
      if (this.#requested === undefined || this.#hasLeft) return;
      await this.#options.ari().deleteIfThere(`/channels/${this.channelId}`, { reason });
    } finally {
      this.#close();
    }
  }

  handleEntered(): void {
    this.#isAnswered = true;
    this.#settle({ kind: 'answered' });
  }

  /** 180, or 183 with early media, which nobody on our side can hear. */
  handleRinging(): void {
    if (this.#isRinging || this.#isSettled) return;
    this.#isRinging = true;
    this.#options.onRinging();
  }

  handleDtmf(digit: string): void {
    this.#options.onDtmf(digit);
  }

  handleLeft(end: ChannelEnd): void {
    this.#hasLeft = true;
    if (this.#isAnswered) this.#options.onLeft();
    else this.#settle({ kind: 'refused', ...end });
    this.#close();
  }

  #settle(outcome: DialOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#outcome.resolve(outcome);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#options.channels.remove(this.channelId, this);
  }
}
