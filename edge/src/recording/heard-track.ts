/**
 * The agent's audio as the caller heard it, laid out in call time.
 *
 * Positions are samples of call time: how many of the caller's had come. Both come over one socket in order, so what the
 * peer says is exact in that time, however late it is here; ours says it by the caller's own clock, which goes on without
 * frames. The peer plays from when audio reaches it, without a gap while it has more; how long that takes (`delay`) is
 * fitted to each report, so that the layout agrees with all that is known. Nothing is final before a report, or
 * {@link HELD_SAMPLES} later.
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';

/** Call time of one slot of the peer. */
export const SLOT_SAMPLES = 160;
/** Audio without a report for so long is laid out by what is known, but for the latest part. Ten seconds, two seconds. */
const HELD_SAMPLES = 80_000;
const OPEN_SAMPLES = 16_000;
/** Until the first report. */
const DELAY_DEFAULT = 2 * SLOT_SAMPLES;
/** Ten seconds: no audio takes as long to a peer that still answers. */
const DELAY_MAX = 80_000;

interface Segment {
  readonly mulaw: Uint8Array;
  readonly sentAt: number;
  /** Samples of it that are laid out already. */
  taken: number;
}

/** When the last sample of a report was played. */
export type ReportTime =
  /** It ended just then: a mark that was sent at `sentAt` came back, unless it was sent when all had been played. */
  | { readonly kind: 'ended'; readonly sentAt: number }
  /** It may end up to a slot later: the frame on its way is counted. */
  | { readonly kind: 'under-way' }
  /** It ends just then, by the caller's media clock. Where the peer `stops` it may stand still before it goes on. */
  | { readonly kind: 'exact'; readonly stops: boolean }
  /** At any time before: nothing more was waiting to be played. */
  | { readonly kind: 'idle' };

interface Simulated {
  readonly endsAt: number;
  readonly hasStart: boolean;
}

export class HeardTrack {
  #segments: Segment[] = [];
  #queued = 0;
  /** Samples ever laid out, as the peer counts them. */
  #played = 0;
  /** Laid-out call time ends here. */
  #end = 0;
  #delay = DELAY_DEFAULT;
  #reportedAt = 0;
  #isHeld = false;
  /** The peer stopped in the midst of a piece, just at the end of what is laid out. */
  #hasStopped = false;
  #pieces: Uint8Array[] = [];

  /** Samples of call time that are laid out, whether taken or not. */
  get end(): number {
    return this.#end;
  }

  /** Samples sent that are neither laid out nor thrown away. */
  get queued(): number {
    return this.#queued;
  }

  get played(): number {
    return this.#played;
  }

  /** Where in call time the first `played` samples of all end, as far as is known. */
  endOf(played: number): number {
    return this.#simulate(Math.max(0, played - this.#played), this.#delay).endsAt;
  }

