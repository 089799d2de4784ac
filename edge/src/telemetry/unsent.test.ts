import { describe, expect, it } from 'vitest';
import { ENDED_CALL, STARTED_AT } from './call.test-support.ts';
import { sentWith, unsent, type Records } from './unsent.ts';

const { call, turns, events } = ENDED_CALL;
const FIRST: Records<typeof call> = { call, turns, events };

describe('a second stream of a call', () => {
  const { consumption } = call;
  if (consumption === undefined) throw new Error('the call has taken nothing');
  const [turn] = turns;
  if (turn === undefined) throw new Error('the call has no turns');
  const both: Records<typeof call> = {
    call: {
      ...call,
      endedAt: STARTED_AT + 50_000,
      errors: [...call.errors, { code: 'STT_DEAF', message: 'deaf' }],
      consumption: {
        sttSeconds: 40,
        ttsCharacters: 150,
        llm: [
          { model: 'maker/first', promptTokens: 1000, completionTokens: 65 },
          { model: 'maker/second', promptTokens: 10, completionTokens: 1 },
        ],
        wasted: consumption.wasted,
      },
    },
    turns: [...turns, { ...turn, index: 3, startedAt: STARTED_AT + 40_000 }],
    events: [...events, { at: STARTED_AT + 45_000, event: 'call-fault', code: 'STT_DEAF' }],
  };

  it('adds what is new since the first', () => {
    expect(unsent(FIRST, undefined)).toEqual(FIRST);
    expect(unsent(both, sentWith(FIRST))).toEqual({
      call: {
        ...both.call,
        startedAt: STARTED_AT + 30_000,
        errors: [{ code: 'STT_DEAF', message: 'deaf' }],
        consumption: {
          sttSeconds: 10,
          ttsCharacters: 30,
          llm: [
            { model: 'maker/first', promptTokens: 100, completionTokens: 5 },
            { model: 'maker/second', promptTokens: 10, completionTokens: 1 },
          ],
          wasted: { ttsCharacters: 0, promptTokens: 0, completionTokens: 0 },
        },
      },
      turns: both.turns.slice(-1),
      events: both.events.slice(-1),
    });
  });

  it('adds nothing when it was lost with its process', () => {
    const { consumption: _consumption, ...lost } = call;
    expect(unsent({ ...FIRST, call: lost }, sentWith(FIRST)).call).not.toHaveProperty(
      'consumption',
    );
  });
});
