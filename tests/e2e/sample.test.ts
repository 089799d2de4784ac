/**
 * Conversations of the bench (tests/bench/conversation) in real time: the same callers, on real phones and a real Asterisk,
 * through the relay, to our edge in workerd. What is kept of each agrees with what happened in it.
 *
 * Times are measured and written to `out/e2e/sample.json`; none is judged here.
 */

import { MULAW_SILENCE, encodeMulaw } from '@patchcord/shared/audio/g711';
import { FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, type Agreement } from '../conversation/agreement.ts';
import { API_TOKEN, Backend } from '../conversation/backend.ts';
import { consumedBy } from '../conversation/consumed.ts';
import { understand } from '../conversation/heard-speech.ts';
import { fetchKept } from '../conversation/kept.ts';
import {
  firstPacket,
  firstSound,
  holdConversation,
  type PlayedTurn,
} from '../conversation/planned-caller.ts';
import { marksOf, writeAgent } from '../conversation/recorded-agent.ts';
import {
  ANSWERED_BY,
  callerPlanOf,
  endReasonOf,
  expectAnswers,
  SAMPLES,
  saidIn,
  type Sample,
} from '../conversation/samples.ts';
import { scriptBrain } from '../conversation/script-brain.ts';
import { System } from '../conversation/system.ts';
import { Api } from '../edge/api/api.ts';
import { ToolServer } from '../edge/tool-server.ts';
import { onPunctualHost } from '../host/punctual.ts';
import { watchHost, type HostTimes } from '../host/stalls.ts';
import { OUTBOUND, tone } from '../relay/application.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { WebhookServer } from '../relay/webhook-server.ts';
import { twilioClient } from '../rest/twilio-client.ts';
import { startAsteriskPbx, type AsteriskPbx } from '../rig/asterisk-pbx.ts';
import type { Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { joinWords } from '../speech/decode.ts';
import { encodeSpeech } from '../speech/encode.ts';
import { planCall } from '../virtual-call/plan.ts';
import { startPlainStream, type PlainStream } from './plain-stream.ts';
import { raisePriority } from './priority.ts';
import { report } from './report.ts';

/** At once: beside them two cores have Asterisk, relay, edge and providers to run. Fewer where that was too much. */
const CALLS_MAX = 4;
const CALLS_AGAIN_MAX = 2;

const OURS = '+15550001000';
/** Where calls of ours go: each to a phone of its own. */
const DESKS: Readonly<Record<string, string>> = { 'out-person': '201', 'out-mailbox': '202' };
const ANNOUNCEMENT = 'Sila tinggalkan mesej selepas bunyi bip.';
const MESSAGE = 'Ini klinik. Sila telefon kami semula.';
const BEEP_HZ = 1000;

const { available, reason } = await requireAsterisk(22);

let pbx: AsteriskPbx;
let backend: Backend;
let receiver: WebhookServer;
let front: WebhookServer;
let plain: PlainStream;
let tools: ToolServer;
let system: System;
let priority: Disposable | undefined;
const owner = new AsyncDisposableStack();
const results: Record<string, unknown>[] = [];

/** Which agent a caller gets is told by the end of his number, as a telephone system's own software would. */
function numberOf(sample: Sample, round: number): string {
  return `01234${round}${String(SAMPLES.indexOf(sample)).padStart(4, '0')}`;
}

beforeAll(async () => {
  if (!available) return;
  priority = owner.use(raisePriority());
  tools = await ToolServer.start();
  owner.defer(() => tools.stop());
  receiver = owner.use(await WebhookServer.start((response) => response.writeHead(204).end()));
  backend = owner.use(
    await Backend.start({
      standins: { openrouter: { brain: scriptBrain } },
      vars: { AGENT_WEBHOOK_URL: `${receiver.url}/hook`, WEBHOOK_PRIVATE_HOSTS: 'on' },
    }),
  );
  plain = owner.use(await startPlainStream(backend.edge.url));
  front = owner.use(
    await WebhookServer.start((response, _, { body }) => {
      const from = new URLSearchParams(body).get('From');
      const sample = SAMPLES[Number(from?.slice(-4))];
      const base = sample?.way === 'in-plain' ? plain.url : backend.edge.url;
      const url = `${base}/voice?agent=${sample?.name ?? 'nobody'}`;
      response.writeHead(200, { 'Content-Type': 'text/xml' });
      response.end(`<Response><Redirect>${url}</Redirect></Response>`);
    }),
  );
  pbx = owner.use(await startAsteriskPbx({ major: 22, shape: 'mikopbx' }));
  system = owner.use(
    await System.start(pbx, backend, { ...OUTBOUND, VOICE_URL: `${front.url}/voice` }),
  );
  const api = new Api(backend.edge.url, API_TOKEN);
  for (const sample of SAMPLES) await writeAgent(api, sample.name, agentOf(sample));
});

afterAll(() => owner.disposeAsync());

function agentOf({ language, seed, way }: Sample): Readonly<Record<string, unknown>> {
  const { script } = planCall(seed, language);
  const http = (name: string) => ({
    kind: 'http',
    name,
    description: `${name}, by its number`,
    url: `${tools.url}/order`,
  });
  return {
    languages: [script.locale],
    greeting: script.phrases.greeting,
    tools: [http('find_order'), http('find_account'), { kind: 'builtin', name: 'end_call' }],
    ...(way === 'out-mailbox' ? { voicemail: { mode: 'leave-message', message: MESSAGE } } : {}),
  };
}

interface Connected {
  readonly phone: Phone;
  readonly callSid: string;
}

/** A phone in the call of the sample, and the call's SID. */
async function connect(
  sample: Sample,
  round: number,
  desks: AsyncDisposableStack,
): Promise<Connected> {
  const extension = DESKS[sample.way];
  if (extension === undefined) {
    const callerNumber = numberOf(sample, round);
    const phone = await pbx.dial({ extension: '999', callerNumber });
    const { body } = await front.requests.until('the webhook', (request) =>
      request.body.includes(`From=${callerNumber}&`),
    );
    return { phone, callSid: new URLSearchParams(body).get('CallSid') ?? '' };
  }
  const desk = desks.use(
    await pbx.register({ extension, manner: { kind: 'answers', afterMs: 300 } }),
  );
  const { relay } = system;
  const client = twilioClient(
    `http://${relay.environment['HTTP_LISTEN']}`,
    ACCOUNT_SID,
    AUTH_TOKEN,
  );
  const { sid } = await client.calls.create({
    to: extension,
    from: OURS,
    url: `${backend.edge.url}/voice?agent=${sample.name}`,
  });
  const phone = await desk.nextCall();
  await phone.answered;
  return { phone, callSid: sid };
}

/** A mailbox says what it is, beeps, and hears the message out. */
async function answerAsMailbox(phone: Phone): Promise<void> {
  const silence = (ms: number) => new Uint8Array(8 * ms).fill(MULAW_SILENCE);
  const beep = encodeMulaw(tone(BEEP_HZ, 500));
  const { mulaw } = encodeSpeech(ANNOUNCEMENT);
  await firstPacket(phone);
  await phone.play(Buffer.concat([silence(300), mulaw, silence(700), beep]));
  await phone.ended;
}

interface Held extends Connected {
  readonly lengthMs: number;
  readonly played: readonly PlayedTurn[];
}

/** All calls, held once. */
interface Round extends HostTimes {
  readonly number: number;
  readonly beganAt: number;
  readonly earlierOrders: number;
  readonly held: readonly PromiseSettledResult<Held>[];
  /** `stalledMs` is of the phones and the relay, this of the phones alone. */
  readonly phonesStalledMs: number;
}

/**
 * Each call begins as soon as the one before has heard its agent, where fewer than `callsMax` are under way. Nothing is judged
 * meanwhile: that takes time.
 */
async function holdAll(number: number, callsMax: number): Promise<Round> {
  using host = watchHost();
  await using desks = new AsyncDisposableStack();
  await system.forgetStalls();
  const beganAt = Date.now();
  const earlierOrders = tools.requestsOf('order').length;
  const held: Promise<Held>[] = [];
  const underWay = new Set<Promise<unknown>>();
  for (const sample of SAMPLES) {
    while (underWay.size >= callsMax) await Promise.race(underWay);
    const connected = connect(sample, number, desks);
    const call = connected.then((each) => hold(sample, each));
    held.push(call);
    // Whoever fails early is heard of when all are over.
    const over: Promise<unknown> = call.catch(() => {}).then(() => underWay.delete(over));
    underWay.add(over);
    await connected.then(({ phone }) => firstSound(phone)).catch(() => {});
  }
  const all = await Promise.allSettled(held);
  const times = host.times(FRAME_MS);
  const phonesStalledMs = times.stalledMs;
  let stalledMs = phonesStalledMs;
  for (const each of all) {
    if (each.status !== 'fulfilled') continue;
    stalledMs = Math.max(stalledMs, await system.stalledMs(each.value.callSid));
  }
  return { ...times, number, beganAt, earlierOrders, held: all, phonesStalledMs, stalledMs };
}

async function hold(sample: Sample, { phone, callSid }: Connected): Promise<Held> {
  const answeredAt = performance.now();
  const ended = phone.ended.then(() => performance.now());
  try {
    const plan = planCall(sample.seed, sample.language);
    let played: readonly PlayedTurn[] = [];
    if (sample.way === 'out-mailbox') await answerAsMailbox(phone);
    else played = await holdConversation(phone, callerPlanOf(sample, plan));
    return { phone, callSid, played, lengthMs: (await ended) - answeredAt };
  } finally {
    await phone.hangup();
  }
}

/** What is wrong with each, in the order of {@link SAMPLES}; undefined where nothing is. */
async function judgeAll(round: Round): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const sample of SAMPLES) {
    failures.push(
      await judgeSample(sample, round).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
  }
  return failures;
}

