/**
 * Decodes audio in a thread of its own, so that the media clock keeps its 20 ms.
 *
 * The thread starts with the first file and ends after a minute without one. Measured on two cores of a shared host, Node 26.10, beside a
 * 1 ms timer: ten minutes of 48 kHz WAV take 4 s and of 44.1 kHz stereo MP3 7 s of the thread. Between two ticks the main thread itself
 * works 0.7 ms at most, and 3.5 ms once when the thread starts; the timer is late by 5 and 9 ms at worst, by 5 ms with nothing to decode.
 */

import { Worker } from 'node:worker_threads';
import { AudioError } from './audio-error.ts';
import { decodeAudio, type EncodedAudio, isMulaw } from './decode-audio.ts';
import type { DecodeReply, DecodeRequest } from './decode-worker.ts';

export interface AudioDecoderOptions {
  /** The thread is thrown away when one file takes longer: an hour of MP3 takes most of one minute, more beside others. */
  readonly timeoutMs?: number;
  readonly idleMs?: number;
  readonly pendingMax?: number;
}

const TIMEOUT_MS = 300_000;
const IDLE_MS = 60_000;
const PENDING_MAX = 64;

interface Job {
  readonly resolve: (mulaw: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** From the sources, or of a release (bundle.ts), which is JavaScript. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? 'decode-worker.ts' : 'decode-worker.mjs',
  import.meta.url,
);

export class AudioDecoder {
  readonly #timeoutMs: number;
  readonly #idleMs: number;
  readonly #pendingMax: number;
  readonly #jobs = new Map<number, Job>();
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(options: AudioDecoderOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#idleMs = options.idleMs ?? IDLE_MS;
    this.#pendingMax = options.pendingMax ?? PENDING_MAX;
  }

  /**
   * µ-law at 8 kHz of `audio`, whose buffer is gone afterwards: the thread takes it. Rejects with an {@link AudioError},
   * `AUDIO_TOO_LARGE` too where so many files wait that one more would be too many, and with the signal's reason.
   */
  async decode(audio: EncodedAudio, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    // In a buffer of its own size: the one it came in may have reserved much more.
    if (isMulaw(audio)) return Uint8Array.from(await decodeAudio(audio, signal));
    if (this.#jobs.size >= this.#pendingMax) {
      throw new AudioError('AUDIO_TOO_LARGE', `${this.#pendingMax} other files are being decoded`);
    }
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const worker = this.#start();
    const cancel = (): void => {
      reject(signal.reason);
      this.#post(worker, { kind: 'cancel', id });
    };
    const timer = setTimeout(() => {
      const detail = `not decoded within ${this.#timeoutMs / 1000} s`;
      this.#abandon(worker, new AudioError('AUDIO_UNSUPPORTED', detail));
    }, this.#timeoutMs);
    this.#jobs.set(id, { resolve, reject });
    signal.addEventListener('abort', cancel, { once: true });
    this.#post(worker, { kind: 'decode', id, audio }, [audio.bytes.buffer]);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      this.#jobs.delete(id);
      this.#rest();
    }
  }

  /** Ends the thread; what was being decoded is rejected. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#abandon(worker, new AudioError('AUDIO_UNREACHABLE', 'the relay is stopping'));
    await worker.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #start(): Worker {
    clearTimeout(this.#idleTimer);
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(WORKER, {
      name: 'audio',
      execArgv: [],
      // Buffers of samples are not counted; this is for the heap.
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    });
    worker.unref();
    worker.on('message', (reply: DecodeReply) => this.#settle(reply));
    worker.on('error', (cause) => {
      this.#abandon(worker, new AudioError('AUDIO_UNSUPPORTED', 'the decoder failed', { cause }));
    });
    this.#worker = worker;
    return worker;
  }

  #post(worker: Worker, request: DecodeRequest, transfer: readonly ArrayBuffer[] = []): void {
    worker.postMessage(request, transfer);
  }

  #settle(reply: DecodeReply): void {
    const job = this.#jobs.get(reply.id);
    if (reply.kind === 'decoded') job?.resolve(reply.mulaw);
    else job?.reject(new AudioError(reply.code, reply.message));
  }

  /** Throws the thread away, and with it all that it was given: which file it is stuck in, only it knows. */
  #abandon(worker: Worker, error: AudioError): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const job of this.#jobs.values()) job.reject(error);
    this.#jobs.clear();
    void worker.terminate();
  }

  #rest(): void {
    const worker = this.#worker;
    if (worker === undefined || this.#jobs.size > 0) return;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      this.#worker = undefined;
      void worker.terminate();
    }, this.#idleMs);
    this.#idleTimer.unref();
  }
}
