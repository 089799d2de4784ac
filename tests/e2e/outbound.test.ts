/**
 * Calls that the relay places, through a second Asterisk that plays the provider: what REST and the callbacks say is held against
 * what the provider saw.
 */

import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { Application, OUTBOUND } from '../relay/application.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { vowel } from '../relay/vowel.ts';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import type { AsteriskMajor } from '../rig/asterisk-release.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { leaseRtpRange } from '../rig/rtp-range.ts';
import type { TrunkCall } from '../rig/trunk-log.ts';
import { REJECT_CAUSES, trunkNumber, type TrunkOutcome } from '../rig/trunk-number.ts';
import { startTrunk, type AsteriskTrunk } from '../rig/trunk.ts';
import { seededRandom } from '../sim/random.ts';
import { report } from './report.ts';

const OURS = '+15550001000';
const NOTHING = { channels: [], bridges: [] };
const SEED = 4;
const CALLS_AT_ONCE = 10;
/** Twice as many as are made, because a call's last callback comes a moment before its end. */
const CALLS_MAX = 2 * CALLS_AT_ONCE;

/** One way for a call to go: what the provider does with it, and what we do. */
interface Scenario {
  readonly outcome: TrunkOutcome;
  /** Path of the document; default: speaks for a second and hangs up. */
  readonly document?: '/listen';
  /** What REST is asked for, and as soon as which callback has come. */
  readonly update?: readonly ['canceled' | 'completed', 'initiated' | 'ringing' | 'in-progress'];
}

const SCENARIOS: readonly Scenario[] = [
  { outcome: { kind: 'hangs-up', talkMs: 1500 }, document: '/listen' },
  { outcome: { kind: 'hangs-up', talkMs: 300 }, document: '/listen' },
  { outcome: { kind: 'silence', ringMs: 500 } },
  { outcome: { kind: 'echo', ringMs: 300 } },
  {
    outcome: { kind: 'human' },
    document: '/listen',
    update: ['completed', 'in-progress'],
  },
  { outcome: { kind: 'busy' } },
  { outcome: { kind: 'busy', ringMs: 500 } },
  { outcome: { kind: 'rings' } },
  { outcome: { kind: 'rings' }, update: ['canceled', 'ringing'] },
  { outcome: { kind: 'rings' }, update: ['completed', 'ringing'] },
  { outcome: { kind: 'mute' } },
  { outcome: { kind: 'mute' }, update: ['canceled', 'initiated'] },
  { outcome: { kind: 'rejects', status: 403 } },
  { outcome: { kind: 'rejects', status: 404 } },
  { outcome: { kind: 'rejects', status: 480 } },
  { outcome: { kind: 'rejects', status: 503 } },
  { outcome: { kind: 'rejects', status: 603 } },
  { outcome: { kind: 'early-media', mediaMs: 500 } },
  { outcome: { kind: 'early-media-busy', mediaMs: 500 } },
];

/** What a refusal means, by the SIP status that the provider sent. */
const STATUS_OF_REFUSAL: Readonly<Record<number, string>> = {
  403: 'failed',
  404: 'failed',
  480: 'no-answer',
  486: 'busy',
  503: 'failed',
  603: 'busy',
};

/**
 * Where Asterisk tells the Q.850 cause alone: cause 21 is a trunk's 403 as well as a person's 603, and Asterisk 16 believes the
 * 603's `Reason`, which here is 16, a normal end.
 */
const SEEN_AS: Readonly<Record<AsteriskMajor, Readonly<Record<number, number>>>> = {
  22: { 403: 603 },
  16: { 403: 603, 603: 480 },
};

interface Route {
  readonly major: AsteriskMajor;
  readonly endpoint: string;
  /** Asterisk tells the SIP status behind a cause: 22 does, of a PJSIP channel. */
  readonly isSipStatusKnown: boolean;
  readonly calls: number;
}

