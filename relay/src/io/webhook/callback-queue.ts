/**
 * Sends callbacks beside the calls: nothing waits for them, and what becomes of them changes no call.
 *
 * Those of one call go one after the other, in order (Twilio promises no order; most handlers expect it). Calls do not wait for
 * each other. Retries are those that the URL asks for (connection-overrides.ts). What fails for good is logged, counted and
 * forgotten: `CALLBACK_FAILED`.
 */

import { TWIML_LENGTH_MAX } from '@patchcord/shared/twilio/twiml';
import { describeError } from '../../core/error.ts';
import type { Counters } from '../counters.ts';
import type { Log } from '../log.ts';
import { sendSignedRequest, type WebhookTarget } from './signed-request.ts';
import { WebhookError } from './webhook-error.ts';

export interface CallbackQueueOptions {
  readonly authToken: string;
  readonly log: Log;
  readonly counters: Counters;
  /** Requests at once: 16. */
  readonly concurrencyMax?: number;
  /** Callbacks that wait: 2000. One more is lost, as `CALLBACK_FAILED`. */
  readonly waitingMax?: number;
}

interface Callback {
  readonly target: WebhookTarget;
  readonly params: Readonly<Record<string, string>>;
}

export class CallbackQueue {
  readonly #options: CallbackQueueOptions;
  readonly #concurrencyMax: number;
  readonly #waitingMax: number;
  /** Waiting callbacks by call; a call that has a request under way is here too, with what comes behind it. */
  readonly #waiting = new Map<string, Callback[]>();
  /** Calls whose next callback may go. */
  readonly #ready: string[] = [];
  readonly #stopping = new AbortController();
  #idle = Promise.withResolvers<void>();
  #waitingCount = 0;
  #running = 0;

  constructor(options: CallbackQueueOptions) {
    this.#options = options;
    this.#concurrencyMax = options.concurrencyMax ?? 16;
    this.#waitingMax = options.waitingMax ?? 2000;
    this.#idle.resolve();
  }

  /** Callbacks that wait or are being sent. */
  get size(): number {
    return this.#waitingCount + this.#running;
  }

  /** Queues a callback and returns at once. */
  send(callSid: string, target: WebhookTarget, params: Readonly<Record<string, string>>): void {
    const callback = { target, params };
    if (this.#stopping.signal.aborted || this.#waitingCount >= this.#waitingMax) {
      this.#fail(callSid, callback, 'too many callbacks wait, or the relay stops');
      return;
    }
    if (this.size === 0) this.#idle = Promise.withResolvers();
    this.#waitingCount++;
    const before = this.#waiting.get(callSid);
    if (before === undefined) {
      this.#waiting.set(callSid, [callback]);
      this.#ready.push(callSid);
    } else before.push(callback);
    this.#pump();
  }

  /** Waits until everything is sent, or gives the rest up after `limitMs`. Nothing can be sent afterwards. */
  async drain(limitMs: number): Promise<void> {
    const timer = setTimeout(() => this.#giveUp(), limitMs);
    await this.#idle.promise;
    clearTimeout(timer);
    this.#stopping.abort();
  }

  #giveUp(): void {
    this.#stopping.abort();
    for (const [callSid, callbacks] of this.#waiting) {
      for (const callback of callbacks.splice(0)) this.#fail(callSid, callback, 'the relay stops');
    }
    this.#ready.length = 0;
    this.#waitingCount = 0;
  }

  #pump(): void {
    while (this.#running < this.#concurrencyMax) {
      const callSid = this.#ready.shift();
      const callback = callSid === undefined ? undefined : this.#waiting.get(callSid)?.shift();
      if (callSid === undefined || callback === undefined) return;
      this.#waitingCount--;
      this.#running++;
      void this.#send(callSid, callback);
    }
  }

  async #send(callSid: string, callback: Callback): Promise<void> {
    try {
      const { status } = await sendSignedRequest({
        ...callback.target,
        authToken: this.#options.authToken,
        params: callback.params,
        signal: this.#stopping.signal,
        textLengthMax: TWIML_LENGTH_MAX,
      });
      if (status < 200 || status > 299) {
        throw new WebhookError('WEBHOOK_BAD_STATUS', 11200, `answered ${status}`);
      }
    } catch (error) {
      const twilioCode = error instanceof WebhookError ? error.twilioCode : undefined;
      this.#fail(callSid, callback, describeError(error), twilioCode);
    }
    this.#running--;
    if (this.#waiting.get(callSid)?.length === 0) this.#waiting.delete(callSid);
    else this.#ready.push(callSid);
    this.#pump();
    if (this.size === 0) this.#idle.resolve();
  }

  #fail(callSid: string, { target }: Callback, reason: string, twilioCode = 11200): void {
    const { counters, log } = this.#options;
    const code = 'CALLBACK_FAILED';
    counters.error(code);
    log.warn({ code, twilioCode, callSid, url: shownUrl(target.url) }, `callback lost: ${reason}`);
  }
}

/** Without user, password, query and fragment. */
function shownUrl(address: string): string {
  const url = URL.parse(address);
  return url === null ? '(no URL)' : `${url.origin}${url.pathname}`;
}
