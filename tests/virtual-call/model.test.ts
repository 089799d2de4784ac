import type { CallInput, Message } from '@patchcord/edge/src/call/core/contract.ts';
import { expect, test } from 'vitest';
import { Draws } from './draws.ts';
import { EventHeap } from './event-heap.ts';
import { TYPICAL_LATENCIES } from './latencies.ts';
import { Model, type ModelAnswer } from './model.ts';
import { planCall, type PlannedTurn } from './plan.ts';
import { ENGLISH } from './scripts/en.ts';
import { speakText } from './spoken-text.ts';

const [FIRST] = planCall(1, 'en').turns;
if (FIRST === undefined) throw new Error('a call has turns');
const TEMPLATE: PlannedTurn = FIRST;

function turn(caller: string, agent: string, tool?: string): PlannedTurn {
  const options = { digits: ENGLISH.digits, pace: 1, hasPauses: false };
  const said = speakText(caller, new Draws(1), options);
  const script = { caller, agent, ...(tool === undefined ? {} : { tool, afterTool: 'Found.' }) };
  return { ...TEMPLATE, script, said, again: said };
}

const TURNS = [
  turn('What time do you open today?', 'At ten.'),
  turn('It is | 4 4 7 ~ 2 9 1.', 'One moment.', 'find_order'),
];

function ask(messages: readonly Message[], turns: readonly PlannedTurn[] = TURNS): ModelAnswer {
  const model = new Model({
    script: ENGLISH,
    draws: new Draws(1),
    latencies: TYPICAL_LATENCIES,
    schedule: () => undefined,
    answer: () => undefined,
    turnsBegun: () => turns,
  });
  return model.ask(1, 'primary', messages, 0).answer;
}

const user = (content: string): Message => ({ role: 'user', content });

test.each([
  ['what time do you open today', 'scripted'],
  ['What time do you open today?', 'scripted'],
  ['hello what time do you opne today', 'scripted'],
  ['what time do', 'part'],
  ['the weather is nice', 'nothing'],
  ['mm-hm', 'hello'],
])('"%s" gets an answer of kind %s', (text, kind) => {
  expect(ask([user(text)], TURNS.slice(0, 1)).kind).toBe(kind);
});

test('digits are the same read out or written', () => {
  expect(ask([user('it is four four seven two nine one')]).text).toBe('One moment.');
  expect(ask([user('It is 447 291.')]).text).toBe('One moment.');
  expect(ask([user('it is four')]).kind).toBe('part');
});

test('a turn with a tool calls it, and has another answer for the result', () => {
  const said = user('It is 447291.');
  const first = ask([said]);
  expect(first.toolCall?.name).toBe('find_order');
  const result: Message = { role: 'tool', toolCallId: 'call_1', content: '{}' };
  expect(ask([said, result])).toEqual({ kind: 'scripted', text: 'Found.' });
});

test('a request that is aborted says nothing more and has cost what it said', () => {
  const heap = new EventHeap();
  const answers: CallInput[] = [];
  const model = new Model({
    script: ENGLISH,
    draws: new Draws(1),
    latencies: { ...TYPICAL_LATENCIES, firstTokenMs: { median: 500, p95: 500 } },
    schedule: (at, run) => heap.push(at, run),
    answer: (input) => answers.push(input),
    turnsBegun: () => TURNS,
  });
  const request = model.ask(1, 'primary', [user(TURNS[0]?.said.text ?? '')], 0);
  heap.push(507, () => model.abort(1, 507));
  for (let event = heap.shift(); event !== undefined; event = heap.shift()) event.run();
  expect(answers.map(({ kind }) => kind)).toEqual(['llm-text']);
  expect(request.completionTokens).toBe(1);
  expect(request.promptTokens).toBeGreaterThan(5);
});

test('another model goes on where the first one broke off', () => {
  const said = user('What time do you open today?');
  const begun: Message = { role: 'assistant', content: 'At ' };
  const how: Message = { role: 'system', content: 'go on' };
  expect(ask([said, begun, how]).text).toBe(' ten.');
  expect(ask([said, { role: 'assistant', content: 'Well,' }, how]).text).toBe('At ten.');
});

test.each([
  ['refuses', undefined, ''],
  ['breaks off', 1, 'At'],
])('a model that fails %s', (_, afterTokens, text) => {
  const heap = new EventHeap();
  const answers: CallInput[] = [];
  const model = new Model({
    script: ENGLISH,
    draws: new Draws(1),
    latencies: TYPICAL_LATENCIES,
    schedule: (at, run) => heap.push(at, run),
    answer: (input) => answers.push(input),
    turnsBegun: () => TURNS,
  });
  const outage = { provider: 'model', code: 'LLM_BROKEN', fromMs: 0, untilMs: 1000 } as const;
  const asked = [user('What time do you open today?')];
  model.ask(
    1,
    'primary',
    asked,
    0,
    afterTokens === undefined ? outage : { ...outage, afterTokens },
  );
  for (let event = heap.shift(); event !== undefined; event = heap.shift()) event.run();
  expect(answers.map((each) => (each.kind === 'llm-text' ? each.text : '')).join('')).toBe(text);
  expect(answers.at(-1)).toMatchObject({ kind: 'llm-error', fault: { code: 'LLM_BROKEN' } });
});
