/** The prices of an agent's calls: its own, the Worker's, the built-in ones. */

import type { Agent } from '../agents/agent.ts';
import type { AfterwardsVariables } from '../afterwards/variables.ts';
import type { CostLimit } from '../call/core/settings.ts';
import { costOf } from './cost.ts';
import { pricesOf, rateOf, type Prices } from './prices.ts';

const MILLION = 1_000_000;

export function pricesOfAgent({ prices }: Agent, env: AfterwardsVariables): Prices {
  return pricesOf({
    currency: env.PRICE_CURRENCY,
    perUsd: env.PRICE_PER_USD,
    own: {
      sttPerHour: env.PRICE_STT_PER_HOUR,
      ttsPerMillionChars: env.PRICE_TTS_PER_MILLION_CHARS,
      llmInputPerMillionTokens: env.PRICE_LLM_INPUT_PER_MILLION_TOKENS,
      llmOutputPerMillionTokens: env.PRICE_LLM_OUTPUT_PER_MILLION_TOKENS,
      linePerMinute: env.PRICE_LINE_PER_MINUTE,
    },
    agent: prices,
  });
}

/** What one call of the agent's may cost; undefined where there is no limit. */
export function costLimitOf(agent: Agent, env: AfterwardsVariables): CostLimit | undefined {
  const { costMax } = agent.limits;
  if (costMax === undefined) return undefined;
  const prices = pricesOfAgent(agent, env);
  const currency = agent.prices?.currency ?? prices.currency;
  // A currency whose rate nobody has set counts as the bill's, as its prices do.
  const rate = rateOf(currency, prices.currency, prices.perUsd) ?? 1;
  return {
    microsMax: costMax * rate * MILLION,
    microsOf: (consumption, durationMs) =>
      costOf({ consumption, durationMs, later: [] }, prices).totalMicros,
  };
}
