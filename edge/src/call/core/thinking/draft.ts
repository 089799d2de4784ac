/**
 * An answer made ahead of its time: to what the caller has said so far, in case that was all.
 *
 * The model is asked as soon as the caller pauses, and its first clause is voiced; when the turn closes with the same
 * words the answer is there. When the caller goes on it is thrown away, and what it cost is on the bill; so there are only
 * so many tries for one turn.
 */

import type { AgentTurn } from '../speaking/agent-turn.ts';
import type { Endpointing } from '../hearing/endpointing.ts';
import { isSameTurn } from '../language/same-turn.ts';
import type { SpeculationOptions } from '../settings.ts';

/** A word is longer than this: the text is all there, not all but its last word. */
const COVER_TOLERANCE_MS = 160;

/** After so much silence, text that has not changed for so long will do though it ends before the last sound. */
const BREATH_MS = 280;
const SETTLED_MS = 120;

export interface DraftParts {
  readonly options: SpeculationOptions;
  readonly endpointing: Endpointing;
  /** What was heard of the agent is known by now; before, the model would be told less than that. */
  isReady(): boolean;
  begin(text: string, now: number): AgentTurn;
  /** It was for nothing. */
  waste(turn: AgentTurn, now: number): void;
}

export class Draft {
  readonly #parts: DraftParts;
  #turn: AgentTurn | undefined;
  #text = '';
  #tries = 0;

  constructor(parts: DraftParts) {
    this.#parts = parts;
  }

  get turn(): AgentTurn | undefined {
    return this.#turn;
  }

  /** What it answers. */
  get text(): string {
    return this.#text;
  }

  /** Something was heard or understood: begins, or begins anew, where it is worth it. */
  consider(now: number): void {
    const { options, endpointing } = this.#parts;
    if (!options.isOn || !endpointing.isActive || endpointing.isByWords) return;
    const { text } = endpointing;
    if (text === '' || (this.#turn !== undefined && isSameTurn(text, this.#text))) return;
    const silenceMs = now - endpointing.speechEndAt;
    if (silenceMs < options.silenceMs || endpointing.completeness === 'unfinished') return;
    const isCovered = endpointing.isCovered(COVER_TOLERANCE_MS);
    // A breath after the last word: the text will not reach it.
    const isSettled = silenceMs >= BREATH_MS && endpointing.unchangedMs(now) >= SETTLED_MS;
    if (!isCovered && !isSettled) return;
    if (this.#tries >= options.triesMax || !this.#parts.isReady()) return;
    this.discard(now);
    this.#tries++;
    this.#text = text;
    this.#turn = this.#parts.begin(text, now);
  }

  /** When {@link consider} may come to another conclusion though nothing is heard. */
  get considerAt(): number | undefined {
    const { options, endpointing } = this.#parts;
    const isDone = this.#turn !== undefined || this.#tries >= options.triesMax || !options.isOn;
    if (isDone || !endpointing.isActive || endpointing.isByWords) return undefined;
    return endpointing.speechEndAt + options.silenceMs;
  }

  /** The turn has closed with `text`: the answer to it, if there is one. */
  take(text: string, now: number): AgentTurn | undefined {
    this.#tries = 0;
    const turn = this.#turn;
    const isUseful = turn !== undefined && isSameTurn(text, this.#text) && isAnswer(turn);
    if (!isUseful) {
      this.discard(now);
      return undefined;
    }
    this.#turn = undefined;
    return turn;
  }

  /** The caller goes on before the answer can be heard; perhaps it is still the answer in a moment. */
  putBack(turn: AgentTurn, text: string, now: number): void {
    this.discard(now);
    this.#turn = turn;
    this.#text = text;
    this.#tries = Math.max(1, this.#tries);
  }

  discard(now: number): void {
    const turn = this.#turn;
    this.#turn = undefined;
    this.#text = '';
    if (turn !== undefined) this.#parts.waste(turn, now);
  }
}

/** The model does not think that the caller has gone on. */
function isAnswer(turn: AgentTurn): boolean {
  return turn.gateVerdict === undefined || turn.gateVerdict === 'complete';
}
