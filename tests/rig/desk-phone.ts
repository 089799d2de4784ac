import type { DialOptions, Phone } from './phone.ts';

/** How a phone on a desk meets a call. */
export type DeskManner =
  /** Rings for `afterMs` (default 0: does not ring at all) and is answered. */
  | { readonly kind: 'answers'; readonly afterMs?: number }
  /** Rings until the caller gives up, or the test answers it ({@link IncomingCall.answer}). */
  | { readonly kind: 'rings' }
  /** Refuses, ringing first when `afterMs` is given. 486: busy; 603: declined. */
  | { readonly kind: 'rejects'; readonly status: DeskRejection; readonly afterMs?: number };

/** SIP statuses that phones refuse calls with. */
export type DeskRejection = 480 | 486 | 603;

/** A phone that can be called. */
export interface DeskOptions extends Pick<DialOptions, 'codec' | 'ptimeMs' | 'isDtx'> {
  /** One of `DESK_EXTENSIONS`. */
  readonly extension: string;
  /** Default: answers at once. */
  readonly manner?: DeskManner;
}

/** A phone that is registered and waits for calls. */
export interface DeskPhone {
  readonly extension: string;
  /** For calls that come from now on. */
  manner: DeskManner;
  /** Every call that came, the oldest first. */
  readonly calls: readonly IncomingCall[];
  /** The first call that this has not given out yet, as soon as it rings; rejects after 5 s. */
  nextCall(): Promise<IncomingCall>;
  /** Hangs up what is up and is gone from the PBX. */
  unplug(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A call as the phone that was called sees it. `callerNumber` is what it shows. {@link Phone.answered} resolves when this
 * phone has answered, and rejects when it never does; a caller who gave up is an end by `pbx`. Hanging up what rings declines
 * it (603).
 */
export interface IncomingCall extends Phone {
  readonly callerName: string;
  /** Takes the call if it still rings. */
  answer(): void;
}
