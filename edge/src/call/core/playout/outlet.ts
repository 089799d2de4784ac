/**
 * The way out to the stream: sends an utterance's audio and marks, and shares what the peer says it played among the
 * utterances.
 *
 * Our relay counts the samples it has played since the stream began; what a `clear` throws away is never counted. So the
 * first sample after a `clear` has the number that the relay tells with the answer to it.
 */

import type { CallOutput } from '../contract.ts';
import { PlayedAudio } from './played-audio.ts';
import type { Playout, PlayoutPiece } from './playout.ts';

interface Sent {
  readonly playout: Playout<unknown>;
  /** Clears sent before its first byte, and bytes sent since the last of them. */
  readonly clears: number;
  readonly offset: number;
}

export class Outlet {
  /** What of it the caller hears when. */
  readonly playing = new PlayedAudio();
  readonly #emit: (output: CallOutput) => void;
  #isExact = false;
  #sent: Sent[] = [];
  #clears = 0;
  #answered = 0;
  /** Bytes sent since the last clear. */
  #bytes = 0;
  /** Number of the first sample after the last clear that was answered. */
  #base = 0;

  constructor(emit: (output: CallOutput) => void) {
    this.#emit = emit;
  }

  /** The peer counts samples and can pause. */
  get isExact(): boolean {
    return this.#isExact;
  }

  start(isExact: boolean): void {
    this.#isExact = isExact;
  }

  send(playout: Playout<unknown>, pieces: readonly PlayoutPiece[]): void {
    if (!this.#sent.some((sent) => sent.playout === playout)) {
      this.#forgetSettled();
      this.#sent.push({ playout, clears: this.#clears, offset: this.#bytes });
    }
    for (const { mulaw, mark } of pieces) {
      if (mulaw.length > 0) {
        this.#emit({ kind: 'send-media', mulaw });
        this.playing.send(mulaw);
      }
      this.#bytes += mulaw.length;
      if (mark !== undefined) this.#emit({ kind: 'send-mark', name: mark });
    }
  }

  clear(): void {
    this.#clears++;
    this.#bytes = 0;
    this.playing.clear();
    this.#emit({ kind: 'send-clear' });
  }

  /** Only where the peer can. */
  pause(): void {
    this.playing.pause();
    this.#emit({ kind: 'send-pause' });
  }

  unpause(): void {
    this.playing.unpause();
    this.#emit({ kind: 'send-unpause' });
  }

  /** `samples` of all audio have been played; with `cleared` it is the answer to a {@link clear}, if there was one. */
  played(samples: number, cleared: number | undefined): void {
    const isAnswer = cleared !== undefined && this.#answered < this.#clears;
    for (const { playout, clears, offset } of this.#sent) {
      if (clears !== this.#answered) continue;
      playout.hearBytes(Math.max(0, samples - this.#base - offset));
      if (isAnswer) playout.settle();
    }
    this.#forgetSettled();
    if (!isAnswer) return;
    this.#answered++;
    this.#base = samples;
  }

  /** How many utterances there are of which more is to be known. */
  get utterances(): number {
    return this.#sent.length;
  }

  #forgetSettled(): void {
    this.#sent = this.#sent.filter(({ playout }) => !playout.isSettled);
  }
}
