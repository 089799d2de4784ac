/** The judge of tests/e2e, judged: a call of which everything is told as it was, and one lie after the other. */

import { createHmac } from 'node:crypto';
import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { expect, it } from 'vitest';
import { encodeSpeech } from '../speech/encode.ts';
import { compare, type Happened } from './agreement.ts';
import type { Kept, KeptReport } from './kept.ts';

const silence = (ms: number): Uint8Array => new Uint8Array(Math.max(0, 8 * ms)).fill(MULAW_SILENCE);
const say = (text: string): Uint8Array => encodeSpeech(text).mulaw;
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

const AUTH_TOKEN = 'an auth token';
const CALL_SID = 'CA1';
const ANSWER = say('Thursday is free. The morning too.');
/** Cut in "morning". */
const CUT = encodeSpeech('Thursday is free. The mor').mulaw.length - 8 * 160;

const CALLER = join(silence(3000), say('When?'), silence(6000), say('Stop.'), silence(2000));
const AGENT = join(silence(500), say('Hello!'), silence(4000), ANSWER.subarray(0, CUT));
const LENGTH = Math.max(CALLER.length, AGENT.length);
const padded = (track: Uint8Array): Uint8Array =>
  join(track, silence((LENGTH - track.length) / 8)).subarray(0, LENGTH);
/** The phone's clock began so long before. */
const EARLIER = silence(440);

const turn = { waterfallMs: {}, tools: [], errors: [], falseAlarms: 0 };

const REPORT: KeptReport = {
  callSid: CALL_SID,
  status: 'completed',
  startedAt: '2026-11-23T00:00:00.000Z',
  endedAt: new Date(Date.parse('2026-11-23T00:00:00.000Z') + LENGTH / 8).toISOString(),
  endReason: 'caller-hangup',
  answeredBy: null,
  from: '0123',
  to: '999',
  agent: 'desk',
  agentVersion: 1,
  language: 'en-US',
  notes: [],
  errors: [],
  turns: [
    {
      ...turn,
      index: 0,
      kind: 'greeting',
      startedAt: '2026-11-23T00:00:00.000Z',
      agent: 'Hello!',
      heard: 'Hello!',
      interrupted: false,
    },
    {
      ...turn,
      index: 1,
      kind: 'reply',
      startedAt: '2026-11-23T00:00:04.000Z',
      understood: 'When?',
      agent: 'Thursday is free. The morning too.',
      heard: 'Thursday is free. The',
      interrupted: true,
    },
    {
      ...turn,
      index: 2,
      kind: 'reply',
      startedAt: '2026-11-23T00:00:09.000Z',
      understood: 'Stop.',
      agent: '',
      heard: '',
      interrupted: true,
    },
  ],
  cost: {
    currency: 'USD',
    sttMicros: 12_000_000,
    llmMicros: 20_200,
    ttsMicros: 40,
    lineMicros: Math.round(1000 * Math.floor(LENGTH / 8)),
    totalMicros: 12_000_000 + 20_200 + 40 + Math.round(1000 * Math.floor(LENGTH / 8)),
    wastedMicros: 0,
  },
  summary: null,
  extraction: null,
  recording: { status: 'stored', startsMs: 0, durationMs: Math.round(LENGTH / 8) },
  webhook: { status: 'delivered', id: 'an id', tries: 1 },
};

const HAPPENED: Happened = {
  callSid: CALL_SID,
  agent: 'desk',
  from: '0123',
  to: '999',
  endReason: 'caller-hangup',
  said: ['When?', 'Stop.'],
  spoken: join(EARLIER, CALLER),
  heard: join(EARLIER, AGENT),
  payload: AGENT,
  heardEarlierMs: 0,
  stalledMs: 0,
  lengthMs: LENGTH / 8 + 300,
  isExact: true,
  consumed: {
    sttSeconds: 11.8,
    recognisers: 1,
    ttsCharacters: 42,
    contexts: 2,
    answered: { promptTokens: 200, completionTokens: 20 },
    givenUp: { promptTokens: 0, completionTokens: 0 },
    requests: 1,
    answeredMicros: 0,
  },
  authToken: AUTH_TOKEN,
};

function eventOf(report: KeptReport): Record<string, unknown> {
  const { webhook, cost, summary, extraction, recording, turns, ...call } = report;
  const { startsMs, durationMs } = recording;
  return {
    id: webhook.id,
    type: 'call.completed',
    call,
    turns: turns.map(
      ({ index, kind, startedAt, understood, agent, heard, interrupted, tools }) => ({
        index,
        kind,
        startedAt,
        agent,
        heard,
        interrupted,
        tools,
        understood: understood ?? null,
      }),
    ),
    summary,
    extraction,
    cost,
    recording: { path: `/api/v1/calls/${CALL_SID}/recording`, startsMs, durationMs },
  };
}

function posted(body: string, id = 'an id'): Kept['posted'][number] {
  const key = createHmac('sha256', AUTH_TOKEN).update('patchcord calls v1').digest('hex');
  const v1 = createHmac('sha256', key).update(`1.${body}`).digest('hex');
  const headers = { 'x-patchcord-signature': `t=1,v1=${v1}`, 'idempotency-key': id };
  return { method: 'POST', path: '/hook', rawHeaders: [], headers, body };
}

