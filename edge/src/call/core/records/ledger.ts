/** What a call has asked of the providers: every turn's tokens and characters, also of those that were for nothing. */

import type { AgentTurn } from '../speaking/agent-turn.ts';
import type { Consumption } from '../call-record.ts';
import type { Spending } from '../thinking/generation.ts';

export class Ledger {
  readonly #llm: Spending[] = [];
  #ttsCharacters = 0;
  #wasted = { ttsCharacters: 0, promptTokens: 0, completionTokens: 0 };

  /** A turn is over. What was never heard of it was wasted if it had been made ahead of its time. */
  settle(turn: AgentTurn): void {
    const { spendings, characters } = turn;
    this.#llm.push(...spendings);
    this.#ttsCharacters += characters;
    if (!turn.isHeld) return;
    this.#wasted = spendings.reduce(
      (sum, { promptTokens, completionTokens }) => ({
        ttsCharacters: sum.ttsCharacters,
        promptTokens: sum.promptTokens + promptTokens,
        completionTokens: sum.completionTokens + completionTokens,
      }),
      { ...this.#wasted, ttsCharacters: this.#wasted.ttsCharacters + characters },
    );
  }

  toConsumption(sttSeconds: number): Consumption {
    return {
      sttSeconds: Math.round(sttSeconds),
      ttsCharacters: this.#ttsCharacters,
      llm: byModel(this.#llm),
      wasted: this.#wasted,
    };
  }
}

function byModel(spendings: readonly Spending[]): Spending[] {
  const sums = new Map<string, Spending>();
  for (const { model, promptTokens, completionTokens, costMicros } of spendings) {
    const sum = sums.get(model);
    const cost = (sum?.costMicros ?? 0) + (costMicros ?? 0);
    sums.set(model, {
      model,
      promptTokens: (sum?.promptTokens ?? 0) + promptTokens,
      completionTokens: (sum?.completionTokens ?? 0) + completionTokens,
      ...(cost === 0 ? {} : { costMicros: cost }),
    });
  }
  return [...sums.values()];
}
