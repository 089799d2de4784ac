import { expect, test } from 'vitest';
import { HandMadeCall } from './hand-made-call.ts';
import { asideCases, interruptionCases } from './interruption-case.ts';

const ANSWER =
  'We are open from ten in the morning until nine in the evening on all days of the week.';
const INTERRUPTING = { isInterrupting: true };
const BACKCHANNEL = { kind: 'backchannel' } as const;

function speaking(): { call: HandMadeCall; piece: ReturnType<HandMadeCall['piece']> } {
  const call = new HandMadeCall().request(ANSWER, 100);
  return { call, piece: call.piece(ANSWER, 'turn-1') };
}

test('an agent that falls silent and stays so has yielded, after so long', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000, 0, 1300).caller(2000, 4000, INTERRUPTING);
  expect(interruptionCases(call.floor())).toEqual([
    { isYielded: true, isFalseResume: false, silenceMs: 300 },
  ]);
});

test('one that goes on before the caller is done has not', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000, 0, 1300).caller(2000, 4000, INTERRUPTING).hears(piece, 3000, 1300);
  expect(interruptionCases(call.floor())).toMatchObject([
    { isYielded: false, isFalseResume: true },
  ]);
});

test('one that talks on to its end has not', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000).caller(2000, 4000, INTERRUPTING);
  expect(interruptionCases(call.floor())).toMatchObject([{ isYielded: false }]);
});

test('an utterance that was as good as over is no case', () => {
  const { call, piece } = speaking();
  const endAt = 1000 + (piece.words.at(-1)?.endMs ?? 0);
  call.hears(piece, 1000).caller(endAt - 200, endAt + 1000, INTERRUPTING);
  expect(interruptionCases(call.floor())).toEqual([]);
});

test('a back-channel is ignored when the utterance goes on to its last word; the hold is told', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000, 0, 1300).caller(2000, 2300, BACKCHANNEL).hears(piece, 2650, 1300);
  call.caller(12_000, 13_000);
  expect(asideCases(call.floor())).toEqual([{ kind: 'backchannel', isIgnored: true, holdMs: 350 }]);
});

test('without a hold the hold is nothing', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000).caller(2000, 2300, BACKCHANNEL);
  expect(asideCases(call.floor())).toEqual([{ kind: 'backchannel', isIgnored: true, holdMs: 0 }]);
});

test('an utterance that breaks off at a back-channel did not ignore it', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000, 0, 1300).caller(2000, 2300, BACKCHANNEL).caller(5000, 6000);
  expect(asideCases(call.floor())).toMatchObject([{ isIgnored: false }]);
});

test('one that goes on only after the caller has spoken again did not either', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000, 0, 1300).caller(2000, 2300, BACKCHANNEL).caller(4000, 4500);
  call.hears(piece, 5000, 1300);
  expect(asideCases(call.floor())).toMatchObject([{ isIgnored: false }]);
});

test('nor one that makes a new answer of it', () => {
  const { call, piece } = speaking();
  call.hears(piece, 1000).caller(2000, 2300, BACKCHANNEL).request('I am listening.', 3000);
  call.hears(call.piece('I am listening.', 'turn-2'), 1100 + piece.lengthMs);
  expect(asideCases(call.floor())).toMatchObject([{ isIgnored: false }]);
});
