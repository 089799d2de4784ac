import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AllowList } from './allow-list.ts';
import { DIAL_PLAN_DEFAULT, type DialPlan } from '@patchcord/shared/dialling/dial-plan';
import { emergencyNumbers } from '@patchcord/shared/dialling/emergency';
import { OutboundPolicy } from './policy.ts';
import { RATE_LIMITS_DEFAULT } from './rate-limit.ts';

const EVERYTHING =
  '+* 0* 1* 2* 3* 4* 5* 6* 7* 8* 9* sip:*@pbx.example sip:*@10.0.0.112 sip:*@localhost';

function policy(
  allow: string = EVERYTHING,
  { plan = DIAL_PLAN_DEFAULT, callerIds = [] as readonly string[] } = {},
): OutboundPolicy {
  const limits = {
    ...RATE_LIMITS_DEFAULT,
    callsPerSecond: 1e6,
    burst: 1e6,
    callsAtOnceMax: 1e6,
    perNumberPerHour: 1e6,
    perNumberGapMs: 0,
    numbersMax: 1e6,
  };
  return new OutboundPolicy({ plan, allowList: AllowList.parse(allow).list, callerIds, limits });
}

function decide(to: string, from = '+60312345678', allow = EVERYTHING) {
  return policy(allow).decide({ to, from, now: 0 });
}

