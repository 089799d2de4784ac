/**
 * Spares calls an endpoint that does not answer: what one call has learnt of it, the next one in this isolate knows.
 *
 * Durable Objects of one isolate share its memory, so the circuits are here and not in an object. A request is refused only
 * where somebody else can be asked instead: with every circuit open it is made all the same.
 */

import type { Fault, FaultCode } from '../call/core/faults.ts';
import { Circuit, type CircuitState, type Outcome } from './circuit.ts';
import type { ProviderPrefix } from './error.ts';

/** One endpoint: a region of speech recognition, a model, a way to a voice. */
export interface Endpoint {
  /** As the operator knows it. No secret. */
  readonly name: string;
  /** The same only for what fails together. */
  readonly key: string;
}

export interface CircuitChange {
  readonly state: CircuitState;
  readonly message: string;
}

export interface BreakerOptions {
  readonly provider: ProviderPrefix;
  /** For how long an endpoint is spared at first; 0: never. */
  readonly openMs: number;
  readonly onChange: (change: CircuitChange) => void;
}

interface Failure {
  readonly code: FaultCode;
  readonly retryAfterMs?: number | undefined;
}

/** Three are no accident; with two a hiccup of the network would do. */
const FAILURES_MAX = 3;
/** Some turns of one call. */
const WINDOW_MS = 60_000;
const OPEN_MS_MAX = 300_000;
/** Longer than any request that is worth waiting for. */
const TRIAL_MS_MAX = 30_000;
/** Models and voices of all agents that an isolate has seen. */
const CIRCUITS_MAX = 256;

const circuits = new Map<string, Circuit>();

export class Breaker {
  readonly #options: BreakerOptions;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /**
   * Begins a request to `endpoint`. Undefined: it is not to be made, for it would fail, and one of `others` answers.
   *
   * `others`: those that are tried after it, as far as is known.
   */
  begin(endpoint: Endpoint, others: readonly Endpoint[]): Attempt | undefined {
    const { openMs } = this.#options;
    if (openMs === 0) return new Attempt(endpoint, undefined, this.#options);
    const circuit = this.#circuitOf(endpoint);
    const before = circuit.state;
    const isAdmitted =
      circuit.admit(Date.now()) ||
      !others.some((other) => this.#circuitOf(other).state === 'closed');
    if (circuit.state !== before) tell(this.#options, endpoint, circuit, 'one request finds out');
    return isAdmitted ? new Attempt(endpoint, circuit, this.#options) : undefined;
  }

  /** What is said of a request that is not made. */
  refusal(endpoint: Endpoint): Fault {
    const code = `${this.#options.provider}_UNAVAILABLE` as const;
    return { code, message: `${endpoint.name}: circuit open` };
  }

  #circuitOf({ key }: Endpoint): Circuit {
    const id = `${this.#options.provider} ${key}`;
    const known = circuits.get(id);
    if (known !== undefined) return known;
    const [oldest] = circuits.keys();
    if (circuits.size >= CIRCUITS_MAX && oldest !== undefined) circuits.delete(oldest);
    const circuit = new Circuit({
      failuresMax: FAILURES_MAX,
      windowMs: WINDOW_MS,
      openMs: this.#options.openMs,
      openMsMax: OPEN_MS_MAX,
      trialMsMax: TRIAL_MS_MAX,
    });
    circuits.set(id, circuit);
    return circuit;
  }
}

/** A request under way. What it says about its endpoint counts once. */
export class Attempt {
  readonly startedAt = Date.now();
  readonly #endpoint: Endpoint;
  readonly #circuit: Circuit | undefined;
  readonly #options: BreakerOptions;
  #isSettled = false;

  constructor(endpoint: Endpoint, circuit: Circuit | undefined, options: BreakerOptions) {
    this.#endpoint = endpoint;
    this.#circuit = circuit;
    this.#options = options;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Milliseconds since it began. */
  get ageMs(): number {
    return Date.now() - this.startedAt;
  }

  succeed(): void {
    this.#settle({ kind: 'success' }, 'it answers');
  }

  /** It was too slow to be of use. */
  expire(): void {
    this.#settle({ kind: 'failure' }, 'no answer in time');
  }

  fail(failure: Failure): void {
    this.#settle(outcomeOf(failure), failure.code);
  }

  /** It was given up early, and says nothing. */
  abandon(): void {
    this.#settle({ kind: 'nothing' }, 'the request was given up');
  }

  /** For a stream that goes on after it has answered: what comes next counts anew. */
  renew(): Attempt {
    return new Attempt(this.#endpoint, this.#circuit, this.#options);
  }

  #settle(outcome: Outcome, why: string): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const circuit = this.#circuit;
    if (circuit === undefined) return;
    const before = circuit.state;
    circuit.settle(outcome, this.startedAt, Date.now());
    if (circuit.state !== before) tell(this.#options, this.#endpoint, circuit, why);
  }
}

/**
 * What a fault says about the endpoint.
 *
 * A request that is refused for what it asks says nothing about the next one. Neither does a key or a quota that all models
 * and all voices share: no other one helps, the refusal comes at once, and an open circuit would outlast the mending. With
 * speech recognition each region has its own key, and finding out costs a handshake in every call.
 */
function outcomeOf({ code, retryAfterMs }: Failure): Outcome {
  switch (code) {
    case 'STT_AUTH':
    case 'STT_QUOTA':
      return { kind: 'refusal', forMs: OPEN_MS_MAX };
    case 'STT_RATE_LIMITED':
    case 'LLM_RATE_LIMITED':
    case 'TTS_RATE_LIMITED':
      return retryAfterMs === undefined
        ? { kind: 'failure' }
        : { kind: 'refusal', forMs: retryAfterMs };
    case 'STT_UNAVAILABLE':
    case 'LLM_UNAVAILABLE':
    case 'LLM_BROKEN':
    case 'LLM_TIMEOUT':
    case 'TTS_UNAVAILABLE':
    case 'TTS_BROKEN':
    case 'TTS_TIMEOUT':
      return { kind: 'failure' };
    default:
      return { kind: 'nothing' };
  }
}

function tell(
  { provider, onChange }: BreakerOptions,
  { name }: Endpoint,
  { state }: Circuit,
  why: string,
): void {
  onChange({ state, message: `${provider} ${name}: circuit ${state}, ${why}` });
}
