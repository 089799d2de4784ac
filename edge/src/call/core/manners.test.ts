import { describe, expect, it } from 'vitest';
import { Manners, WRAP_UP_MS } from './manners.ts';
import type { Limits, Phrases } from './settings.ts';

const LIMITS: Limits = {
  repromptsMax: 2,
  failedTurnsMax: 3,
  agentCharsMax: 3000,
  toolStepsMax: 4,
  turnsMax: 3,
};

const PHRASES: Phrases = {
  greeting: '',
  apology: '',
  notUnderstood: '',
  reprompt: '',
  goodbye: '',
  wrapUp: '',
  timeLimit: 'Our time is up.',
  failure: '',
  openers: [],
  fillers: [],
  voicemail: '',
};

const NOTHING = {
  sttSeconds: 0,
  ttsCharacters: 0,
  llm: [],
  wasted: { ttsCharacters: 0, promptTokens: 0, completionTokens: 0 },
};

function begun(limits: Partial<Limits> = {}, callMsMax = 600_000): Manners {
  const manners = new Manners({ ...LIMITS, ...limits }, { callMsMax });
  manners.begin(1000);
  return manners;
}

describe('the end of a call', () => {
  it('comes after so many prompts in a row, and a word of the caller starts the count again', () => {
    const manners = begun();
    expect([manners.mayPromptAgain(), manners.mayPromptAgain()]).toEqual([true, true]);
    manners.understand();
    expect([1, 2, 3].map(() => manners.mayPromptAgain())).toEqual([true, true, false]);
  });

  it('comes after so many failed turns in a row', () => {
    const manners = begun();
    expect([manners.failTurn(), manners.failTurn()]).toEqual([false, false]);
    manners.completeTurn();
    expect([1, 2, 3].map(() => manners.failTurn())).toEqual([false, false, true]);
  });

  it('comes with the last turn that the agent may have', () => {
    const manners = begun();
    for (let i = 0; i < 2; i++) manners.understand();
    expect(manners.exceeded(NOTHING, PHRASES, 2000)).toBeUndefined();
    manners.understand();
    expect(manners.exceeded(NOTHING, PHRASES, 2000)).toEqual({
      text: 'Our time is up.',
      reason: 'turn-limit',
      kind: 'farewell',
    });
  });

  it('comes when the call has cost what it may, line minutes with it', () => {
    const cost = { microsMax: 5000, microsOf: (_: unknown, durationMs: number) => durationMs };
    const manners = begun({ cost });
    expect(manners.exceeded(NOTHING, PHRASES, 5999)).toBeUndefined();
    expect(manners.exceeded(NOTHING, PHRASES, 6000)).toMatchObject({ reason: 'cost-limit' });
  });

  it('is told once, in time, and not at all of a call that is short anyway', () => {
    const manners = begun();
    const warnedAt = manners.endsAt - WRAP_UP_MS;
    expect(manners.warn(warnedAt - 1)).toBe(false);
    expect(manners.warn(warnedAt)).toBe(true);
    expect(manners.warn(warnedAt + 1)).toBe(false);
    expect(begun({}, 60_000).warn(60_000)).toBe(false);
  });
});
