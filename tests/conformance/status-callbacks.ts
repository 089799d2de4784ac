import { expect } from 'vitest';
import { CallProgress } from '@patchcord/relay/core/call/progress';
import { statusFields } from '@patchcord/relay/core/call/webhook-fields';
import type { CallRecord } from '@patchcord/shared/twilio/call-record';
import { trunkNumber, type TrunkOutcome } from '../rig/trunk-number.ts';
import { headerOf, parametersOf } from './raw-handler.ts';
import { once, type Rule, type Section } from './rule.ts';
import { ACCOUNT_SID, FROM, World } from './world.ts';

const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

/** Order of a captured callback (C7); what is in brackets there only where it applies. */
const ORDER =
  'Called ToState CallerCountry Direction Timestamp CallbackSource SipResponseCode CallerState ToZip SequenceNumber CallSid To ToCountry CallerZip CalledZip ApiVersion CalledCity CallStatus Duration From CallDuration AccountSid CalledCountry CallerCity ToCity FromCountry Caller FromCity CalledState FromZip AnsweredBy FromState'.split(
    ' ',
  );
const FINAL_ONLY = ['SipResponseCode', 'Duration', 'CallDuration'];

type CreateOptions = Parameters<World['client']['calls']['create']>[0];

/** Dials, lets the call come to its end, and answers everything that the callback was told. */
async function callbacksOf(
  outcome: TrunkOutcome,
  more: Partial<CreateOptions> = {},
  act: (world: World, sid: string) => Promise<void> = async () => {},
) {
  await using world = await World.start({
    answer: ({ target }) =>
      target === '/hangup' ? { body: '<Response><Hangup/></Response>' } : undefined,
  });
  const { sid } = await world.client.calls.create({
    to: `+${trunkNumber(outcome)}`,
    from: FROM,
    url: `${world.httpUrl}/hangup`,
    statusCallback: `${world.httpUrl}/status`,
    statusCallbackEvent: EVENTS,
    ...more,
  });
  await act(world, sid);
  const isOver = (status = ''): boolean =>
    /^(completed|busy|failed|no-answer|canceled)$/.test(status);
  await world.handler.requests.until('the last callback', (request) => {
    const form = Object.fromEntries(parametersOf(request));
    return request.target === '/status' && isOver(form['CallStatus']);
  });
  await world.relay.idle();
  const requests = world.requestsTo('/status');
  return {
    sid,
    requests,
    forms: requests.map((request) => Object.fromEntries(parametersOf(request))),
    areSigned: requests.every((request) => world.isSigned(request)),
    codes: world.relay.codes,
  };
}

const answered = once(() => callbacksOf({ kind: 'echo', ringMs: 100 }));

const RECORD: CallRecord = {
  sid: `CA${'1'.repeat(32)}`,
  accountSid: ACCOUNT_SID,
  direction: 'outbound-api',
  from: '+1',
  to: '+2',
  status: 'completed',
  createdAt: 0,
  updatedAt: 0,
};

function unanswered(
  id: string,
  what: string,
  source: string,
  outcome: TrunkOutcome,
  expected: readonly [status: string, sipCode: string],
  more: Partial<CreateOptions> = {},
): Rule {
  const [CallStatus, SipResponseCode] = expected;
  return {
    id,
    rule: `${what}: \`CallStatus=${CallStatus}\`, \`SipResponseCode=${SipResponseCode}\`, \`CallDuration=0\``,
    source,
    test: async () => {
      const { forms } = await callbacksOf(outcome, more);
      expect(forms.at(-1)).toMatchObject({ CallStatus, SipResponseCode, CallDuration: '0' });
      expect(forms.some((form) => form['CallStatus'] === 'in-progress')).toBe(false);
    },
  };
}

