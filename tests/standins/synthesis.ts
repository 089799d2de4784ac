/**
 * Text to the audio and timings that a TTS provider sends, cut into chunks of awkward sizes.
 */
import { encodeSpeech } from '../speech/encode.ts';
import type { Alignment } from './elevenlabs-wire.ts';

/** Formats the stand-in speaks: both 8 kHz, µ-law or 16-bit little-endian. */
export type OutputFormat = 'ulaw_8000' | 'pcm_8000';

/** Some audio and the characters that begin in it, timed from its first sample. */
export interface SpeechChunk {
  readonly audio: Uint8Array;
  readonly alignment: Alignment;
}

/** Bytes of µ-law in one chunk after the other, over and over: no multiple of a 20 ms frame, as from the service. */
const CHUNK_SAMPLES = [1704, 2664, 12_037, 2221, 4999] as const;

/** Between two sentences a voice takes a breath. */
const SENTENCE_TAIL_MS = 200;

const SAMPLES_PER_MS = 8;

/** The format named in a query, or undefined for one the stand-in does not speak. */
export function outputFormatOf(name: string | null): OutputFormat | undefined {
  return name === 'ulaw_8000' || name === 'pcm_8000' ? name : undefined;
}

/** Speaks `text` after so much silence. Text without a word is no audio at all. */
export function synthesise(
  text: string,
  format: OutputFormat,
  leadingSilenceMs: number,
): SpeechChunk[] {
  const { mulaw, linear, charTimesMs } = encodeSpeech(text, {
    leadMs: leadingSilenceMs,
    tailMs: SENTENCE_TAIL_MS,
  });
  const { chars, startsMs, durationsMs } = charTimesMs;
  const pcm = new Uint8Array(linear.buffer);
  const chunks: SpeechChunk[] = [];
  let charAt = 0;
  for (let start = 0, turn = 0; start < mulaw.length; turn++) {
    const size = CHUNK_SAMPLES[turn % CHUNK_SAMPLES.length] as number;
    const end = Math.min(mulaw.length, start + size);
    const next = startsMs.findIndex((ms, at) => at >= charAt && ms * SAMPLES_PER_MS >= end);
    const charEnd = next < 0 || end === mulaw.length ? chars.length : next;
    const startMs = start / SAMPLES_PER_MS;
    chunks.push({
      audio: format === 'ulaw_8000' ? mulaw.subarray(start, end) : pcm.subarray(start * 2, end * 2),
      alignment: {
        chars: chars.slice(charAt, charEnd),
        charStartTimesMs: startsMs.slice(charAt, charEnd).map((ms) => Math.round(ms - startMs)),
        charDurationsMs: durationsMs.slice(charAt, charEnd).map(Math.round),
      },
    });
    charAt = charEnd;
    start = end;
  }
  return chunks;
}

/** The alignment of a whole generation, timed from its first sample. */
export function joinAlignments(chunks: readonly SpeechChunk[], format: OutputFormat): Alignment {
  const bytesPerMs = format === 'ulaw_8000' ? SAMPLES_PER_MS : 2 * SAMPLES_PER_MS;
  const starts: number[] = [];
  let bytes = 0;
  for (const { audio, alignment } of chunks) {
    const startMs = bytes / bytesPerMs;
    starts.push(...alignment.charStartTimesMs.map((ms) => Math.round(ms + startMs)));
    bytes += audio.length;
  }
  return {
    chars: chunks.flatMap((chunk) => chunk.alignment.chars),
    charStartTimesMs: starts,
    charDurationsMs: chunks.flatMap((chunk) => chunk.alignment.charDurationsMs),
  };
}

/** Splits off the whole sentences at the start of `buffer`: each ends with its mark and the space after it. */
export function takeSentences(buffer: string): { sentences: string[]; rest: string } {
  const sentences =
    // From where the last one ended: a mark inside a word, as in an e-mail address, ends nothing and is not skipped.
    buffer.match(/[^]*?[.!?。！？…]+["'”’)\]]*(?:\s+|$|(?<=[。！？…]))/gu) ?? [];
  return { sentences, rest: buffer.slice(sentences.join('').length) };
}
