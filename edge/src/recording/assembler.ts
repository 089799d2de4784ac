/**
 * Both sides of a call as they were heard, sample by sample: the caller's frames as they came, and beside them what the caller
 * heard of the agent ({@link HeardTrack}).
 *
 * Call time is counted in the caller's samples: frame n begins at 20 ms * n. Where frames of the caller were lost or never sent,
 * by the media clock or by the agent's longer side, silence takes their place. Our relay tells by that clock what it has played;
 * of others it counts how many frames have come when they say so.
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { BYTES_PER_MS, FRAME_BYTES } from '@patchcord/shared/media-streams/limits';
import { HeardTrack, SLOT_SAMPLES, type ReportTime } from './heard-track.ts';
import { SampleQueue } from './sample-queue.ts';

interface SentMark {
  /** Samples sent before it, of those that were not thrown away. */
  readonly samples: number;
  readonly sentAt: number;
}

/** What a peer has played. */
interface PlayedReport {
  readonly samples: number;
  /** Call time. */
  readonly at: number;
  /** By the caller's media clock, and not by the frames that have come. */
  readonly isTimed: boolean;
}

/** Marks that are waited for; a peer that returns none costs no more memory than this. */
const MARKS_MAX = 5000;
/**
 * Frames that are merely late come within this. 400 ms; ten seconds where the peer tells the time, and nothing is laid out
 * wrong meanwhile.
 */
const SILENT_SAMPLES = 20 * FRAME_BYTES;
const SILENT_TIMED_SAMPLES = 500 * FRAME_BYTES;
/** A media clock that jumps further is another one. One minute. */
const LOST_MAX = 3000 * FRAME_BYTES;

/**
 * The media clock tells how far the caller had spoken, if phones send a frame when it ends. Some send it when it begins, and the
 * frames that have come are between these two: either is half a frame beside.
 */
const CLOCK_AHEAD = FRAME_BYTES / 2;

export class RecordingAssembler {
  readonly #track = new HeardTrack();
  readonly #left = new SampleQueue();
  readonly #right = new SampleQueue();
  readonly #marks = new Map<string, SentMark>();
  /** The peer counts samples; else it returns marks only. */
  #isExact = false;
  /** The peer tells where on the caller's media clock it has played what. */
  #isTimed = false;
  #clock = 0;
  #taken = 0;
  /** Call time before this is not kept. */
  #from = Infinity;
  #report: PlayedReport | undefined;
  /** Place 0 of call time on the caller's media clock, samples. */
  #origin: number | undefined;
  /** The agent was heard up to here, call time: the caller's clock should be there by now. */
  #heardUntil = 0;

  start(isExact: boolean): void {
    this.#isExact = isExact;
  }

  /** From here on it is kept. What was before is gone. */
  begin(): void {
    this.#from = Math.min(this.#from, this.#clock);
  }