export const STATUS_CALLBACKS: Section = {
  title: 'Call status callbacks',
  file: 'status-callbacks.ts',
  rules: [
    {
      id: '9.1',
      rule: 'Only `completed` without a `StatusCallbackEvent`',
      source: 'D6',
      test: async () => {
        const { forms } = await callbacksOf({ kind: 'echo' }, { statusCallbackEvent: [] });
        expect(forms.map((form) => form['CallStatus'])).toEqual(['completed']);
      },
    },
    {
      id: '9.2',
      rule: 'initiated, ringing, answered, completed are `CallStatus` initiated, ringing, in-progress, completed',
      source: 'D6, C7',
      test: async () => {
        const { forms } = await answered();
        expect(forms.map((form) => form['CallStatus'])).toEqual([
          'initiated',
          'ringing',
          'in-progress',
          'completed',
        ]);
      },
    },
    {
      id: '9.3',
      rule: 'Fields in captured order: all of `Called ToState CallerCountry … FromState`',
      source: 'C7',
      test: async () => {
        const { requests } = await answered();
        const always = ORDER.filter((name) => ![...FINAL_ONLY, 'AnsweredBy'].includes(name));
        const names = requests.map((request) => parametersOf(request).map(([name]) => name));
        expect(names[0]).toEqual(always);
        expect(names.at(-1)).toEqual(ORDER.filter((name) => name !== 'AnsweredBy'));
      },
    },
    {
      id: '9.4',
      rule: '`SipResponseCode`, `CallDuration`, `Duration` on the last one only',
      source: 'D6, C7',
      test: async () => {
        const { forms } = await answered();
        for (const form of forms) {
          const isLast = form === forms.at(-1);
          for (const name of FINAL_ONLY) expect(name in form).toBe(isLast);
        }
      },
    },
    {
      id: '9.5',
      rule: '`Timestamp` is RFC 2822, UTC: `Thu, 12 Feb 2026 11:48:25 +0000`',
      source: 'C7',
      test: async () => {
        for (const { Timestamp = '' } of (await answered()).forms) {
          expect(Timestamp).toMatch(
            /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/,
          );
        }
      },
    },
    {
      id: '9.6',
      rule: '`CallbackSource=call-progress-events`; `SequenceNumber` from "0", +1 each',
      source: 'C7',
      test: async () => {
        const { forms } = await answered();
        expect(forms.map((form) => form['SequenceNumber'])).toEqual(['0', '1', '2', '3']);
        for (const { CallbackSource } of forms) expect(CallbackSource).toBe('call-progress-events');
      },
    },
    {
      id: '9.7',
      rule: '`CallDuration` is in seconds, `Duration` in minutes begun: 49 s are 1',
      source: 'C7',
      on: 'core',
      test: () => {
        for (const [durationSeconds, minutes] of [
          [49, '1'],
          [60, '1'],
          [61, '2'],
          [0, '0'],
        ] as const) {
          const report = {
            event: 'completed',
            status: 'completed',
            at: 0,
            sequenceNumber: 0,
          } as const;
          const fields = statusFields(RECORD, { ...report, durationSeconds });
          expect(fields).toMatchObject({
            CallDuration: String(durationSeconds),
            Duration: minutes,
          });
        }
      },
    },
    {
      id: '9.8',
      rule: 'Signed as webhooks are, a request of its own each, POST by default',
      source: 'D6, S',
      test: async () => {
        const { areSigned, requests } = await answered();
        expect(areSigned).toBe(true);
        expect(requests.every(({ method }) => method === 'POST')).toBe(true);
        const tokens = requests.map((each) => headerOf(each, 'I-Twilio-Idempotency-Token'));
        expect(new Set(tokens).size).toBe(requests.length);
      },
    },
    {
      id: '9.9',
      rule: '`StatusCallbackMethod=GET`: in the query',
      source: 'D6',
      test: async () => {
        await using world = await World.start();
        await world.client.calls.create({
          to: `+${trunkNumber({ kind: 'busy' })}`,
          from: FROM,
          twiml: '<Response/>',
          statusCallback: `${world.httpUrl}/status`,
          statusCallbackMethod: 'GET',
        });
        const request = await world.request('/status');
        expect(request.method).toBe('GET');
        expect(Object.fromEntries(parametersOf(request))).toMatchObject({ CallStatus: 'busy' });
        expect(world.isSigned(request)).toBe(true);
      },
    },
    unanswered('9.10', 'Busy', 'D6', { kind: 'busy' }, ['busy', '486']),
    unanswered(
      '9.11',
      'Nobody answers within `Timeout`',
      'D6',
      { kind: 'rings' },
      ['no-answer', '487'],
      {
        timeout: 1,
      },
    ),
    unanswered(
      '9.12',
      'A number that does not exist',
      'INFERRED',
      { kind: 'rejects', status: 404 },
      ['failed', '404'],
    ),
    unanswered('9.13', 'The provider cannot', 'INFERRED', { kind: 'rejects', status: 503 }, [
      'failed',
      '503',
    ]),
    unanswered('9.14', 'Declined', 'INFERRED', { kind: 'rejects', status: 603 }, ['busy', '603']),
    {
      id: '9.15',
      rule: '`Status=canceled` while it rings: `CallStatus=canceled`, `SipResponseCode=487`',
      source: 'D6',
      test: async () => {
        const { forms } = await callbacksOf({ kind: 'rings' }, {}, async (world, sid) => {
          await world.formWith('/status', { CallStatus: 'ringing' });
          await world.client.calls(sid).update({ status: 'canceled' });
        });
        expect(forms.at(-1)).toMatchObject({ CallStatus: 'canceled', SipResponseCode: '487' });
      },
    },
    {
      id: '9.16',
      rule: 'Cancelled while still queued: no callback',
      source: 'D5',
      on: 'core',
      test: () =>
        expect(new CallProgress('queued', ['initiated', 'completed']).move('canceled', 0)).toEqual(
          [],
        ),
    },
    {
      id: '9.17',
      rule: '`Record=true`: `RecordingUrl`, `RecordingSid`, `RecordingDuration` on `completed`',
      source: 'D6',
      test: async () => {
        const { forms } = await callbacksOf(
          { kind: 'human' },
          { record: true, twiml: '<Response><Pause length="1"/></Response>', url: '' },
        );
        const last = forms.at(-1);
        expect(last?.['RecordingSid']).toMatch(/^RE[0-9a-f]{32}$/);
        expect(last?.['RecordingUrl']).toMatch(
          new RegExp(`/Recordings/${last?.['RecordingSid']}$`),
        );
        expect(last?.['RecordingDuration']).toMatch(/^\d+$/);
        expect(forms.slice(0, -1).some((form) => 'RecordingSid' in form)).toBe(false);
      },
    },
    {
      id: '9.18',
      rule: 'Asynchronous answering-machine detection calls back with `CallSid, AccountSid, AnsweredBy, MachineDetectionDuration` in milliseconds',
      source: 'D6',
      test: async () => {
        await using world = await World.start();
        const { sid } = await world.client.calls.create({
          to: `+${trunkNumber({ kind: 'silence' })}`,
          from: FROM,
          twiml: '<Response><Pause length="60"/></Response>',
          machineDetection: 'Enable',
          machineDetectionSilenceTimeout: 2000,
          asyncAmd: 'true',
          asyncAmdStatusCallback: `${world.httpUrl}/amd`,
        });
        const request = await world.request('/amd');
        expect(parametersOf(request)).toEqual([
          ['CallSid', sid],
          ['AccountSid', ACCOUNT_SID],
          ['AnsweredBy', 'unknown'],
          ['MachineDetectionDuration', expect.stringMatching(/^[12]\d{3}$/)],
        ]);
        expect(world.isSigned(request)).toBe(true);
        expect((await world.client.calls(sid).fetch()).answeredBy).toBe('unknown');
      },
    },
    {
      id: '9.19',
      rule: "A call that came in: `completed` for `STATUS_CALLBACK_URL`, the number's own setting at Twilio",
      source: 'D5',
      test: async () => {
        await using world = await World.start({
          environment: { STATUS_CALLBACK_URL: '{http}/status' },
        });
        const phone = await world.call();
        await world.stream();
        await phone.hangup();
        const form = await world.form('/status');
        expect(form).toMatchObject({ CallStatus: 'completed', Direction: 'inbound' });
      },
    },
    {
      id: '9.20',
      rule: '`StirStatus`',
      source: 'D6',
      note: 'a PBX does not tell the relay of it',
    },
  ],
};
