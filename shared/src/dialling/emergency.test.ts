import { describe, expect, it } from 'vitest';
import { DIAL_PLAN_DEFAULT, type DialPlan } from './dial-plan.ts';
import { emergencyNumbers, isEmergency } from './emergency.ts';

const PLAN: DialPlan = { ...DIAL_PLAN_DEFAULT, accessPrefix: '8' };

describe('emergency numbers', () => {
  it.each([
    '999',
    '112',
    '911',
    '000',
    '08',
    '15999',
    '+999',
    '+60999',
    '+600999',
    '60999',
    '0060999',
    '01160112',
    '00999',
    '0999',
    '9999',
    '8999',
    '90999',
    '800112',
    '90060999',
    '+1911',
    '+44999',
    '0044112',
    '+33115',
    '+3318',
    '+91100',
    '+86120',
    '+6115999',
  ])('%s', (text) => {
    expect(isEmergency(text, PLAN)).toBe(true);
  });

  it.each([
    '201',
    '1000',
    '101',
    '3317',
    '+60123456789',
    '+60999123456',
    '+60399999999',
    '+441144960999',
    '0399999999',
    '0199112999',
    '+683 4911'.replace(' ', ''),
  ])('%s is none in Malaysia', (text) => {
    expect(isEmergency(text, PLAN)).toBe(false);
  });

  it('takes every country for its own where none is named', () => {
    const anywhere = { ...PLAN, countryCode: undefined };
    for (const number of [...emergencyNumbers().values()].flat()) {
      expect([number, isEmergency(number, anywhere)]).toEqual([number, true]);
    }
  });
});
