/**
 * Whether one endpoint of a provider is worth asking. Pure: `now` is given, in milliseconds of a steady clock.
 *
 *   closed ──trip──▶ open ──try──▶ half-open ──recover──▶ closed
 *                     ▲                │
 *                     └─trip, give-up──┘
 *
 * Closed, it is asked. Open, it is not. Half-open, one request finds out how it is.
 */

export type CircuitState = 'closed' | 'open' | 'half-open';

type CircuitEvent =
  /** It fails. */
  | 'trip'
  /** It has been left alone for long enough: one request goes through. */
  | 'try'
  /** It answers. */
  | 'recover'
  /** That one request was given up before it could tell. */
  | 'give-up';

export const CIRCUIT_TRANSITIONS: Readonly<
  Record<CircuitState, Readonly<Partial<Record<CircuitEvent, CircuitState>>>>
> = {
  closed: { trip: 'open' },
  open: { try: 'half-open', recover: 'closed' },
  'half-open': { trip: 'open', 'give-up': 'open', recover: 'closed', try: 'half-open' },
};

/** What a request says about the endpoint. */
export type Outcome =
  | { readonly kind: 'success' }
  | { readonly kind: 'failure' }
  /** It has said itself that it is not to be asked, and perhaps for how long. */
  | { readonly kind: 'refusal'; readonly forMs: number }
  /** Given up early, or the request's own fault. */
  | { readonly kind: 'nothing' };

export interface CircuitOptions {
  /** In a row, without a success between them, then it opens. */
  readonly failuresMax: number;
  /** Failures further apart than this are not in a row. */
  readonly windowMs: number;
  /** For how long it stays open the first time; twice as long after each trial that failed. */
  readonly openMs: number;
  readonly openMsMax: number;
  /** A trial that has not ended by then was lost with its call: another one may go through. */
  readonly trialMsMax: number;
}

export class Circuit {
  readonly #options: CircuitOptions;
  #state: CircuitState = 'closed';
  #failures = 0;
  #failedAt = -Infinity;
  /** When it was last tripped or closed: what began before says nothing about how it is since. */
  #changedAt = -Infinity;
  #openMs: number;
  #tryAt = 0;
  #trialAt = 0;

  constructor(options: CircuitOptions) {
    this.#options = options;
    this.#openMs = options.openMs;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Whether a request may be made now. Where it has been open for long enough, that one is the trial. */
  admit(now: number): boolean {
    if (this.#state === 'closed') return true;
    const isDue =
      this.#state === 'open' ? now >= this.#tryAt : now >= this.#trialAt + this.#options.trialMsMax;
    if (!isDue) return false;
    this.#take('try');
    this.#trialAt = now;
    return true;
  }

  /** A request that began at `startedAt` has ended. It may have been made though it was not admitted. */
  settle(outcome: Outcome, startedAt: number, now: number): void {
    if (startedAt < this.#changedAt) return;
    switch (outcome.kind) {
      case 'success':
        this.#failures = 0;
        if (this.#state !== 'closed') this.#recover(now);
        return;
      case 'failure':
        return this.#fail(now);
      case 'refusal':
        return this.#trip(Math.max(this.#openMs, outcome.forMs), now);
      case 'nothing':
        if (this.#state !== 'half-open' || startedAt < this.#trialAt) return;
        this.#take('give-up');
        this.#tryAt = now;
    }
  }

  #fail(now: number): void {
    if (this.#state === 'half-open') {
      this.#openMs *= 2;
      return this.#trip(this.#openMs, now);
    }
    // Asked because there was nobody else: that it is away is known.
    if (this.#state === 'open') return;
    const isInRow = now - this.#failedAt <= this.#options.windowMs;
    this.#failures = isInRow ? this.#failures + 1 : 1;
    this.#failedAt = now;
    if (this.#failures >= this.#options.failuresMax) this.#trip(this.#openMs, now);
  }

  #trip(openMs: number, now: number): void {
    const { openMsMax } = this.#options;
    this.#openMs = Math.min(this.#openMs, openMsMax);
    this.#tryAt = now + Math.min(openMs, openMsMax);
    if (this.#state === 'open') return;
    this.#take('trip');
    this.#changedAt = now;
  }

  #recover(now: number): void {
    this.#take('recover');
    this.#changedAt = now;
    this.#openMs = this.#options.openMs;
  }

  #take(event: CircuitEvent): void {
    const next = CIRCUIT_TRANSITIONS[this.#state][event];
    if (next === undefined) throw new Error(`a circuit that is ${this.#state} cannot ${event}`);
    this.#state = next;
  }
}
