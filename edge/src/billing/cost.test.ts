import { describe, expect, it } from 'vitest';
import { costOf, type CostBasis } from './cost.ts';
import { pricesOf, type PriceSettings } from './prices.ts';

const BASIS: CostBasis = {
  consumption: {
    sttSeconds: 180,
    ttsCharacters: 1000,
    llm: [{ model: 'a', promptTokens: 10_000, completionTokens: 500, costMicros: 3000 }],
    wasted: { ttsCharacters: 100, promptTokens: 5000, completionTokens: 250 },
  },
  durationMs: 180_000,
  later: [],
};
const USD: PriceSettings = { currency: 'USD', perUsd: 1, own: {} };

describe('the cost of a call', () => {
  it('is what each provider takes; the model says itself what it took', () => {
    expect(costOf(BASIS, pricesOf(USD))).toEqual({
      currency: 'USD',
      sttMicros: 50_000,
      llmMicros: 3000,
      ttsMicros: 50_000,
      lineMicros: 0,
      totalMicros: 103_000,
      // Half of the model's tokens, a tenth of the voice.
      wastedMicros: 1500 + 5000,
    });
  });

  it('counts tokens where the model does not say', () => {
    const consumption = {
      ...BASIS.consumption,
      llm: [{ model: 'a', promptTokens: 1_000_000, completionTokens: 100_000 }],
    };
    expect(costOf({ ...BASIS, consumption }, pricesOf(USD)).llmMicros).toBe(400_000 + 160_000);
  });

  it('counts the summary, and the minutes of the line', () => {
    const later = [{ promptTokens: 1, completionTokens: 1, costMicros: 700 }];
    const cost = costOf({ ...BASIS, later }, pricesOf({ ...USD, own: { linePerMinute: 0.02 } }));
    expect(cost).toMatchObject({ llmMicros: 3700, lineMicros: 60_000 });
  });
});

describe('prices', () => {
  it('are in the currency of the bill: those built in, and what the model says, by its rate', () => {
    const cost = costOf(BASIS, pricesOf({ currency: 'MYR', perUsd: 4.2, own: {} }));
    expect(cost).toMatchObject({ currency: 'MYR', sttMicros: 210_000, llmMicros: 12_600 });
  });

  it.each([
    ['in the currency of the bill', 'MYR', 3],
    ['in US dollars', 'USD', 12],
    ['in a third one that nobody can convert, which leaves those of the Worker', 'EUR', 9],
  ])('of the agent come first: %s', (_, currency, expected) => {
    const prices = pricesOf({
      currency: 'MYR',
      perUsd: 4,
      own: { sttPerHour: 9 },
      agent: { currency, sttPerHour: 3 },
    });
    expect(prices.sttPerHour).toBe(expected);
  });

  it('of tokens that are set count in place of what the model says', () => {
    const own = { llmInputPerMillionTokens: 1, llmOutputPerMillionTokens: 2 };
    expect(costOf(BASIS, pricesOf({ ...USD, own })).llmMicros).toBe(10_000 + 1000);
  });
});
