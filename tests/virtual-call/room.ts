/** What the caller's telephone picks up beside his voice: noises he makes, and somebody else in the room. */

import type { Draws } from './draws.ts';
import type { HeardWords } from './heard-words.ts';
import type { Mouth } from './mouth.ts';
import { NOISE_GAIN_DB, noiseSound } from './noise-sound.ts';
import type { CallPlan, NoiseKind, Visit } from './plan.ts';
import { amplitudeOf, voiceOf, wordSound } from './speech-sound.ts';
import { isHan } from './words.ts';

export interface RoomPorts {
  readonly plan: CallPlan;
  readonly mouth: Mouth;
  readonly words: HeardWords;
  readonly draws: Draws;
}

const BYSTANDER_DB = -18;
/** Noises of which recognition makes a word. */
const JUNK_PROBABILITY = 0.03;
/** Shorter ones never are one. */
const JUNK_MS_MIN = 200;
const JUNK_MS_MAX = 300;

export class Room {
  readonly #ports: RoomPorts;
  readonly #amplitude: number;

  constructor(ports: RoomPorts) {
    this.#ports = ports;
    this.#amplitude = amplitudeOf(ports.plan.surroundings.speechDbov);
  }

  /** From `fromMs` of the caller's audio on. */
  makeNoise(noise: { readonly kind: NoiseKind; readonly lengthMs: number }, fromMs: number): void {
    const { plan, mouth, words, draws } = this.#ports;
    const { kind, lengthMs } = noise;
    const gain = 10 ** (NOISE_GAIN_DB[kind] / 20);
    mouth.add(fromMs, noiseSound(kind, lengthMs, draws), this.#amplitude * gain);
    const isJunk = draws.chance(JUNK_PROBABILITY);
    const word = draws.pick(plan.script.junk);
    if (!isJunk || lengthMs < JUNK_MS_MIN) return;
    const span = { startMs: fromMs, endMs: fromMs + Math.min(JUNK_MS_MAX, lengthMs) };
    words.add({ display: word, lexical: word, isJoined: isHan(word), speaker: 'junk', ...span });
  }

  letBystanderSpeak({ said, isUnderstood }: Visit, fromMs: number): void {
    const { plan, mouth, words, draws } = this.#ports;
    const amplitude = this.#amplitude * 10 ** (BYSTANDER_DB / 20);
    const voice = voiceOf(plan.surroundings.voice + 3);
    for (const unit of said.units) {
      const startMs = fromMs + unit.startMs;
      const endMs = fromMs + unit.endMs;
      mouth.add(startMs, wordSound(voice, unit.endMs - unit.startMs, draws), amplitude);
      if (isUnderstood) words.add({ ...unit, speaker: 'bystander', startMs, endMs });
    }
  }
}
