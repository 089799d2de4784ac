import type { Json } from './ari-json.ts';
import { channelJson } from './ari-json.ts';
import type { Callee, CalleeLine } from './callee.ts';
import {
  CAUSE_OF_STATUS,
  CAUSE_TEXTS,
  SOFT_HANGUP,
  STATUS_OF_CAUSE,
  dialStatusOf,
} from './causes.ts';
import type { Channel } from './channel.ts';

/** What an outgoing call does at the switchboard. */
export interface OutgoingDesk {
  publish(channel: Channel, type: string, fields: Readonly<Record<string, Json>>): void;
  /** `Dial`, whose subject is the channel that is dialled. */
  publishDial(channel: Channel, fields: Readonly<Record<string, Json>>): void;
  /** Up, and told of. */
  answer(channel: Channel): void;
  /** Into Stasis, or ended when nobody is there to take it. */
  hand(channel: Channel): void;
  /** Ends an answered channel from its far end. */
  hangup(channel: Channel, cause: number): void;
  /** The channel is gone: no more events of it, its ports are free. */
  remove(channel: Channel): void;
  press(channel: Channel, digit: string, durationMs: number): void;
}

const NO_ANSWER = 19;

/**
 * A call that `POST /channels` placed, until it is answered or is not. Order of events: Asterisk 22.10.1.
 *
 * ```
 * dialling ── 180 ──> ringing ── answer ──> answered      (Stasis; the switchboard's from here on)
 *    └──────────────────┴── refusal, timeout, DELETE ──> over
 * ```
 */
export class OutgoingCall {
  readonly channel: Channel;
  /** The other half of a Local channel and the channel behind it: there to be seen, without a life of their own. */
  readonly shadows: readonly Channel[];
  readonly #desk: OutgoingDesk;
  readonly #dialstring: string;
  readonly #callee: Callee | undefined;
  /** Straight to SIP: statuses are seen. Through the dialplan they are not. */
  readonly #isDirect: boolean;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(options: {
    readonly desk: OutgoingDesk;
    readonly channel: Channel;
    readonly shadows: readonly Channel[];
    /** Undefined: the dialplan has no such extension. */
    readonly callee: Callee | undefined;
    readonly dialstring: string;
  }) {
    this.#desk = options.desk;
    this.channel = options.channel;
    this.shadows = options.shadows;
    this.#callee = options.callee;
    this.#dialstring = options.dialstring;
    this.#isDirect = options.shadows.length === 0;
  }

  /** True until it is answered or over. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** `timeoutMs`: negative for none. */
  begin(timeoutMs: number): void {
    if (!this.#isOpen) return;
    const callee = this.#callee;
    if (callee === undefined) {
      this.#over(0, undefined);
      return;
    }
    this.#dial('');
    if (timeoutMs >= 0) {
      this.#timer = setTimeout(() => this.#over(NO_ANSWER, STATUS_OF_CAUSE[NO_ANSWER]), timeoutMs);
    }
    callee.begin(this.#line());
  }

  /** `DELETE` before the answer. */
  cancel(cause: number): void {
    const { channel } = this;
    if (!this.#isOpen) return;
    this.#desk.publish(channel, 'ChannelHangupRequest', { cause: SOFT_HANGUP, soft: true });
    this.#dial(dialStatusOf(cause));
    this.#over(cause, STATUS_OF_CAUSE[cause]);
  }

  /** The PBX is gone. */
  abandon(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  #line(): CalleeLine {
    const { channel } = this;
    return {
      ring: () => {
        if (!this.#isOpen || channel.state !== 'Down') return;
        channel.state = 'Ringing';
        this.#desk.publish(channel, 'ChannelStateChange', {});
        this.#dial('RINGING');
      },
      progress: () => {
        if (this.#isOpen) this.#dial('PROGRESS');
      },
      answer: () => this.#answer(),
      refuse: (status) => {
        if (!this.#isOpen) return;
        const cause = CAUSE_OF_STATUS[status] ?? 127;
        const tech = this.#isDirect ? { tech_cause: status } : {};
        this.#desk.publish(channel, 'ChannelHangupRequest', { cause, ...tech });
        this.#dial(dialStatusOf(cause));
        this.#over(cause, status);
      },
      receive: (frame) => channel.receive(frame),
      press: (digit, durationMs) => this.#desk.press(channel, digit, durationMs),
      hangup: (cause) => {
        if (!this.#isOpen && !channel.isEnded) this.#desk.hangup(channel, cause ?? 0);
      },
    };
  }

  #answer(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#desk.answer(this.channel);
    for (const shadow of this.shadows) {
      shadow.state = 'Up';
      this.#desk.publish(shadow, 'ChannelStateChange', {});
    }
    this.#dial('ANSWER');
    this.#desk.hand(this.channel);
  }

  #over(cause: number, status: number | undefined): void {
    if (!this.#isOpen) return;
    this.abandon();
    const { channel } = this;
    channel.isEnded = true;
    const tech = this.#isDirect && status !== undefined ? { tech_cause: status } : {};
    const fields = { cause, cause_txt: CAUSE_TEXTS[cause] ?? 'Unknown', ...tech };
    this.#desk.publish(channel, 'ChannelDestroyed', fields);
    this.#desk.remove(channel);
    this.#callee?.end({ cause, byFarEnd: false }, false);
  }

  #dial(dialstatus: string): void {
    const { channel } = this;
    const peer = channelJson(channel);
    const fields = { dialstatus, forward: '', dialstring: this.#dialstring, peer };
    this.#desk.publishDial(channel, fields);
  }
}
