import { expect, test } from 'vitest';
import { encodeSpeech } from '../../speech/encode.ts';
import { decodeWords } from '../../speech/decode.ts';
import { answerStart, answerTo, textOf, type CallOutcome } from './conversation.ts';
import { conversationFigures, missedBounds, ratioOf, type EdgeFigures } from './figures.ts';

const BOUNDS = { p95RatioMax: 1.2, memoryMbPerCallMax: 4 };

function callOf(responseMs: number, lost?: string): CallOutcome {
  const turn = { said: 'Hello?', responseMs, answerMs: responseMs + 500 };
  const turns = [lost === undefined ? turn : { ...turn, lost }];
  return { seconds: 10, greetingMs: 100, turns, problems: [] };
}

function figuresOf(responseMs: number, lost?: string, memoryMbPerCall = 3): EdgeFigures {
  const alone = conversationFigures([callOf(1000)], 100);
  const together = conversationFigures([callOf(responseMs), callOf(responseMs, lost)], 100);
  return {
    alone,
    together,
    responseP95Ratio: ratioOf(together.responseMs, alone.responseMs),
    answerP95Ratio: ratioOf(together.answerMs, alone.answerMs),
    memoryMbPerCall,
  };
}

test('CPU is shared among the seconds of all calls', () => {
  const figures = conversationFigures([callOf(900), callOf(1100)], 300);
  expect(figures).toMatchObject({ calls: 2, turns: 2, lostTurns: 0, cpuMsPerCallSecond: 15 });
  expect(figures.callsPerCore).toBe(66);
  expect(figures.responseMs).toEqual({ n: 2, median: 1100, p95: 1100 });
});

test('a run within all bounds misses none', () => {
  expect(missedBounds(figuresOf(1200), BOUNDS)).toEqual([]);
});

test('a lost turn, a late answer, a heavy call and a run without turns are bounds missed', () => {
  expect(missedBounds(figuresOf(1200, 'heard ""'), BOUNDS)).toEqual([
    'together: 1 of 2 turns are lost',
  ]);
  expect(missedBounds(figuresOf(1201), BOUNDS)).toEqual([
    'p95 of the response is 1.201 times that of one conversation',
  ]);
  expect(missedBounds(figuresOf(1000, undefined, 4), BOUNDS)).toEqual(['a call takes 4 MB']);
  const empty = conversationFigures([], 0);
  const none = {
    ...figuresOf(1000),
    together: empty,
    responseP95Ratio: ratioOf(empty.responseMs, empty.responseMs),
  };
  expect(missedBounds(none, BOUNDS)).toEqual([
    'together: no turn at all',
    'p95 of the response is ? times that of one conversation',
  ]);
});

test('a call that went wrong besides its turns is a bound missed', () => {
  const broken = { ...callOf(1000), problems: ['ended early: 1011 internal-error'] };
  const figures = { ...figuresOf(1000), together: conversationFigures([broken], 100) };
  expect(missedBounds(figures, BOUNDS)).toEqual(['together: ended early: 1011 internal-error']);
});

test('a hundred callers have words of their own in every turn', () => {
  for (let turn = 0; turn < 4; turn++) {
    const texts = Array.from({ length: 100 }, (_, caller) => textOf(caller, turn));
    expect(new Set(texts).size).toBe(100);
  }
});

test('an answer is found at the end of what was heard, and only the one that belongs to the question', () => {
  const answer = answerTo(textOf(12, 0));
  expect(answer).toBe('You said: Is Ray with Bob?');
  const heard = decodeWords(encodeSpeech(`One moment. ${answer}`).mulaw);
  expect(answerStart(heard, answer)?.text).toBe('You');
  expect(answerStart(heard, answerTo(textOf(13, 0)))).toBeUndefined();
  expect(answerStart(heard.slice(0, -1), answer)).toBeUndefined();
});