async function judgeSample(sample: Sample, round: Round): Promise<void> {
  const result = round.held[SAMPLES.indexOf(sample)];
  if (result?.status !== 'fulfilled') throw result?.reason;
  const { phone, callSid, lengthMs, played } = result.value;
  const source = { edgeUrl: backend.edge.url, apiToken: API_TOKEN, receiver };
  const kept = await fetchKept(source, callSid);
  const agreement = compare(kept, {
    callSid,
    agent: sample.name,
    ...partiesOf(sample, round.number),
    endReason: endReasonOf(sample),
    said: saidIn(sample, planCall(sample.seed, sample.language), played),
    spoken: phone.recording.spoken(),
    heard: phone.recording.heard(),
    payload: phone.recording.payload(),
    heardEarlierMs: phone.stats().anchorLateMs,
    stalledMs: Math.max(await system.stalledMs(callSid), round.phonesStalledMs),
    lengthMs,
    isExact: sample.way !== 'in-plain',
    consumed: consumedBy(backend.standins, marksOf(sample.name), round.beganAt),
    authToken: AUTH_TOKEN,
  });
  results.push(figuresOf(sample, phone, played, agreement));
  expect(agreement.problems).toEqual([]);
  expect(kept.report.answeredBy).toBe(ANSWERED_BY[sample.way]);
  if (sample.way !== 'out-mailbox') return expectAnswers(sample, kept, played);
  const last = kept.report.turns.at(-1);
  expect(last).toMatchObject({ kind: 'voicemail', heard: MESSAGE, interrupted: false });
  // From its first word on, behind the beep.
  const message = understand(phone.recording.heard()).slice(-MESSAGE.split(' ').length);
  expect(joinWords(message)).toBe(MESSAGE);
  const beepEnd = placeOfLastSound(phone.recording.spoken());
  expect(message[0]?.startSample).toBeGreaterThan(beepEnd - 8 * phone.stats().anchorLateMs);
}

