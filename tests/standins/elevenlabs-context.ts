/**
 * One context of a multi-stream-input socket: text in, audio out, in order, until it is closed.
 */
import type { Fault, Plan } from './faults.ts';
import { dripMs, extraDelayMs } from './faults.ts';
import { audioMessage, finalMessage } from './elevenlabs-wire.ts';
import { pause, stall } from './pause.ts';
import { joinAlignments, synthesise, takeSentences } from './synthesis.ts';
import type { OutputFormat } from './synthesis.ts';

/** How fast it speaks. */
export interface ElevenLabsLatencies {
  /** Start of a generation to its first chunk. */
  readonly firstByteMs: number;
  /** Chunk to chunk; a chunk is 0.2 to 1.5 s of speech. */
  readonly chunkMs: number;
  /** Silence before the first word of a generation. The service has 150 to 250. */
  readonly leadingSilenceMs: number;
}

/** One context, for the request log. */
export interface ContextLog {
  readonly contextId: string;
  /** All text that was spoken or is to be. */
  text: string;
  audioBytes: number;
  /** Text was thrown away or audio not sent because it was closed early. */
  isCancelled: boolean;
  isFinal: boolean;
}

/** Most generations of one context waiting. */
const GENERATIONS_MAX = 1000;

/** Default of generation_config.chunk_length_schedule. */
const CHUNK_LENGTH_SCHEDULE: readonly number[] = [120, 160, 250, 290];

/** What a context needs from its socket. */
export interface ContextParts {
  readonly log: ContextLog;
  readonly plan: Plan<ElevenLabsLatencies>;
  readonly format: OutputFormat;
  readonly isAutoMode: boolean;
  /** Whether every chunk has its alignment; else the first of a generation has all of it. */
  readonly hasSyncAlignment: boolean;
  readonly chunkLengthSchedule: readonly number[] | undefined;
  readonly send: (message: string) => void;
  readonly fail: (fault: Extract<Fault, { kind: 'error' | 'disconnect' | 'garbage' }>) => void;
  readonly onFinal: () => void;
}

export class Context {
  readonly #parts: ContextParts;
  readonly #abort = new AbortController();
  #buffer = '';
  readonly #generations: string[] = [];
  #generationCount = 0;
  #chunksSent = 0;
  #isRunning = false;
  #isClosing = false;
  #isFlushed = true;
  #isStalled = false;

  constructor(parts: ContextParts) {
    this.#parts = parts;
  }

  /** Adds text; begins to speak what is ready. */
  addText(text: string): void {
    if (this.#isClosing || (text.trim() === '' && this.#buffer === '')) return;
    this.#buffer += text;
    this.#isFlushed = false;
    if (this.#parts.isAutoMode) {
      const { sentences, rest } = takeSentences(this.#buffer);
      this.#buffer = rest;
      for (const sentence of sentences) this.#generate(sentence);
      return;
    }
    const schedule = this.#parts.chunkLengthSchedule ?? CHUNK_LENGTH_SCHEDULE;
    const minChars = schedule[Math.min(this.#generationCount, schedule.length - 1)] as number;
    if (this.#buffer.length >= minChars) this.#generateBuffer();
  }

  /** Speaks all there is. */
  flush(): void {
    this.#generateBuffer();
    this.#isFlushed = true;
  }

  /** Ends it: what was flushed is still said, the rest is not. `isFinal` follows. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const isEarly = !this.#isFlushed && (this.#isRunning || this.#buffer.trim() !== '');
    if (isEarly) {
      this.#parts.log.isCancelled = true;
      this.#buffer = '';
      this.#generations.length = 0;
      this.#abort.abort();
    }
    if (!this.#isRunning) this.#finish();
  }

  /** Says nothing more, not even that it has ended: the socket is gone. */
  destroy(): void {
    this.#isClosing = true;
    this.#generations.length = 0;
    this.#abort.abort();
  }

  #generateBuffer(): void {
    const text = this.#buffer;
    this.#buffer = '';
    if (text.trim() !== '') this.#generate(text);
  }

  #generate(text: string): void {
    if (this.#generations.length >= GENERATIONS_MAX) return;
    this.#parts.log.text += text;
    this.#generationCount += 1;
    this.#generations.push(text);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      const text = this.#generations.shift();
      if (text === undefined) break;
      await this.#speak(text);
    }
    this.#isRunning = false;
    if (this.#isClosing) this.#finish();
  }

  async #speak(text: string): Promise<void> {
    const { plan, format, log, hasSyncAlignment } = this.#parts;
    const { signal } = this.#abort;
    const chunks = synthesise(text, format, plan.leadingSilenceMs);
    let waitMs = plan.firstByteMs + (this.#chunksSent === 0 ? extraDelayMs(plan.fault) : 0);
    for (const [index, chunk] of chunks.entries()) {
      if (!(await pause(waitMs, signal))) return;
      if (!(await this.#survives())) return;
      const alignment = hasSyncAlignment
        ? chunk.alignment
        : index === 0
          ? joinAlignments(chunks, format)
          : null;
      this.#parts.send(audioMessage(chunk.audio, log.contextId, alignment));
      this.#chunksSent += 1;
      log.audioBytes += chunk.audio.length;
      waitMs = plan.chunkMs;
    }
  }

  /** Does what the plan's fault says when it is due before the next chunk; false when that was the end. */
  async #survives(): Promise<boolean> {
    const { fault } = this.#parts.plan;
    if (!(await pause(dripMs(fault, this.#chunksSent), this.#abort.signal))) return false;
    if (fault === undefined || !('after' in fault) || fault.after !== this.#chunksSent) return true;
    if (fault.kind === 'drip') return true;
    if (fault.kind === 'stall') {
      this.#isStalled = true;
      await stall(this.#abort.signal);
      return false;
    }
    this.#parts.fail(fault);
    return fault.kind === 'garbage';
  }

  #finish(): void {
    if (this.#parts.log.isFinal || this.#isStalled) return;
    this.#parts.log.isFinal = true;
    this.#parts.send(finalMessage(this.#parts.log.contextId));
    this.#parts.onFinal();
  }
}
