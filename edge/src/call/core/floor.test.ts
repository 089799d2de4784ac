import { describe, expect, it } from 'vitest';
import { Floor, TRANSITIONS, type FloorEvent, type FloorState } from './floor.ts';

const STATES = [
  'waiting',
  'listening',
  'thinking',
  'speaking',
  'connecting',
  'leaving',
  'ended',
] as const;
const EVENTS = [
  'started',
  'agent-turn',
  'first-audio',
  'barge-in',
  'caller-goes-on',
  'turn-over',
  'transfer',
  'farewell',
  'ended',
] as const;

/** The way to each state from the beginning. */
const WAYS: Record<FloorState, readonly FloorEvent[]> = {
  waiting: [],
  listening: ['started'],
  thinking: ['started', 'agent-turn'],
  speaking: ['started', 'agent-turn', 'first-audio'],
  connecting: ['started', 'agent-turn', 'first-audio', 'transfer'],
  leaving: ['started', 'farewell'],
  ended: ['ended'],
};

/** One row a state, one column an event, in the order of EVENTS; `-` is forbidden. */
const TABLE = `
  waiting    listening -        -        -         -         -         -          -       ended
  listening  -         thinking -        -         -         -         -          leaving ended
  thinking   -         -        speaking listening listening listening connecting leaving ended
  speaking   -         -        -        listening -         listening connecting leaving ended
  connecting -         -        -        -         -         listening -          -       ended
  leaving    -         -        -        -         -         -         -          -       ended
  ended      -         -        -        -         -         -         -          -       -
`;

function expectedOf(state: FloorState, event: FloorEvent): string {
  const row = TABLE.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .find(([name]) => name === state);
  return row?.[1 + EVENTS.indexOf(event)] ?? 'no such row';
}

describe('the floor', () => {
  const pairs = STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const));

  it('knows every state', () => {
    expect(Object.keys(TRANSITIONS)).toEqual([...STATES]);
  });

  it.each(pairs)('%s, %s', (state, event) => {
    const floor = new Floor();
    for (const step of WAYS[state]) floor.take(step);
    expect(floor.state).toBe(state);
    const expected = expectedOf(state, event);
    if (expected === '-') {
      expect(() => floor.take(event)).toThrow(`${event} is not possible while ${state}`);
      expect(floor.state).toBe(state);
    } else {
      floor.take(event);
      expect(floor.state).toBe(expected);
    }
  });
});
