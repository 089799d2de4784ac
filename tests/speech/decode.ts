/**
 * Tone speech to text, as it arrives: what the Azure stand-in hears and what a test's caller hears.
 *
 * ```
 *  listening ──sync chord──▶ aligning ──▶ reading ──tail, silence, nonsense──▶ listening
 * ```
 */
import { decodeMulaw } from '@patchcord/shared/audio/g711';
import { decodeHeardBytes, isIntact, readSymbol } from './burst.ts';
import {
  ANALYSIS_OFFSET_SAMPLES,
  ANALYSIS_SAMPLES,
  BURST_BYTES_MAX,
  SYMBOL_SAMPLES,
  SYNC_TONES_HZ,
} from './symbols.ts';
import type { SyncKind } from './symbols.ts';
import { meanSquare, tonePower } from './tones.ts';

/** A word, or a piece of a long word, as heard. Samples are counted from the first one pushed. */
export interface HeardWord {
  /** What was understood; of a damaged word the best guess, U+FFFD for what was illegible. */
  readonly text: string;
  readonly startSample: number;
  readonly endSample: number;
  /** It goes on from the word before without a space. */
  readonly joined: boolean;
  /** It was cut off: `text` is the part that was heard. */
  readonly partial: boolean;
  /** Something in it was illegible or its checksum is wrong: `text` is not to be trusted. */
  readonly damaged: boolean;
}

/** Where a burst began, and what has been read of it. */
interface Burst {
  readonly kind: SyncKind;
  readonly startSample: number;
  readonly syncPower: number;
  /** Bytes, and ILLEGIBLE for what was not understood. */
  readonly symbols: number[];
}

/** Stands for an illegible symbol among bytes; 0xff is never in UTF-8, but may be heard. */
const ILLEGIBLE = -1;

/** While listening, the audio is looked at every 5 ms. */
const HOP_SAMPLES = 40;

/** Quieter than -52 dBov is not listened to: the softest speech meant is -30, noise in its pauses may be -45. */
const QUIET_POWER = (32_767 * 10 ** (-52 / 20)) ** 2;

/** Part of the power that the two tones of a sync must make up together, and each for itself. */
const SYNC_PURITY = 0.7;
const SYNC_TONE_PURITY_MIN = 0.2;

/**
 * How far before and after the place where a sync is noticed its start may be. After: when speech was cut in a sync
 * and other speech began with one, the two sound as one long chord, and the second is the one that counts.
 */
const ALIGN_BACK_SAMPLES = 224;
const ALIGN_AHEAD_SAMPLES = 544;
const ALIGN_COARSE_SAMPLES = 32;
const ALIGN_FINE_SAMPLES = 4;

/** After a sync its chord must be gone, looked at over this much. */
const AFTER_SYNC_SAMPLES = 224;

/** Audio needed after the place where a sync is noticed. Less than the shortest burst, so that it delays no word. */
const LISTEN_AHEAD_SAMPLES = ALIGN_AHEAD_SAMPLES + SYMBOL_SAMPLES + AFTER_SYNC_SAMPLES;

const SYNC_KINDS = ['word', 'joined'] as const satisfies readonly SyncKind[];

/** A place for a sync and how good it is. */
interface Fit {
  readonly kind: SyncKind;
  readonly at: number;
  readonly score: number;
}

/** This many illegible symbols in a row end a burst: it is something else by now. */
const ILLEGIBLE_MAX = 2;

/** The buffer is moved down when it is this full. Longer than any stretch looked back at. */
const BUFFER_SAMPLES = 16_384;

/** Hears one direction of one call. Keeps two seconds of audio at most; costs a few Goertzels per 5 ms of speech. */
export class SpeechDecoder {
  readonly #samples = new Float32Array(BUFFER_SAMPLES);
  /** Sample number of `#samples[0]`. */
  #origin = 0;
  #length = 0;
  /** Next sample to look at while listening. */
  #cursor = 0;
  #burst: Burst | undefined;
  #isEnded = false;

  /** Takes 8 kHz µ-law of any length and answers the words that ended in it. */
  push(mulaw: Uint8Array): HeardWord[] {
    return this.pushLinear(decodeMulaw(mulaw));
  }