const EVENT = posted(JSON.stringify(eventOf(REPORT)));

const KEPT: Kept = {
  report: REPORT,
  row: {
    callSid: CALL_SID,
    agent: 'desk',
    from: '0123',
    to: '999',
    endReason: 'caller-hangup',
    status: 'completed',
    durationMs: Math.floor(LENGTH / 8),
    costMicros: REPORT.cost.totalMicros,
    currency: 'USD',
    hasRecording: true,
    turns: 3,
    summary: null,
  },
  left: padded(CALLER),
  right: padded(AGENT),
  posted: [EVENT],
};

function withTurn(index: number, change: Partial<KeptReport['turns'][number]>): Partial<Kept> {
  const turns = REPORT.turns.map((each) => (each.index === index ? { ...each, ...change } : each));
  const report = { ...REPORT, turns };
  return { report, posted: [posted(JSON.stringify(eventOf(report)))] };
}

function withCost(change: Partial<KeptReport['cost']>): Partial<Kept> {
  const report = { ...REPORT, cost: { ...REPORT.cost, ...change } };
  return { report, posted: [posted(JSON.stringify(eventOf(report)))] };
}

it('says nothing of a call of which everything is told as it was', () => {
  expect(compare(KEPT, HAPPENED).problems).toEqual([]);
});

it('lets a relay that stood still have been late by as much, and no more', () => {
  const right = padded(join(silence(600), AGENT.subarray(8 * 500)));
  const late = { ...KEPT, right };
  expect(compare(late, { ...HAPPENED, stalledMs: 100 }).problems).toEqual([]);
  expect(compare(late, { ...HAPPENED, stalledMs: 60 }).problems).not.toEqual([]);
});

it.each<[string, Partial<Kept>, RegExp]>([
  [
    'the agent 30 ms too late in the recording',
    { right: padded(join(silence(30), AGENT)) },
    /the channels are -30 ms apart/u,
  ],
  [
    'a pause 40 ms too long in it',
    { left: padded(join(silence(3040), CALLER.subarray(8 * 3000))) },
    /the caller is up to|channels are/u,
  ],
  [
    'the agent 40 ms late in the middle of it',
    { right: padded(join(AGENT.subarray(0, 8 * 3000), silence(40), AGENT.subarray(8 * 3000))) },
    /the agent is up to 40 ms beside/u,
  ],
  [
    'what was cut off in it',
    { right: padded(join(AGENT, ANSWER.subarray(CUT))) },
    /samples too many of the agent/u,
  ],
  [
    'less of the agent than was heard',
    { right: padded(AGENT.subarray(0, AGENT.length - 8 * 200)) },
    /of the agent are not in the recording/u,
  ],
  ['no caller in it', { left: padded(silence(10)) }, /of the caller are not in the recording/u],
  ['another word understood', withTurn(1, { understood: 'Where?' }), /understood/u],
  ['a word more heard', withTurn(1, { heard: 'Thursday is free. The morning' }), /turn 1 has/u],
  ['a word less heard', withTurn(1, { heard: 'Thursday is free.' }), /in no turn: «The»/u],
  ['a turn that was never heard', withTurn(2, { agent: 'Yes.', heard: 'Yes.' }), /turn 2 has/u],
  ['no interruption', withTurn(1, { interrupted: false }), /was not interrupted/u],
  ['a second of recognition too many', withCost({ sttMicros: 13_000_000 }), /recognition is/u],
  ['a character more than was voiced', withCost({ ttsMicros: 43 }), /the voice is billed/u],
  ['ten characters less', withCost({ ttsMicros: 30 }), /the voice is billed/u],
  ['a token more', withCost({ llmMicros: 21_200 }), /the model is billed/u],
  ['another time on the line', withCost({ lineMicros: 1 }), /the line is billed/u],
  ['a wrong sum', withCost({ totalMicros: 1 }), /a wrong total/u],
  ['two webhooks', { posted: [EVENT, EVENT] }, /2 webhooks/u],
  ['none', { posted: [] }, /0 webhooks/u],
  ['a webhook by somebody else', { posted: [{ ...EVENT, body: `${EVENT.body} ` }] }, /not signed/u],
  [
    'a webhook of another call',
    { posted: [posted(JSON.stringify({ ...eventOf(REPORT), summary: 'x' }))] },
    /the webhook says/u,
  ],
  ['another key', { posted: [posted(EVENT.body, 'another')] }, /another key/u],
  ['another caller in the list', { row: { ...KEPT.row, from: '1' } }, /in the list from is 1/u],
  ['no price in the list', { row: { ...KEPT.row, costMicros: null } }, /costMicros is null/u],
])('finds %s', (_, lie, problem) => {
  const { problems } = compare({ ...KEPT, ...lie }, HAPPENED);
  expect(problems.join('\n')).toMatch(problem);
});

it.each<[string, Partial<Happened>, RegExp]>([
  ['a call that took longer', { lengthMs: LENGTH / 8 + 2000 }, /the phone's call had/u],
  ['another end', { endReason: 'agent-hangup' }, /endReason is caller-hangup/u],
  ['another number called', { to: '998' }, /to is 999/u],
])('finds %s', (_, truth, problem) => {
  expect(compare(KEPT, { ...HAPPENED, ...truth }).problems.join('\n')).toMatch(problem);
});
