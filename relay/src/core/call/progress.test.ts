import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StatusEvent } from '@patchcord/shared/twilio/call-control';
import { FINAL_STATUSES, type CallStatus } from '@patchcord/shared/twilio/call-record';
import { billedMinutes, CallProgress, PROGRESS_TRANSITIONS } from './progress.ts';

const ALL: readonly StatusEvent[] = ['initiated', 'ringing', 'answered', 'completed'];
const STATUSES = Object.keys(PROGRESS_TRANSITIONS) as CallStatus[];

function run(begin: 'queued' | 'ringing', events: readonly StatusEvent[], path: string): string[] {
  const progress = new CallProgress(begin, events);
  return path
    .split(' ')
    .flatMap((status, second) =>
      progress
        .move(status as CallStatus, second * 1000)
        .map((report) => `${report.sequenceNumber} ${report.event} ${report.status}`),
    );
}

it.each([
  [
    'answered',
    'queued',
    ALL,
    'initiated ringing in-progress completed',
    [
      '0 initiated initiated',
      '1 ringing ringing',
      '2 answered in-progress',
      '3 completed completed',
    ],
  ],
  [
    'answered without ringing',
    'queued',
    ALL,
    'in-progress completed',
    ['0 initiated initiated', '1 answered in-progress', '2 completed completed'],
  ],
  ['only completed', 'queued', ['completed'], 'initiated ringing busy', ['0 completed busy']],
  ['canceled while queued', 'queued', ALL, 'canceled completed', []],
  [
    'canceled while it rings',
    'queued',
    ALL,
    'ringing canceled',
    ['0 initiated initiated', '1 ringing ringing', '2 completed canceled'],
  ],
  ['failed at once', 'queued', ALL, 'failed', ['0 initiated initiated', '1 completed failed']],
  [
    'inbound',
    'ringing',
    ALL,
    'in-progress completed',
    ['0 answered in-progress', '1 completed completed'],
  ],
  ['inbound, left early', 'ringing', ['completed'], 'completed', ['0 completed completed']],
  [
    'twice the same, and back',
    'queued',
    ALL,
    'ringing ringing initiated in-progress ringing completed failed',
    [
      '0 initiated initiated',
      '1 ringing ringing',
      '2 answered in-progress',
      '3 completed completed',
    ],
  ],
  ['nobody asked', 'queued', [], 'ringing in-progress completed', []],
] as const)('%s', (_what, begin, events, path, expected) => {
  expect(run(begin, events, path)).toEqual(expected);
});

it('times a call from its answer, and bills minutes begun', () => {
  const progress = new CallProgress('queued', ['completed']);
  progress.move('ringing', 0);
  progress.move('in-progress', 10_000);
  expect(progress.move('completed', 59_400, 200)).toEqual([
    {
      event: 'completed',
      status: 'completed',
      at: 59_400,
      sequenceNumber: 0,
      durationSeconds: 49,
      sipResponseCode: 200,
    },
  ]);
  expect([0, 1, 49, 60, 61].map(billedMinutes)).toEqual([0, 1, 1, 1, 2]);
});

it('knows every pair of states', () => {
  const order = ['queued', 'initiated', 'ringing', 'in-progress'];
  for (const from of STATUSES) {
    for (const to of STATUSES) {
      const isAllowed = PROGRESS_TRANSITIONS[from].includes(to);
      if (FINAL_STATUSES.has(from) || to === 'queued' || from === to) expect(isAllowed).toBe(false);
      else if (order.includes(to)) {
        expect(isAllowed).toBe(order.indexOf(to) > order.indexOf(from));
      }
    }
  }
});

it('whatever happens: each event once, in order, numbers without a gap, nothing behind the end', () => {
  const path = fc.array(fc.constantFrom(...STATUSES), { maxLength: 12 });
  fc.assert(
    fc.property(path, fc.subarray([...ALL]), (statuses, events) => {
      const progress = new CallProgress('queued', events);
      const reports = statuses.flatMap((status, at) => progress.move(status, at));
      const places = reports.map(({ event }) => ALL.indexOf(event));
      expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
      expect(reports.map(({ sequenceNumber }) => sequenceNumber)).toEqual([...reports.keys()]);
      expect(reports.every(({ event }) => events.includes(event))).toBe(true);
    }),
  );
});
