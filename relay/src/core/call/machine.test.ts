import { describe, expect, test } from 'vitest';
import { CALL_TRANSITIONS, nextCallState, type CallEvent, type CallState } from './machine.ts';

const STATES = Object.keys(CALL_TRANSITIONS) as CallState[];
const EVENTS = [
  ...new Set(Object.values(CALL_TRANSITIONS).flatMap((row) => Object.keys(row))),
] as CallEvent[];
/** States in which something of ours may exist on the PBX or a socket may be open. */
const LIVING = STATES.filter((state) => state !== 'releasing' && state !== 'ended');

test('every pair of state and event is either in the table or ignored', () => {
  const listed = STATES.flatMap((state) =>
    EVENTS.map((event) => nextCallState(state, event)).filter((next) => next !== undefined),
  );
  const rows: readonly object[] = Object.values(CALL_TRANSITIONS);
  expect(listed).toHaveLength(rows.reduce((sum, row) => sum + Object.keys(row).length, 0));
  expect(listed.every((next) => STATES.includes(next))).toBe(true);
});

describe('a caller who hangs up', () => {
  test.each(LIVING)('%s: everything is released', (state) => {
    expect(nextCallState(state, 'caller-left')).toBe('releasing');
  });
});

test('every call ends, and only through releasing', () => {
  const before = STATES.filter((state) =>
    EVENTS.some((event) => nextCallState(state, event) === 'ended'),
  );
  expect(before).toEqual(['releasing']);
  for (const state of LIVING) {
    const seen = new Set<CallState>([state]);
    for (const each of seen) {
      for (const event of EVENTS) {
        const next = nextCallState(each, event);
        if (next !== undefined) seen.add(next);
      }
    }
    expect(seen).toContain('ended');
  }
});

test('once on the way out, nothing brings a call back', () => {
  for (const state of ['returning', 'hanging-up', 'releasing', 'ended'] as const) {
    for (const event of EVENTS) {
      expect([undefined, 'releasing', 'ended']).toContain(nextCallState(state, event));
    }
  }
});
