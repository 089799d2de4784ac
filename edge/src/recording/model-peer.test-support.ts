/** A peer for tests: plays in slots of 20 ms as our relay and Twilio do, with messages that take whole slots to reach it. */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';

export type ToModel =
  | { readonly kind: 'media'; readonly mulaw: Uint8Array }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'clear' | 'pause' | 'unpause' };

export type ModelEvent =
  | { readonly kind: 'media'; readonly mulaw: Uint8Array; readonly timestampMs?: number }
  | { readonly kind: 'mark'; readonly name: string }
  | {
      readonly kind: 'played';
      readonly samples: number;
      readonly cleared?: number;
      readonly timestampMs?: number;
    };

export interface ModelPeerOptions {
  /** Counts samples and pauses, as our relay does. */
  readonly isExact: boolean;
  /** Slots that what is sent in one slot takes to it, in turn. None overtakes another. */
  readonly delays: readonly number[];
  /** The peer tells the media clock: the caller's frames come so long after a slot, 1 to 20 ms. */
  readonly phaseMs?: number;
  /** The phone sends nothing in this slot. */
  readonly isSilent?: (slot: number) => boolean;
  /** What the phone sends in this slot is read later, behind all else. */
  readonly isHeldUp?: (slot: number) => boolean;
}

const FRAME = 160;
const SLOT_MS = 20;
/** Where the media clock is at slot 0. */
const CLOCK_MS = 740;

export class ModelPeer {
  readonly isExact: boolean;
  /** What a phone heard. */
  readonly heard: number[] = [];
  readonly #options: ModelPeerOptions;
  readonly #delays: readonly number[];
  #held: ModelEvent[] = [];
  #playedUntilMs: number | undefined;
  readonly #wire: { readonly at: number; readonly message: ToModel }[] = [];
  #queue: number[] = [];
  #marks: { readonly name: string; readonly at: number }[] = [];
  #queuedTotal = 0;
  #sentTotal = 0;
  #clearedTotal = 0;
  #waited: number | undefined = 0;
  #isPaused = false;
  #sendings = 0;
  #lastSlot = -1;
  #lastArrival = 0;

  constructor(options: ModelPeerOptions) {
    const { isExact, delays } = options;
    this.#options = options;
    this.isExact = isExact;
    this.#delays = delays;
  }

  send(message: ToModel, slot: number): void {
    if (slot !== this.#lastSlot) this.#sendings++;
    this.#lastSlot = slot;
    const delay = this.#delays[this.#sendings % this.#delays.length] ?? 0;
    this.#lastArrival = Math.max(this.#lastArrival, slot + delay);
    this.#wire.push({ at: this.#lastArrival, message });
  }

  /** One slot: what has come is taken, marks go back, a frame is played, the caller's frame follows. */
  slot(slot: number): ModelEvent[] {
    const events: ModelEvent[] = [];
    // What was handed out in the slot before has been played to its end by now.
    this.#returnMarks(events, this.#sentTotal);
    while (this.#wire[0] !== undefined && this.#wire[0].at < slot) {
      const { message } = this.#wire.shift() ?? {};
      if (message !== undefined) this.#take(message, events);
    }
    const frame = this.#isPaused || this.#isWaiting() ? [] : this.#queue.splice(0, FRAME);
    if (frame.length < FRAME && !this.#isPaused && this.#queue.length === 0) this.#waited = 0;
    this.#sentTotal += frame.length;
    if (frame.length > 0) this.#playedUntilMs = SLOT_MS * slot + Math.round(frame.length / 8);
    for (let i = 0; i < FRAME; i++) this.heard.push(frame[i] ?? MULAW_SILENCE);
    const { phaseMs, isSilent, isHeldUp } = this.#options;
    const mulaw = new Uint8Array(FRAME).fill(7);
    const timed = phaseMs === undefined ? {} : { timestampMs: CLOCK_MS + SLOT_MS * slot };
    if (isSilent?.(slot) !== true) this.#held.push({ kind: 'media', mulaw, ...timed });
    if (isHeldUp?.(slot) !== true) events.push(...this.#held.splice(0));
    return events;
  }

  stop(): ModelEvent[] {
    return [...this.#held.splice(0), ...(this.isExact ? [this.#played()] : [])];
  }

  #take(message: ToModel, events: ModelEvent[]): void {
    switch (message.kind) {
      case 'media':
        this.#queue.push(...message.mulaw);
        this.#queuedTotal += message.mulaw.length;
        return;
      case 'mark':
        this.#marks.push({ name: message.name, at: this.#queuedTotal });
        return this.#returnMarks(events, this.#sentTotal);
      case 'pause':
      case 'unpause':
        this.#isPaused = message.kind === 'pause';
        events.push(this.#played());
        return;
      case 'clear': {
        const cleared = this.#queue.length;
        this.#queue = [];
        this.#sentTotal = this.#queuedTotal;
        this.#clearedTotal += cleared;
        this.#isPaused = false;
        this.#waited = 0;
        if (this.isExact) events.push({ ...this.#played(), cleared });
        for (const { name } of this.#marks.splice(0)) events.push({ kind: 'mark', name });
        return;
      }
    }
  }

  #returnMarks(events: ModelEvent[], playedTotal: number): void {
    if ((this.#marks[0]?.at ?? Infinity) > playedTotal) return;
    if (this.isExact) events.push(this.#played());
    while ((this.#marks[0]?.at ?? Infinity) <= playedTotal) {
      events.push({ kind: 'mark', name: this.#marks.shift()?.name ?? '' });
    }
  }

  #played(): Extract<ModelEvent, { kind: 'played' }> {
    const samples = this.#sentTotal - this.#clearedTotal;
    const { phaseMs } = this.#options;
    if (phaseMs === undefined) return { kind: 'played', samples };
    if (this.#playedUntilMs === undefined) return { kind: 'played', samples };
    // At the slot n the media clock is where frame n - 1 has ended, and the time since then.
    const timestampMs = CLOCK_MS + this.#playedUntilMs + SLOT_MS - phaseMs;
    return { kind: 'played', samples, timestampMs };
  }

  /** A talkspurt that begins with less than 60 ms waits for two slots at most. */
  #isWaiting(): boolean {
    if (this.#waited === undefined || this.#queue.length === 0) return false;
    if (this.#queue.length < 3 * FRAME && this.#waited < 2) {
      this.#waited++;
      return true;
    }
    this.#waited = undefined;
    return false;
  }
}
