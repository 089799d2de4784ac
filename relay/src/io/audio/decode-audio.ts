/**
 * Any audio that a document may point to → µ-law at 8 kHz: WAV, AU, MP3, and µ-law without a header.
 *
 * Runs in slices of a few milliseconds, between which the event loop gets its turn. That is for the fairness among files
 * and for the signal; beside a media clock it still takes too much CPU, see `audio-decoder.ts`.
 */

import { setImmediate } from 'node:timers/promises';
import { openAu } from '@patchcord/shared/audio/au';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import type { PcmReader } from '@patchcord/shared/audio/pcm-reader';
import {
  mixDown,
  Resampler,
  SAMPLE_RATE_HZ_MAX,
  SAMPLE_RATE_HZ_MIN,
} from '@patchcord/shared/audio/resample';
import { openWav } from '@patchcord/shared/audio/wav';
import { AudioError } from './audio-error.ts';
import { decodeMp3, type PcmPiece } from './mp3.ts';

const MULAW_HZ = 8000;
export const ENCODED_BYTES_MAX = 64 * 1024 * 1024;
const SECONDS_MAX = 60 * 60;
const MULAW_BYTES_MAX = MULAW_HZ * SECONDS_MAX;

/** 85 ms of 48 kHz. */
const SLICE_FRAMES = 4096;

/** A file as it came, with what was said about it. */
export interface EncodedAudio {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The header, with parameters or without. */
  readonly contentType?: string;
  /** Of the URL: its extension counts where the content type says nothing. */
  readonly path?: string;
}

type Container = 'wav' | 'au' | 'mp3' | 'mulaw';

const CONTENT_TYPES: ReadonlyMap<string, Container> = new Map([
  ['audio/basic', 'mulaw'],
  ['audio/mulaw', 'mulaw'],
  ['audio/x-mulaw', 'mulaw'],
  ['audio/pcmu', 'mulaw'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
  ['audio/mpeg3', 'mp3'],
  ['audio/x-mpeg', 'mp3'],
  ['audio/x-mp3', 'mp3'],
]);

const EXTENSIONS: ReadonlyMap<string, Container> = new Map([
  ['ulaw', 'mulaw'],
  ['mulaw', 'mulaw'],
  ['ul', 'mulaw'],
  ['pcmu', 'mulaw'],
  ['mp3', 'mp3'],
]);

/**
 * The audio of a file, mixed down, in an array of its own; of µ-law without a header the array that was given.
 *
 * Rejects with an {@link AudioError}: `AUDIO_TOO_LARGE` beyond 64 MiB or 60 minutes, `AUDIO_UNSUPPORTED` for all that is
 * not understood. Rejects with the signal's reason once that is aborted.
 */
export async function decodeAudio(audio: EncodedAudio, signal: AbortSignal): Promise<Uint8Array> {
  const { bytes } = audio;
  if (bytes.length > ENCODED_BYTES_MAX) {
    throw new AudioError('AUDIO_TOO_LARGE', `more than ${ENCODED_BYTES_MAX / 1024 / 1024} MiB`);
  }
  switch (containerOf(audio)) {
    case 'mulaw':
      if (bytes.length > MULAW_BYTES_MAX) throw tooLong();
      return bytes;
    case 'wav':
      return toMulaw(readSlices(accept(openWav(bytes), 'WAV')), signal);
    case 'au':
      return toMulaw(readSlices(accept(openAu(bytes), 'AU')), signal);
    case 'mp3':
      return toMulaw(decodeMp3(bytes), signal);
    case undefined:
      throw new AudioError('AUDIO_UNSUPPORTED', `neither WAV, MP3 nor µ-law${saidToBe(audio)}`);
  }
}

/** Whether decoding takes no time, because the bytes are what is played. */
export function isMulaw(audio: EncodedAudio): boolean {
  return audio.bytes.length <= ENCODED_BYTES_MAX && containerOf(audio) === 'mulaw';
}

/**
 * What the first bytes say, for files that have a header whatever they are called. µ-law without one is only known by
 * its name, and asked for before MP3: silence is 0xff 0xff, which looks like the beginning of a frame.
 */
function containerOf({ bytes, contentType = '', path = '' }: EncodedAudio): Container | undefined {
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(4, bytes.length));
  const first = magic.toString('latin1');
  if (first === 'RIFF') return 'wav';
  if (first === '.snd') return 'au';
  if (first.startsWith('ID3')) return 'mp3';
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const named = CONTENT_TYPES.get(type) ?? EXTENSIONS.get(extension);
  if (named !== undefined) return named;
  return isMp3Header(magic) ? 'mp3' : undefined;
}

