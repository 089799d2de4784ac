/**
 * A model that writes more slowly than it is spoken: what there is of its text is said word by word, before the caller
 * hears nothing for too long; then another model goes on.
 */

import type { Deadline } from '../deadline.ts';
import type { Thought } from '../thinking/thought.ts';
import type { Voicing } from './voicing.ts';
import type { WaitingWords } from './waiting-words.ts';
import type { Wording } from './wording.ts';

export interface TrickleParts {
  /** When the caller's last sound arrived; undefined where the agent speaks of its own accord: it has no model. */
  readonly speechEndAt: number | undefined;
  readonly thought: Pick<Thought, 'writing' | 'replaceSlow'>;
  readonly voicing: Pick<Voicing, 'endsAt' | 'isAudible' | 'isAwaitingVoice' | 'isBetweenSegments'>;
  readonly wording: Pick<Wording, 'hasWords' | 'writeWords'>;
  readonly waitingWords: Pick<WaitingWords, 'fillerAt'>;
}

/** Silence after which words are said that are no clause yet: before a filler is due. */
const DRY_MS = 1000;

/** A model that has just begun is given the time for a clause. */
const BEGIN_MS = 700;

/** So often one model may let the caller wait. */
const DRY_MAX = 2;

/** Nothing is there to be said, not even a filler: the apology takes a moment too. */
const MUTE_MS = 2000;

export class Trickle {
  readonly #parts: TrickleParts;
  /** Silences of the model that writes now, and since when the latest of them has lasted. */
  #dries = 0;
  #drySince = -Infinity;
  #writingSince: number | undefined;

  constructor(parts: TrickleParts) {
    this.#parts = parts;
  }

  /** For a turn that has been the answer since `releasedAt`. */
  deadlines(releasedAt: number, now: number): readonly Deadline[] {
    const { speechEndAt, thought, voicing, wording, waitingWords } = this.#parts;
    const { writing } = thought;
    const isSpeaking = voicing.isAwaitingVoice || !voicing.isBetweenSegments;
    if (speechEndAt === undefined || writing === undefined || isSpeaking) return [];
    const quietSince = Math.max(voicing.endsAt, speechEndAt);
    const deadlines: Deadline[] = [];
    const isNews = wording.hasWords || quietSince !== this.#drySince;
    const clauseAt = (writing.since ?? -Infinity) + BEGIN_MS;
    if (writing.since !== undefined && isNews) {
      const at = Math.max(quietSince + DRY_MS, clauseAt, releasedAt);
      deadlines.push({ at, run: () => this.#runDry(quietSince, writing.since, now) });
    }
    // Before anything was heard, openers and fillers are all there is to be said.
    const muteAt = voicing.isAudible
      ? Math.max(quietSince + MUTE_MS, clauseAt, releasedAt)
      : Infinity;
    if (muteAt < Infinity && (waitingWords.fillerAt(releasedAt) ?? Infinity) > muteAt) {
      deadlines.push({ at: muteAt, run: () => thought.replaceSlow(true, now) });
    }
    return deadlines;
  }

  #runDry(quietSince: number, writingSince: number | undefined, now: number): void {
    const { thought, wording } = this.#parts;
    if (writingSince !== this.#writingSince) this.#dries = 0;
    this.#writingSince = writingSince;
    if (quietSince !== this.#drySince) this.#dries++;
    this.#drySince = quietSince;
    wording.writeWords(now);
    if (this.#dries >= DRY_MAX) thought.replaceSlow(false, now);
  }
}