// They are all held again, or none.
const options = { retry: 0 };

describe.skipIf(!available)(
  `conversations of the bench, in real time ${reason ?? ''}`,
  options,
  () => {
    let round: Round;
    /** What was wrong with each, if anything. */
    let failures: readonly unknown[] | undefined;
    beforeAll(async () => {
      let rounds = 0;
      const holdRound = async (isAgain: boolean): Promise<Round> => {
        round = await holdAll(rounds++, isAgain ? CALLS_AGAIN_MAX : CALLS_MAX);
        return round;
      };
      const judge = async (): Promise<void> => {
        results.length = 0;
        failures = await judgeAll(round);
        const failure = failures.find((each) => each !== undefined);
        if (failure !== undefined) throw failure;
      };
      await onPunctualHost('sample', holdRound, judge).catch((error: unknown) => {
        // What was wrong with a call is for its own test to say.
        if (failures === undefined) throw error;
      });
      priority?.[Symbol.dispose]();
    }, 1_800_000);

    afterAll(() => {
      console.table(
        results.map(({ name, responseMs, yieldMs, asides, stalledMs, late }) => ({
          name,
          responseMs: String(responseMs),
          yieldMs: String(yieldMs),
          asides: String(asides),
          stalledMs,
          late,
        })),
      );
      const { number, phonesStalledMs, idleShare, stolenShare } = round;
      report('sample', {
        round: number,
        phonesStalledMs,
        idleShare,
        stolenShare,
        conversations: results,
      });
    });

    test.for(SAMPLES)('$name', (sample) => {
      const failure = failures?.[SAMPLES.indexOf(sample)];
      if (failure !== undefined) throw failure;
    });

    test('the endpoint of the tools was asked once for each call of one in a transcript', async () => {
      const source = { edgeUrl: backend.edge.url, apiToken: API_TOKEN, receiver };
      const calls = round.held.flatMap((each) =>
        each.status === 'fulfilled' ? [each.value.callSid] : [],
      );
      const kept = await Promise.all(calls.map((callSid) => fetchKept(source, callSid)));
      const asked = kept
        .flatMap(({ report: { turns } }) => turns.flatMap((turn) => turn.tools))
        .filter(({ name }) => name.startsWith('find_'));
      expect(asked).toHaveLength(2);
      expect(tools.requestsOf('order').slice(round.earlierOrders)).toHaveLength(asked.length);
    });
  },
);

function placeOfLastSound(track: Uint8Array): number {
  return track.findLastIndex((code) => code !== MULAW_SILENCE);
}

function partiesOf(sample: Sample, round: number): { readonly from: string; readonly to: string } {
  const desk = DESKS[sample.way];
  return desk === undefined
    ? { from: numberOf(sample, round), to: '999' }
    : { from: OURS, to: desk };
}

function figuresOf(
  { name }: Sample,
  phone: Phone,
  played: readonly PlayedTurn[],
  { figures }: Agreement,
): Record<string, unknown> {
  const round = (ms: number): number => Math.round(ms);
  const { lost, late, jitterMsMax } = phone.stats();
  return {
    name,
    responseMs: played.map(({ answer, endMs }) => round(answer.startMs - endMs)),
    yieldMs: played.flatMap(({ yieldMs }) => (yieldMs === undefined ? [] : [round(yieldMs)])),
    asides: played.flatMap(({ aside }) => (aside === undefined ? [] : [aside.kind])),
    lost,
    late,
    jitterMsMax: round(jitterMsMax),
    ...figures,
  };
}
