/**
 * Text to tone speech: what the ElevenLabs stand-in says and what a scripted caller says.
 */
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import {
  BURST_BYTES_MAX,
  MARKERS_HZ,
  SAMPLE_RATE_HZ,
  SYMBOL_SAMPLES,
  SYNC_TONES_HZ,
  burstChecksum,
  byteTones,
} from './symbols.ts';
import type { SyncKind } from './symbols.ts';

/** One word as spoken. */
export interface SpokenWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Index of the word's first character among the text's code points. */
  readonly charStart: number;
}

/** Speech and where in it everything is. Times are milliseconds from the first sample. */
export interface EncodedSpeech {
  /** 8 kHz µ-law, one byte a sample. */
  readonly mulaw: Uint8Array<ArrayBuffer>;
  /** The same before companding, 16 bits. */
  readonly linear: Int16Array<ArrayBuffer>;
  readonly words: readonly SpokenWord[];
  /**
   * One entry for each code point of the text as given, spaces and punctuation included, in the shape of ElevenLabs'
   * alignment. A space lasts as long as the pause it stands for.
   */
  readonly charTimesMs: {
    readonly chars: readonly string[];
    readonly startsMs: readonly number[];
    readonly durationsMs: readonly number[];
  };
}

/** How text is spoken; all in milliseconds but the level. */
export interface SpeakingStyle {
  /** RFC 6464 level of a symbol: 0 is a full-scale square wave. */
  readonly levelDbov?: number;
  readonly leadMs?: number;
  readonly wordPauseMs?: number;
  readonly commaPauseMs?: number;
  readonly sentencePauseMs?: number;
  /** Silence after the last word. */
  readonly tailMs?: number;
}

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;

/** Ends of a symbol rise and fall over 4 ms: no clicks, and the spectrum stays in the band. */
const RAMP_SAMPLES = 4 * SAMPLES_PER_MS;

/** Between the bursts of one word: shorter than between words. */
const JOIN_PAUSE_MS = 16;

const DEFAULT_STYLE = {
  levelDbov: -20,
  leadMs: 20,
  wordPauseMs: 40,
  commaPauseMs: 96,
  sentencePauseMs: 240,
  tailMs: 60,
} as const satisfies SpeakingStyle;

/**
 * Speaks `text`: 8 kHz audio with the place of every word and character in it.
 *
 * Lone surrogates are spoken as U+FFFD. Text without a word gives an empty array and no silence.
 */
export function encodeSpeech(text: string, style: SpeakingStyle = {}): EncodedSpeech {
  const chosen = { ...DEFAULT_STYLE, ...style };
  const chars = Array.from(text.toWellFormed());
  const startsMs: number[] = [];
  const durationsMs: number[] = [];
  const words: SpokenWord[] = [];
  const voice = new Voice(chosen.levelDbov);

  let index = 0;
  let pauseMs = chosen.leadMs;
  while (index < chars.length) {
    const spaceEnd = runEnd(chars, index, true);
    const wordEnd = runEnd(chars, spaceEnd, false);
    const word = chars.slice(spaceEnd, wordEnd);
    if (word.length > 0) {
      const pauseStartMs = voice.nowMs;
      voice.rest(pauseMs);
      // The pause belongs to the spaces before the word; the first of them takes all of it.
      for (let space = index; space < spaceEnd; space++) {
        startsMs.push(space === index ? pauseStartMs : voice.nowMs);
        durationsMs.push(space === index ? voice.nowMs - pauseStartMs : 0);
      }
      const startMs = voice.nowMs;
      sayWord(voice, word, startsMs, durationsMs);
      words.push({ text: word.join(''), startMs, endMs: voice.nowMs, charStart: spaceEnd });
      pauseMs = pauseAfter(word, chosen);
    } else {
      for (let space = index; space < spaceEnd; space++) {
        startsMs.push(voice.nowMs);
        durationsMs.push(0);
      }
    }
    index = wordEnd;
  }
  if (words.length > 0) voice.rest(chosen.tailMs);
  const linear = voice.samples();
  return {
    mulaw: encodeMulaw(linear),
    linear,
    words,
    charTimesMs: { chars, startsMs, durationsMs },
  };
}

