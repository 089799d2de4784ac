import { describe, expect, it } from 'vitest';
import type { CallRecord, EndReason } from '../call-record.ts';
import type { CallInput, CallOutput } from '../contract.ts';
import { faultOf } from '../faults.ts';
import { Journal } from './journal.ts';

const START: Extract<CallInput, { kind: 'start' }> = {
  kind: 'start',
  callSid: 'CA1',
  streamSid: 'MZ1',
  customParameters: { From: '+60123456789', To: '+60312345678', Other: 'x' },
  missing: {},
  isPatchcord: true,
};
const CONSUMPTION = {
  sttSeconds: 12,
  ttsCharacters: 34,
  llm: [],
  wasted: { ttsCharacters: 0, promptTokens: 0, completionTokens: 0 },
};

class Rig {
  readonly outputs: CallOutput[] = [];
  locale = 'en-US';
  readonly journal = new Journal({
    emit: (output) => void this.outputs.push(output),
    consumption: () => CONSUMPTION,
    locale: () => this.locale,
    answeredBy: () => undefined,
  });

  get record(): CallRecord | undefined {
    return this.outputs.findLast((each) => each.kind === 'record-call')?.record;
  }

  get logged(): string[] {
    return this.outputs.flatMap((each) =>
      each.kind === 'log' ? `${each.level} ${each.event}` : [],
    );
  }
}

describe('the record of a call', () => {
  it('is there as soon as the stream has begun', () => {
    const rig = new Rig();
    rig.journal.begin(START, 1000);
    expect(rig.record).toEqual({
      callSid: 'CA1',
      streamSid: 'MZ1',
      status: 'in-progress',
      startedAt: 1000,
      from: '+60123456789',
      to: '+60312345678',
      language: 'en-US',
      notes: [],
      errors: [],
    });
  });

  it('has the end, and what the call has asked of the providers', () => {
    const rig = new Rig();
    rig.journal.begin(START, 1000);
    rig.locale = 'ms-MY';
    rig.journal.end('agent-hangup', 9000);
    expect(rig.record).toMatchObject({
      status: 'completed',
      endedAt: 9000,
      endReason: 'agent-hangup',
      language: 'ms-MY',
      consumption: CONSUMPTION,
    });
  });

  it.each([
    ['caller-hangup', 'completed'],
    ['transferred', 'completed'],
    ['machine', 'completed'],
    ['silence', 'completed'],
    ['time-limit', 'completed'],
    ['turn-limit', 'completed'],
    ['cost-limit', 'completed'],
    ['stream-replaced', 'completed'],
    ['stream-lost', 'failed'],
    ['provider-failure', 'failed'],
    ['protocol-error', 'failed'],
    ['internal-error', 'failed'],
    ['edge-restarted', 'failed'],
  ] satisfies [EndReason, CallRecord['status']][])('after %s is %s', (reason, status) => {
    const rig = new Rig();
    rig.journal.begin(START, 0);
    rig.journal.end(reason, 1);
    expect(rig.record?.status).toBe(status);
  });

  it('has notes and faults as they come, fifty of each; all faults are logged', () => {
    const rig = new Rig();
    rig.journal.begin(START, 0);
    for (let i = 0; i < 60; i++) {
      rig.journal.note(`note ${i}`);
      rig.journal.callFault(faultOf('STT_UNAVAILABLE', `fault ${i}`));
    }
    expect(rig.record?.notes).toEqual(Array.from({ length: 50 }, (_, i) => `note ${i}`));
    expect(rig.record?.errors).toHaveLength(50);
    expect(rig.logged.filter((line) => line === 'error call-fault')).toHaveLength(60);
  });

  it('is a picture of its moment: what comes later changes no earlier one', () => {
    const rig = new Rig();
    rig.journal.begin(START, 0);
    const { record } = rig;
    rig.journal.note('later');
    expect(record?.notes).toEqual([]);
  });

  it('is none while no stream has begun: nobody knows whose it would be', () => {
    const rig = new Rig();
    rig.journal.note('lost');
    rig.journal.callFault(faultOf('MEDIA_MISSING', 'no audio'));
    rig.journal.end('protocol-error', 1);
    expect(rig.record).toBeUndefined();
    expect(rig.logged).toEqual(['error call-fault', 'info call-ended']);
  });
});

it('a line of the log has its code, where there is one', () => {
  const rig = new Rig();
  rig.journal.log('warn', 'tts-connection', 'gone', 'TTS_UNAVAILABLE');
  rig.journal.log('info', 'dtmf', 'a key');
  rig.journal.turnFault('turn-3', faultOf('LLM_BROKEN', 'broke off'));
  expect(rig.outputs).toEqual([
    {
      kind: 'log',
      level: 'warn',
      event: 'tts-connection',
      message: 'gone',
      code: 'TTS_UNAVAILABLE',
    },
    { kind: 'log', level: 'info', event: 'dtmf', message: 'a key' },
    {
      kind: 'log',
      level: 'error',
      event: 'turn-fault',
      message: 'turn-3: broke off',
      code: 'LLM_BROKEN',
    },
  ]);
});
