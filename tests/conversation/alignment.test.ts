import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { describe, expect, it } from 'vitest';
import { encodeSpeech } from '../speech/encode.ts';
import { align } from './alignment.ts';

const silence = (ms: number): Uint8Array => new Uint8Array(8 * ms).fill(MULAW_SILENCE);
const HELLO = encodeSpeech('Hello, who is this?').mulaw;
const GOODBYE = encodeSpeech('Goodbye then.').mulaw;
const track = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

const PHONE = track(silence(700), HELLO, silence(500), GOODBYE, silence(100));

describe('a recorded channel', () => {
  it('that has all sounds at their times is beside the phone by one offset', () => {
    const found = align(PHONE, PHONE.subarray(8 * 200));
    expect(found).toMatchObject({
      differsAt: undefined,
      before: 0,
      missing: 0,
      extra: 0,
      offsetMs: 200,
      deviationMs: 0,
    });
    expect(found.offsetsMs).toEqual([200, 200, 200]);
  });

  it('with a pause too long is told, and where', () => {
    const copy = track(silence(700), HELLO, silence(530), GOODBYE);
    expect(align(PHONE, copy)).toMatchObject({ offsetsMs: [0, 0, -30], deviationMs: 30 });
  });

  it('that begins later begins where the phone was by then', () => {
    const found = align(PHONE, track(silence(100), GOODBYE));
    expect(found).toMatchObject({ differsAt: undefined, missing: 0, extra: 0 });
    expect(found.before).toBeGreaterThan(1000);
  });

  it('with a sound less, more or another one is told', () => {
    const at = 8 * 900;
    const lost = track(PHONE.subarray(0, at), PHONE.subarray(at + 160));
    expect(align(PHONE, lost).differsAt).toBeLessThan(at);
    const end = 8 * 700 + HELLO.length;
    expect(align(PHONE, PHONE.subarray(0, end))).toMatchObject({ differsAt: undefined, extra: 0 });
    expect(align(PHONE, PHONE.subarray(0, end)).missing).toBeGreaterThan(1000);
    expect(align(PHONE.subarray(0, end), PHONE).extra).toBeGreaterThan(1000);
    const other = PHONE.with(at, (PHONE[at] ?? 0) ^ 1);
    expect(align(PHONE, other).differsAt).toBeDefined();
  });
});
