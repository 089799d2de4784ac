/**
 * A caller who listens before speaking: hears the agent's tone speech as it arrives, and speaks when the agent has finished, or
 * right into it.
 *
 * "Finished" is judged on the audio's own clock, so nothing here sleeps: as long as the call lives, silence arrives too.
 */

import { joinWords, SpeechDecoder, type HeardWord } from '../speech/decode.ts';
import { encodeSpeech } from '../speech/encode.ts';
import type { Phone } from '../rig/phone.ts';

const SAMPLES_PER_MS = 8;

/** A pause this long is the end of what the agent has to say: longer than between two sentences, and than a slow start. */
const AGENT_PAUSE_MS = 1100;

/** Between two words of one sentence it is shorter, between two sentences rarely. */
const SPEAKING_PAUSE_MS = 400;

/** Nobody waits longer than this for an answer. */
const ANSWER_TIMEOUT_MS = 20_000;

/** What the agent said in one go, as this caller heard it. */
export interface HeardUtterance {
  readonly text: string;
  readonly words: readonly HeardWord[];
  /** Milliseconds since the call was placed. */
  readonly startMs: number;
  readonly endMs: number;
}

/** The call ended, or the agent was silent for too long. */
export class NothingHeard extends Error {
  override readonly name = 'NothingHeard';
}

export class ScriptedCaller {
  readonly phone: Phone;
  readonly #decoder = new SpeechDecoder();
  readonly #words: HeardWord[] = [];
  /** Place of the decoder's sample 0 on the recording's clock. */
  #offsetSamples: number | undefined;
  /** Words before this belong to an utterance that has been taken. */
  #taken = 0;
  #check: () => void = () => {};

  constructor(phone: Phone) {
    this.phone = phone;
    phone.onAudio((mulaw, sampleIndex) => {
      this.#offsetSamples ??= sampleIndex;
      this.#words.push(...this.#decoder.push(mulaw));
      this.#check();
    });
    void phone.ended.then(() => {
      this.#words.push(...this.#decoder.end());
      this.#check();
    });
  }

  /** Now, in milliseconds since the call was placed. */
  get nowMs(): number {
    return performance.now() - this.phone.recording.startedAt;
  }

  /** Speaks; answers when the first and the last sample went out. */
  async say(text: string): Promise<{ readonly startMs: number; readonly endMs: number }> {
    return await this.play(encodeSpeech(text).mulaw);
  }

  /** The same with any sound. */
  async play(mulaw: Uint8Array): Promise<{ readonly startMs: number; readonly endMs: number }> {
    const startMs = this.nowMs;
    await this.phone.play(mulaw);
    return { startMs, endMs: this.nowMs };
  }

  /** Waits until the agent has said something new and then been silent for `pauseMs`, or has hung up. */
  async hear(pauseMs = AGENT_PAUSE_MS): Promise<HeardUtterance> {
    await this.#until('the agent to finish', () => this.phone.hasEnded || this.#isOver(pauseMs));
    const words = this.#words.slice(this.#taken);
    this.#taken = this.#words.length;
    const [first] = words;
    const last = words.at(-1);
    if (first === undefined || last === undefined) throw new NothingHeard('the agent hung up');
    return {
      text: joinWords(words),
      words,
      startMs: this.#msOf(first.startSample),
      endMs: this.#msOf(last.endSample),
    };
  }

  /** Waits until something new of the agent has been heard for so long. Answers whether it still speaks. */
  async hearFor(lengthMs: number, pauseMs = AGENT_PAUSE_MS): Promise<boolean> {
    const isLong = (): boolean => {
      const first = this.#words[this.#taken];
      if (first === undefined) return false;
      return this.#decoder.heardSamples - first.startSample >= lengthMs * SAMPLES_PER_MS;
    };
    await this.#until('the agent to speak', () => {
      return this.phone.hasEnded || isLong() || this.#isOver(pauseMs);
    });
    return isLong() && !this.#isOver(SPEAKING_PAUSE_MS);
  }

  /** Waits until so many new words of the agent have been heard. */
  async hearWords(count: number): Promise<void> {
    await this.#until(`${count} words`, () => {
      return this.phone.hasEnded || this.#words.length - this.#taken >= count;
    });
  }

  /**
   * Speaks into what the agent is saying; answers the part of it that was heard before it stopped, and how long the agent
   * went on after the first sample of this.
   */
  async interrupt(text: string): Promise<{
    readonly spoken: { readonly startMs: number; readonly endMs: number };
    readonly heard: HeardUtterance;
    readonly yieldMs: number;
  }> {
    return await this.playInto(encodeSpeech(text).mulaw);
  }

  /** The same with any sound. */
  async playInto(mulaw: Uint8Array): ReturnType<ScriptedCaller['interrupt']> {
    const spoken = await this.play(mulaw);
    // Whoever is interrupted is silent by now: what was heard until then is what got through.
    const words = this.#words.slice(this.#taken);
    this.#taken = this.#words.length;
    const [first] = words;
    const last = words.at(-1);
    if (first === undefined || last === undefined) throw new NothingHeard('nothing to interrupt');
    const heard = {
      text: joinWords(words),
      words,
      startMs: this.#msOf(first.startSample),
      endMs: this.#msOf(last.endSample),
    };
    return { spoken, heard, yieldMs: heard.endMs - spoken.startMs };
  }

  /** Something new was said, and so much silence has come since. */
  #isOver(pauseMs: number): boolean {
    const last = this.#words.at(-1);
    if (this.#words.length === this.#taken || last === undefined) return false;
    const silentSamples = this.#decoder.heardSamples - last.endSample;
    return this.#decoder.unfinished === undefined && silentSamples > pauseMs * SAMPLES_PER_MS;
  }

  #msOf(sample: number): number {
    return (sample + (this.#offsetSamples ?? 0)) / SAMPLES_PER_MS;
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => reject(new NothingHeard(`waited ${ANSWER_TIMEOUT_MS} ms for ${what}`)),
      ANSWER_TIMEOUT_MS,
    );
    this.#check = () => {
      if (isSo()) resolve();
    };
    this.#check();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#check = () => {};
    }
  }
}
