/**
 * Pieces of the agent's speech: text, what sounds when, and audio whose every byte can be traced back to its character.
 */

import { encodeMulaw } from '@patchcord/shared/audio/g711';
import type { Alignment } from '@patchcord/edge/src/call/core/contract.ts';
import { Draws } from './draws.ts';
import { amplitudeOf, voiceOf, wordSound } from './speech-sound.ts';
import { isHan, isSpoken } from './words.ts';

const BYTES_PER_MS = 8;
const SILENCE = 0xff;
/** A telephone voice at a good level. */
const VOICE_DBOV = -20;
const POOL_MS = 20_000;
/** Beside the voice. */
const MURMUR = 0.25;

export interface SpokenChar {
  readonly char: string;
  /** Milliseconds from the beginning of the piece, silence before it included. */
  readonly startMs: number;
  readonly lengthMs: number;
}

/** A word (a Chinese character) and when it sounds; punctuation behind it is silent. */
export interface SpokenWord {
  readonly word: string;
  readonly startMs: number;
  /** Of its last sound. */
  readonly endMs: number;
  /** With the silence of the punctuation behind it. */
  readonly closedMs: number;
}

export interface SpeechPiece {
  readonly id: number;
  readonly text: string;
  /** The voice's context; clips have none. */
  readonly contextId: string | undefined;
  readonly isClip: boolean;
  readonly chars: readonly SpokenChar[];
  readonly words: readonly SpokenWord[];
  /** For each millisecond whether there is a sound. */
  readonly sounds: Uint8Array;
  readonly lengthMs: number;
}

/** A letter 65 ms, a digit 250 ms, a Chinese character 230 ms; commas and full stops are pauses. */
function charMs(char: string, pace: number): number {
  if (/\s/u.test(char)) return Math.round(40 * pace);
  if (/[,;:，、；：]/u.test(char)) return Math.round(140 * pace);
  if (/[.!?。！？…]/u.test(char)) return Math.round(210 * pace);
  if (!isSpoken(char)) return 20;
  if (/\d/u.test(char)) return Math.round(250 * pace);
  return Math.round((isHan(char) ? 230 : 65) * pace);
}

export function makePiece(
  text: string,
  options: {
    /** Different for each piece of a call. */
    readonly id: number;
    readonly contextId?: string;
    readonly leadingSilenceMs: number;
    readonly draws: Draws;
  },
): SpeechPiece {
  const pace = options.draws.uniform(0.93, 1.07);
  const chars: SpokenChar[] = [];
  let at = Math.round(options.leadingSilenceMs);
  for (const char of text) {
    const lengthMs = charMs(char, pace);
    chars.push({ char, startMs: at, lengthMs });
    at += lengthMs;
  }
  const sounds = new Uint8Array(at);
  for (const [i, { char, startMs, lengthMs }] of chars.entries()) {
    // Words run into each other: a space sounds unless a pause or nothing is before it.
    const before = chars[i - 1]?.char ?? '';
    const after = chars[i + 1]?.char ?? '';
    const isSounding = /\s/u.test(char) ? isSpoken(before) && isSpoken(after) : isSpoken(char);
    if (isSounding) sounds.fill(1, startMs, startMs + lengthMs);
  }
  return {
    id: options.id,
    text,
    contextId: options.contextId,
    isClip: options.contextId === undefined,
    chars,
    words: wordsOf(chars),
    sounds,
    lengthMs: at,
  };
}

function wordsOf(chars: readonly SpokenChar[]): SpokenWord[] {
  const words: SpokenWord[] = [];
  let isOpen = false;
  for (const { char, startMs, lengthMs } of chars) {
    const endMs = startMs + lengthMs;
    const last = words.at(-1);
    if (/\s/u.test(char)) isOpen = false;
    else if (!isSpoken(char) && !/['’]/u.test(char)) {
      isOpen = false;
      if (last !== undefined) words[words.length - 1] = { ...last, closedMs: endMs };
    } else if (isOpen && last !== undefined && !isHan(char)) {
      words[words.length - 1] = {
        ...last,
        word: last.word + char.toLowerCase(),
        endMs,
        closedMs: endMs,
      };
    } else {
      words.push({ word: char.toLowerCase(), startMs, endMs, closedMs: endMs });
      isOpen = !isHan(char);
    }
  }
  return words;
}

/** µ-law of the piece between two of its milliseconds, in a buffer of its own. */
export function audioOf(piece: SpeechPiece, fromMs: number, toMs: number): Uint8Array {
  const pool = voicePool();
  const out = new Uint8Array((toMs - fromMs) * BYTES_PER_MS).fill(SILENCE);
  const shift = (piece.id * 7919 * BYTES_PER_MS) % (pool.length / 2);
  for (let ms = fromMs; ms < toMs;) {
    let end = ms + 1;
    while (end < toMs && piece.sounds[end] === piece.sounds[ms]) end++;
    if (piece.sounds[ms] === 1) {
      const from = (shift + ms * BYTES_PER_MS) % (pool.length / 2);
      const length = Math.min((end - ms) * BYTES_PER_MS, pool.length - from);
      out.set(pool.subarray(from, from + length), (ms - fromMs) * BYTES_PER_MS);
    }
    ms = end;
  }
  return out;
}

/** Characters that begin in that part of the piece, relative to its beginning. */
export function alignmentOf(piece: SpeechPiece, fromMs: number, toMs: number): Alignment {
  const here = piece.chars.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
  return {
    chars: here.map(({ char }) => char),
    startsMs: here.map(({ startMs }) => startMs - fromMs),
    durationsMs: here.map(({ lengthMs }) => lengthMs),
  };
}

let voiced: Uint8Array | undefined;

/**
 * Words without a pause. A murmur fills the closures of plosives, so that whatever is said to sound does, from its first
 * millisecond on: an engine that trims silence must not be taken to have cut a word.
 */
function voicePool(): Uint8Array {
  if (voiced !== undefined) return voiced;
  const draws = new Draws(31_337);
  const voice = voiceOf(4);
  const samples = new Int16Array(POOL_MS * BYTES_PER_MS);
  const amplitude = amplitudeOf(VOICE_DBOV);
  for (let at = 0; at < samples.length;) {
    const word = wordSound(voice, draws.uniform(180, 420), draws);
    for (let i = 0; i < word.length && at + i < samples.length; i++) {
      samples[at + i] = Math.max(-32_768, Math.min(32_767, (word[i] ?? 0) * amplitude));
    }
    at += word.length;
  }
  const murmur = voice.vowels[0] ?? new Float32Array(1);
  for (let i = 0; i < samples.length; i++) {
    const sample = (samples[i] ?? 0) + (murmur[i % murmur.length] ?? 0) * amplitude * MURMUR;
    samples[i] = Math.max(-32_768, Math.min(32_767, sample));
  }
  voiced = encodeMulaw(samples);
  return voiced;
}
