import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AllowList } from './allow-list.ts';
import { DIAL_PLAN_DEFAULT } from '@patchcord/shared/dialling/dial-plan';
import { parseEndpoint } from './phone-number.ts';

function allows(patterns: string, to: string): boolean {
  const { list, problems } = AllowList.parse(patterns);
  expect(problems).toEqual([]);
  const endpoint = parseEndpoint(to, DIAL_PLAN_DEFAULT);
  if (endpoint === undefined) throw new Error(`${to} is no number`);
  return list.allows(endpoint);
}

describe('OUTBOUND_ALLOW', () => {
  it.each([
    ['', '+60123456789', false],
    ['+60*', '+60123456789', true],
    ['+60*', '0123456789', true],
    ['+60*', '+6581234567', false],
    ['+60*', '201', false],
    ['+60123456789', '+60123456789', true],
    ['+60123456789', '+601234567890', false],
    ['+60*, !+6012*', '+60123456789', false],
    ['+60*, !+6012*', '+60133456789', true],
    ['+60* !+6012* +60123456789', '+60123456789', true],
    ['!+60123456789 +60123456789', '+60123456789', false],
    ['+60* !+60*', '+60123456789', false],
    ['!+60900*', '+60123456789', false],
    ['+*', '+441144960999', true],
    ['+*', '201', false],
    ['201', '201', true],
    ['201', '2011', false],
    ['2* !205', '205', false],
    ['2* !205', '206', true],
    ['sip:*@pbx.example', 'sip:bob@PBX.example', true],
    ['sip:*@pbx.example', 'sip:bob@evilpbx.example', false],
    ['sip:*@pbx.example', 'sip:bob@pbx.example:5070', false],
    ['sip:bob@pbx.example', 'sip:bob@pbx.example', true],
    ['sip:bob@pbx.example', 'sip:bobby@pbx.example', false],
    ['sip:*@pbx.example !sip:bob@pbx.example', 'sip:bob@pbx.example', false],
  ])('`%s` and %s: %s', (patterns, to, expected) => {
    expect(allows(patterns, to)).toBe(expected);
  });

  it.each([
    '*',
    '+0*',
    '+60*1',
    '60123456789',
    '+60-12*',
    'Local/1@x',
    'sip:*',
    '!',
    '++60',
    '+',
    '+60?',
  ])('names `%s` as no pattern', (word) => {
    expect(AllowList.parse(`+60*, ${word}`).problems).toEqual([word]);
  });

  it('opens nothing while it only forbids', () => {
    expect(AllowList.parse('!+60*').list.isEmpty).toBe(true);
    expect(AllowList.parse('').list.isEmpty).toBe(true);
    expect(AllowList.parse('201').list.isEmpty).toBe(false);
  });

  it('takes a bounded number of patterns', () => {
    expect(AllowList.parse('+60* '.repeat(1001)).problems).toEqual(['1001 patterns']);
  });

  it('does not depend on the order', () => {
    const pattern = fc
      .tuple(fc.boolean(), fc.stringMatching(/^\+60[0-9]{0,4}$/), fc.boolean())
      .map(([isDenied, fixed, isPrefix]) => `${isDenied ? '!' : ''}${fixed}${isPrefix ? '*' : ''}`);
    const number = fc.stringMatching(/^\+60[1-9][0-9]{6,9}$/);
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1 }), number, (patterns, to) => {
        const there = allows(patterns.join(','), to);
        expect(allows(patterns.toReversed().join(' '), to)).toBe(there);
      }),
    );
  });
});
