import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callOutcome, type Unanswered } from './hangup-cause.ts';

const ROWS: readonly [
  string,
  Omit<Extract<Unanswered, { kind: 'refused' }>, 'kind'>,
  string,
  number,
][] = [
  ['busy', { cause: 17 }, 'busy', 486],
  ['busy everywhere', { cause: 17, sipCode: 600 }, 'busy', 600],
  ['declined', { cause: 21, sipCode: 603 }, 'busy', 603],
  ['declined, by the cause alone', { cause: 21 }, 'busy', 603],
  ['refused by the trunk', { cause: 21, sipCode: 403 }, 'failed', 403],
  ['nobody there', { cause: 19 }, 'no-answer', 480],
  ['nobody responding', { cause: 18 }, 'no-answer', 408],
  ['not registered', { cause: 20 }, 'no-answer', 480],
  ['ended before an answer', { cause: 16 }, 'no-answer', 480],
  ['no such number', { cause: 1 }, 'failed', 404],
  ['half a number', { cause: 28 }, 'failed', 484],
  ['no line free', { cause: 34 }, 'failed', 503],
  ['network down', { cause: 38 }, 'failed', 503],
  ['temporary', { cause: 41 }, 'failed', 503],
  ['congestion', { cause: 42 }, 'failed', 503],
  ['interworking', { cause: 127 }, 'failed', 500],
  ['no cause, but a dial status', { cause: 0, dialStatus: 'BUSY' }, 'busy', 486],
  ['no line, by the dial status', { dialStatus: 'CHANUNAVAIL' }, 'failed', 503],
  ['nothing known', {}, 'failed', 500],
  ['a dial status of no kind', { dialStatus: 'constructor' }, 'failed', 500],
];

it.each(ROWS)('%s', (_what, end, status, sipCode) => {
  expect(callOutcome({ kind: 'refused', ...end })).toEqual({ status, sipCode });
});

it('what we gave up', () => {
  expect(callOutcome({ kind: 'timeout' })).toEqual({ status: 'no-answer', sipCode: 487 });
  expect(callOutcome({ kind: 'canceled' })).toEqual({ status: 'canceled', sipCode: 487 });
});

it('has a code of a refusal, whatever is said', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.string(), (cause, sipCode, dialStatus) => {
      const outcome = callOutcome({ kind: 'refused', cause, sipCode, dialStatus });
      expect(outcome.sipCode).toBeGreaterThanOrEqual(300);
      expect(outcome.sipCode).toBeLessThan(700);
    }),
  );
});