describe('the outbound policy', () => {
  it('allows what is allowed, in one spelling', () => {
    expect(decide('012-3456789')).toEqual({
      isAllowed: true,
      endpoint: { kind: 'external', number: '+60123456789' },
      from: { kind: 'external', number: '+60312345678' },
    });
    expect(decide('201', '100')).toMatchObject({ endpoint: { kind: 'extension', number: '201' } });
    expect(decide('sip:bob@10.0.0.112')).toMatchObject({ endpoint: { kind: 'sip' } });
  });

  it('lets an extension ring all day', () => {
    const limits = { ...RATE_LIMITS_DEFAULT, callsAtOnceMax: 2 };
    const { list } = AllowList.parse('2*');
    const reception = new OutboundPolicy({
      plan: DIAL_PLAN_DEFAULT,
      allowList: list,
      callerIds: [],
      limits,
    });
    const ring = () => reception.decide({ to: '201', from: '100', now: 0 }).isAllowed;
    for (let i = 0; i < 50; i++) {
      expect(ring()).toBe(true);
      reception.callEnded();
    }
    expect([ring(), ring(), ring()]).toEqual([true, true, false]);
  });

  it.each([
    ['', 'OUTBOUND_TO_MISSING', 21201],
    ['bob', 'OUTBOUND_TO_INVALID', 21211],
    ['201&PJSIP/+60123456789@trunk', 'OUTBOUND_TO_INVALID', 21211],
    ['999', 'OUTBOUND_TO_EMERGENCY', 21216],
    ['Local/999@outgoing', 'OUTBOUND_TO_EMERGENCY', 21216],
    ['sip:9-9-9@pbx.example', 'OUTBOUND_TO_EMERGENCY', 21216],
    ['sip:+60999@pbx.example', 'OUTBOUND_TO_EMERGENCY', 21216],
    ['sip:sos@pbx.example', 'OUTBOUND_TO_EMERGENCY', 21216],
    ['9 9 9', 'OUTBOUND_TO_EMERGENCY', 21216],
    ['tel:112', 'OUTBOUND_TO_EMERGENCY', 21216],
    ['+60600851234', 'OUTBOUND_TO_PREMIUM', 21216],
    ['0900123456', 'OUTBOUND_TO_PREMIUM', 21216],
    ['sip:+19005550123@pbx.example', 'OUTBOUND_TO_PREMIUM', 21216],
    ['sip:0019005550123@pbx.example', 'OUTBOUND_TO_PREMIUM', 21216],
    ['sip:bob@elsewhere.example', 'OUTBOUND_TO_NOT_ALLOWED', 21215],
  ])('refuses %s: %s', (to, code, twilioCode) => {
    expect(decide(to)).toMatchObject({ isAllowed: false, code, twilioCode, httpStatus: 400 });
  });

  it('is closed while OUTBOUND_ALLOW is empty', () => {
    for (const to of ['+60123456789', '201', 'sip:bob@pbx.example']) {
      expect(decide(to, '201', '')).toMatchObject({ code: 'OUTBOUND_TO_NOT_ALLOWED' });
    }
  });

  it('shows only caller IDs that are ours', () => {
    const ours = policy(EVERYTHING, { callerIds: ['+60312345678'] });
    const ask = (from: string) => ours.decide({ to: '201', from, now: 0 });
    expect(ask('0312345678')).toMatchObject({ isAllowed: true });
    expect(ask('+60312345679')).toMatchObject({
      code: 'OUTBOUND_FROM_NOT_OURS',
      twilioCode: 21210,
    });
    expect(ask('"x" <sip:1@2>')).toMatchObject({
      code: 'OUTBOUND_FROM_INVALID',
      twilioCode: 21212,
    });
  });

  it('counts what it allowed, and nothing else', () => {
    const limits = { ...RATE_LIMITS_DEFAULT, callsAtOnceMax: 1 };
    const allowList = AllowList.parse('201').list;
    const narrow = new OutboundPolicy({
      plan: DIAL_PLAN_DEFAULT,
      allowList,
      callerIds: [],
      limits,
    });
    const ask = (to: string, now: number) => narrow.decide({ to, from: '100', now });
    for (let i = 0; i < 20; i++) ask('202', 0);
    expect(ask('201', 0)).toMatchObject({ isAllowed: true });
    expect(ask('201', 20_000)).toMatchObject({
      code: 'OUTBOUND_RATE',
      twilioCode: 20429,
      httpStatus: 429,
    });
    narrow.callEnded();
    expect([narrow.active, ask('201', 40_000)]).toMatchObject([0, { isAllowed: true }]);
  });

  const countries = [...emergencyNumbers().keys()];
  /** A number in one of the ways in which people and programs write it. */
  const spelled = fc
    .record({
      country: fc.constantFrom(...countries),
      pick: fc.nat(50),
      access: fc.constantFrom('', '0', '9', '8'),
      prefix: fc.constantFrom('', '+', '00', '011'),
      zero: fc.constantFrom('', '0', '00'),
      decoration: fc.constantFrom('', '-', '.'),
      wrap: fc.constantFrom('', 'sip:@pbx.example', 'sips:@localhost', 'Local/@outgoing'),
    })
    .map(({ country, pick, access, prefix, zero, decoration, wrap }) => {
      const numbers = emergencyNumbers().get(country) ?? [];
      const number = numbers[pick % numbers.length] ?? '';
      const code = country === '' ? '60' : country;
      const isAbroad = prefix !== '';
      const digits = isAbroad ? code + zero + number : zero + number;
      const seized = prefix === '+' ? '' : access;
      const dialled = seized + prefix + digits.split('').join(decoration);
      const [before, after] = wrap.split('@');
      return {
        to: wrap === '' ? dialled : `${before}${dialled}@${after}`,
        country: code,
        isAbroad,
      };
    });

  it('dials no emergency number, in whatever spelling, even with everything allowed', () => {
    fc.assert(
      fc.property(spelled, ({ to, country, isAbroad }) => {
        // Without a country code, a number rings where the PBX stands.
        const plan: DialPlan = {
          ...DIAL_PLAN_DEFAULT,
          countryCode: isAbroad ? '60' : country,
          accessPrefix: '8',
        };
        const decision = policy(EVERYTHING, { plan }).decide({ to, from: '100', now: 0 });
        expect([to, decision.isAllowed]).toEqual([to, false]);
      }),
      { numRuns: 5000 },
    );
  });

  it('never throws, and answers with printable text of bounded length', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1000 }),
      fc.stringMatching(/^[+0-9.@:;,/&sip-]{0,40}$/),
    );
    fc.assert(
      fc.property(text, text, (to, from) => {
        const decision = decide(to, from);
        if (decision.isAllowed) {
          expect(decision.endpoint.number).toMatch(/^[\x21-\x7e]+$/);
          expect(decision.endpoint.number).not.toMatch(/[/&,;|()${}]/);
        } else {
          expect(decision.reason).toMatch(/^[\x20-\x7e]{1,200}$/);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