const ROUTES: readonly Route[] = [
  { major: 22, endpoint: 'PJSIP/{number}@trunk', isSipStatusKnown: true, calls: 100 },
  { major: 22, endpoint: 'Local/{number}@outgoing', isSipStatusKnown: false, calls: 20 },
  { major: 16, endpoint: 'Local/{number}@outgoing', isSipStatusKnown: false, calls: 20 },
];

/** The scenarios in turn, shuffled: every one as often as the others, or once more. */
function mix(count: number): readonly Scenario[] {
  const random = seededRandom(SEED);
  return Array.from({ length: count }, (_, i) => ({
    scenario: SCENARIOS[i % SCENARIOS.length] as Scenario,
    order: random(),
  }))
    .sort((a, b) => a.order - b.order)
    .map(({ scenario }) => scenario);
}

/** The SIP status that ended the call, if it was the provider who did before anybody answered. */
function refusalOf({ answeredAt, endedBy, cause }: TrunkCall): number | undefined {
  if (answeredAt !== undefined || endedBy !== 'provider') return undefined;
  const [status] = Object.entries(REJECT_CAUSES).find(([, each]) => each === cause) ?? [];
  return Number(status);
}

/** What everybody must say of a call, from what the provider saw of it and what we did ourselves. */
function expectedEnd(
  seen: TrunkCall,
  { update }: Scenario,
  { major, isSipStatusKnown }: Route,
): { status: string; sipCode: string } {
  if (seen.answeredAt !== undefined) return { status: 'completed', sipCode: '200' };
  const refusal = refusalOf(seen);
  if (refusal === undefined) {
    return { status: update === undefined ? 'no-answer' : 'canceled', sipCode: '487' };
  }
  const sipCode = isSipStatusKnown ? refusal : (SEEN_AS[major][refusal] ?? refusal);
  return { status: STATUS_OF_REFUSAL[sipCode] ?? '', sipCode: String(sipCode) };
}

