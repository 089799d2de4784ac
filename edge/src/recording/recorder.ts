/** Records one stream: watches what goes in and out of its session, and keeps both sides from when that is allowed. */

import type { TurnRecord } from '../call/core/call-record.ts';
import type { CallInput, CallOutput } from '../call/core/contract.ts';
import { plainOf } from '../call/core/language/words.ts';
import type { RecordingPlan } from '../afterwards/plan.ts';
import { RecordingAssembler } from './assembler.ts';

/** Eight seconds of both sides: what is lost with the object, and what is held in memory. */
const CHUNK_BYTES = 8 * 16_000;

export interface RecorderPorts {
  /** The array is the port's from then on. */
  keep(stereo: Uint8Array<ArrayBuffer>): void;
  /** It has begun, so many milliseconds after the stream. */
  begun(startsMs: number): void;
  /** An error of ours: nothing more is recorded, and the call goes on. */
  failed(error: unknown): void;
}

export class Recorder {
  readonly #plan: RecordingPlan;
  readonly #ports: RecorderPorts;
  readonly #assembler = new RecordingAssembler();
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #filled = 0;
  #hasBegun = false;
  #isOver: boolean;

  constructor(plan: RecordingPlan, ports: RecorderPorts) {
    this.#plan = plan;
    this.#ports = ports;
    this.#isOver = !plan.isOn;
  }

  /** The caller has agreed. Answers whether it is recorded from now on. */
  allow(): boolean {
    this.#guard(() => this.#begin());
    return this.#hasBegun && !this.#isOver;
  }

  onInput(input: CallInput): void {
    this.#guard(() => this.#takeInput(input));
  }

  onOutput(output: CallOutput): void {
    this.#guard(() => this.#takeOutput(output));
  }

  #guard(run: () => void): void {
    if (this.#isOver) return;
    try {
      run();
    } catch (error) {
      this.#isOver = true;
      this.#ports.failed(error);
    }
  }

  #takeInput(input: CallInput): void {
    switch (input.kind) {
      case 'start':
        this.#assembler.start(input.isPatchcord);
        if (this.#plan.consent === 'none') this.#begin();
        return;
      case 'media':
        this.#assembler.hear(input.mulaw, input.timestampMs);
        return this.#collect(this.#assembler.take());
      case 'played':
        return this.#assembler.played(input.samples, input.cleared, input.timestampMs);
      case 'mark':
        return this.#assembler.markReturned(input.name);
      case 'stop':
        return this.#finish();
      default:
        return;
    }
  }

  #takeOutput(output: CallOutput): void {
    switch (output.kind) {
      case 'send-media':
        return this.#assembler.say(output.mulaw);
      case 'send-mark':
        return this.#assembler.mark(output.name);
      case 'send-clear':
        return this.#assembler.clear();
      case 'send-pause':
      case 'send-unpause':
        return this.#assembler.hold(output.kind === 'send-pause');
      case 'record-turn':
        if (this.#hasHeardNotice(output.record)) this.#begin();
        return;
      case 'close-socket':
        return this.#finish();
      default:
        return;
    }
  }

  #hasHeardNotice({ kind, heard }: TurnRecord): boolean {
    const { consent, announcements } = this.#plan;
    if (consent !== 'announce' || this.#hasBegun || kind !== 'greeting') return false;
    return announcements.some((text) => plainOf(heard).includes(plainOf(text)));
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#assembler.begin();
    this.#ports.begun(this.#assembler.startsMs ?? 0);
  }

  #finish(): void {
    this.#collect(this.#assembler.finish());
    this.#flush();
    this.#isOver = true;
  }

  #collect(stereo: Uint8Array): void {
    for (let at = 0; at < stereo.length;) {
      const part = stereo.subarray(at, at + CHUNK_BYTES - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === CHUNK_BYTES) this.#flush();
    }
  }

  #flush(): void {
    if (this.#filled > 0) this.#ports.keep(this.#chunk.slice(0, this.#filled));
    this.#filled = 0;
  }
}
