/** What a call has cost, from what was asked of the providers. */

import type { Consumption } from '../call/core/call-record.ts';
import type { LlmUsage } from '../call/core/llm-usage.ts';
import type { Prices } from './prices.ts';

/** Millionths of `currency`. */
export interface CallCost {
  readonly currency: string;
  readonly totalMicros: number;
  readonly sttMicros: number;
  readonly llmMicros: number;
  readonly ttsMicros: number;
  readonly lineMicros: number;
  /** Part of the above: what was made ahead of its time and given up unheard. */
  readonly wastedMicros: number;
}

export interface CostBasis {
  readonly consumption: Consumption;
  readonly durationMs: number;
  /** Requests after the call: its summary. */
  readonly later: readonly LlmUsage[];
}

const MILLION = 1_000_000;
const MS_PER_MINUTE = 60_000;
const SECONDS_PER_HOUR = 3600;

export function costOf({ consumption, durationMs, later }: CostBasis, prices: Prices): CallCost {
  const { sttSeconds, ttsCharacters, llm, wasted } = consumption;
  // A price per million units is the price of one unit in millionths.
  const tts = (characters: number): number => characters * prices.ttsPerMillionChars;
  const usages = [...llm, ...later];
  const llmMicros = usages.reduce((sum, usage) => sum + llmMicrosOf(usage, prices), 0);
  const parts = {
    sttMicros: Math.round((sttSeconds / SECONDS_PER_HOUR) * prices.sttPerHour * MILLION),
    llmMicros: Math.round(llmMicros),
    ttsMicros: Math.round(tts(ttsCharacters)),
    lineMicros: Math.round((durationMs / MS_PER_MINUTE) * prices.linePerMinute * MILLION),
  };
  const listed = usages.reduce((sum, usage) => sum + listMicrosOf(usage, prices), 0);
  const wastedListed = listMicrosOf(wasted, prices);
  // Tokens that were wasted cost what all of them cost, in proportion.
  const wastedLlm = listed === 0 ? 0 : (wastedListed / listed) * llmMicros;
  return {
    currency: prices.currency,
    totalMicros: Object.values(parts).reduce((sum, micros) => sum + micros, 0),
    ...parts,
    wastedMicros: Math.round(wastedLlm + tts(wasted.ttsCharacters)),
  };
}

function llmMicrosOf(usage: LlmUsage, prices: Prices): number {
  if (usage.costMicros !== undefined && !prices.isLlmSet) return usage.costMicros * prices.perUsd;
  return listMicrosOf(usage, prices);
}

function listMicrosOf(usage: LlmUsage, prices: Prices): number {
  const { promptTokens, completionTokens } = usage;
  return (
    promptTokens * prices.llmInputPerMillionTokens +
    completionTokens * prices.llmOutputPerMillionTokens
  );
}
