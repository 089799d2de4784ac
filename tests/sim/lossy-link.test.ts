import { describe, expect, test, vi } from 'vitest';
import { LossyLink } from './lossy-link.ts';
import type { LinkFaults } from './lossy-link.ts';
import { seededRandom } from './random.ts';

/** Sends datagrams numbered in their first byte, 20 ms apart, and answers the numbers in order of arrival. */
function run(seed: number, faults: LinkFaults, count = 200): number[] {
  vi.useFakeTimers();
  const arrived: number[] = [];
  const link = new LossyLink(
    seededRandom(seed),
    () => faults,
    (datagram) => arrived.push(datagram[0] ?? -1),
  );
  for (let i = 0; i < count; i++) {
    link.send(Uint8Array.of(i, 0));
    vi.advanceTimersByTime(20);
  }
  vi.advanceTimersByTime(1000);
  vi.useRealTimers();
  return arrived;
}

describe('LossyLink', () => {
  test('a good link delivers at once, in order', () => {
    expect(run(1, {}, 50)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('the same seed meets the same fate, another one does not', () => {
    const faults = { lossRate: 0.1, jitterMs: 50 };
    expect(run(3, faults)).toEqual(run(3, faults));
    expect(run(3, faults)).not.toEqual(run(4, faults));
  });

  test('loss is about as often as told', () => {
    const left = run(7, { lossRate: 0.25 }).length;
    expect(left).toBeGreaterThan(130);
    expect(left).toBeLessThan(170);
  });

  test('what is held back is overtaken, not lost', () => {
    const arrived = run(2, { reorderRate: 0.2 });
    expect(arrived).not.toEqual(arrived.toSorted((a, b) => a - b));
    expect(new Set(arrived).size).toBe(200);
  });

  test('duplicates come twice', () => {
    expect(run(2, { duplicateRate: 1 }, 3)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test('nothing arrives after it was closed', () => {
    vi.useFakeTimers();
    const arrived: Uint8Array[] = [];
    const link = new LossyLink(
      seededRandom(1),
      () => ({ reorderRate: 1 }),
      (datagram) => arrived.push(datagram),
    );
    link.send(Uint8Array.of(1, 0));
    link.close();
    vi.advanceTimersByTime(1000);
    vi.useRealTimers();
    expect(arrived).toEqual([]);
  });
});
