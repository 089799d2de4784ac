/** How long a call goes on: prompts and failures in a row, turns, minutes, money; and what is said at its end. */

import type { Consumption, EndReason, TurnKind } from './call-record.ts';
import type { Limits, Phrases, Timings } from './settings.ts';

/** Last words, and why they are the last. */
export interface Goodbye {
  readonly text: string;
  readonly reason: EndReason;
  readonly kind: Extract<TurnKind, 'farewell' | 'voicemail'>;
}

/** So long before the longest call is over the caller is told, and the model. */
export const WRAP_UP_MS = 45_000;

/** A call that may not last longer than this needs no warning. */
const WRAP_UP_CALL_MS_MIN = 3 * WRAP_UP_MS;

export class Manners {
  readonly #limits: Limits;
  readonly #timings: Pick<Timings, 'callMsMax'>;
  #startedAt = 0;
  /** In a row. */
  #reprompts = 0;
  #failedTurns = 0;
  #turns = 0;
  #isWarned = false;

  constructor(limits: Limits, timings: Pick<Timings, 'callMsMax'>) {
    this.#limits = limits;
    this.#timings = timings;
  }

  begin(now: number): void {
    this.#startedAt = now;
  }

  /** The call is not to last longer than until then. */
  get endsAt(): number {
    return this.#startedAt + this.#timings.callMsMax;
  }

  /** Nothing was heard or understood: whether the caller is to be spoken to once more. */
  mayPromptAgain(): boolean {
    return ++this.#reprompts <= this.#limits.repromptsMax;
  }

  /** The caller has said something. */
  understand(): void {
    this.#reprompts = 0;
    this.#turns++;
  }

  /** An answer could not be given: whether it was the last one to be tried. */
  failTurn(): boolean {
    return ++this.#failedTurns >= this.#limits.failedTurnsMax;
  }

  completeTurn(): void {
    this.#failedTurns = 0;
  }

  /** Whether the caller is to be told now that the call cannot last much longer. Answers true once. */
  warn(now: number): boolean {
    const isDue = now >= this.endsAt - WRAP_UP_MS;
    if (!isDue || this.#isWarned || this.#timings.callMsMax < WRAP_UP_CALL_MS_MIN) return false;
    this.#isWarned = true;
    return true;
  }

  /** Why the call has to end now that a turn is over, if it has to. */
  exceeded(consumption: Consumption, phrases: Phrases, now: number): Goodbye | undefined {
    const { turnsMax, cost } = this.#limits;
    const text = phrases.timeLimit;
    if (this.#turns >= turnsMax) return { text, reason: 'turn-limit', kind: 'farewell' };
    const isDear =
      cost !== undefined && cost.microsOf(consumption, now - this.#startedAt) >= cost.microsMax;
    return isDear ? { text, reason: 'cost-limit', kind: 'farewell' } : undefined;
  }
}
