import { expect, test } from 'vitest';
import { boundsOf } from './bounds.ts';
import { benchConversation, createBaseline, traceConversation } from './bench.ts';
import { figuresOf, quantilesOf, shareOf } from './figures.ts';
import { formatConversationBench } from './table.ts';
import { drawConversationBench } from './chart.ts';

const OPTIONS = { conversations: 6, seeds: [3], peer: 'patchcord', models: 3 } as const;

test('quantiles leave out what could not be measured, and say how many were', () => {
  const values = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(quantilesOf([...values, undefined])).toEqual({ n: 100, median: 51, p95: 96 });
  expect(quantilesOf([])).toEqual({ n: 0, median: undefined, p95: undefined });
});

test('one bad case of thousands does not round to none', () => {
  const cases = Array.from({ length: 5000 }, (_, i) => i > 0);
  expect(shareOf(cases)).toEqual({ n: 5000, share: 0.999 });
  expect(shareOf([])).toEqual({ n: 0, share: undefined });
});

test('a bound without a single case is missed', () => {
  const none = figuresOf([], []);
  const bounds = boundsOf(none, { en: none, ms: none, zh: none }, 'patchcord');
  expect(bounds.length).toBeGreaterThan(10);
  expect(bounds.filter(({ isMet }) => isMet)).toEqual([]);
});

test('the same seed gives the same figures, another seed others', () => {
  const run = (...seeds: number[]) =>
    benchConversation({ ...OPTIONS, seeds }, createBaseline, () => undefined);
  const first = run(3);
  expect(run(3).result.baseline).toEqual(first.result.baseline);
  expect(first.result.ours).toEqual(first.result.baseline);
  const other = run(4).result.baseline;
  expect(other).not.toEqual(first.result.baseline);
  // Both together are all cases of both.
  const both = run(3, 4).result.baseline;
  expect(both.all.turns).toBe(first.result.baseline.all.turns + other.all.turns);
  expect(formatConversationBench(first.result)).toContain('ours zh');
  expect(drawConversationBench(first)).toMatch(/^<svg [\s\S]*<\/svg>\n$/u);
}, 60_000);

test.each(['patchcord', 'twilio'] as const)(
  'the first engine holds a conversation with %s',
  (peer) => {
    const { result } = benchConversation({ ...OPTIONS, peer }, createBaseline, () => undefined);
    const { all } = result.baseline;
    expect(all.calls).toBe(6);
    expect(all.turns).toBeGreaterThan(25);
    // It waits for the final phrase: more than the 1016 ms of that, the model's 550 and the voice's 200.
    expect(all.responseLatencyMs.median).toBeGreaterThan(1700);
    expect(all.responseLatencyMs.median).toBeLessThan(3200);
    // And it believes that all it sent was heard.
    expect(all.historyExactRate.share).toBeLessThan(0.5);
  },
);

test('a trace tells who spoke, what was recognised, asked and heard', () => {
  const trace = traceConversation(0, OPTIONS, createBaseline);
  for (const lane of ['<< caller', '>> agent', 'stt', 'llm', 'tts', 'PHRASE']) {
    expect(trace).toContain(lane);
  }
});
