import { describe, expect, it } from 'vitest';
import { Manners, WRAP_UP_MS } from './manners.ts';
import { Ledger } from './records/ledger.ts';
import type { Limits } from './settings.ts';
import { PHRASES, SETTINGS } from './settings.test-support.ts';

const NOTHING = new Ledger().toConsumption(0);

function begun(limits: Partial<Limits> = {}, callMsMax = 600_000): Manners {
  const manners = new Manners({ ...SETTINGS.limits, turnsMax: 3, ...limits }, { callMsMax });
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
