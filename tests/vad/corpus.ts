/**
 * Callers under many circumstances, synthesised: the same set and seed give the same audio, sample for sample. When the
 * caller speaks is known from the clean speech, before anything is added to it.
 */

import { SAMPLES_PER_MS, silence, toMulaw } from '../amd/line.ts';
import type { TextSet } from '../amd/texts.ts';
import { seededRandom } from '../sim/random.ts';
import { talk, type Condition } from './conditions.ts';
import { between, mixInto } from './sounds.ts';
import { makeSpeakers, SPOKEN_DBOV, type Speaker } from './speakers.ts';

export const FRAME_MS = 20;
export const FRAME_SAMPLES = FRAME_MS * SAMPLES_PER_MS;

/** From the first frame with speech to the last one, pauses included. */
export interface Utterance {
  readonly startMs: number;
  /** Start of the first frame that is loud: no faint breath or fricative. */
  readonly loudMs: number;
  readonly endMs: number;
}

export interface Call {
  readonly condition: string;
  readonly speaker: string;
  /** µ-law at 8 kHz, whole frames. */
  readonly mulaw: Uint8Array;
  /** What the caller hears meanwhile; undefined where the agent is silent. */
  readonly heard: Uint8Array | undefined;
  readonly utterances: readonly Utterance[];
  /** 1 for every frame in which the caller speaks; closures of up to {@link CLOSURE_MS} are speech. */
  readonly isSpeech: Uint8Array;
}

/** A frame so far below the level of the speech is none. */
const BELOW_DB = 25;
/** A frame so far below it or less is loud. */
const LOUD_BELOW_DB = 15;
const CLOSURE_MS = 200;
const LEAD_MS = 2500;
/** Without the caller, at the end. */
const TAIL_MS = 20_000;

/** Makes calls one at a time: an hour of them would not fit well. */
export class Corpus {
  readonly #speakers: readonly Speaker[];
  readonly #seed: number;

  private constructor(speakers: readonly Speaker[], seed: number) {
    this.#speakers = speakers;
    this.#seed = seed;
  }

  static async make(set: TextSet, seed: number): Promise<Corpus> {
    return new Corpus(await makeSpeakers(set, seededRandom(seed)), seed);
  }

  *callsIn(condition: Condition): Generator<Call> {
    for (const speaker of this.#speakers) yield this.#call(condition, speaker);
  }

  #call(condition: Condition, speaker: Speaker): Call {
    const random = seededRandom(hash(`${this.#seed}/${condition.name}/${speaker.name}`));
    const starts: number[] = [];
    let at = LEAD_MS;
    for (const { length } of speaker.utterances) {
      starts.push(at);
      at += length / SAMPLES_PER_MS + between(random, 1200, 3500);
    }
    const ms = Math.ceil((at + TAIL_MS) / FRAME_MS) * FRAME_MS;
    const speech = silence(ms);
    const gain = 10 ** ((condition.levelDbov - SPOKEN_DBOV) / 20);
    speaker.utterances.forEach((one, i) => mixInto(speech, one, starts[i] ?? 0, gain));
    const spoken = framesAbove(speech, condition.levelDbov - BELOW_DB);
    const loud = framesAbove(speech, condition.levelDbov - LOUD_BELOW_DB);
    const utterances = starts.map((start, i): Utterance => {
      const first = Math.floor(start / FRAME_MS);
      const end = (starts[i + 1] ?? ms) / FRAME_MS;
      return {
        startMs: spoken.indexOf(1, first) * FRAME_MS,
        loudMs: loud.indexOf(1, first) * FRAME_MS,
        endMs: (spoken.lastIndexOf(1, Math.floor(end) - 1) + 1) * FRAME_MS,
      };
    });

    const { levelDbov, echoDb } = condition;
    const scene = { ms, levelDbov, speakers: this.#speakers, speaker, random };
    const whole = condition.background(scene);
    mixInto(whole, speech, 0);
    let heard: Float64Array | undefined;
    if (echoDb !== undefined) {
      heard = silence(ms);
      talk(heard, scene, 500, 1);
      const delayMs = between(random, 40, 400);
      mixInto(whole, heard, delayMs, 10 ** (echoDb / 20));
    }
    return {
      condition: condition.name,
      speaker: speaker.name,
      mulaw: toMulaw(whole),
      heard: heard === undefined ? undefined : toMulaw(heard),
      utterances,
      isSpeech: closed(spoken),
    };
  }
}

function framesAbove(speech: Float64Array, thresholdDbov: number): Uint8Array {
  const threshold = (32_768 * 10 ** (thresholdDbov / 20)) ** 2 * FRAME_SAMPLES;
  return Uint8Array.from({ length: speech.length / FRAME_SAMPLES }, (_, frame) => {
    let energy = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) energy += (speech[frame * FRAME_SAMPLES + i] ?? 0) ** 2;
    return energy > threshold ? 1 : 0;
  });
}

function closed(spoken: Uint8Array): Uint8Array {
  const result = spoken.slice();
  let last = -Infinity;
  spoken.forEach((one, frame) => {
    if (one === 0) return;
    if ((frame - last) * FRAME_MS <= CLOSURE_MS) result.fill(1, last, frame);
    last = frame;
  });
  return result;
}

function hash(text: string): number {
  let state = 0;
  for (const char of text) state = Math.imul(state, 31) + (char.codePointAt(0) ?? 0);
  return state;
}
