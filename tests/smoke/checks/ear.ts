/** One recognition stream, what is played to it at the pace of a call, and what it said. */

import type { Recognition } from '@patchcord/edge/src/call/core/contract.ts';
import type { Fault } from '@patchcord/edge/src/call/core/faults.ts';
import type { SttStream } from '@patchcord/edge/src/providers/stt.ts';
import { BYTES_PER_MS, FRAME_BYTES, FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { silence } from '../../speech/line.ts';
import type { Subject } from '../subject.ts';
import { pause } from '../waiting.ts';

const PHRASE_MS_MAX = 5000;
/** The last phrase may be placed as much too early, and still be the last. */
const LAST_PHRASE_MS = 1500;

interface Heard extends Recognition {
  readonly at: number;
}

/** When the speech was played, by the clock, and where it ends in the audio. */
export interface Played {
  readonly startAt: number;
  readonly endAt: number;
  readonly endMs: number;
}

export class Ear implements Disposable {
  readonly hypotheses: Heard[] = [];
  readonly phrases: Heard[] = [];
  fault: Fault | undefined;
  readonly #stream: SttStream;
  #startedAt = 0;
  #frames = 0;

  constructor({ providers, languages }: Subject) {
    const request = { languages, endpoint: 0 };
    this.#stream = providers.stt.open(request, {
      onHypothesis: (recognition) => this.hypotheses.push({ ...recognition, at: Date.now() }),
      onPhrase: (recognition) => this.phrases.push({ ...recognition, at: Date.now() }),
      onFault: (fault) => {
        this.fault = fault;
      },
    });
  }

  /** Plays `mulaw` in real time, 20 ms a piece. */
  async play(mulaw: Uint8Array): Promise<void> {
    if (this.#frames === 0) this.#startedAt = Date.now();
    for (let at = 0; at < mulaw.length; at += FRAME_BYTES) {
      this.#stream.push(mulaw.subarray(at, at + FRAME_BYTES));
      this.#frames++;
      await pause(Math.max(0, this.#startedAt + this.#frames * FRAME_MS - Date.now()));
    }
  }

  /** Plays silence until `isDone`, at most `msMax`. */
  async listen(isDone: () => boolean, msMax: number): Promise<void> {
    const deadline = Date.now() + msMax;
    while (this.fault === undefined && !isDone() && Date.now() < deadline) {
      await this.play(silence(FRAME_BYTES));
    }
  }

  /**
   * Plays speech behind `leadMs` of silence, as in a call, then silence until its last phrase is there; `aheadMs` of that silence at
   * once, faster than time.
   */
  async hearOut(mulaw: Uint8Array, leadMs: number, aheadMs = 0): Promise<Played> {
    await this.play(silence(leadMs * BYTES_PER_MS));
    const startAt = Date.now();
    await this.play(mulaw);
    const endAt = Date.now();
    const endMs = leadMs + mulaw.length / BYTES_PER_MS;
    this.#stream.push(silence(aheadMs * BYTES_PER_MS));
    // The speech may be several sentences, and each may become a phrase of its own.
    const isLast = (): boolean => (this.phrases.at(-1)?.endMs ?? 0) > endMs - LAST_PHRASE_MS;
    await this.listen(isLast, PHRASE_MS_MAX);
    return { startAt, endAt, endMs };
  }

  faultText(): string {
    return this.fault === undefined ? 'no answer' : `${this.fault.code}: ${this.fault.message}`;
  }

  [Symbol.dispose](): void {
    this.#stream.close();
  }
}