/** Places one call and sees it to its end. */
async function place(at: Application, scenario: Scenario, line: number) {
  const { outcome, document = '/speak', update } = scenario;
  const number = trunkNumber(outcome, line);
  const { sid, status } = await at.client.calls.create({
    to: `+${number}`,
    from: OURS,
    url: at.url(document),
    timeout: 2,
    statusCallback: at.url('/status'),
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  expect(status).toBe('queued');
  const told = (isIt: (form: URLSearchParams) => boolean) =>
    at.form('/status', (form) => form.get('CallSid') === sid && isIt(form));
  if (update !== undefined) {
    const [asked, after] = update;
    await told((form) => form.get('CallStatus') === after);
    await at.client.calls(sid).update({ status: asked });
  }
  await told((form) => form.has('CallDuration'));
  return { sid, number, scenario };
}

type Placed = Awaited<ReturnType<typeof place>>;

/** Holds one call against the provider's log. Answers how it ended. */
async function judge(
  at: Application,
  trunk: AsteriskTrunk,
  route: Route,
  { sid, number, scenario }: Placed,
): Promise<string> {
  const seen = await trunk.endedCall(number);
  const { status, sipCode } = expectedEnd(seen, scenario, route);
  const wasAnswered = seen.answeredAt !== undefined;
  const hasRung = seen.rungAt !== undefined || seen.progressAt !== undefined;
  const forms = at.forms('/status').filter((form) => form['CallSid'] === sid);

  const steps = [
    'initiated',
    ...(hasRung ? ['ringing'] : []),
    ...(wasAnswered ? ['in-progress'] : []),
    status,
  ];
  expect({
    number,
    told: forms.map((form) => [form['SequenceNumber'], form['CallStatus']]),
  }).toEqual({ number, told: steps.map((step, i) => [String(i), step]) });
  for (const form of forms) {
    expect(form).toMatchObject({
      AccountSid: ACCOUNT_SID,
      ApiVersion: '2010-04-01',
      To: `+${number}`,
      Called: `+${number}`,
      From: OURS,
      Caller: OURS,
      Direction: 'outbound-api',
      CallbackSource: 'call-progress-events',
    });
    expect(Math.abs(Date.parse(form['Timestamp'] ?? '') - seen.invitedAt)).toBeLessThan(60_000);
  }
  const early = forms.slice(0, -1);
  for (const name of ['SipResponseCode', 'CallDuration', 'Duration']) {
    expect(early.every((form) => !(name in form))).toBe(true);
  }

  const seconds = wasAnswered ? ((seen.endedAt ?? NaN) - (seen.answeredAt ?? NaN)) / 1000 : 0;
  const last = forms.at(-1) ?? {};
  const { CallDuration = '' } = last;
  expect([number, last['SipResponseCode']]).toEqual([number, sipCode]);
  expect(Math.abs(Number(CallDuration) - seconds)).toBeLessThanOrEqual(wasAnswered ? 1 : 0);
  expect(last['Duration']).toBe(String(Math.ceil(Number(CallDuration) / 60)));

  const fetched = await at.client.calls(sid).fetch();
  expect(fetched).toMatchObject({
    sid,
    status,
    duration: CallDuration,
    to: `+${number}`,
    from: OURS,
    direction: 'outbound-api',
  });
  return status;
}

/** Every request so far is signed for its address and its fields. */
function expectSigned(at: Application): void {
  for (const { request, form } of at.handler.webhooks.all) {
    const url = at.url(request.url ?? '');
    const signature = String(request.headers['x-twilio-signature']);
    const fields = request.method === 'POST' ? Object.fromEntries(form) : {};
    expect(twilio.validateRequest(AUTH_TOKEN, signature, url, fields)).toBe(true);
  }
}

/** Each permit that was given came back: there is room for as many calls as at the start, and for none more. */
async function expectRoom(at: Application): Promise<void> {
  const ring = (line: number) =>
    at.client.calls.create({
      to: `+${trunkNumber({ kind: 'mute' }, line)}`,
      from: OURS,
      twiml: '<Response/>',
    });
  const calls = await Promise.all(Array.from({ length: CALLS_MAX }, (_, line) => ring(line)));
  await expect(ring(CALLS_MAX)).rejects.toMatchObject({ status: 429, code: 20429 });
  await Promise.all(calls.map(({ sid }) => at.client.calls(sid).update({ status: 'canceled' })));
  await at.relay.idle();
}

async function inLines<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const line = async () => {
    for (const [index, item] of waiting) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, line));
  return results;
}