/** Eleven bits of one, layer III, a bit rate and a sample rate that exist. */
function isMp3Header([sync = 0, version = 0, rates = 0]: Uint8Array): boolean {
  const isLayer3 = sync === 0xff && (version & 0xe6) === 0xe2 && (version & 0x18) !== 0x08;
  return isLayer3 && (rates & 0xf0) !== 0xf0 && (rates & 0xf0) !== 0 && (rates & 0x0c) !== 0x0c;
}

function accept(opened: PcmReader | string, name: string): PcmReader {
  if (typeof opened === 'string') throw new AudioError('AUDIO_UNSUPPORTED', `${name}: ${opened}`);
  if (opened.frameCount / opened.layout.sampleRateHz > SECONDS_MAX) throw tooLong();
  return opened;
}

function* readSlices(reader: PcmReader): Generator<PcmPiece> {
  const { sampleRateHz } = reader.layout;
  for (let first = 0; first < reader.frameCount; first += SLICE_FRAMES) {
    yield { sampleRateHz, samples: mixDown(reader.read(first, SLICE_FRAMES)) };
  }
}

async function toMulaw(
  pieces: Iterable<PcmPiece> | AsyncIterable<PcmPiece>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const output = new MulawOutput();
  let sampleRateHz = MULAW_HZ;
  let resampler: Resampler | undefined;
  let hasAudio = false;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    hasAudio = true;
    // An MP3 may change its rate in the middle: where two files were joined.
    if (piece.sampleRateHz !== sampleRateHz) {
      if (resampler !== undefined) output.push(resampler.end());
      resampler = openResampler(piece.sampleRateHz);
      sampleRateHz = piece.sampleRateHz;
    }
    output.push(resampler?.push(piece.samples) ?? piece.samples);
    await setImmediate();
  }
  if (!hasAudio) throw new AudioError('AUDIO_UNSUPPORTED', 'holds no audio');
  if (resampler !== undefined) output.push(resampler.end());
  return output.whole();
}

function openResampler(sampleRateHz: number): Resampler | undefined {
  if (sampleRateHz === MULAW_HZ) return undefined;
  if (sampleRateHz >= SAMPLE_RATE_HZ_MIN && sampleRateHz <= SAMPLE_RATE_HZ_MAX) {
    return new Resampler(sampleRateHz);
  }
  throw new AudioError('AUDIO_UNSUPPORTED', `a sample rate of ${sampleRateHz} Hz`);
}

/** Grows in place, up to the bound. */
class MulawOutput {
  readonly #buffer = new ArrayBuffer(0, { maxByteLength: MULAW_BYTES_MAX });
  readonly #bytes = new Uint8Array(this.#buffer);

  push(samples: Int16Array): void {
    const start = this.#buffer.byteLength;
    if (start + samples.length > MULAW_BYTES_MAX) throw tooLong();
    this.#buffer.resize(start + samples.length);
    this.#bytes.set(encodeMulaw(samples), start);
  }

  whole(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice();
  }
}

function tooLong(): AudioError {
  return new AudioError('AUDIO_TOO_LARGE', `more than ${SECONDS_MAX / 60} minutes of audio`);
}

function saidToBe({ contentType = '' }: EncodedAudio): string {
  return contentType === '' ? '' : `, said to be ${contentType.slice(0, 100)}`;
}
