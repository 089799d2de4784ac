import { describe, expect, it } from 'vitest';
import type { CallOutput } from '../contract.ts';
import { Recognisers } from './recognisers.ts';

const NOTHING = new Uint8Array(0);
const FRAME = new Uint8Array(160);

class Rig {
  readonly outputs: CallOutput[] = [];
  readonly recognisers = new Recognisers((output) => void this.outputs.push(output));

  constructor() {
    const { recognisers } = this;
    recognisers.open({ endpoint: 0, languages: ['en-US'], mulaw: NOTHING, startMs: 0 });
    recognisers.push(FRAME);
    recognisers.openSecond({ endpoint: 1, languages: ['en-US'], mulaw: FRAME, startMs: 0 });
    recognisers.push(FRAME);
  }

  /** Such as `open 1`, in order. */
  get log(): string[] {
    return this.outputs.map((output) =>
      'sttId' in output ? `${output.kind.slice(4)} ${output.sttId}` : output.kind,
    );
  }

  keep(sttId: number): boolean | undefined {
    const recogniser = this.recognisers.find(sttId);
    return recogniser === undefined ? undefined : this.recognisers.keep(recogniser);
  }

  drop(sttId: number): boolean | undefined {
    const recogniser = this.recognisers.find(sttId);
    return recogniser === undefined ? undefined : this.recognisers.drop(recogniser);
  }
}

describe('two recognisers', () => {
  it('both hear what is said, and the second what the first has heard', () => {
    const rig = new Rig();
    expect(rig.log).toEqual(['open 1', 'push 1', 'open 2', 'push 2', 'push 1', 'push 2']);
    expect(rig.recognisers.audioMs).toBe(80);
  });

  it.each([
    [1, false, 'close 2'],
    [2, true, 'close 1'],
  ])('are one when number %d has answered', (sttId, isSecond, closes) => {
    const rig = new Rig();
    expect(rig.keep(sttId)).toBe(isSecond);
    expect(rig.log.at(-1)).toBe(closes);
    expect(rig.recognisers.current?.sttId).toBe(sttId);
    expect(rig.keep(3 - sttId)).toBe(undefined);
  });

  it.each([1, 2])('are one when number %d fails, and none when both have', (sttId) => {
    const rig = new Rig();
    expect(rig.drop(sttId)).toBe(true);
    expect(rig.recognisers.current?.sttId).toBe(3 - sttId);
    expect(rig.drop(3 - sttId)).toBe(false);
  });

  it('count silence that is not of the call each by its own clock', () => {
    const rig = new Rig();
    rig.recognisers.pushSilence(500);
    rig.recognisers.push(FRAME);
    const positions = [1, 2].map((id) => rig.recognisers.find(id)?.clock.toCallMs(560));
    expect(positions).toEqual([60, 60]);
    expect(rig.recognisers.audioMs).toBe(120);
  });

  it('are closed together', () => {
    const rig = new Rig();
    rig.recognisers.close();
    expect(rig.log.slice(-2)).toEqual(['close 1', 'close 2']);
    expect(rig.recognisers.current).toBe(undefined);
  });
});
