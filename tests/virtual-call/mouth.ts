/**
 * What the caller's telephone picks up, as µ-law frames of 20 ms: his voice, noises, the room, the line.
 *
 * Frames lie one behind the other in blocks of a second, so that a view into one tells which frame it is.
 */

import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { Draws } from './draws.ts';

export const FRAME_MS = 20;
export const FRAME_BYTES = 160;
const SAMPLES_PER_MS = 8;
const BLOCK_FRAMES = 50;
const FLOOR_FRAMES = 64;

const EVERY_SAMPLE = Int16Array.from({ length: 65_536 }, (_, i) => (i << 16) >> 16);
/** µ-law code by the sample's unsigned bits. */
const TO_MULAW = encodeMulaw(EVERY_SAMPLE);

interface Sound {
  /** In samples since the first frame. */
  readonly from: number;
  readonly samples: Float32Array;
  readonly amplitude: number;
}

/** Sound in a loop, all the time. */
export interface Loop {
  readonly samples: Float32Array;
  readonly amplitude: number;
}

export class Mouth {
  readonly #floor: readonly Uint8Array[];
  readonly #floorAmplitude: number;
  readonly #draws: Draws;
  readonly #loop: Loop | undefined;
  readonly #mix = new Float32Array(FRAME_BYTES);
  readonly #blockIndexes = new Map<ArrayBufferLike, number>();
  #blocks: Uint8Array[] = [];
  #sounds: Sound[] = [];
  #frames = 0;

  constructor(draws: Draws, floorAmplitude: number, loop?: Loop) {
    this.#draws = draws;
    this.#floorAmplitude = floorAmplitude;
    this.#loop = loop;
    this.#floor = Array.from({ length: FLOOR_FRAMES }, () =>
      Uint8Array.from({ length: FRAME_BYTES }, () => codeOf(draws.normal() * floorAmplitude)),
    );
  }

  /** Frames made so far. */
  get frames(): number {
    return this.#frames;
  }

  /** `samples` are heard from `fromMs` on, milliseconds since the first frame. */
  add(fromMs: number, samples: Float32Array, amplitude: number): void {
    this.#sounds.push({ from: Math.round(fromMs * SAMPLES_PER_MS), samples, amplitude });
  }

  /** The next frame, with an echo in linear samples if there is one. */
  next(echo?: Float32Array): Uint8Array {
    const index = this.#frames++;
    const block = Math.floor(index / BLOCK_FRAMES);
    if (this.#blocks.length <= block) {
      const made = new Uint8Array(BLOCK_FRAMES * FRAME_BYTES);
      this.#blocks.push(made);
      this.#blockIndexes.set(made.buffer, block);
    }
    const offset = (index % BLOCK_FRAMES) * FRAME_BYTES;
    const frame = (this.#blocks[block] ?? new Uint8Array(0)).subarray(offset, offset + FRAME_BYTES);
    const from = index * FRAME_BYTES;
    const floor = this.#draws.pick(this.#floor);
    if (this.#sounds.length === 0 && this.#loop === undefined && echo === undefined) {
      frame.set(floor);
      return frame;
    }
    this.#fill(from, echo);
    for (let i = 0; i < FRAME_BYTES; i++) frame[i] = codeOf(this.#mix[i] ?? 0);
    return frame;
  }

  /** Which frame `bytes` is a view into; undefined for bytes that are not ours. */
  frameOf(bytes: Uint8Array): number | undefined {
    const block = this.#blockIndexes.get(bytes.buffer);
    return block === undefined
      ? undefined
      : block * BLOCK_FRAMES + Math.floor(bytes.byteOffset / FRAME_BYTES);
  }

  /**
   * Where a copy of `bytes` begins among the latest frames, in bytes since the first one; the latest place. Frames of an empty
   * room may be alike: a copy is told by all of it.
   */
  findCopy(bytes: Uint8Array, framesBack: number): number | undefined {
    const oldest = Math.max(0, (this.#frames - framesBack) * FRAME_BYTES);
    for (let from = this.#frames * FRAME_BYTES - bytes.length; from >= oldest; from--) {
      let i = 0;
      while (i < bytes.length && this.#byteAt(from + i) === bytes[i]) i++;
      if (i === bytes.length) return from;
    }
    return undefined;
  }

  #byteAt(index: number): number | undefined {
    const blockBytes = BLOCK_FRAMES * FRAME_BYTES;
    return this.#blocks[Math.floor(index / blockBytes)]?.[index % blockBytes];
  }

  #fill(from: number, echo: Float32Array | undefined): void {
    const mix = this.#mix;
    for (let i = 0; i < FRAME_BYTES; i++) {
      mix[i] = this.#draws.uniform(-1.7, 1.7) * this.#floorAmplitude + (echo?.[i] ?? 0);
    }
    const loop = this.#loop;
    if (loop !== undefined) {
      for (let i = 0; i < FRAME_BYTES; i++) {
        mix[i] =
          (mix[i] ?? 0) + (loop.samples[(from + i) % loop.samples.length] ?? 0) * loop.amplitude;
      }
    }
    let isAnyOver = false;
    for (const sound of this.#sounds) {
      const start = sound.from - from;
      const last = Math.min(FRAME_BYTES, start + sound.samples.length);
      for (let i = Math.max(0, start); i < last; i++) {
        mix[i] = (mix[i] ?? 0) + (sound.samples[i - start] ?? 0) * sound.amplitude;
      }
      if (start + sound.samples.length <= FRAME_BYTES) isAnyOver = true;
    }
    if (!isAnyOver) return;
    this.#sounds = this.#sounds.filter(
      (sound) => sound.from + sound.samples.length > from + FRAME_BYTES,
    );
  }
}

function codeOf(sample: number): number {
  const bounded = Math.max(-32_768, Math.min(32_767, Math.round(sample)));
  return TO_MULAW[bounded & 0xffff] ?? 0xff;
}
