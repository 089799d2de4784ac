import { describe, expect, it } from 'vitest';
import { CallIndex, type IndexedCall } from './call-index.ts';

const CALL: IndexedCall = {
  callSid: 'CA1',
  agent: null,
  agentVersion: null,
  status: 'in-progress',
  direction: null,
  from: null,
  to: null,
  startedAt: 1,
  endedAt: null,
  durationMs: null,
  endReason: null,
  turns: 0,
  costMicros: null,
  currency: null,
  language: null,
  hasRecording: false,
  summary: null,
};

describe('an index that fails', () => {
  it('says so once, and a call does not notice', async () => {
    const failures: string[] = [];
    const index = new CallIndex({
      open: () => Promise.reject(new Error('D1_ERROR: overloaded')),
      onFailure: (message) => failures.push(message),
    });
    await Promise.all([index.put(CALL), index.put(CALL)]);
    await index.put({ ...CALL, status: 'completed' });
    expect(failures).toEqual(['D1_ERROR: overloaded']);
  });

  it('is also one that is not there', async () => {
    const failures: string[] = [];
    const index = new CallIndex({
      open: () => Promise.resolve(undefined),
      onFailure: (message) => failures.push(message),
    });
    await index.put(CALL);
    expect(failures).toEqual(['no database is bound as DB']);
  });
});

describe('rows', () => {
  it('are written in the order they were put, one after another, and cut to their bounds', async () => {
    const log: string[] = [];
    const rows: unknown[][] = [];
    const gates: (() => void)[] = [];
    const index = new CallIndex({
      open: () => Promise.resolve(database),
      onFailure: (message) => log.push(message),
    });
    const database = {
      prepare: () => ({
        bind: (...values: unknown[]) => ({
          run: async () => {
            rows.push(values);
            log.push('begun');
            await new Promise<void>((resolve) => gates.push(resolve));
            log.push('done');
          },
        }),
      }),
    };
    const from = 'x'.repeat(5000);
    const all = Promise.all([
      index.put({ ...CALL, from }),
      index.put({ ...CALL, from, status: 'completed' }),
    ]);
    await expect.poll(() => log).toEqual(['begun']);
    gates[0]?.();
    await expect.poll(() => log).toEqual(['begun', 'done', 'begun']);
    gates[1]?.();
    await all;
    expect(rows.map(([, , , status]) => status)).toEqual(['in-progress', 'completed']);
    expect(String(rows[0]?.[5])).toHaveLength(256);
  });
});
