import { describe, expect, it } from 'vitest';
import { parseTraceParent, spanIdOf, traceIdOf } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('names the trace and the span that the call belongs to', () => {
    const parent = { traceId: TRACE, spanId: SPAN };
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...parent, isSampled: true });
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-02`)).toEqual({ ...parent, isSampled: false });
    // Of a later version, what is known of it.
    expect(parseTraceParent(`cc-${TRACE}-${SPAN}-01-more`)).toEqual({ ...parent, isSampled: true });
  });

  it.each([
    undefined,
    '',
    TRACE,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
  ])('that is not valid is none: %j', (text) => {
    expect(parseTraceParent(text)).toBeUndefined();
  });
});

describe('the identifiers of a call', () => {
  it('are the digits of its SID', () => {
    expect(traceIdOf(`CA${TRACE}`)).toBe(TRACE);
    expect(traceIdOf(`CA${TRACE.toUpperCase()}`)).toBe(TRACE);
  });

  it('are made up, but the same each time, where there is no SID or one of zeroes', () => {
    for (const callSid of ['', 'call 7', `CA${'0'.repeat(32)}`]) {
      expect(traceIdOf(callSid)).toMatch(/^(?=.*[1-9a-f])[0-9a-f]{32}$/u);
      expect(traceIdOf(callSid)).toBe(traceIdOf(callSid));
    }
    expect(traceIdOf('call 7')).not.toBe(traceIdOf('call 8'));
  });

  it('differ for every span of a long call', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => spanIdOf(TRACE, `MZ/turn ${i}`));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids.slice(0, 100)) expect(id).toMatch(/^[0-9a-f]{16}$/u);
  });
});
