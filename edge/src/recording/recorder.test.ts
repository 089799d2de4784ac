import { expect, it } from 'vitest';
import type { TurnRecord } from '../call/core/call-record.ts';
import type { RecordingPlan } from '../afterwards/plan.ts';
import { Recorder } from './recorder.ts';

const START = {
  kind: 'start',
  callSid: 'CA1',
  streamSid: 'MZ1',
  customParameters: {},
  missing: {},
  isPatchcord: true,
} as const;

const GREETING: TurnRecord = {
  index: 0,
  kind: 'greeting',
  startedAt: 0,
  agent: 'This call is recorded. Hello!',
  heard: '',
  interrupted: true,
  falseAlarms: 0,
  isSpeculative: false,
  tools: [],
  waterfallMs: {},
  errors: [],
};

function start(change: Partial<RecordingPlan>) {
  const kept: Uint8Array[] = [];
  const begun: number[] = [];
  const plan: RecordingPlan = { isOn: true, consent: 'none', announcements: [], ...change };
  const recorder = new Recorder(plan, {
    keep: (stereo) => kept.push(stereo),
    begun: (startsMs) => begun.push(startsMs),
    failed: (error) => {
      throw error;
    },
  });
  recorder.onInput(START);
  const hear = (frames: number) => {
    for (let i = 0; i < frames; i++) {
      recorder.onInput({ kind: 'media', mulaw: new Uint8Array(160).fill(9) });
    }
  };
  const stop = () => recorder.onInput({ kind: 'stop', reason: 'caller-hangup' });
  return { recorder, kept, begun, hear, stop };
}

it('keeps eight seconds at a time, and the rest at the end, once', () => {
  const { recorder, kept, hear, stop } = start({});
  hear(500);
  expect(kept.map(({ length }) => length)).toEqual([128_000]);
  stop();
  recorder.onOutput({ kind: 'close-socket', code: 1000, reason: 'agent-hangup' });
  hear(500);
  expect(kept.map(({ length }) => length)).toEqual([128_000, 32_000]);
});

it.each([
  ['none of it', '', []],
  ['its beginning', 'This call', []],
  ['all of it, and none of the greeting', 'This call is recorded.', [20]],
  ['another greeting', 'Hello!', []],
])('an announcement of which the caller heard %s', (_, heard, expected) => {
  const { recorder, begun, kept, hear, stop } = start({
    consent: 'announce',
    announcements: ['Panggilan ini dirakam.', 'This call is recorded.'],
  });
  hear(1);
  recorder.onOutput({ kind: 'record-turn', record: { ...GREETING, heard } });
  hear(1);
  stop();
  expect(begun).toEqual(expected);
  expect(kept.map(({ length }) => length)).toEqual(expected.map(() => 320));
});

it('a caller who has to agree is recorded from then on; an agent that does not record, never', () => {
  const asked = start({ consent: 'ask' });
  asked.hear(3);
  expect(asked.begun).toEqual([]);
  expect(asked.recorder.allow()).toBe(true);
  asked.hear(1);
  asked.stop();
  expect(asked.begun).toEqual([60]);
  expect(asked.kept.map(({ length }) => length)).toEqual([320]);
  const off = start({ isOn: false });
  expect(off.recorder.allow()).toBe(false);
  off.hear(1);
  off.stop();
  expect(off.kept).toEqual([]);
});
