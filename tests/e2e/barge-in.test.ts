/**
 * What a handler believes that its caller heard before an interruption, against what a real phone received: 200 random barge-ins on a
 * real Asterisk. The figures are in `out/e2e/barge-in.json`.
 *
 * The bounds are those of the relay: 20 ms for a handler that subtracts timestamps (it can only see whole frames), one mark and
 * 50 ms for one that counts marks. A host that gives its CPU to others moves the instants themselves. So each barge-in also has
 * a measure of how late things were around its two instants (frames from the phone, frames to the phone, the way to the
 * relay and back), and the bounds hold for what the handler would have seen at an instant so much earlier or later.
 */

import { expect, test } from 'vitest';
import { TestHandler } from '../relay/handler.ts';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import type { Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { seededRandom } from '../sim/random.ts';
import { answerBytes, heardAnswers, planAnswer, type Pace } from './answer.ts';
import { InterruptingHandler, type Arrival, type BargeIn } from './interrupting-handler.ts';
import { raisePriority } from './priority.ts';
import { RelayProcess } from './relay-process.ts';
import { report } from './report.ts';

const CALLS = 8;
/** In one call: 25 that are judged by the bounds, and 5 of handlers that send in step with time. */
const PACES: readonly Pace[] = Array.from({ length: 30 }, (_, i) =>
  i % 6 === 5 ? 'in-step' : ((['burst', 'ahead', 'model'] as const)[i % 3] ?? 'burst'),
);
const TIMESTAMP_ERROR_MS_MAX = 20;
const MARK_ERROR_MS_MAX = 50;
/** docs/decisions/0003: what a handler that sends in step with time is heard later. */
const CUSHION_MS = 40;
/** Frames whose lateness counts are those about an instant. */
const AROUND_MS = 60;
/** Below this a barge-in is judged as it is. What whole frames and a few milliseconds can still do together is one in many. */
const PUNCTUAL_MS = 12;
const PUNCTUAL_MIN = 40;
const PUNCTUAL_SHARE_MIN = 0.97;

const SPEECH = new Uint8Array(1600).fill(0x20);

const { available, reason = '' } = await requireAsterisk(22);

test.skipIf(!available)(`what was heard of 240 interrupted answers ${reason}`, async () => {
  const seed = Number(process.env['FC_SEED'] ?? 20_261_122);
  using _priority = raisePriority();
  const clients = new Map<object, InterruptingHandler>();
  await using handler = await TestHandler.start({
    onMessage: (message, stream) => clients.get(stream)?.handleMessage(message),
  });
  await using pbx = await startAsteriskPbx({ major: 22, shape: 'mikopbx' });
  await using relay = await RelayProcess.start(pbx, { STREAM_URL: handler.streamUrl });

  const calls: Promise<JudgedCall>[] = [];
  for (let call = 0; call < CALLS; call++) {
    const known = new Set(handler.streams.all);
    const phone = await pbx.dial({ extension: '999' });
    const stream = await handler.streams.until('a stream', (one) => !known.has(one));
    const client = new InterruptingHandler(stream);
    clients.set(stream, client);
    await stream.messages.until('audio', ({ media }) => media !== undefined);
    calls.push(runCall(phone, client, seed + call, call * PACES.length));
  }
  const judged = await Promise.all(calls);
  const all = judged.flatMap(({ bargeIns }) => bargeIns);
  const ahead = all.filter(({ pace }) => pace !== 'in-step');
  const inStep = all.filter(({ pace }) => pace === 'in-step');
  const isWithin = (one: Judged): boolean =>
    Math.abs(one.timestampErrorMs) <= TIMESTAMP_ERROR_MS_MAX;
  const punctual = ahead.filter(
    ({ latenessMs, holeMs }) => latenessMs <= PUNCTUAL_MS && holeMs === 0,
  );
  report('barge-in', {
    seed,
    calls: CALLS,
    bargeIns: ahead.length,
    timestampErrorMs: spread(ahead.map(({ timestampErrorMs }) => timestampErrorMs)),
    within20Ms: ahead.filter(isWithin).length,
    punctual: punctual.length,
    punctualWithin20Ms: punctual.filter(isWithin).length,
    timestampErrorMsWithoutLateness: spread(ahead.map((one) => one.timestampErrorMsLeast)),
    unheardOfMarkMs: spread(all.map(({ heardMs, markedMs }) => heardMs - markedMs)),
    beyondOneMarkMs: spread(
      all.map(({ heardMs, markedMs, markMs }) => heardMs - markedMs - markMs),
    ),
    marks: judged.reduce((total, { sentMarks }) => total + sentMarks.length, 0),
    inStep: {
      bargeIns: inStep.length,
      timestampErrorMs: spread(inStep.map(({ timestampErrorMs }) => timestampErrorMs)),
    },
    hostLatenessMs: spread(all.map(({ latenessMs }) => latenessMs)),
    outliers: ahead.filter((one) => !isWithin(one)),
  });

  expect(ahead).toHaveLength(200);
  for (const { lost, sentMarks, echoedMarks } of judged) {
    expect(lost).toBe(0);
    expect(echoedMarks).toEqual(sentMarks);
  }
  for (const one of all) {
    expect(one.isExact, `the bytes of ${JSON.stringify(one)}`).toBe(true);
    const cushionMs = one.pace === 'in-step' ? CUSHION_MS : 0;
    const boundMs = TIMESTAMP_ERROR_MS_MAX + cushionMs + one.holeMs;
    expect(Math.abs(one.timestampErrorMsLeast), JSON.stringify(one)).toBeLessThanOrEqual(boundMs);
    const unheardMs = one.heardMs - one.markedMs;
    expect(unheardMs, JSON.stringify(one)).toBeGreaterThanOrEqual(0);
    expect(unheardMs, JSON.stringify(one)).toBeLessThanOrEqual(
      one.markMs + MARK_ERROR_MS_MAX + one.latenessMs,
    );
  }
  if (punctual.length >= PUNCTUAL_MIN) {
    const share = punctual.filter(isWithin).length / punctual.length;
    expect(share).toBeGreaterThanOrEqual(PUNCTUAL_SHARE_MIN);
  }
  expect(relay.codes).toEqual([]);
  await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
  expect(await relay.stop()).toBe(0);
});

/** One barge-in beside the truth. */
interface Judged {
  readonly id: number;
  readonly pace: Pace;
  /** What the phone received of the answer, and how long it heard nothing meanwhile: a hole, or slots that the host slept through. */
  readonly heardMs: number;
  readonly holeMs: number;
  /** No byte but the answer's, from its first on. */
  readonly isExact: boolean;
  /** What the handler believes. */
  readonly markedMs: number;
  readonly markMs: number;
  /** By timestamps, minus the truth; and the least that it can be with both instants moved by no more than the lateness. */
  readonly timestampErrorMs: number;
  readonly timestampErrorMsLeast: number;
  readonly latenessMs: number;
}

interface JudgedCall {
  readonly bargeIns: readonly Judged[];
  readonly lost: number;
  readonly sentMarks: readonly string[];
  readonly echoedMarks: readonly string[];
}

async function runCall(
  phone: Phone,
  client: InterruptingHandler,
  seed: number,
  firstId: number,
): Promise<JudgedCall> {
  const random = seededRandom(seed);
  const heard: Arrival[] = [];
  phone.onAudio((_, sampleIndex) =>
    heard.push({ at: performance.now(), mediaMs: sampleIndex / 8 }),
  );
  const bargeIns: BargeIn[] = [];
  let spoken = Promise.resolve();
  for (const [i, pace] of PACES.entries()) {
    const plan = planAnswer(firstId + i, pace, random);
    const speak = (): void => {
      spoken = phone.play(SPEECH);
    };
    bargeIns.push(await client.converse(plan, random, speak));
    await spoken;
  }
  // The silence behind the last answer is on its way.
  await phone.play(new Uint8Array(1600).fill(0xff));
  await phone.hangup();
  const answers = heardAnswers(phone.recording.payload());
  const { sentMarks, echoedMarks } = client;
  return {
    bargeIns: bargeIns.map((bargeIn) => judge(bargeIn, answers, client.arrivals, heard)),
    lost: phone.stats().lost,
    sentMarks,
    echoedMarks,
  };
}

function judge(
  bargeIn: BargeIn,
  answers: ReturnType<typeof heardAnswers>,
  fromPhone: readonly Arrival[],
  toPhone: readonly Arrival[],
): Judged {
  const { plan, startedAt, interruptedAt } = bargeIn;
  const { bytes, holeMs } = answers.get(plan.id) ?? { bytes: new Uint8Array(0), holeMs: 0 };
  const heardMs = bytes.length / 8;
  const instants = [startedAt, interruptedAt];
  const latenessMs =
    bargeIn.roundTripMs + latenessAbout(instants, fromPhone) + latenessAbout(instants, toPhone);
  const elapsedMs = bargeIn.latestTimestamp - bargeIn.startTimestamp;
  const at = (instant: number): number =>
    fromPhone.findLast((arrival) => arrival.at <= instant)?.mediaMs ?? 0;
  const elapsedMsMin = at(interruptedAt - latenessMs) - at(startedAt + latenessMs);
  const elapsedMsMax = at(interruptedAt + latenessMs) - at(startedAt - latenessMs);
  const nearest = Math.min(Math.max(heardMs, elapsedMsMin), elapsedMsMax);
  return {
    id: plan.id,
    pace: plan.pace,
    heardMs,
    holeMs: holeMs + skippedMs(startedAt, interruptedAt, toPhone),
    isExact: Buffer.from(bytes).equals(answerBytes(plan).subarray(0, bytes.length)),
    markedMs: bargeIn.heardByMarkMs,
    markMs: plan.markMs,
    timestampErrorMs: elapsedMs - heardMs,
    timestampErrorMsLeast: nearest - heardMs,
    latenessMs,
  };
}

/** How far behind the punctual ones the frames about these instants came. */
function latenessAbout(instants: readonly number[], arrivals: readonly Arrival[]): number {
  let [least, latest] = [Infinity, -Infinity];
  for (const { at, mediaMs } of arrivals) {
    least = Math.min(least, at - mediaMs);
    if (instants.some((instant) => Math.abs(at - instant) <= AROUND_MS)) {
      latest = Math.max(latest, at - mediaMs);
    }
  }
  return latest - least;
}

/** What was left out of the phone's audio between two instants: silence is sent too, so that a jump means a stall. */
function skippedMs(from: number, to: number, arrivals: readonly Arrival[]): number {
  let total = 0;
  for (const [i, { at, mediaMs }] of arrivals.entries()) {
    const before = arrivals[i - 1];
    if (before !== undefined && at >= from && before.at <= to)
      total += mediaMs - before.mediaMs - 20;
  }
  return total;
}

function spread(values: readonly number[]): Record<'min' | 'p50' | 'p95' | 'max', number> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? NaN) * 10) / 10;
  return { min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) };
}
