import { randomUUID } from 'node:crypto';
import { everyPeriod } from '../rig/media-clock.ts';
import type { TrunkCall } from '../rig/trunk-log.ts';
import { REJECT_CAUSES } from '../rig/trunk-number.ts';
import type { TrunkOutcome } from '../rig/trunk-number.ts';
import type { Callee, CalleeLine } from './callee.ts';
import type { Hangup, MediaFrame } from './channel.ts';
import { MILLIWATT_FRAME } from './dialplan.ts';

type Draft = { -readonly [Field in keyof TrunkCall]: TrunkCall[Field] };

const FRAME_SAMPLES = 160;
const FRAME_MS = 20;

/** One call at the simulated provider: does what the number says and keeps account of it. */
export class TrunkLeg implements Callee {
  readonly #outcome: TrunkOutcome | undefined;
  readonly #greeting: Uint8Array | undefined;
  readonly #call: Draft;
  readonly #heard: Uint8Array[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #line: CalleeLine | undefined;
  #stopMedia: () => void = () => {};
  #isOver = false;

  /** `outcome`: undefined when the caller is none of the customer's. */
  constructor(options: {
    readonly number: string;
    readonly from: string;
    readonly asserted: string;
    readonly outcome: TrunkOutcome | undefined;
    readonly greeting: Uint8Array | undefined;
  }) {
    this.#outcome = options.outcome;
    this.#greeting = options.greeting;
    this.#call = {
      id: randomUUID(),
      sipCallId: '',
      number: options.number,
      from: options.from,
      asserted: options.asserted,
      isRefused: options.outcome === undefined,
      invitedAt: Date.now(),
      rungAt: undefined,
      progressAt: undefined,
      answeredAt: undefined,
      greetedAt: undefined,
      endedAt: undefined,
      endedBy: undefined,
      cause: undefined,
      digits: '',
    };
  }

  get call(): TrunkCall {
    return { ...this.#call };
  }

  get hasBegun(): boolean {
    return this.#line !== undefined;
  }

  heard(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#heard));
  }

  begin(line: CalleeLine): void {
    this.#line = line;
    this.#call.invitedAt = Date.now();
    const outcome = this.#outcome;
    switch (outcome?.kind) {
      case undefined:
        this.#refuse(403);
        return;
      case 'echo':
      case 'human':
      case 'silence':
        this.#ringFor(outcome.ringMs ?? 0, () => this.#answer());
        return;
      case 'machine':
      case 'hangs-up':
        this.#answer();
        return;
      case 'busy':
        this.#ringFor(outcome.ringMs ?? 0, () => this.#refuse(486));
        return;
      case 'rings':
        this.#ring();
        return;
      case 'mute':
        return;
      case 'rejects':
        this.#refuse(outcome.status);
        return;
      case 'early-media':
      case 'early-media-busy':
        this.#call.progressAt = Date.now();
        line.progress();
        this.#after(outcome.mediaMs, () =>
          outcome.kind === 'early-media' ? this.#answer() : this.#refuse(486),
        );
    }
  }

  write(frame: MediaFrame): void {
    this.#heard.push(frame.mulaw);
    const { kind } = this.#outcome ?? {};
    if (kind === 'echo' || kind === 'early-media') this.#line?.receive(frame);
  }

  /** Our answer has arrived. */
  answer(): void {
    const outcome = this.#outcome;
    if (outcome?.kind === 'human') this.#send(() => MILLIWATT_FRAME);
    else if (outcome?.kind === 'machine') this.#greet(this.#greeting ?? new Uint8Array(0));
    else if (outcome?.kind === 'hangs-up') {
      this.#send(() => MILLIWATT_FRAME);
      this.#after(outcome.talkMs, () => {
        this.#endedByUs(16);
        this.#line?.hangup(16);
      });
    }
  }

  ring(): void {}

  sendDigits(digits: string): void {
    this.#call.digits += digits;
  }

  end({ cause }: Hangup): void {
    if (this.#isOver) return;
    this.#close();
    this.#call.endedBy = 'customer';
    this.#call.cause = cause;
  }

  #ring(): void {
    this.#call.rungAt = Date.now();
    this.#line?.ring();
  }

  #ringFor(ringMs: number, then: () => void): void {
    if (ringMs === 0) then();
    else {
      this.#ring();
      this.#after(ringMs, then);
    }
  }

  #answer(): void {
    this.#call.answeredAt = Date.now();
    this.#line?.answer();
  }

  #refuse(status: keyof typeof REJECT_CAUSES): void {
    this.#endedByUs(REJECT_CAUSES[status]);
    this.#line?.refuse(status);
  }

  #greet(greeting: Uint8Array): void {
    let position = 0;
    this.#send(() => {
      const frame = greeting.subarray(position, position + FRAME_SAMPLES);
      position += FRAME_SAMPLES;
      if (frame.length > 0) return frame;
      this.#call.greetedAt ??= Date.now();
      return undefined;
    });
  }

  #send(next: () => Uint8Array | undefined): void {
    let rtpTimestamp = 0;
    this.#stopMedia = everyPeriod(FRAME_MS, () => {
      const mulaw = next();
      if (mulaw !== undefined) this.#line?.receive({ mulaw, rtpTimestamp });
      rtpTimestamp += FRAME_SAMPLES;
    });
  }

  #endedByUs(cause: number): void {
    this.#close();
    this.#call.endedBy = 'provider';
    this.#call.cause = cause;
  }

  #close(): void {
    this.#isOver = true;
    this.#call.endedAt = Date.now();
    this.#stopMedia();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #after(delayMs: number, run: () => void): void {
    this.#timers.add(setTimeout(run, delayMs).unref());
  }
}
