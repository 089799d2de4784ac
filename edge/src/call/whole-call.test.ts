import { describe, expect, it } from 'vitest';
import type { CallRecord } from './core/call-record.ts';
import { wholeCall } from './whole-call.ts';

const FIRST: CallRecord = {
  callSid: 'CA1',
  streamSid: 'MZ1',
  status: 'completed',
  startedAt: 1000,
  endedAt: 9000,
  endReason: 'transferred',
  answeredBy: 'person',
  language: 'ms-MY',
  notes: ['allergic to nuts'],
  errors: [{ code: 'STT_DEAF', message: 'deaf' }],
  consumption: {
    sttSeconds: 8,
    ttsCharacters: 100,
    llm: [
      { model: 'a', promptTokens: 10, completionTokens: 1, costMicros: 5 },
      { model: 'b', promptTokens: 1, completionTokens: 1 },
    ],
    wasted: { ttsCharacters: 1, promptTokens: 2, completionTokens: 3 },
  },
};

const SECOND: CallRecord = {
  callSid: 'CA1',
  streamSid: 'MZ2',
  status: 'completed',
  startedAt: 50_000,
  endedAt: 60_000,
  endReason: 'caller-hangup',
  language: 'en-US',
  notes: ['wants a call back'],
  errors: [],
  consumption: {
    sttSeconds: 10,
    ttsCharacters: 50,
    llm: [{ model: 'a', promptTokens: 20, completionTokens: 2, costMicros: 6 }],
    wasted: { ttsCharacters: 10, promptTokens: 20, completionTokens: 30 },
  },
};

describe('a call on two streams', () => {
  it('began with the first and ended with the second; nothing of either is lost', () => {
    expect(wholeCall(FIRST, SECOND)).toEqual({
      ...SECOND,
      startedAt: 1000,
      answeredBy: 'person',
      notes: ['allergic to nuts', 'wants a call back'],
      errors: FIRST.errors,
      consumption: {
        sttSeconds: 18,
        ttsCharacters: 150,
        llm: [
          { model: 'a', promptTokens: 30, completionTokens: 3, costMicros: 11 },
          { model: 'b', promptTokens: 1, completionTokens: 1 },
        ],
        wasted: { ttsCharacters: 11, promptTokens: 22, completionTokens: 33 },
      },
    });
  });

  it('is in progress again with the second, which has no end yet', () => {
    const { endedAt: _, endReason: __, consumption: ___, ...begun } = SECOND;
    const call = wholeCall(FIRST, { ...begun, status: 'in-progress' });
    expect(call).toMatchObject({ status: 'in-progress', startedAt: 1000 });
    expect(call).not.toHaveProperty('endedAt');
    expect(call).not.toHaveProperty('endReason');
  });

  it('is the record itself where it is the first', () => {
    expect(wholeCall(undefined, SECOND)).toBe(SECOND);
  });

  it('keeps the latest of very many notes', () => {
    const notes = Array.from({ length: 300 }, (_, i) => `note ${i}`);
    const call = wholeCall({ ...FIRST, notes }, SECOND);
    expect(call.notes).toHaveLength(200);
    expect(call.notes.at(-1)).toBe('wants a call back');
  });
});
