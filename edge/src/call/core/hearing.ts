/**
 * The caller's side: audio to our own ears and to speech recognition, and what comes back of it on one clock.
 *
 * A recogniser counts from its own beginning; here everything is milliseconds of the call's audio, so that a recogniser
 * may be replaced in mid-call.
 */

import { VoiceActivity } from '@patchcord/shared/audio/voice-activity';
import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { CallInput, CallOutput } from './contract.ts';
import { Endpointing, type EndpointingOptions } from './endpointing.ts';
import { isFinalFault } from './faults.ts';

type RecognitionInput = Extract<CallInput, { kind: 'stt-hypothesis' | 'stt-phrase' }>;
type ErrorInput = Extract<CallInput, { kind: 'stt-error' }>;

/** Waits before recognition is opened again; after the last one it is given up. */
const REOPEN_DELAYS_MS = [0, 500, 2000];

export class Hearing {
  readonly endpointing: Endpointing;
  readonly #emit: (output: CallOutput) => void;
  readonly #activity = new VoiceActivity();
  #inboundBytes = 0;
  /** Number of the recogniser; results of earlier ones are dropped. */
  #sttId = 0;
  #isOpen = false;
  /** Position of the call's audio at which the recogniser's clock began. */
  #baseMs = 0;
  #failures = 0;
  #reopenAt: number | undefined;

  constructor(emit: (output: CallOutput) => void, options: EndpointingOptions) {
    this.#emit = emit;
    this.endpointing = new Endpointing(options);
  }

  /** Begins, or begins again with a new recogniser. */
  open(): void {
    this.close();
    this.#isOpen = true;
    this.#baseMs = this.#inboundBytes / BYTES_PER_MS;
    this.#emit({ kind: 'stt-open', sttId: ++this.#sttId });
  }

  close(): void {
    this.#reopenAt = undefined;
    if (this.#isOpen) this.#emit({ kind: 'stt-close' });
    this.#isOpen = false;
  }

  /** When a recogniser that failed is to be replaced by {@link open}. */
  get reopenAt(): number | undefined {
    return this.#reopenAt;
  }

  /** Milliseconds of audio judged so far. */
  get positionMs(): number {
    return this.#activity.positionMs;
  }

  hear(mulaw: Uint8Array, now: number): void {
    this.#inboundBytes += mulaw.length;
    if (this.#isOpen) this.#emit({ kind: 'stt-push', mulaw });
    this.#activity.push(mulaw);
    this.endpointing.hear(this.#activity, now);
  }

  recognise(input: RecognitionInput, now: number): void {
    if (input.sttId !== this.#sttId) return;
    this.#failures = 0;
    const recognition = {
      text: input.text,
      startMs: this.#baseMs + input.startMs,
      endMs: this.#baseMs + input.endMs,
    };
    if (input.kind === 'stt-phrase') this.endpointing.conclude(recognition, now);
    else this.endpointing.suppose(recognition, now);
  }

  /** The recogniser failed: it is replaced in a moment, or `lost` for good. `ignored` for one that is gone already. */
  fail({ sttId, fault }: ErrorInput, now: number): 'ignored' | 'replaced' | 'lost' {
    if (sttId !== this.#sttId || !this.#isOpen) return 'ignored';
    this.close();
    const delayMs = REOPEN_DELAYS_MS[this.#failures++];
    if (isFinalFault(fault.code) || delayMs === undefined) return 'lost';
    this.#reopenAt = now + delayMs;
    return 'replaced';
  }
}