  /** Call time where the recording begins, milliseconds; undefined where it has not. */
  get startsMs(): number | undefined {
    return Number.isFinite(this.#from) ? this.#from / 8 : undefined;
  }

  /** A frame of the caller's, and where it begins on its media clock where the peer tells: what is missing was lost. */
  hear(mulaw: Uint8Array, timestampMs?: number): void {
    this.#settle();
    if (timestampMs === undefined) this.#padCaller(this.#heardUntil - this.#clock);
    else this.#moveTo(timestampMs * BYTES_PER_MS);
    this.#left.push(mulaw);
    this.#clock += mulaw.length;
    this.#track.advance(this.#clock);
  }

  /** Audio is sent to the caller. The array is kept and must not change. */
  say(mulaw: Uint8Array): void {
    this.#settle();
    // A phone that sends nothing in silence: it tells its time with its next word, and that may come late.
    const behind = this.#heardUntil - this.#clock;
    if (behind > (this.#isTimed ? SILENT_TIMED_SAMPLES : SILENT_SAMPLES)) this.#padCaller(behind);
    this.#track.send(mulaw, this.#clock);
  }

  mark(name: string): void {
    if (this.#marks.size >= MARKS_MAX) return;
    const samples = this.#track.played + this.#track.queued;
    this.#marks.set(name, { samples, sentAt: this.#clock });
  }

  clear(): void {
    this.#settle();
    this.#marks.clear();
    this.#track.hold(false);
    // Ours says what it threw away.
    if (this.#isExact) return;
    this.#track.playUntilReached(this.#clock);
    this.#track.discard(this.#track.queued);
  }

  hold(isHeld: boolean): void {
    this.#settle();
    this.#track.hold(isHeld);
  }

  /**
   * The peer has played so many samples, the last of them until `timestampMs` of the caller's media clock if the peer tells;
   * with `cleared` it is the answer to a {@link clear}.
   */
  played(samples: number, cleared: number | undefined, timestampMs?: number): void {
    this.#settle();
    const report = this.#reportOf(samples, timestampMs);
    if (cleared === undefined) {
      // The mark that it may belong to comes next.
      this.#report = report;
      return;
    }
    this.#track.report(samples, report.at, timeOf(report, cleared > 0 ? 'under-way' : 'idle'));
    this.#track.discard(cleared);
  }

  /** A mark came back. */
  markReturned(name: string): void {
    const mark = this.#marks.get(name);
    if (mark === undefined) return this.#settle();
    this.#marks.delete(name);
    const byMark = { samples: mark.samples, at: this.#clock, isTimed: false };
    const report = this.#isExact ? this.#report : byMark;
    this.#report = undefined;
    if (report !== undefined) this.#hearReport(report, mark);
  }

  /** What is complete and was not taken yet: left and right in turn, a byte of µ-law each. */
  take(): Uint8Array {
    for (const piece of this.#track.take()) this.#right.push(piece);
    this.#skip();
    const count = Math.min(this.#left.length, this.#right.length);
    const stereo = new Uint8Array(this.#taken < this.#from ? 0 : 2 * count);
    if (stereo.length === 0) return stereo;
    this.#left.shiftInto(stereo, 0, count);
    this.#right.shiftInto(stereo, 1, count);
    this.#taken += count;
    return stereo;
  }

  /** The stream is over. Answers the rest: both sides end together. */
  finish(): Uint8Array {
    // Ours says at last what was played: nothing was after that.
    const isTold = this.#report?.isTimed === true;
    this.#settle();
    if (isTold) this.#track.discard(this.#track.queued);
    this.#track.finish(this.#clock);
    this.#padCaller(this.#track.end - this.#clock);
    return this.take();
  }

  /** Drops what is before the recording. */
  #skip(): void {
    const complete = Math.min(this.#left.length, this.#right.length);
    const count = Math.min(complete, this.#from - this.#taken);
    if (count <= 0) return;
    this.#left.drop(count);
    this.#right.drop(count);
    this.#taken += count;
  }

  /** A report without a mark: of a pause, its end, or the end of the stream. */
  #settle(): void {
    const report = this.#report;
    this.#report = undefined;
    if (report === undefined) return;
    this.#track.report(report.samples, report.at, timeOf(report, 'under-way'));
  }

  #hearReport({ samples, at, isTimed }: PlayedReport, mark: SentMark): void {
    const time: ReportTime = isTimed
      ? { kind: 'exact', stops: false }
      : { kind: 'ended', sentAt: mark.sentAt };
    // One slot may have the end of a word and the beginning of the next: nothing was between them.
    const ahead = samples - mark.samples;
    let heard = 0;
    if (isTimed && ahead > 0 && ahead < SLOT_SAMPLES) {
      heard += this.#track.report(mark.samples, at - ahead, time);
    }
    heard += this.#track.report(samples, at, time);
    // Less is no loss: a slot that ends a little later.
    if (heard > 0) this.#heardUntil = this.#track.end - 2 * FRAME_BYTES;
  }

  #reportOf(samples: number, timestampMs: number | undefined): PlayedReport {
    const untimed = { samples, at: this.#clock, isTimed: false };
    if (timestampMs === undefined) return untimed;
    this.#isTimed = true;
    const place = timestampMs * BYTES_PER_MS - CLOCK_AHEAD;
    // A caller who has sent nothing yet: the agent's first words tell where his clock is.
    this.#origin ??= place - Math.max(this.#clock, this.#track.endOf(samples));
    const at = Math.max(0, place - this.#origin);
    // Of another clock than the frames that have come.
    return Math.abs(at - this.#clock) > LOST_MAX ? untimed : { samples, at, isTimed: true };
  }

  /** A frame begins at `place` of the media clock: what should have come before it, and has not, was lost or never sent. */
  #moveTo(place: number): void {
    this.#origin ??= place - this.#clock;
    const lost = place - this.#origin - this.#clock;
    // Another clock; or the first frame at all, from before the agent's words.
    if (lost > LOST_MAX || (lost < 0 && this.#clock === 0)) this.#origin += lost;
    else this.#padCaller(lost);
    if (lost > SILENT_SAMPLES) this.#track.jump(this.#clock);
  }

  /** Silence in place of frames that were lost. */
  #padCaller(samples: number): void {
    if (samples <= 0) return;
    this.#left.push(new Uint8Array(samples).fill(MULAW_SILENCE));
    this.#clock += samples;
  }
}

function timeOf({ isTimed }: PlayedReport, kind: 'under-way' | 'idle'): ReportTime {
  return isTimed ? { kind: 'exact', stops: true } : { kind };
}
