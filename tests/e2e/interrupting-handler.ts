/**
 * A handler that keeps account of what its caller has heard in the two ways that handlers do: by the difference of two `media`
 * timestamps, as OpenAI's samples for Twilio, and by marks. It speaks, is interrupted, and writes down what it believes.
 */

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HandlerMessage, HandlerStream } from '../relay/handler.ts';
import type { RandomSource } from '../sim/random.ts';
import { answerPieces, SILENCE, type AnswerPlan } from './answer.ts';

/** One interruption, as the handler saw it. Instants are `performance.now()`. */
export interface BargeIn {
  readonly plan: AnswerPlan;
  /** The first byte was sent, and the latest `timestamp` then. */
  readonly startedAt: number;
  readonly startTimestamp: number;
  /** `clear` was sent, and the latest `timestamp` then. */
  readonly interruptedAt: number;
  readonly latestTimestamp: number;
  /** Position of the latest mark that had come back, 0 before the first. */
  readonly heardByMarkMs: number;
  /** Longest way to the relay and back, at the beginning and at the end. */
  readonly roundTripMs: number;
}

/** Two numbers that a `clock` of frames is judged by. */
export interface Arrival {
  readonly at: number;
  /** Time in the frame's own clock. */
  readonly mediaMs: number;
}

export class InterruptingHandler {
  /** Frames of the caller, as they came. */
  readonly arrivals: Arrival[] = [];
  /** Names of marks in the order of sending, and of coming back. */
  readonly sentMarks: string[] = [];
  readonly echoedMarks: string[] = [];
  readonly #stream: HandlerStream;
  readonly #echoedAt = new Map<string, number>();
  #latestTimestamp = 0;
  #heardByMarkMs = 0;
  /** Called once, by the first frame in which the caller speaks. */
  #onSpeech: (() => void) | undefined;
  #onMark: (() => void) | undefined;

  constructor(stream: HandlerStream) {
    this.#stream = stream;
  }

  handleMessage({ media, mark }: HandlerMessage): void {
    const now = performance.now();
    if (media !== undefined) {
      this.#latestTimestamp = Number(media.timestamp);
      this.arrivals.push({ at: now, mediaMs: this.#latestTimestamp });
      if (this.#onSpeech === undefined) return;
      if (Buffer.from(media.payload, 'base64').every((byte) => byte === SILENCE)) return;
      this.#onSpeech();
      this.#onSpeech = undefined;
    } else if (mark !== undefined) {
      this.echoedMarks.push(mark.name);
      this.#echoedAt.set(mark.name, now);
      const [, positionMs] = mark.name.split('@');
      if (positionMs !== undefined) this.#heardByMarkMs = Number(positionMs);
      this.#onMark?.();
    }
  }

  /** Says one answer until it is interrupted. `speak` makes the caller speak. */
  async converse(plan: AnswerPlan, random: RandomSource, speak: () => void): Promise<BargeIn> {
    const pieces = answerPieces(plan, random);
    const [before, after] = [`before ${plan.id}`, `after ${plan.id}`];
    await sleep(plan.pauseMs);

    this.#heardByMarkMs = 0;
    const startedAt = performance.now();
    const startTimestamp = this.#latestTimestamp;
    this.#mark(before);
    let next = 0;
    const sendDue = (): void => {
      for (; next < pieces.length; next++) {
        const piece = pieces[next];
        if (piece === undefined || piece.dueMs > performance.now() - startedAt) return;
        if (piece.kind === 'audio') this.#stream.play(piece.mulaw);
        else this.#mark(`answer ${plan.id} @${piece.positionMs}`);
      }
    };
    sendDue();
    const timer = setInterval(sendDue, 5);

    const interrupted = Promise.withResolvers<Omit<BargeIn, 'roundTripMs'>>();
    const interrupt = (): void => {
      clearInterval(timer);
      this.#stream.send({ event: 'clear' });
      interrupted.resolve({
        plan,
        startedAt,
        startTimestamp,
        interruptedAt: performance.now(),
        latestTimestamp: this.#latestTimestamp,
        heardByMarkMs: this.#heardByMarkMs,
      });
      // Nothing is queued behind `clear`: it comes straight back.
      this.#mark(after);
    };
    await sleep(plan.afterMs);
    if (plan.trigger === 'handler') interrupt();
    else {
      this.#onSpeech = interrupt;
      speak();
    }
    const bargeIn = await interrupted.promise;
    await this.#echoed(after);
    const roundTripMs = Math.max(
      (this.#echoedAt.get(before) ?? Infinity) - startedAt,
      (this.#echoedAt.get(after) ?? Infinity) - bargeIn.interruptedAt,
    );
    return { ...bargeIn, roundTripMs };
  }

  #mark(name: string): void {
    this.sentMarks.push(name);
    this.#stream.mark(name);
  }

  async #echoed(name: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onMark = () => {
      if (this.#echoedAt.has(name)) resolve();
    };
    this.#onMark();
    await promise;
  }
}
