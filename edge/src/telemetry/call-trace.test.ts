import { describe, expect, it } from 'vitest';
import { callTrace } from './call-trace.ts';
import { CALL_SID, ENDED_CALL, SECRETS, STARTED_AT } from './call.test-support.ts';
import type { KeyValue, Span } from './otlp.ts';
import type { TelemeteredCall } from './telemetered-call.ts';

function spansOf(source: TelemeteredCall): Span[] {
  return callTrace(source).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  );
}

const named = (spans: readonly Span[], name: string): Span => {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name}`);
  return found;
};

const attributes = (pairs: readonly KeyValue[]): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));

/** Seconds after the beginning of the call. */
const times = ({ startTimeUnixNano, endTimeUnixNano }: Span): number[] =>
  [startTimeUnixNano, endTimeUnixNano].map(
    (nano) => Number(BigInt(nano) / 1_000_000n - BigInt(STARTED_AT)) / 1000,
  );

describe('the trace of a call', () => {
  const spans = spansOf(ENDED_CALL);

  it('has the call, its turns, and what each of them took its time for', () => {
    const [root] = spans;
    const children = (parent: Span | undefined): string[] =>
      spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId).map(({ name }) => name);
    expect(root?.name).toBe('call');
    expect(root).not.toHaveProperty('parentSpanId');
    expect(children(root)).toEqual(['turn greeting', 'turn reply', 'turn reply']);
    const turns = spans.filter(({ name }) => name.startsWith('turn'));
    expect(turns.map(children)).toEqual([
      ['text_to_speech', 'playout'],
      [
        'end_of_turn',
        'chat maker/first',
        'chat maker/first',
        'text_to_speech',
        'playout',
        'execute_tool find_slot',
        'execute_tool unknown',
      ],
      ['end_of_turn', 'chat'],
    ]);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  });

  it('has their times', () => {
    expect(times(named(spans, 'call'))).toEqual([0, 30]);
    expect(times(named(spans, 'turn reply'))).toEqual([6, 12]);
    expect(times(named(spans, 'end_of_turn'))).toEqual([6, 6.6]);
    expect(times(named(spans, 'chat maker/first'))).toEqual([6.2, 7]);
    expect(times(named(spans, 'text_to_speech'))).toEqual([0.1, 0.4]);
    expect(times(named(spans, 'playout'))).toEqual([0.4, 0.44]);
    expect(times(named(spans, 'execute_tool find_slot'))).toEqual([7, 7.4]);
    // No token of it ever came.
    expect(times(named(spans, 'chat'))).toEqual([15.3, 20]);
  });

  it('says what the conventions for models and tools have words for', () => {
    expect(attributes(named(spans, 'chat maker/first').attributes)).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openrouter',
      'gen_ai.request.model': 'maker/first',
      'gen_ai.output.type': 'text',
      'gen_ai.usage.input_tokens': '400',
      'gen_ai.usage.output_tokens': '20',
      'gen_ai.conversation.id': CALL_SID,
      'gen_ai.response.time_to_first_chunk': 0.32,
    });
    expect(attributes(named(spans, 'execute_tool find_slot').attributes)).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'find_slot',
      'gen_ai.tool.type': 'function',
    });
  });

  it('says how the turn was, in numbers', () => {
    expect(attributes(named(spans, 'turn reply').attributes)).toEqual({
      'patchcord.turn.index': '1',
      'patchcord.turn.kind': 'reply',
      'patchcord.turn.interrupted': true,
      'patchcord.turn.false_alarms': '2',
      'patchcord.turn.speculative': true,
      'patchcord.turn.opener': true,
      'patchcord.turn.response_ms': '930',
      'patchcord.turn.characters': '10',
      'patchcord.turn.characters_heard': '6',
    });
  });

  it('marks what failed by its code, where and when it did', () => {
    const failed = spans.filter(({ status }) => status !== undefined);
    expect(failed.map(({ name, status }) => [name, status])).toEqual([
      ['execute_tool unknown', { code: 2, message: '_OTHER' }],
      ['turn reply', { code: 2, message: 'LLM_TIMEOUT' }],
      ['chat', { code: 2, message: 'LLM_TIMEOUT' }],
    ]);
    const events = (span: Span | undefined) =>
      span?.events.map((event) => [event.name, attributes(event.attributes)['error.type']]);
    expect(events(named(spans, 'call'))).toEqual([
      ['call-fault', 'STT_UNAVAILABLE'],
      ['circuit', undefined],
    ]);
    const turn = failed[1];
    expect(events(turn)).toEqual([['fault', 'LLM_TIMEOUT']]);
    expect(turn?.events[0]?.timeUnixNano).toBe(`${STARTED_AT + 17_800}000000`);
  });

  it('fails as a whole when the call did', () => {
    const call = { ...ENDED_CALL.call, status: 'failed', endReason: 'provider-failure' } as const;
    const [root] = spansOf({ ...ENDED_CALL, call });
    expect(root?.status).toEqual({ code: 2, message: 'provider-failure' });
  });

  it('belongs to the call by its SID, or to the trace that the call is part of', () => {
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([CALL_SID.slice(2)]));
    const parent = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), isSampled: true };
    const [root, ...others] = spansOf({ ...ENDED_CALL, parent });
    expect(root).toMatchObject({ traceId: parent.traceId, parentSpanId: parent.spanId });
    for (const { traceId } of others) expect(traceId).toBe(parent.traceId);
  });

  it('is the same each time, and another one for a second stream of the call', () => {
    expect(spansOf(ENDED_CALL)).toEqual(spans);
    const call = { ...ENDED_CALL.call, streamSid: `MZ${'3d'.repeat(16)}` };
    const ids = new Set(spans.map(({ spanId }) => spanId));
    for (const { spanId } of spansOf({ ...ENDED_CALL, call })) expect(ids).not.toContain(spanId);
  });

  it('is there for turns that an older version has recorded', () => {
    const turns = ENDED_CALL.turns.map(({ trace: _trace, ...turn }) => turn);
    const names = spansOf({ ...ENDED_CALL, turns }).map(({ name }) => name);
    expect(names).toContain('end_of_turn');
    expect(names).not.toContain('chat maker/first');
  });

  it('has nothing of what was said, and nobody’s number', () => {
    const text = JSON.stringify(callTrace(ENDED_CALL));
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    const call = { ...ENDED_CALL.call, callSid: '+60123456789' };
    expect(JSON.stringify(callTrace({ ...ENDED_CALL, call }))).not.toContain('60123456789');
  });
});