  /** The same for 16-bit samples at 8 kHz. */
  pushLinear(linear: Int16Array): HeardWord[] {
    if (this.#isEnded) throw new Error('SpeechDecoder: pushed after end()');
    const words: HeardWord[] = [];
    const step = BUFFER_SAMPLES / 2;
    for (let offset = 0; offset < linear.length; offset += step) {
      const part = linear.subarray(offset, offset + step);
      this.#append(part);
      this.#advance(words);
    }
    return words;
  }

  /** No more audio will come: answers what was cut off by that. */
  end(): HeardWord[] {
    if (this.#isEnded) return [];
    const words = this.pushLinear(new Int16Array(4 * SYMBOL_SAMPLES + LISTEN_AHEAD_SAMPLES));
    this.#isEnded = true;
    return words;
  }

  /** The word that is being heard, as far as it has come. */
  get unfinished(): HeardWord | undefined {
    const burst = this.#burst;
    if (burst === undefined || burst.symbols.length === 0) return undefined;
    return heardWord(burst, { partial: true, damaged: burst.symbols.includes(ILLEGIBLE) });
  }

  /** Samples pushed so far. */
  get heardSamples(): number {
    return this.#origin + this.#length;
  }

  #append(part: Int16Array): void {
    if (this.#length + part.length > BUFFER_SAMPLES) {
      // Reading and aligning look back a symbol at most.
      const keep = Math.min(this.#length, this.heardSamples - this.#cursor + 2 * SYMBOL_SAMPLES);
      this.#samples.copyWithin(0, this.#length - keep, this.#length);
      this.#origin += this.#length - keep;
      this.#length = keep;
    }
    this.#samples.set(part, this.#length);
    this.#length += part.length;
  }

  #advance(words: HeardWord[]): void {
    for (;;) {
      const isWaiting = this.#burst === undefined ? this.#listen() : this.#read(this.#burst, words);
      if (isWaiting) return;
    }
  }

  /** Looks for the next sync. True when it needs more audio. */
  #listen(): boolean {
    while (this.#cursor + ANALYSIS_SAMPLES <= this.heardSamples) {
      if (!this.#hasSyncAt(this.#cursor)) {
        this.#cursor += HOP_SAMPLES;
        continue;
      }
      if (this.#cursor + LISTEN_AHEAD_SAMPLES > this.heardSamples) return true;
      this.#burst = this.#align(this.#cursor);
      this.#cursor = this.#burst.startSample + SYMBOL_SAMPLES;
      return false;
    }
    return true;
  }

  #findSync(first: number, last: number): number | undefined {
    for (let at = first; at <= last; at += HOP_SAMPLES) {
      if (this.#hasSyncAt(at)) return at;
    }
    return undefined;
  }

  #hasSyncAt(sample: number): boolean {
    const start = sample - this.#origin;
    // A look at its middle spares the rest of silence.
    const middle = start + (ANALYSIS_SAMPLES - HOP_SAMPLES) / 2;
    if (meanSquare(this.#samples, middle, HOP_SAMPLES) < QUIET_POWER) return false;
    const power = meanSquare(this.#samples, start, ANALYSIS_SAMPLES);
    return SYNC_KINDS.some((kind) => {
      const parts = SYNC_TONES_HZ[kind].map(
        (tone) => tonePower(this.#samples, start, ANALYSIS_SAMPLES, tone) / power,
      );
      return (
        parts.reduce((sum, part) => sum + part, 0) > SYNC_PURITY &&
        parts.every((part) => part > SYNC_TONE_PURITY_MIN)
      );
    });
  }

  /** The sync near `sample`: which of the two it is, and where it best fills a symbol. */
  #align(sample: number): Burst {
    const first = Math.max(this.#origin, sample - ALIGN_BACK_SAMPLES);
    const last = sample + ALIGN_AHEAD_SAMPLES;
    const coarse = this.#bestFit(SYNC_KINDS, first, last, ALIGN_COARSE_SAMPLES);
    const { kind, at } = this.#bestFit(
      [coarse.kind],
      Math.max(first, coarse.at - ALIGN_COARSE_SAMPLES),
      Math.min(last, coarse.at + ALIGN_COARSE_SAMPLES),
      ALIGN_FINE_SAMPLES,
    );
    const syncPower = this.#chordPower(kind, at, SYMBOL_SAMPLES);
    return { kind, startSample: at, syncPower, symbols: [] };
  }

  /** Where a chord fills a symbol and is not heard after it: one longer than a symbol is placed by its end. */
  #bestFit(kinds: readonly SyncKind[], first: number, last: number, step: number): Fit {
    let best: Fit = { kind: 'word', at: first, score: Number.NEGATIVE_INFINITY };
    for (let at = first; at <= last; at += step) {
      for (const kind of kinds) {
        const score =
          this.#chordPower(kind, at, SYMBOL_SAMPLES) -
          this.#chordPower(kind, at + SYMBOL_SAMPLES, AFTER_SYNC_SAMPLES);
        if (score > best.score) best = { kind, at, score };
      }
    }
    return best;
  }

  #chordPower(kind: SyncKind, sample: number, length: number): number {
    return SYNC_TONES_HZ[kind].reduce(
      (sum, tone) => sum + tonePower(this.#samples, sample - this.#origin, length, tone),
      0,
    );
  }

  /** Reads the burst's next symbol. True when it needs more audio. */
  #read(burst: Burst, words: HeardWord[]): boolean {
    const start = this.#cursor + ANALYSIS_OFFSET_SAMPLES;
    if (start + ANALYSIS_SAMPLES > this.heardSamples) return true;
    const symbol = readSymbol(
      this.#samples,
      start - this.#origin,
      ANALYSIS_SAMPLES,
      burst.syncPower,
    );
    if (symbol.kind === 'illegible') {
      // Other speech may have begun on the spot where this was cut.
      if (this.#cursor + 2 * SYMBOL_SAMPLES > this.heardSamples) return true;
      const firstByte = burst.startSample + SYMBOL_SAMPLES; // Not its own sync again.
      const sync = this.#findSync(
        Math.max(firstByte, this.#cursor - SYMBOL_SAMPLES / 2),
        this.#cursor + SYMBOL_SAMPLES,
      );
      if (sync !== undefined) {
        this.#finish(burst, words, 'nonsense');
        this.#cursor = sync;
        return false;
      }
    }
    this.#cursor += SYMBOL_SAMPLES;
    switch (symbol.kind) {
      case 'byte':
        burst.symbols.push(symbol.byte);
        if (burst.symbols.length > BURST_BYTES_MAX) this.#finish(burst, words, 'nonsense');
        break;
      case 'illegible':
        burst.symbols.push(ILLEGIBLE);
        if (illegibleAtEnd(burst.symbols) === ILLEGIBLE_MAX) {
          this.#finish(burst, words, 'nonsense');
        }
        break;
      case 'silence':
        this.#finish(burst, words, 'silence');
        break;
      case 'tail':
        this.#finish(burst, words, symbol.byte);
        break;
      default:
        throw new Error(`unknown symbol ${JSON.stringify(symbol satisfies never)}`);
    }
    return false;
  }

  /** Ends the burst: by a tail with its checksum, by silence or by something that is no symbol. */
  #finish(burst: Burst, words: HeardWord[], ending: 'silence' | 'nonsense' | number): void {
    const { symbols } = burst;
    this.#burst = undefined;
    if (typeof ending === 'number') {
      if (symbols.every((byte) => byte === ILLEGIBLE)) return;
      const isWhole = !symbols.includes(ILLEGIBLE) && isIntact(burst.kind, symbols, ending);
      words.push(heardWord(burst, { partial: false, damaged: !isWhole }, 1));
      return;
    }
    // What follows the last legible symbol is not of this burst; another may have begun in it.
    const trailing = illegibleAtEnd(symbols);
    symbols.length -= trailing;
    if (ending === 'nonsense') this.#cursor -= trailing * SYMBOL_SAMPLES;
    if (symbols.length === 0) return;
    const isGuess = symbols.includes(ILLEGIBLE) || symbols.length > BURST_BYTES_MAX;
    words.push(heardWord(burst, { partial: true, damaged: isGuess }));
  }
}

function illegibleAtEnd(symbols: readonly number[]): number {
  return symbols.length - 1 - symbols.findLastIndex((byte) => byte !== ILLEGIBLE);
}

function heardWord(
  burst: Burst,
  state: { partial: boolean; damaged: boolean },
  tailSymbols = 0,
): HeardWord {
  const legible = burst.symbols.map((byte) => (byte === ILLEGIBLE ? 0xff : byte)); // shows as U+FFFD
  return {
    text: decodeHeardBytes(legible),
    startSample: burst.startSample,
    endSample: burst.startSample + (1 + burst.symbols.length + tailSymbols) * SYMBOL_SAMPLES,
    joined: burst.kind === 'joined',
    ...state,
  };
}

/** All words heard in a whole recording of 8 kHz µ-law. */
export function decodeWords(mulaw: Uint8Array): HeardWord[] {
  const decoder = new SpeechDecoder();
  return [...decoder.push(mulaw), ...decoder.end()];
}

/** What was said in a whole recording of 8 kHz µ-law: words with single spaces, U+FFFD for damaged ones. */
export function decodeSpeech(mulaw: Uint8Array): string {
  return joinWords(decodeWords(mulaw));
}

/**
 * Words as text. Damaged ones become `damagedText`, so that an error on the path always shows; the heard part of one
 * that was cut off stands as it is.
 */
export function joinWords(words: readonly HeardWord[], damagedText = '\uFFFD'): string {
  return words
    .map((word, index) => {
      const text = word.damaged ? damagedText : word.text;
      return index === 0 || word.joined ? text : ` ${text}`;
    })
    .join('');
}
