import type { Message } from '@patchcord/edge/src/call/core/contract.ts';
import { expect, test } from 'vitest';
import { endOfWord, HandMadeCall } from './hand-made-call.ts';
import { historyCases } from './history-case.ts';

const GREETING = 'Good morning, how can I help you?';
const ANSWER = 'We are open from ten to nine, on all days.';

const told = (...texts: string[]): Message[] => [
  { role: 'system', content: 'Be brief.' },
  ...texts.flatMap((content): Message[] => [
    { role: 'assistant', content },
    { role: 'user', content: 'hm' },
  ]),
];

/** The answer is cut so many milliseconds after the end of one of its words. */
function cutAfter(word: number, laterMs: number, messages: Message[], heard = ''): HandMadeCall {
  const call = new HandMadeCall();
  call.hears(call.piece(GREETING), 500);
  call.caller(4500, 5500).request(ANSWER, 5800);
  const piece = call.piece(ANSWER, 'turn-1');
  const endMs = endOfWord(piece, word) + laterMs;
  call.hears(piece, 7000, 0, endMs).clear(7000 + endMs);
  return call
    .record({ agent: ANSWER, heard, startedAt: 6000 })
    .request('Yes.', 9000 + endMs, messages);
}

const exactness = (call: HandMadeCall): (boolean | undefined)[] =>
  historyCases(call.floor()).flatMap(({ isRequestExact, isRecordExact }) => [
    isRequestExact,
    isRecordExact,
  ]);

test('exact is what was heard, word for word', () => {
  const call = cutAfter(4, 30, told(GREETING, 'We are open from ten'), 'We are open from ten');
  expect(exactness(call)).toEqual([true, true]);
});

test('punctuation and case are no words', () => {
  const call = cutAfter(4, 30, told(GREETING, 'we are open, from ten...'), 'we are open from ten');
  expect(exactness(call)).toEqual([true, true]);
});

test.each([
  ['a word too many', 'We are open from ten to'],
  ['a word too few', 'We are open from'],
  ['all of it', ANSWER],
  ['nothing', ''],
])('%s is not exact', (_, text) => {
  const messages = text === '' ? told(GREETING) : told(GREETING, text);
  expect(exactness(cutAfter(4, 30, messages, text))).toEqual([false, false]);
});

test('a word that was heard but for its last milliseconds was not heard', () => {
  const whole = 'We are open from ten';
  expect(exactness(cutAfter(4, -5, told(GREETING, whole), whole))).toEqual([false, false]);
  const less = 'We are open from';
  expect(exactness(cutAfter(4, -5, told(GREETING, less), less))).toEqual([true, true]);
});

test('a cut in the silence of a comma may be read either way', () => {
  for (const text of ['We are open from ten to nine', 'We are open from ten to']) {
    expect(exactness(cutAfter(6, 10, told(GREETING, text), text))).toEqual([true, true]);
  }
});

test('where nothing was heard the model is told of nothing', () => {
  const whole = told(GREETING);
  const cut = (messages: Message[]): HandMadeCall => cutAfter(0, -60, messages);
  expect(exactness(cut(whole))).toEqual([true, true]);
  expect(exactness(cut(told(GREETING, 'We')))[0]).toBe(false);
});

test('an opener may be part of what was said, or not', () => {
  for (const text of ['Okay, We are open', 'We are open']) {
    const call = new HandMadeCall();
    call.hears(call.piece(GREETING), 500).caller(4500, 5500).request(ANSWER, 5800);
    call.hears(call.piece('Okay,'), 6300);
    const piece = call.piece(ANSWER, 'turn-1');
    const endMs = endOfWord(piece, 2) + 20;
    call.hears(piece, 7000, 0, endMs).clear(7000 + endMs);
    call.record({ agent: `Okay, ${ANSWER}`, heard: text, startedAt: 6000 });
    call.request('Yes.', 12_000, told(GREETING, text));
    expect(exactness(call)).toEqual([true, true]);
  }
});

test('so may the utterance before it, if that was cut in a silence too', () => {
  for (const [text, isExact] of [
    ['Good morning, how can I help you', true],
    ['Good morning, how can I help', true],
    ['Good morning, how can I', false],
  ] as const) {
    const call = new HandMadeCall();
    const greeting = call.piece(GREETING);
    call.hears(greeting, 500, 0, endOfWord(greeting, 6) + 30);
    call.caller(4500, 5500).request(ANSWER, 5800);
    const piece = call.piece(ANSWER, 'turn-1');
    const endMs = endOfWord(piece, 1) + 20;
    call.hears(piece, 7000, 0, endMs).clear(7000 + endMs);
    call.request('Yes.', 12_000, told(text, 'We are'));
    expect(exactness(call)[0]).toBe(isExact);
  }
});

test('a clip that was heard whole once is not heard whole when it is cut off the next time', () => {
  const call = new HandMadeCall();
  const clip = call.piece('I see.');
  const first = call.piece(GREETING);
  const cutMs = endOfWord(clip, 0) + 20;
  call
    .hears(clip, 500)
    .hears(first, 2000)
    .hears(clip, 7000, 0, cutMs)
    .clear(7000 + cutMs);
  call.record({ agent: 'I see.', heard: 'I', startedAt: 6000 });
  call.request('Yes.', 9000, told('I see.', GREETING, 'I'));
  expect(exactness(call)).toEqual([true, true]);
});

test('a clear that threw nothing away is no case, and without a next request only the record counts', () => {
  const call = new HandMadeCall().request(ANSWER, 100);
  const piece = call.piece(ANSWER, 'turn-1');
  call.hears(piece, 1000).clear(9000, 0);
  expect(historyCases(call.floor())).toEqual([]);
  call.clear(1000 + endOfWord(piece, 1)).record({ agent: ANSWER, heard: ANSWER, startedAt: 500 });
  expect(exactness(call)).toEqual([undefined, true]);
});
