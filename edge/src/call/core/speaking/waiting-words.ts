/** What is said while the answer is not there yet: an opener in place of its first word, fillers in a silence. */

import { withoutPause } from './clips.ts';
import type { Deadline } from '../deadline.ts';
import type { Language } from '../language/language.ts';
import type { Waterfall } from '../records/latency.ts';
import type { TurnParts } from './turn-parts.ts';
import type { Voicing } from './voicing.ts';
import type { Wording } from './wording.ts';

export interface WaitingWordsParts {
  readonly turn: TurnParts;
  readonly language: Language;
  /** When the caller's last sound arrived; undefined where the agent speaks of its own accord: nobody waits. */
  readonly speechEndAt: number | undefined;
  readonly voicing: Voicing;
  readonly wording: Wording;
  readonly waterfall: Waterfall;
}

/**
 * The model has begun, or the voice: the answer is there so soon (p75 of clause and first byte, of first byte alone) that
 * an opener would only be in its way.
 */
const MODEL_GRACE_MS = 380;
const VOICE_GRACE_MS = 300;

/** What is not in the cache is voiced first: so much sooner it is given to the voice. */
const VOICE_LEAD_MS = 400;

/** In one wait. */
const FILLERS_MAX = 3;

export class WaitingWords {
  readonly #parts: WaitingWordsParts;
  #isOpened = false;
  #opener: string | undefined;
  #fillers = 0;
  #filledAt = 0;

  constructor(parts: WaitingWordsParts) {
    this.#parts = parts;
  }

  /** The one that was said. */
  get opener(): string | undefined {
    return this.#opener;
  }

  /** What is due to be said for a turn that has been the answer since `releasedAt`. */
  deadlines(releasedAt: number, now: number): readonly Deadline[] {
    const openerAt = this.#openerAt(releasedAt);
    const fillerAt = this.fillerAt(releasedAt);
    const deadlines: Deadline[] = [];
    if (openerAt !== undefined) deadlines.push({ at: openerAt, run: () => this.#open(now) });
    if (fillerAt !== undefined) deadlines.push({ at: fillerAt, run: () => this.#fill(now) });
    return deadlines;
  }

  /** A silence can be filled also where there is no voice. */
  get hasFiller(): boolean {
    const { turn, language, speechEndAt } = this.#parts;
    if (speechEndAt === undefined || this.#fillers >= FILLERS_MAX) return false;
    return turn.clips.among(turn.phrases(language).fillers).length > 0;
  }

  /** Undefined when it is too late for it. */
  #openerAt(releasedAt: number): number | undefined {
    const { turn, language, speechEndAt, voicing, waterfall } = this.#parts;
    if (this.#isOpened || voicing.isAudible || speechEndAt === undefined) return undefined;
    if (turn.openers(language).length === 0) return undefined;
    const tokenAt = waterfall.at('llmFirstToken') ?? -Infinity;
    const clauseAt = waterfall.at('firstClause') ?? -Infinity;
    return Math.max(
      speechEndAt + turn.settings.timings.openerAfterMs,
      releasedAt,
      tokenAt + MODEL_GRACE_MS,
      clauseAt + VOICE_GRACE_MS,
    );
  }

  #open(now: number): void {
    const { turn, language, wording, waterfall } = this.#parts;
    const opener = turn.nextOpener(language);
    const clip = opener === undefined ? undefined : turn.clips.find(opener);
    this.#isOpened = true;
    if (opener === undefined || clip === undefined) return;
    this.#opener = opener;
    // The model's text follows without a pause of the opener's own.
    wording.open(opener, withoutPause(clip), now);
    waterfall.reach('firstFrameSent', now);
  }

  /** People wait in silence for so long, and then wonder whether anybody is there. Undefined when no filler is due. */
  fillerAt(releasedAt: number): number | undefined {
    const { turn, speechEndAt, voicing } = this.#parts;
    if (voicing.isSaid || speechEndAt === undefined) return undefined;
    if (this.#fillers >= FILLERS_MAX || !voicing.isBetweenSegments) return undefined;
    // However long the end of the turn was waited for: the caller has been hearing nothing since his own last word.
    const quietSince = Math.max(voicing.endsAt, speechEndAt, this.#filledAt);
    const leadMs = this.hasFiller ? 0 : VOICE_LEAD_MS;
    return Math.max(quietSince + turn.settings.timings.fillerAfterMs - leadMs, releasedAt);
  }

  #fill(now: number): void {
    const { turn, language, voicing, wording, waterfall } = this.#parts;
    const { clips } = turn;
    const { fillers } = turn.phrases(language);
    const ready = clips.among(fillers);
    const choice = ready.length === 0 ? fillers : ready;
    const text = choice[this.#fillers++ % Math.max(1, choice.length)];
    this.#filledAt = now;
    const clip = text === undefined ? undefined : clips.find(text);
    // A voice that is late already would say it late as well.
    const isUseless = clip === undefined && voicing.isAwaitingVoice;
    if (text === undefined || isUseless) return;
    wording.interject(text, clip, now);
    if (voicing.isAudible) waterfall.reach('firstFrameSent', now);
  }
}
