/**
 * The recogniser of a call, and a second one that is asked when it says nothing: both hear the caller, and whoever answers
 * first is kept.
 */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { CallOutput } from '../contract.ts';
import { SttClock } from './stt-clock.ts';

export interface Recogniser {
  readonly sttId: number;
  readonly clock: SttClock;
  /** Which of the configured endpoints (regions), from 0. */
  readonly endpoint: number;
}

/** What a new recogniser is to listen for, where, and the audio that it is given first. */
export interface RecogniserRequest {
  readonly endpoint: number;
  /** BCP 47. */
  readonly languages: readonly string[];
  readonly mulaw: Uint8Array;
  /** Where `mulaw` begins, or what is pushed next, in milliseconds of the call's audio. */
  readonly startMs: number;
}

export class Recognisers {
  readonly #emit: (output: CallOutput) => void;
  #ids = 0;
  #first: Recogniser | undefined;
  #second: Recogniser | undefined;
  #audioMs = 0;

  constructor(emit: (output: CallOutput) => void) {
    this.#emit = emit;
  }

  get current(): Recogniser | undefined {
    return this.#first;
  }

  /** Two are asked. */
  get isDoubting(): boolean {
    return this.#second !== undefined;
  }

  /** Given to recognisers so far. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** In place of what is open. */
  open(request: RecogniserRequest): void {
    this.close();
    this.#first = this.#create(request);
  }

  /** Beside the one that is open. */
  openSecond(request: RecogniserRequest): void {
    this.#end(this.#second);
    this.#second = this.#create(request);
  }

  close(): void {
    this.#end(this.#first);
    this.#end(this.#second);
    this.#first = undefined;
    this.#second = undefined;
  }

  find(sttId: number): Recogniser | undefined {
    return [this.#first, this.#second].find((each) => each?.sttId === sttId);
  }

  /** Keeps the one that has answered. Answers true where that is the second. */
  keep(recogniser: Recogniser): boolean {
    const isSecond = recogniser === this.#second;
    if (isSecond) this.#end(this.#first);
    else this.#end(this.#second);
    this.#first = recogniser;
    this.#second = undefined;
    return isSecond;
  }

  /** The second one in place of the first. False where there is none. */
  promote(): boolean {
    return this.#second !== undefined && this.keep(this.#second);
  }

  /** One that failed. Answers true where another one is left. */
  drop(recogniser: Recogniser): boolean {
    if (recogniser !== this.#second) return this.#second !== undefined ? this.promote() : false;
    this.#end(this.#second);
    this.#second = undefined;
    return true;
  }

  push(mulaw: Uint8Array): void {
    for (const recogniser of [this.#first, this.#second]) {
      if (recogniser !== undefined) this.#give(recogniser, mulaw);
    }
  }

  /** Silence that is not of the call. */
  pushSilence(lengthMs: number): void {
    for (const recogniser of [this.#first, this.#second]) {
      if (recogniser === undefined) continue;
      recogniser.clock.insert(lengthMs);
      const mulaw = new Uint8Array(lengthMs * BYTES_PER_MS).fill(MULAW_SILENCE);
      this.#emit({ kind: 'stt-push', sttId: recogniser.sttId, mulaw });
    }
  }

  #create({ endpoint, languages, mulaw, startMs }: RecogniserRequest): Recogniser {
    const sttId = ++this.#ids;
    const recogniser = { sttId, clock: new SttClock(startMs), endpoint };
    this.#emit({ kind: 'stt-open', sttId, languages, endpoint });
    if (mulaw.length > 0) this.#give(recogniser, mulaw);
    return recogniser;
  }

  #give({ sttId, clock }: Recogniser, mulaw: Uint8Array): void {
    const lengthMs = mulaw.length / BYTES_PER_MS;
    clock.push(lengthMs);
    this.#audioMs += lengthMs;
    this.#emit({ kind: 'stt-push', sttId, mulaw });
  }

  #end(recogniser: Recogniser | undefined): void {
    if (recogniser !== undefined) this.#emit({ kind: 'stt-close', sttId: recogniser.sttId });
  }
}
