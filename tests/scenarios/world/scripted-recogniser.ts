/** Speech recognition that hears every word of the caller's right, as far as it has been given his audio. */

import { BYTES_PER_MS, FRAME_BYTES } from '@patchcord/shared/media-streams/limits';
import type { CallInput, CallOutput } from '@patchcord/edge/src/call/core/contract.ts';
import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import type { Caller, Utterance } from './caller.ts';
import { faultOf, Troubles, type Trouble, type WeatheredWorld } from './trouble.ts';

/** How recognition behaves from now on. */
export interface SttManners {
  readonly isDeaf?: boolean;
  /** Says nothing of a sound without words. Else: a phrase without text, as Azure's `NoMatch`. */
  readonly isTacit?: boolean;
  readonly hasNoFinals?: boolean;
  readonly hasNoHypotheses?: boolean;
  /** Word to hypothesis, and silence of the segment to phrase. */
  readonly delayMs: number;
}

interface SttWorld extends WeatheredWorld {
  readonly stt: SttManners;
}

const SEGMENT_SILENCE_MS = 300;

export class ScriptedRecogniser {
  readonly #world: SttWorld;
  readonly #caller: Caller;
  readonly #troubles: Troubles<number>;
  /** Of the recogniser that is open, and where in the caller's audio its own begins. */
  #sttId = 0;
  #baseMs = 0;

  constructor(world: SttWorld, caller: Caller) {
    this.#world = world;
    this.#caller = caller;
    this.#troubles = new Troubles(world);
  }

  open({ sttId, endpoint }: Extract<CallOutput, { kind: 'stt-open' }>): void {
    this.#sttId = sttId;
    this.#baseMs = this.#caller.sentMs;
    this.#meet(this.#world.weather.stt?.(endpoint), sttId);
  }

  push({ sttId, mulaw }: Extract<CallOutput, { kind: 'stt-push' }>): void {
    if (mulaw.length <= FRAME_BYTES) return;
    // What is replayed lies before the audio that comes now.
    this.#baseMs -= mulaw.length / BYTES_PER_MS;
    this.#world.at(this.#world.now + this.#world.stt.delayMs, () => this.#catchUp(sttId));
  }

  /** The caller says this: hypotheses come as its words end, the phrase once a silence has followed. */
  follow(utterance: Utterance): void {
    const { delayMs } = this.#world.stt;
    const atOf = (positionMs: number): number =>
      this.#world.now + positionMs - this.#caller.sentMs + delayMs;
    for (const [index, { endMs }] of utterance.words.entries()) {
      this.#world.at(atOf(endMs), () => this.#suppose(utterance, index + 1));
    }
    this.#world.at(atOf(utterance.endMs + SEGMENT_SILENCE_MS), () => this.#conclude(utterance));
  }

  /** A sound without words; positions as of an utterance. */
  followNoise({ startMs, endMs }: Pick<Utterance, 'startMs' | 'endMs'>): void {
    const { now, stt } = this.#world;
    const at = now + endMs - this.#caller.sentMs + SEGMENT_SILENCE_MS + stt.delayMs;
    this.#world.at(at, () => {
      const { isDeaf, isTacit } = this.#world.stt;
      if (isDeaf === true || isTacit === true || endMs <= this.#baseMs) return;
      this.#tell('stt-phrase', '', startMs, endMs);
    });
  }

  /** What is open meets this at once. */
  strike(trouble: Trouble): void {
    this.#meet(trouble, this.#sttId);
  }

  fail(code: FaultCode): void {
    this.#world.feed({ kind: 'stt-error', sttId: this.#sttId, fault: faultOf(code) });
  }

  #meet(trouble: Trouble | undefined, sttId: number): void {
    this.#troubles.meet(trouble, sttId, (fault) =>
      this.#world.feed({ kind: 'stt-error', sttId, fault }),
    );
  }

  /** What it makes of the first `count` words, as far as it has been given their audio. */
  #suppose(utterance: Utterance, count: number): void {
    if (this.#world.stt.hasNoHypotheses === true) return;
    this.#recognise('stt-hypothesis', utterance, count);
  }

  #conclude(utterance: Utterance): void {
    if (this.#world.stt.hasNoFinals === true) return;
    this.#recognise('stt-phrase', utterance, utterance.words.length);
  }

  #recognise(
    kind: 'stt-hypothesis' | 'stt-phrase',
    { words, startMs }: Utterance,
    count: number,
  ): void {
    const heard = words.slice(0, count).filter(({ endMs }) => endMs > this.#baseMs);
    const last = heard.at(-1);
    if (this.#world.stt.isDeaf === true || last === undefined) return;
    this.#tell(kind, heard.map(({ text }) => text).join(' '), startMs, last.endMs);
  }

  #tell(
    kind: 'stt-hypothesis' | 'stt-phrase',
    text: string,
    fromMs: number,
    untilMs: number,
  ): void {
    const sttId = this.#sttId;
    const startMs = Math.max(0, fromMs - this.#baseMs);
    const input: CallInput = { kind, sttId, text, startMs, endMs: untilMs - this.#baseMs };
    this.#troubles.afterLateness(sttId, () => this.#world.feed(input));
  }

  /** A recogniser that was given audio again hears at once what was said in it. */
  #catchUp(sttId: number): void {
    if (sttId !== this.#sttId) return;
    const heardMs = this.#caller.sentMs - this.#world.stt.delayMs;
    for (const utterance of this.#caller.utterances) {
      const count = utterance.words.filter(({ endMs }) => endMs <= heardMs).length;
      if (count === 0 || utterance.endMs <= this.#baseMs) continue;
      if (utterance.endMs + SEGMENT_SILENCE_MS <= heardMs) this.#conclude(utterance);
      else this.#suppose(utterance, count);
    }
  }
}
