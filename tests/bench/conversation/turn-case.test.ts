import { expect, test } from 'vitest';
import { HandMadeCall } from './hand-made-call.ts';
import { turnCases } from './turn-case.ts';

const ANSWER = 'We open at ten.';

test("the response is from the caller's last sound to the first sound of the agent, silence in the audio not counted", () => {
  const call = new HandMadeCall().caller(1000, 3000).request(ANSWER, 3300);
  const piece = call.piece(ANSWER, 'turn-1');
  call.hears(piece, 3900);
  expect(turnCases(call.floor())).toMatchObject([
    {
      isAnswered: true,
      isTalkedOver: false,
      responseMs: 900,
      answerMs: 900,
      answerKind: 'scripted',
    },
  ]);
});

test('an opener is the response where the model follows, its words are the answer', () => {
  const call = new HandMadeCall().caller(1000, 3000).request(ANSWER, 3300);
  call.hears(call.piece('Okay,'), 3800).hears(call.piece(ANSWER, 'turn-1'), 4600);
  expect(turnCases(call.floor())).toMatchObject([{ responseMs: 800, answerMs: 1600 }]);
});

test('an opener alone answers nothing', () => {
  const call = new HandMadeCall().caller(1000, 3000).caller(7000, 7300, { kind: 'hello' });
  call.hears(call.piece('Okay,'), 3800);
  expect(turnCases(call.floor())).toMatchObject([
    { isAnswered: false, responseMs: undefined, answerMs: undefined },
  ]);
});

test('an answer after the next words of the caller is none', () => {
  const call = new HandMadeCall().caller(1000, 3000).caller(7000, 7300, { kind: 'hello' });
  call.request(ANSWER, 7800).hears(call.piece(ANSWER, 'turn-1'), 8000);
  expect(turnCases(call.floor())[0]).toMatchObject({ isAnswered: false });
});

test('an agent that begins in a pause of the turn talks over the caller, and has no latency', () => {
  const call = new HandMadeCall().caller(1000, 5000).request(ANSWER, 2500);
  call.hears(call.piece(ANSWER, 'turn-1'), 3500);
  expect(turnCases(call.floor())).toMatchObject([{ isTalkedOver: true, responseMs: undefined }]);
});

test('who begins while the caller cannot have been heard yet collides', () => {
  const call = new HandMadeCall().caller(1000, 5000).request(ANSWER, 700);
  call.hears(call.piece(ANSWER, 'turn-1'), 1150);
  expect(turnCases(call.floor())).toMatchObject([{ isTalkedOver: false, isCollision: true }]);
});

test('the rest of an old utterance is no answer', () => {
  const call = new HandMadeCall().request(ANSWER, 100);
  const piece = call.piece(ANSWER, 'turn-1');
  call.hears(piece, 500, 0, 400).caller(900, 2000).hears(piece, 2600, 400);
  expect(turnCases(call.floor())).toMatchObject([{ isAnswered: false }]);
});

test('overhead is what neither the network nor the endpointing explains', () => {
  // 50 ms up, 50 ms down, 400 ms of endpointing; 20 ms of the engine's are left.
  const call = new HandMadeCall().caller(1000, 3000).request(ANSWER, 3450);
  const piece = call.piece(ANSWER, 'turn-1');
  call.hears(piece, 3520);
  call.record({
    agent: ANSWER,
    heard: ANSWER,
    startedAt: 3450,
    interrupted: false,
    waterfallMs: { endOfTurn: 400 },
  });
  expect(turnCases(call.floor())[0]?.overheadMs).toBe(20);
});
