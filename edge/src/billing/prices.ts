/**
 * What the providers take, in the currency of the bill.
 *
 * The built-in ones are list prices in US dollars as far as they are known; docs/afterwards.md has the sources and how far
 * they can be trusted.
 */

/** All in `currency`. */
export interface Prices {
  /** ISO 4217. */
  readonly currency: string;
  /** What one US dollar costs. */
  readonly perUsd: number;
  readonly sttPerHour: number;
  readonly ttsPerMillionChars: number;
  readonly llmInputPerMillionTokens: number;
  readonly llmOutputPerMillionTokens: number;
  readonly linePerMinute: number;
  /** The price of tokens is set: what the provider says it took does not count. */
  readonly isLlmSet: boolean;
}

type PerUnit = Omit<Prices, 'currency' | 'perUsd' | 'isLlmSet'>;

/** US dollars. */
const BUILT_IN: PerUnit = {
  // Azure Speech, real-time transcription, standard.
  sttPerHour: 1,
  // ElevenLabs API, Flash and Turbo.
  ttsPerMillionChars: 50,
  // openai/gpt-4.1-mini; OpenRouter says itself what it took, so this is for answers that were cut off.
  llmInputPerMillionTokens: 0.4,
  llmOutputPerMillionTokens: 1.6,
  linePerMinute: 0,
};

/** Prices that are set, each in the currency that goes with them. */
export type SetPrices = { readonly [Name in keyof PerUnit]?: number | undefined };

export interface PriceSettings {
  /** Of the bill. */
  readonly currency: string;
  readonly perUsd: number;
  /** Of the Worker, in the currency of the bill. */
  readonly own: SetPrices;
  /** Of the agent. In US dollars or the currency of the bill; in any other they cannot be used. */
  readonly agent?: (SetPrices & { readonly currency: string }) | undefined;
}

const NAMES = [
  'sttPerHour',
  'ttsPerMillionChars',
  'llmInputPerMillionTokens',
  'llmOutputPerMillionTokens',
  'linePerMinute',
] as const satisfies readonly (keyof PerUnit)[];

/** The agent's before the Worker's before the built-in ones. */
export function pricesOf({ currency, perUsd, own, agent }: PriceSettings): Prices {
  const agentRate = agent === undefined ? undefined : rateOf(agent.currency, currency, perUsd);
  const each = (name: keyof PerUnit): number => {
    const agentPrice = agentRate === undefined ? undefined : agent?.[name];
    if (agentPrice !== undefined) return agentPrice * (agentRate ?? 1);
    return own[name] ?? BUILT_IN[name] * perUsd;
  };
  const isSet = (name: keyof PerUnit): boolean =>
    own[name] !== undefined || (agentRate !== undefined && agent?.[name] !== undefined);
  const perUnit = Object.fromEntries(NAMES.map((name) => [name, each(name)])) as Record<
    keyof PerUnit,
    number
  >;
  const isLlmSet = isSet('llmInputPerMillionTokens') || isSet('llmOutputPerMillionTokens');
  return { currency, perUsd, ...perUnit, isLlmSet };
}

/** Undefined: nobody has said what that currency is worth. */
export function rateOf(from: string, to: string, perUsd: number): number | undefined {
  if (from === to) return 1;
  return from === 'USD' ? perUsd : undefined;
}
