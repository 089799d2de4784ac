/**
 * Speech recognition of one turn, on the time of the audio: tone speech in, hypotheses and phrases out.
 *
 * Pure: what it answers depends on the samples alone, however fast they come.
 */
import { SpeechDecoder, joinWords } from '../speech/decode.ts';
import type { HeardWord } from '../speech/decode.ts';

/** When a phrase ends, in milliseconds of audio. */
export interface Segmentation {
  /** Silence that ends a phrase. */
  readonly silenceMs: number;
  /** A phrase is ended after this much speech even without silence. */
  readonly forcedMs: number;
  /** Silence from the start of the turn until `initial-silence`. */
  readonly initialSilenceMs: number;
}

/** A word with its place, in samples of the turn. */
export interface RecognisedWord {
  readonly text: string;
  readonly startSample: number;
  readonly endSample: number;
}

/** Result of the recogniser; samples are 8 kHz, counted from the turn's first. */
export type RecognitionResult =
  | { readonly kind: 'start'; readonly startSample: number }
  | {
      readonly kind: 'hypothesis';
      readonly text: string;
      readonly startSample: number;
      readonly endSample: number;
    }
  | {
      readonly kind: 'phrase';
      /** Empty when there was sound but no word in it. */
      readonly text: string;
      readonly words: readonly RecognisedWord[];
      readonly startSample: number;
      readonly endSample: number;
    }
  | { readonly kind: 'initial-silence'; readonly endSample: number };

/** What stands for a word that was heard but not understood, so that errors on the path show. */
export const UNKNOWN_WORD = '<unk>';

const SAMPLES_PER_MS = 8;
const FRAME_SAMPLES = 20 * SAMPLES_PER_MS;

/** Frames louder than this are voice. Speech is at -20, noise in tests at -45. */
const VOICE_RMS = 32_767 * 10 ** (-40 / 20);

/** Voice for less than this is a click, unless there are words in it. */
const PHRASE_MS_MIN = 100;

/** Recognises one turn. */
export class Recogniser {
  readonly #segmentation: Segmentation;
  readonly #decoder = new SpeechDecoder();
  #words: HeardWord[] = [];
  #samples = 0;
  /** Sum of squares of the frame that is not full yet. */
  #energy = 0;
  #speechStart: number | undefined;
  #voicedFrames = 0;
  #lastVoice = 0;
  #hypothesis = '';
  #hadSpeech = false;

  constructor(segmentation: Segmentation) {
    this.#segmentation = segmentation;
  }

  /** Takes 8 kHz samples of any number and answers what they brought, in order. */
  push(linear: Int16Array): RecognitionResult[] {
    const results: RecognitionResult[] = [];
    for (let offset = 0; offset < linear.length;) {
      const frameLeft = FRAME_SAMPLES - (this.#samples % FRAME_SAMPLES);
      const part = linear.subarray(offset, offset + frameLeft);
      offset += part.length;
      this.#samples += part.length;
      for (const sample of part) this.#energy += sample * sample;
      this.#words.push(...this.#decoder.pushLinear(part));
      if (this.#samples % FRAME_SAMPLES === 0) this.#endFrame(results);
    }
    return results;
  }

  /** The audio has ended: what was begun is a phrase. */
  end(): RecognitionResult[] {
    const results: RecognitionResult[] = [];
    this.#words.push(...this.#decoder.end());
    if (this.#speechStart !== undefined) this.#endPhrase(results, this.#speechStart);
    return results;
  }

  /** Samples heard so far. */
  get heardSamples(): number {
    return this.#samples;
  }

  #endFrame(results: RecognitionResult[]): void {
    const isVoice = Math.sqrt(this.#energy / FRAME_SAMPLES) > VOICE_RMS;
    this.#energy = 0;
    if (isVoice) {
      this.#lastVoice = this.#samples;
      this.#voicedFrames += 1;
      if (this.#speechStart === undefined) {
        this.#speechStart = this.#samples - FRAME_SAMPLES;
        this.#hadSpeech = true;
        results.push({ kind: 'start', startSample: this.#speechStart });
      }
    }
    if (this.#speechStart === undefined) {
      const silentMs = this.#samples / SAMPLES_PER_MS;
      if (!this.#hadSpeech && silentMs === this.#segmentation.initialSilenceMs) {
        results.push({ kind: 'initial-silence', endSample: this.#samples });
      }
      return;
    }
    this.#hypothesise(results, this.#speechStart);
    const silentMs = (this.#samples - this.#lastVoice) / SAMPLES_PER_MS;
    const spokenMs = (this.#samples - this.#speechStart) / SAMPLES_PER_MS;
    const { silenceMs, forcedMs } = this.#segmentation;
    if (silentMs >= silenceMs || spokenMs >= forcedMs) {
      this.#endPhrase(results, this.#speechStart);
    }
  }

  #hypothesise(results: RecognitionResult[], startSample: number): void {
    const text = joinWords(this.#words, UNKNOWN_WORD);
    if (text === this.#hypothesis) return;
    this.#hypothesis = text;
    const endSample = this.#words.at(-1)?.endSample ?? this.#samples;
    results.push({ kind: 'hypothesis', text, startSample, endSample });
  }

  #endPhrase(results: RecognitionResult[], startSample: number): void {
    const text = joinWords(this.#words, UNKNOWN_WORD);
    const voicedMs = (this.#voicedFrames * FRAME_SAMPLES) / SAMPLES_PER_MS;
    if (text !== '' || voicedMs >= PHRASE_MS_MIN) {
      results.push({
        kind: 'phrase',
        text,
        words: wholeWords(this.#words),
        startSample,
        endSample: this.#lastVoice,
      });
    }
    this.#words = [];
    this.#hypothesis = '';
    this.#speechStart = undefined;
    this.#voicedFrames = 0;
  }
}

/** Pieces of long words put together. */
function wholeWords(heard: readonly HeardWord[]): RecognisedWord[] {
  const words: RecognisedWord[] = [];
  for (const { text, damaged, joined, startSample, endSample } of heard) {
    const previous = words.at(-1);
    const piece = damaged ? UNKNOWN_WORD : text;
    if (joined && previous !== undefined) {
      words[words.length - 1] = { ...previous, text: previous.text + piece, endSample };
    } else {
      words.push({ text: piece, startSample, endSample });
    }
  }
  return words;
}