async function setUp(major: AsteriskMajor, environment: Readonly<Record<string, string>> = {}) {
  const stack = new AsyncDisposableStack();
  const trunk = stack.use(await startTrunk());
  const pbx = stack.use(await startAsteriskPbx({ major, shape: 'mikopbx', trunk: trunk.account }));
  const ports = await leaseRtpRange('mikopbx');
  stack.defer(() => ports.release());
  const at = stack.use(
    await Application.start(pbx, {
      documents: {
        '/speak': '<Pause length="1"/><Hangup/>',
        '/listen': '<Pause length="60"/>',
        '/status': '',
        '/verdict': '',
      },
      environment: {
        ...OUTBOUND,
        RTP_PORTS: `${ports.firstPort}-${ports.lastPort}`,
        ...environment,
      },
    }),
  );
  return { trunk, pbx, at, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function expectNothingLeft(at: Application, pbx: AsteriskPbx, trunk: AsteriskTrunk) {
  await at.relay.idle();
  await expect.poll(() => pbx.leftovers()).toEqual(NOTHING);
  await expect.poll(() => trunk.asterisk.channelCount()).toBe(0);
  expect(at.relay.relay.portsTaken).toBe(0);
}

const both = [await requireAsterisk(22), await requireAsterisk(16)];
const isAvailable = both.every(({ available }) => available);
const reason = both.map((one) => one.reason ?? '').join(' ');

describe.skipIf(!isAvailable)(`calls out ${reason}`, () => {
  const figures: Record<string, unknown>[] = [];
  afterAll(() => report('outbound', { routes: figures }));

  test.each(ROUTES)('$calls through $endpoint of Asterisk $major', async (route) => {
    const { major, endpoint } = route;
    await using up = await setUp(major, {
      OUTBOUND_ENDPOINT: endpoint,
      OUTBOUND_CALLS_MAX: String(CALLS_MAX),
    });
    const { at, pbx, trunk } = up;
    const startedAt = performance.now();
    const placed = await inLines(mix(route.calls), (scenario, i) => place(at, scenario, i));
    const elapsedMs = performance.now() - startedAt;
    await expectNothingLeft(at, pbx, trunk);

    const statuses: Record<string, number> = {};
    for (const each of placed) {
      const status = await judge(at, trunk, route, each);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    const listed = await at.client.calls.list({ pageSize: 30 });
    expect(listed.map(({ sid }) => sid).toSorted()).toEqual(
      placed.map(({ sid }) => sid).toSorted(),
    );
    for (const [status, count] of Object.entries(statuses)) {
      const filter = { status } as Parameters<typeof at.client.calls.list>[0];
      expect(await at.client.calls.list(filter)).toHaveLength(count);
    }
    expectSigned(at);
    const callbacks = at.forms('/status').length;
    expect(at.relay.codes).toEqual([]);
    await expectRoom(at);
    await expectNothingLeft(at, pbx, trunk);
    figures.push({
      asterisk: pbx.name,
      endpoint,
      seed: SEED,
      calls: placed.length,
      callsAtOnce: CALLS_AT_ONCE,
      seconds: Math.round(elapsedMs / 1000),
      statuses,
      callbacks,
    });
  });

  describe('who has answered', () => {
    let up: Awaited<ReturnType<typeof setUp>>;
    beforeAll(async () => {
      up = await setUp(22);
    });
    afterAll(() => up[Symbol.asyncDispose]());

    const GREETINGS = [
      ['machine_start', 6000],
      ['human', 700],
    ] as const;

    test.each(GREETINGS)('%s, before the document is asked', async (answeredBy, greetingMs) => {
      const { at, trunk } = up;
      const number = await trunk.addGreeting(encodeMulaw(vowel(greetingMs)));
      const { sid } = await at.client.calls.create({
        to: `+${number}`,
        from: OURS,
        url: at.url('/speak'),
        machineDetection: 'Enable',
      });
      const form = await at.form('/speak', (told) => told.get('CallSid') === sid);
      expect(form).toMatchObject({ AnsweredBy: answeredBy, CallStatus: 'in-progress' });
      await expectNothingLeft(at, up.pbx, trunk);
      expect(await at.client.calls(sid).fetch()).toMatchObject({ answeredBy, status: 'completed' });
    });

    test.each(GREETINGS)('%s, while the document runs', async (answeredBy, greetingMs) => {
      const { at, trunk } = up;
      const number = await trunk.addGreeting(encodeMulaw(vowel(greetingMs)));
      const { sid } = await at.client.calls.create({
        to: `+${number}`,
        from: OURS,
        url: at.url('/listen'),
        machineDetection: 'Enable',
        asyncAmd: 'true',
        asyncAmdStatusCallback: at.url('/verdict'),
      });
      const asked = await at.form('/listen', (told) => told.get('CallSid') === sid);
      expect(asked['AnsweredBy']).toBeUndefined();
      const verdict = await at.form('/verdict', (told) => told.get('CallSid') === sid);
      expect(verdict).toMatchObject({ AnsweredBy: answeredBy, AccountSid: ACCOUNT_SID });
      expect(Number(verdict['MachineDetectionDuration'])).toBeGreaterThan(500);
      await at.client.calls(sid).update({ status: 'completed' });
      await expectNothingLeft(at, up.pbx, trunk);
      expectSigned(at);
      expect(at.relay.codes).toEqual([]);
    });
  });
});
