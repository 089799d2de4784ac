/**
 * How a stand-in is to behave: latencies and faults, one request at a time or for all of them.
 *
 * A plan is taken from the queue by the next thing it can apply to. Plans that refuse (`refuse`, `status`) are taken by
 * the next HTTP request or WebSocket handshake; all others by the next piece of work: a completion, an utterance heard,
 * a TTS context or HTTP synthesis. Only the head of the queue is looked at, so that the order is the one given.
 */
import { z } from 'zod';

const after = z.number().int().min(0).max(1_000_000).default(0);

/** What goes wrong. `after` counts what the peer still gets: results (Azure), tokens (LLM), audio chunks (TTS). */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The TCP connection is ended without an answer. */
  z.object({ kind: z.literal('refuse') }),
  /** The provider's own error body with this status, before anything else. */
  z.object({
    kind: z.literal('status'),
    status: z.number().int().min(400).max(599),
    message: z.string().max(1000).optional(),
    retryAfterS: z.number().min(0).max(3600).optional(),
  }),
  /** The first result comes this much later than it otherwise would. */
  z.object({ kind: z.literal('slow'), delayMs: z.number().min(0).max(600_000) }),
  /** From then on each piece comes so much later than it otherwise would: slow, and not dead. */
  z.object({ kind: z.literal('drip'), after, gapMs: z.number().min(0).max(600_000) }),
  /** Then nothing more, the connection stays open. */
  z.object({ kind: z.literal('stall'), after }),
  /** Then the provider's own way of saying that it failed. */
  z.object({
    kind: z.literal('error'),
    after,
    code: z.number().int().optional(),
    message: z.string().max(1000).optional(),
  }),
  /** Then the TCP connection is cut. */
  z.object({ kind: z.literal('disconnect'), after }),
  /** Then one message that is not of the protocol; it goes on after it. */
  z.object({ kind: z.literal('garbage'), after }),
]);

/** A fault as the schema gives it. */
export type Fault = z.output<typeof faultSchema>;
/** A fault as a test writes it: `after` may be left out. */
export type FaultInput = z.input<typeof faultSchema>;

/** Most plans waiting in a queue. */
const QUEUE_MAX = 1000;

/** What `next` and `always` take: any of the stand-in's latencies, and a fault. */
export type PlanInput<L> = Partial<L> & { readonly fault?: FaultInput };
type ParsedPlan<L> = Partial<L> & { readonly fault?: Fault | undefined };

/** What a request gets: all latencies, and perhaps a fault. */
export type Plan<L> = L & { readonly fault: Fault | undefined };

/** Queue of plans and the plan for everything else. */
export class Behaviour<L extends object> {
  readonly #defaults: L;
  readonly #schema: z.ZodType<ParsedPlan<L>>;
  #always: ParsedPlan<L> = {};
  #queue: ParsedPlan<L>[] = [];

  /** `shape` has one zod type for each latency; unknown keys are refused. */
  constructor(defaults: L, shape: { readonly [K in keyof L]: z.ZodType<L[K]> }) {
    this.#defaults = defaults;
    const schema: unknown = z.strictObject({ ...shape, fault: faultSchema }).partial();
    this.#schema = schema as z.ZodType<ParsedPlan<L>>;
  }

  /** The next request that a plan applies to behaves so, once. Several wait in the order given. */
  next(...plans: readonly PlanInput<L>[]): void {
    if (this.#queue.length + plans.length > QUEUE_MAX) throw new Error('too many plans waiting');
    this.#queue.push(...plans.map((plan) => this.#schema.parse(plan)));
  }

  /** Every request that takes no plan from the queue behaves so. Replaces what was set before. */
  always(plan: PlanInput<L>): void {
    this.#always = this.#schema.parse(plan);
  }

  /** Back to the defaults; the queue is emptied. */
  reset(): void {
    this.#always = {};
    this.#queue = [];
  }

  /** Plans not taken yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** For a handshake or HTTP request: the fault that refuses it, if one is due. */
  takeRefusal(): (Fault & { kind: 'refuse' | 'status' }) | undefined {
    const head = this.#queue[0]?.fault;
    if (isRefusal(head)) {
      this.#queue.shift();
      return head;
    }
    return this.#queue.length === 0 && isRefusal(this.#always.fault)
      ? this.#always.fault
      : undefined;
  }

  /** For a piece of work: how it is to go. */
  takePlan(): Plan<L> {
    const head = this.#queue[0];
    const isTaken = head !== undefined && !isRefusal(head.fault);
    if (isTaken) this.#queue.shift();
    const plan: ParsedPlan<L> = isTaken ? head : {};
    const fault = isTaken ? plan.fault : this.#always.fault;
    return {
      ...this.#defaults,
      ...this.#always,
      ...plan,
      fault: isRefusal(fault) ? undefined : fault,
    };
  }
}

function isRefusal(
  fault: Fault | undefined,
): fault is Extract<Fault, { kind: 'refuse' | 'status' }> {
  return fault?.kind === 'refuse' || fault?.kind === 'status';
}

/** How much later piece `index` comes behind the one before it because of a fault, in milliseconds. */
export function dripMs(fault: Fault | undefined, index: number): number {
  return fault?.kind === 'drip' && index >= fault.after ? fault.gapMs : 0;
}

/** How much later the first result comes because of a fault, in milliseconds. */
export function extraDelayMs(fault: Fault | undefined): number {
  return fault?.kind === 'slow' ? fault.delayMs : 0;
}
