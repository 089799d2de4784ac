import { describe, expect, it } from 'vitest';
import type { CallInput, CallOutput, TransferStatus } from './contract.ts';
import { Handover } from './handover.ts';

type Progress = Extract<CallInput, { kind: 'transfer-progress' }>;

class Rig {
  readonly outputs: CallOutput[] = [];
  readonly handover = new Handover((output) => void this.outputs.push(output));

  progress(status: TransferStatus, transferId = 'transfer-1', reason?: string) {
    const input: Progress = { kind: 'transfer-progress', transferId, status };
    return this.handover.handle(reason === undefined ? input : { ...input, reason });
  }
}

describe('a transfer', () => {
  it('is asked for, and is under way', () => {
    const { handover, outputs } = new Rig();
    expect(handover.isUnderWay).toBe(false);
    handover.begin('200', 'warm', 0);
    expect(outputs).toEqual([
      { kind: 'transfer', transferId: 'transfer-1', target: '200', manner: 'warm' },
    ]);
    expect(handover.isUnderWay).toBe(true);
  });

  it.each([
    ['ringing', { kind: 'none' }],
    ['answered', { kind: 'connected' }],
    ['ended', { kind: 'connected' }],
    ['failed', { kind: 'failed', reason: 'no reason given' }],
  ] satisfies [TransferStatus, object][])('that is %s: %j', (status, outcome) => {
    const rig = new Rig();
    rig.handover.begin('200', 'cold', 0);
    expect(rig.progress(status)).toEqual(outcome);
  });

  it('tells why it failed, in no more than 200 characters', () => {
    const rig = new Rig();
    rig.handover.begin('200', 'cold', 0);
    expect(rig.progress('failed', 'transfer-1', 'busy')).toEqual({
      kind: 'failed',
      reason: 'busy',
    });
    const long = rig.progress('failed', 'transfer-1', 'x'.repeat(5000));
    expect(long).toEqual({ kind: 'failed', reason: 'x'.repeat(200) });
  });

  it('heeds nothing of another one, of one that failed, or of one that was never begun', () => {
    const rig = new Rig();
    expect(rig.progress('answered')).toEqual({ kind: 'none' });
    rig.handover.begin('200', 'cold', 0);
    expect(rig.progress('answered', 'transfer-2')).toEqual({ kind: 'none' });
    rig.handover.fail();
    expect(rig.progress('answered')).toEqual({ kind: 'none' });
    rig.handover.begin('201', 'cold', 0);
    expect(rig.progress('answered')).toEqual({ kind: 'none' });
    expect(rig.progress('answered', 'transfer-2')).toEqual({ kind: 'connected' });
  });

  it('is waited for a minute, and not any more when it has failed', () => {
    const { handover } = new Rig();
    let late = 0;
    expect(handover.deadlines(() => late++)).toEqual([]);
    handover.begin('200', 'cold', 1000);
    const [deadline] = handover.deadlines(() => late++);
    expect(deadline?.at).toBe(61_000);
    deadline?.run();
    expect(late).toBe(1);
    handover.fail();
    expect(handover.deadlines(() => late++)).toEqual([]);
  });
});
