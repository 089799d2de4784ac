import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIAL_PLAN_DEFAULT, type DialPlan } from '@patchcord/shared/dialling/dial-plan';
import { parseEndpoint } from './phone-number.ts';

const UNITED_STATES: DialPlan = {
  countryCode: '1',
  nationalPrefix: '1',
  internationalPrefix: '011',
  accessPrefix: '',
};
const ANYWHERE: DialPlan = { ...DIAL_PLAN_DEFAULT, countryCode: undefined };

describe('what may be called', () => {
  it.each([
    ['+60123456789', DIAL_PLAN_DEFAULT, 'external', '+60123456789'],
    ['0123456789', DIAL_PLAN_DEFAULT, 'external', '+60123456789'],
    ['012-345 6789'.replace(' ', '-'), DIAL_PLAN_DEFAULT, 'external', '+60123456789'],
    ['01112345678', DIAL_PLAN_DEFAULT, 'external', '+601112345678'],
    ['60123456789', DIAL_PLAN_DEFAULT, 'external', '+60123456789'],
    ['0014155550123', DIAL_PLAN_DEFAULT, 'external', '+14155550123'],
    ['+390612345678', DIAL_PLAN_DEFAULT, 'external', '+390612345678'],
    ['14155550123', UNITED_STATES, 'external', '+14155550123'],
    ['01160123456789', UNITED_STATES, 'external', '+60123456789'],
    ['201', DIAL_PLAN_DEFAULT, 'extension', '201'],
    ['20011', ANYWHERE, 'extension', '20011'],
    ['sip:reception@PBX.example', DIAL_PLAN_DEFAULT, 'sip', 'sip:reception@pbx.example'],
    ['SIPS:+6012@10.0.0.1:5061', DIAL_PLAN_DEFAULT, 'sip', 'sip:+6012@10.0.0.1:5061'],
  ] as const)('%s', (text, plan, kind, number) => {
    expect(parseEndpoint(text, plan)).toMatchObject({ kind, number });
  });

  it.each([
    ['nothing', ''],
    ['a plus', '+'],
    ['too short for the world', '+60123'],
    ['too long', '+1234567890123456'],
    ['no country', '+0123456789'],
    ['a national 0 behind the country code', '+600123456789'],
    ['the premium service without its 0', '600851234'],
    ['neither national nor with a country code', '123456789'],
    ['a second channel', '201&PJSIP/202'],
    ['another context', '201@from-internal'],
    ['another technology', 'Local/201@outgoing'],
    ['application arguments', '201,30,t'],
    ['an expression', '${EXTEN}'],
    ['a feature code', '*21*201#'],
    ['a space', '+60 123456789'],
    ['a line break', '201\nAction: Originate'],
    ['a full-width digit', '２０１'],
    ['an Arabic digit', '٢٠١'],
    ['a NUL', '201\u0000'],
    ['sip parameters', 'sip:bob@host;transport=tcp'],
    ['sip headers', 'sip:bob@host?Subject=x'],
    ['a sip password', 'sip:bob:secret@host'],
    ['an escape', 'sip:%39%39%39@host'],
    ['no sip user', 'sip:host'],
    ['a sip port out of range', 'sip:bob@host:70000'],
    ['a client', 'client:bob'],
    ['hyphens only', '--'],
  ])('refuses %s', (_, text) => {
    expect(parseEndpoint(text, DIAL_PLAN_DEFAULT)).toBeUndefined();
  });

  it('knows no number of the country where none is named', () => {
    expect(parseEndpoint('0123456789', ANYWHERE)).toBeUndefined();
    expect(parseEndpoint('60123456789', ANYWHERE)).toBeUndefined();
    expect(parseEndpoint('0060123456789', ANYWHERE)).toMatchObject({ number: '+60123456789' });
  });

  it('never lets through what a dial string could read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const number = parseEndpoint(text, DIAL_PLAN_DEFAULT)?.number ?? '';
        expect(number.replace(/^sip:[\w.+-]+@/, '')).toMatch(/^[+a-z0-9.:-]*$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('has one spelling: what it answers, it reads as the same again', () => {
    const text = fc.stringMatching(/^(?:sip:[a-z+.0-9]{1,8}@[a-z0-9.]{1,12}|[+0]?[0-9.-]{1,17})$/);
    fc.assert(
      fc.property(text, (one) => {
        const endpoint = parseEndpoint(one, DIAL_PLAN_DEFAULT);
        if (endpoint === undefined) return;
        expect(parseEndpoint(endpoint.number, DIAL_PLAN_DEFAULT)).toEqual(endpoint);
      }),
      { numRuns: 2000 },
    );
  });
});
