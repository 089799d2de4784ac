/** The waterfall of a turn: when each stage was reached, in milliseconds after the caller stopped speaking. */

/** In the order in which a turn goes through them. */
export const STAGES = [
  /** The end of the last loud frame of the caller; the agent's own decision to speak where nobody had spoken. */
  'speechEnd',
  /** The turn was closed. */
  'endOfTurn',
  'llmRequest',
  'llmFirstToken',
  /** The first speakable piece of text went to the voice. */
  'firstClause',
  'ttsFirstAudio',
  'firstFrameSent',
  /** Reckoned back from the first mark: its arrival less the audio before it. */
  'firstFrameHeard',
] as const;

export type Stage = (typeof STAGES)[number];

/** Stages that were reached, relative to `speechEnd`, which is 0. Whole milliseconds. */
export type WaterfallMs = Readonly<Partial<Record<Stage, number>>>;

export class Waterfall {
  readonly #reachedAt = new Map<Stage, number>();

  /** Only the first time a stage is reached counts. */
  reach(stage: Stage, at: number): void {
    if (!this.#reachedAt.has(stage)) this.#reachedAt.set(stage, at);
  }

  at(stage: Stage): number | undefined {
    return this.#reachedAt.get(stage);
  }

  /** The instant that is 0: `speechEnd`, or the earliest stage where there was none; undefined before any. */
  get originAt(): number | undefined {
    const [earliest] = [...this.#reachedAt.values()].toSorted((a, b) => a - b);
    return this.at('speechEnd') ?? earliest;
  }

  /** Relative to {@link originAt}. */
  toMs(): WaterfallMs {
    const origin = this.originAt ?? 0;
    const entries = STAGES.flatMap((stage) => {
      const at = this.at(stage);
      return at === undefined ? [] : [[stage, Math.round(at - origin)] as const];
    });
    return Object.fromEntries(entries);
  }
}
