import { describe, expect, it } from 'vitest';
import { callMetrics } from './call-metrics.ts';
import { ENDED_CALL, SECRETS, STARTED_AT } from './call.test-support.ts';
import type { KeyValue, Metric } from './otlp.ts';

const metrics = callMetrics(ENDED_CALL).resourceMetrics.flatMap(({ scopeMetrics }) =>
  scopeMetrics.flatMap((scope) => scope.metrics),
);

const metric = (name: string): Metric => {
  const found = metrics.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
};

const attributes = (pairs: readonly KeyValue[]): string =>
  pairs.map(({ value }) => Object.values(value)[0]).join(' ');

/** By the values of its attributes. */
const counts = (name: string): Record<string, number> =>
  Object.fromEntries(
    (metric(name).sum?.dataPoints ?? []).map((point) => [
      attributes(point.attributes),
      Number(point.asInt),
    ]),
  );

describe('what a call adds to the counters', () => {
  it('is what its record says', () => {
    expect(counts('patchcord.calls')).toEqual({ 'agent-hangup completed desk': 1 });
    expect(counts('patchcord.turns')).toEqual({ greeting: 1, reply: 2 });
    expect(counts('patchcord.interruptions')).toEqual({ '': 1 });
    expect(counts('patchcord.false_alarms')).toEqual({ '': 2 });
    expect(counts('patchcord.faults')).toEqual({ STT_UNAVAILABLE: 1, LLM_TIMEOUT: 1 });
    expect(counts('patchcord.stt.duration')).toEqual({ '': 30 });
    expect(counts('patchcord.tts.characters')).toEqual({ '': 120 });
    expect(counts('patchcord.tts.characters.wasted')).toEqual({ '': 20 });
    expect(counts('patchcord.llm.tokens')).toEqual({
      'maker/first input': 900,
      'maker/first output': 60,
    });
    expect(counts('patchcord.llm.tokens.wasted')).toEqual({ input: 300, output: 10 });
  });

  it('is a difference: from the beginning of the call to its end', () => {
    for (const { sum, histogram } of metrics) {
      expect((sum ?? histogram)?.aggregationTemporality).toBe(1);
      for (const point of (sum ?? histogram)?.dataPoints ?? []) {
        expect(point.startTimeUnixNano).toBe(`${STARTED_AT}000000`);
        expect(point.timeUnixNano).toBe(`${STARTED_AT + 30_000}000000`);
      }
    }
  });

  it('says how long callers waited: those who had said something', () => {
    const [point] = metric('patchcord.response.latency').histogram?.dataPoints ?? [];
    expect(point).toMatchObject({ count: '2', sum: 3.93, min: 0.93, max: 3 });
    // 0.93 is above 0.8 and not above 1; 3 is the last value of its bucket.
    const filled = point?.bucketCounts.flatMap((count, i) => (count === '0' ? [] : [i]));
    expect(filled?.map((i) => point?.explicitBounds[i])).toEqual([1, 3]);
    expect(point?.bucketCounts).toHaveLength((point?.explicitBounds.length ?? 0) + 1);
  });

  it('says what the conventions want to know of requests to models', () => {
    const points = (name: string) => metric(name).histogram?.dataPoints ?? [];
    const first = points('gen_ai.client.operation.time_to_first_chunk');
    expect(first.map(({ count, sum }) => [count, sum.toFixed(2)])).toEqual([['2', '0.62']]);
    expect(points('gen_ai.client.operation.duration')[0]?.sum).toBeCloseTo(1.4);
    expect(
      points('gen_ai.client.token.usage').map((point) => [attributes(point.attributes), point.sum]),
    ).toEqual([
      ['chat openrouter maker/first input', 600],
      ['chat openrouter maker/first output', 50],
      ['chat openrouter maker/second input', 0],
      ['chat openrouter maker/second output', 0],
    ]);
    expect(points('gen_ai.client.token.usage')[0]?.explicitBounds.at(-1)).toBe(67_108_864);
  });

  it('has nothing of what was said, nobody’s number, and names no call', () => {
    const text = JSON.stringify(callMetrics(ENDED_CALL));
    for (const secret of [...SECRETS, ENDED_CALL.call.callSid]) expect(text).not.toContain(secret);
  });

  it('is little when the process of the call was lost', () => {
    const { consumption: _consumption, endReason: _endReason, ...call } = ENDED_CALL.call;
    const request = callMetrics({ ...ENDED_CALL, turns: [], call: { ...call, errors: [] } });
    const names = request.resourceMetrics[0]?.scopeMetrics[0]?.metrics.map(({ name }) => name);
    expect(names).toEqual([
      'patchcord.calls',
      'patchcord.call.duration',
      'patchcord.interruptions',
      'patchcord.false_alarms',
    ]);
  });
});