/** End of the run of characters from `start` that are, or are not, white space. */
function runEnd(chars: readonly string[], start: number, isSpace: boolean): number {
  let end = start;
  while (end < chars.length && /^\s$/u.test(chars[end] as string) === isSpace) end++;
  return end;
}

function pauseAfter(
  word: readonly string[],
  style: Required<Pick<SpeakingStyle, 'wordPauseMs' | 'commaPauseMs' | 'sentencePauseMs'>>,
): number {
  const text = word.join('');
  if (/[.!?。！？…]["'”’)\]]*$/u.test(text)) return style.sentencePauseMs;
  return /[,;:，；：、]["'”’)\]]*$/u.test(text) ? style.commaPauseMs : style.wordPauseMs;
}

/** Says one word in bursts of whole characters, and notes when each character was said. */
function sayWord(
  voice: Voice,
  word: readonly string[],
  startsMs: number[],
  durationsMs: number[],
): void {
  let kind: SyncKind = 'word';
  for (const burst of splitBursts(word)) {
    if (kind === 'joined') voice.rest(JOIN_PAUSE_MS);
    let charStartMs = voice.nowMs; // Sync belongs to the first character, tail to the last.
    voice.tones(SYNC_TONES_HZ[kind]);
    burst.forEach((char, place) => {
      for (const byte of char) voice.tones(byteTones(byte));
      if (place === burst.length - 1) {
        const checksum = burstChecksum(kind, burst.flat());
        voice.tones([...byteTones(checksum), MARKERS_HZ.middle]);
      }
      startsMs.push(charStartMs);
      durationsMs.push(voice.nowMs - charStartMs);
      charStartMs = voice.nowMs;
    });
    kind = 'joined';
  }
}

/** Groups the characters of a word, each as its UTF-8 bytes, into bursts. */
function splitBursts(word: readonly string[]): number[][][] {
  const encoder = new TextEncoder();
  const bursts: number[][][] = [];
  let bytes = BURST_BYTES_MAX;
  for (const char of word) {
    const encoded = [...encoder.encode(char)];
    if (bytes + encoded.length > BURST_BYTES_MAX) {
      bursts.push([]);
      bytes = 0;
    }
    bytes += encoded.length;
    bursts.at(-1)?.push(encoded);
  }
  return bursts;
}

/** Collects tones and rests into samples. */
class Voice {
  readonly #rms: number;
  readonly #parts: Int16Array[] = [];
  #length = 0;

  constructor(levelDbov: number) {
    this.#rms = 32_767 * 10 ** (levelDbov / 20);
  }

  get nowMs(): number {
    return this.#length / SAMPLES_PER_MS;
  }

  rest(durationMs: number): void {
    this.#add(new Int16Array(Math.round(durationMs * SAMPLES_PER_MS)));
  }

  /** One symbol; its power is the same however many tones share it. */
  tones(frequenciesHz: readonly number[]): void {
    const amplitude = this.#rms * Math.sqrt(2 / frequenciesHz.length);
    const symbol = new Int16Array(SYMBOL_SAMPLES);
    for (let i = 0; i < SYMBOL_SAMPLES; i++) {
      let sum = 0;
      for (const frequencyHz of frequenciesHz) {
        sum += Math.sin((2 * Math.PI * frequencyHz * i) / SAMPLE_RATE_HZ);
      }
      const edge = Math.min(i + 0.5, SYMBOL_SAMPLES - i - 0.5) / RAMP_SAMPLES;
      const ramp = edge >= 1 ? 1 : Math.sin((Math.PI / 2) * edge) ** 2;
      symbol[i] = Math.max(-32_767, Math.min(32_767, Math.round(amplitude * ramp * sum)));
    }
    this.#add(symbol);
  }

  samples(): Int16Array<ArrayBuffer> {
    const all = new Int16Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      all.set(part, offset);
      offset += part.length;
    }
    return all;
  }

  #add(part: Int16Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }
}
