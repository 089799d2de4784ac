import { describe, expect, it } from 'vitest';
import { AMD_TRANSITIONS, nextAmdStep, type AmdEvent, type AmdState } from './machine.ts';

const STATES: readonly AmdState[] = ['listening', 'speaking', 'greeting', 'decided'];
const EVENTS: readonly AmdEvent[] = [
  'speech',
  'no-speech',
  'long-speech',
  'speech-end',
  'message-end',
  'beep',
  'fax',
  'silence',
  'timeout',
];

describe.each(['Enable', 'DetectMessageEnd'] as const)('%s', (mode) => {
  it('decides exactly where it gives an answer', () => {
    for (const state of STATES) {
      for (const event of EVENTS) {
        const step = nextAmdStep(mode, state, event);
        if (step === undefined) continue;
        const isDecided = step.next === 'decided';
        expect([state, event, step.answeredBy !== undefined]).toEqual([state, event, isDecided]);
      }
    }
  });

  it('changes nothing once it has decided', () => {
    expect(AMD_TRANSITIONS[mode].decided).toEqual({});
  });

  it('has an answer to the timeout in every state that lasts', () => {
    const lasting: readonly AmdState[] =
      mode === 'Enable' ? ['listening', 'speaking'] : ['listening', 'speaking', 'greeting'];
    for (const state of lasting) expect(nextAmdStep(mode, state, 'timeout')).toBeDefined();
  });
});