  /** Audio is sent to the peer; the array is kept. */
  send(mulaw: Uint8Array, at: number): void {
    if (mulaw.length === 0) return;
    // Nothing was to be heard until now.
    if (this.#queued === 0) this.#silenceUntil(at);
    this.#segments.push({ mulaw, sentAt: at, taken: 0 });
    this.#queued += mulaw.length;
  }

  /** Playout is asked to stand still, or to go on: until a report says so, nothing is taken for played. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  /** At `at` the peer had played `played` samples of all. Answers how many of them are new. */
  report(played: number, at: number, time: ReportTime): number {
    const count = Math.min(this.#queued, Math.max(0, played - this.#played));
    if (count > 0) {
      this.#fit(count, at, time);
      this.#layOut(count);
    }
    const isMidst = (this.#segments[0]?.taken ?? 0) > 0;
    this.#hasStopped =
      time.kind === 'exact' && isMidst && (time.stops || (count === 0 && this.#hasStopped));
    // Whatever comes next begins later than now, unless it goes on without a gap.
    if (at - this.#end > SLOT_SAMPLES) this.#silenceUntil(at);
    this.#reportedAt = at;
    return count;
  }

  /** So many of the samples that come next were thrown away. */
  discard(count: number): void {
    let left = Math.min(count, this.#queued);
    if (left > 0) this.#hasStopped = false;
    this.#queued -= left;
    while (left > 0) {
      const head = this.#segments[0];
      if (head === undefined) return;
      const part = Math.min(left, head.mulaw.length - head.taken);
      head.taken += part;
      left -= part;
      if (head.taken === head.mulaw.length) this.#segments.shift();
    }
  }

  /** Where the peer cannot tell: lays out what it must have played when a word sent at `at` reaches it. */
  playUntilReached(at: number): void {
    this.#playUntil(at + this.#delay);
  }

  /** Time has jumped to `at`: the peer has not kept us waiting for so long. */
  jump(at: number): void {
    this.#reportedAt = at;
  }

  /** Time goes on. Lays out what has waited for long, and silence where nothing is to be heard. */
  advance(at: number): void {
    if (this.#queued === 0) return this.#silenceUntil(at);
    const isLong = at - Math.max(this.#reportedAt, this.#end) > HELD_SAMPLES;
    if (isLong && !this.#isHeld) this.#playUntil(at - OPEN_SAMPLES);
  }

  /** The stream is over: lays out what will have been played until `at`, and no more. */
  finish(at: number): void {
    if (!this.#isHeld) this.#playUntil(at);
    this.discard(this.#queued);
    this.#silenceUntil(at);
  }

  /** What has been laid out since the last time, in order. */
  take(): readonly Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #playUntil(at: number): void {
    const count = this.#countUntil(at);
    if (count > 0) this.#layOut(count);
    if (this.#queued === 0 || at - this.#end > SLOT_SAMPLES) this.#silenceUntil(at);
  }

  /** How many samples of what is queued end by `at`. */
  #countUntil(at: number): number {
    let position = this.#end;
    let count = 0;
    for (const segment of this.#segments) {
      const start = startOf(segment, position, this.#delay);
      if (start >= at) break;
      const part = Math.min(segment.mulaw.length - segment.taken, at - start);
      count += part;
      position = start + part;
    }
    return count;
  }

  /** Finds the delay with which the next `count` samples end when the peer says. */
  #fit(count: number, at: number, time: ReportTime): void {
    const { endsAt, hasStart } = this.#simulate(count, this.#delay);
    const latest = time.kind === 'under-way' ? at + SLOT_SAMPLES : at;
    const earliest = this.#isTimely(time, count, endsAt) ? at : 0;
    // Speech is not torn apart for less.
    const tornMin = time.kind === 'exact' ? SLOT_SAMPLES / 2 : SLOT_SAMPLES;
    const slack = hasStart ? 0 : tornMin;
    if (endsAt > latest + slack) this.#delay = this.#delayFor(count, latest);
    else if (endsAt < earliest - slack) {
      // Speech that was under way came to a halt: no word took longer to the peer because of that.
      if (hasStart && !this.#hasStopped) this.#delay = this.#delayFor(count, earliest);
      if (hasStart && time.kind !== 'exact') return;
      const missing = at - this.#simulate(count, this.#delay).endsAt;
      if (missing > slack) this.#silenceUntil(this.#end + missing);
    }
  }

  /** Whether the peer was still playing when it said so. */
  #isTimely(time: ReportTime, count: number, endsAt: number): boolean {
    switch (time.kind) {
      case 'ended':
        return time.sentAt + this.#delay <= endsAt;
      case 'under-way':
        return count < this.#queued;
      case 'exact':
        return true;
      case 'idle':
        return false;
    }
  }

  /** The largest delay with which `count` samples end by `at`: the more delay, the later they end. */
  #delayFor(count: number, at: number): number {
    let low = 0;
    let high = DELAY_MAX;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#simulate(count, middle).endsAt <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #simulate(count: number, delay: number): Simulated {
    let position = this.#end;
    let left = count;
    let hasStart = false;
    for (const segment of this.#segments) {
      if (left === 0) break;
      const start = startOf(segment, position, delay);
      hasStart ||= start > position;
      const part = Math.min(left, segment.mulaw.length - segment.taken);
      left -= part;
      position = start + part;
    }
    return { endsAt: position, hasStart };
  }

  #layOut(count: number): void {
    let left = count;
    while (left > 0) {
      const head = this.#segments[0];
      if (head === undefined) break;
      this.#silenceUntil(startOf(head, this.#end, this.#delay));
      const part = Math.min(left, head.mulaw.length - head.taken);
      this.#append(head.mulaw.subarray(head.taken, head.taken + part));
      head.taken += part;
      left -= part;
      if (head.taken === head.mulaw.length) this.#segments.shift();
    }
    this.#queued -= count - left;
    this.#played += count - left;
  }

  #silenceUntil(at: number): void {
    if (at > this.#end) this.#append(new Uint8Array(at - this.#end).fill(MULAW_SILENCE));
  }

  #append(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#end += piece.length;
  }
}

/** One message reaches the peer whole: what it holds plays without a gap. */
function startOf({ sentAt, taken }: Segment, position: number, delay: number): number {
  return taken > 0 ? position : Math.max(position, sentAt + delay);
}
