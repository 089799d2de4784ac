import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayBuffer } from './replay-buffer.ts';

const BYTES_PER_MS = 8;

describe('a replay buffer', () => {
  it('gives what a plain array would, as far back as it is long', () => {
    const steps = fc.array(
      fc.record({
        bytes: fc.integer({ min: 0, max: 400 }),
        askMs: fc.integer({ min: -5, max: 120 }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), steps, (lengthMs, all) => {
        const buffer = new ReplayBuffer(lengthMs);
        const bytes: number[] = [];
        for (const { bytes: count, askMs } of all) {
          const fresh = Uint8Array.from({ length: count }, (_, i) => (bytes.length + i) % 251);
          buffer.push(fresh);
          bytes.push(...fresh);
          expect(buffer.positionMs).toBe(bytes.length / BYTES_PER_MS);
          const oldest = Math.max(0, bytes.length - lengthMs * BYTES_PER_MS);
          const from = Math.min(bytes.length, Math.max(oldest, askMs * BYTES_PER_MS));
          const { mulaw, startMs } = buffer.since(askMs);
          expect([...mulaw]).toEqual(bytes.slice(from));
          expect(startMs).toBe(from / BYTES_PER_MS);
        }
      }),
    );
  });

  it('gives copies: what comes later does not change them', () => {
    const buffer = new ReplayBuffer(1);
    buffer.push(new Uint8Array(8).fill(1));
    const { mulaw } = buffer.since(0);
    buffer.push(new Uint8Array(8).fill(2));
    expect([...mulaw]).toEqual(Array.from({ length: 8 }, () => 1));
  });
});
