/** The caller's sounds while the agent speaks: holds its breath, and decides ({@link judgeInterruption}). */

import type { Endpointing } from './endpointing.ts';
import { utteranceKindOf } from '../language/utterance-kind.ts';
import type { Surroundings } from './surroundings.ts';
import {
  judgeInterruption,
  type InterruptionOptions,
  type InterruptionVerdict,
} from './interruption.ts';

export class Interruptions {
  readonly #options: InterruptionOptions;
  readonly #endpointing: Endpointing;
  readonly #surroundings: Surroundings;
  /** Position of the caller's audio when the agent became audible, and the instant. */
  #sinceMs = 0;
  #audibleAt = 0;
  #isGreeting = false;
  #isHolding = false;
  #heldAt = -Infinity;
  /** The sound that goes on was found to be none of our business. */
  #isDeafToSound = false;

  constructor(options: InterruptionOptions, endpointing: Endpointing, surroundings: Surroundings) {
    this.#options = options;
    this.#endpointing = endpointing;
    this.#surroundings = surroundings;
  }

  /** The agent can be heard from now on. */
  begin(turn: { readonly isGreeting: boolean }, positionMs: number, now: number): void {
    this.#sinceMs = positionMs;
    this.#audibleAt = now;
    this.#isGreeting = turn.isGreeting;
    this.#isHolding = false;
    this.#isDeafToSound = this.#endpointing.isSpeaking && turn.isGreeting;
  }

  /** What to do about what was heard up to now. */
  consider(said: string, now: number): InterruptionVerdict {
    const isProtected =
      this.#isGreeting && now - this.#audibleAt < this.#options.greetingProtectedMs;
    if (isProtected) return 'go-on';
    // Callers say "hello?" before the greeting has begun; anything else that is new is meant.
    const evidence = this.#endpointing.evidenceSince(this.#isGreeting ? this.#sinceMs : 0, now);
    if (evidence.speechMs === 0) this.#isDeafToSound = false;
    const isNoise =
      this.#surroundings.isNoisy(now) && evidence.speechMs < this.#options.pauseAfterNoisyMs;
    const isDeaf = this.#isDeafToSound || isNoise;
    const speechMs = isDeaf && !this.#isHolding ? 0 : evidence.speechMs;
    const verdict = judgeInterruption(
      { ...evidence, speechMs, said },
      this.#isHolding,
      this.#options,
    );
    if (verdict === 'hold') {
      this.#isHolding = true;
      this.#heldAt = now;
    }
    if (verdict === 'resume') {
      if (evidence.words === '') this.#surroundings.noteWordless(now);
      this.#isHolding = false;
      this.#isDeafToSound = evidence.speechMs > 0;
    }
    if (verdict === 'interrupt') {
      if (evidence.speechMs > 0 || this.#isHolding) this.#surroundings.noteWords(now);
      this.#isHolding = false;
    }
    return verdict;
  }

  /** When {@link consider} is to be asked again though nothing is heard; undefined while nothing is held. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Since when the agent has been holding its breath; of the last time. */
  get heldAt(): number {
    return this.#heldAt;
  }

  /** What was said over the agent, which has finished now, was nothing to be answered. */
  isIdle(said: string): boolean {
    const { text, isSpeaking, isByWords } = this.#endpointing;
    if (isSpeaking) return false;
    const { echoShareMin, extraNods } = this.#options;
    const kind = utteranceKindOf(text, { said, isHeard: !isByWords, echoShareMin, extraNods });
    return kind === 'none' || kind === 'echo';
  }

  /** For how long the agent has been audible. */
  audibleMs(now: number): number {
    return now - this.#audibleAt;
  }
}
