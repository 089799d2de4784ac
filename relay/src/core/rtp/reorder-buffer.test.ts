import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RtpPacket } from './packet.ts';
import { HOLE_WAIT_MS_MAX, ReorderBuffer } from './reorder-buffer.ts';

const SAMPLES = 160;

/** Packet `index` of a steady stream that began at sequence number `first`. */
function packet(
  index: number,
  options: { first?: number; ssrc?: number; skippedSamples?: number } = {},
): RtpPacket {
  const { first = 0, ssrc = 7, skippedSamples = 0 } = options;
  return {
    payloadType: 0,
    marker: false,
    sequenceNumber: (first + index) & 0xffff,
    rtpTimestamp: (index * SAMPLES + skippedSamples) >>> 0,
    ssrc,
    payload: new Uint8Array(SAMPLES).fill(index),
  };
}

/** What can be given out at `now`, as the packets' indexes. */
function drain(buffer: ReorderBuffer, now: number): number[] {
  const indexes: number[] = [];
  for (;;) {
    const next = buffer.poll(now);
    if (next === undefined) return indexes;
    indexes.push(next.payload[0] ?? -1);
  }
}

describe('order', () => {
  test('in order nothing waits, also across the wrap', () => {
    const buffer = new ReorderBuffer();
    for (let index = 0; index < 10; index++) {
      buffer.push(packet(index, { first: 0xfffb }), index * 20);
      expect(drain(buffer, index * 20)).toEqual([index]);
    }
    expect(buffer.counters).toMatchObject({
      late: 0,
      lost: 0,
      duplicate: 0,
      reordered: 0,
      restarts: 0,
    });
  });

  test('two packets that were swapped are put right, and counted once', () => {
    const buffer = new ReorderBuffer();
    buffer.push(packet(0), 0);
    expect(drain(buffer, 0)).toEqual([0]);
    buffer.push(packet(2), 40);
    expect(drain(buffer, 40)).toEqual([]);
    buffer.push(packet(1), 41);
    expect(drain(buffer, 41)).toEqual([1, 2]);
    expect(buffer.counters).toMatchObject({ reordered: 1, lost: 0, late: 0 });
  });

  test('a hole waits 60 ms and no longer; what comes after that is late', () => {
    const buffer = new ReorderBuffer();
    buffer.push(packet(0), 0);
    drain(buffer, 0);
    buffer.push(packet(2), 40);
    expect(buffer.wakeAt).toBe(40 + HOLE_WAIT_MS_MAX);
    buffer.push(packet(3), 60);
    expect(drain(buffer, 99.9)).toEqual([]);
    expect(drain(buffer, 100)).toEqual([2, 3]);
    buffer.push(packet(1), 101);
    expect(drain(buffer, 101)).toEqual([]);
    expect(buffer.counters).toMatchObject({ lost: 1, late: 1, duplicate: 0 });
    expect(buffer.wakeAt).toBeUndefined();
  });

  test('a packet that comes twice is a duplicate while held, late once given out', () => {
    const buffer = new ReorderBuffer();
    buffer.push(packet(0), 0);
    drain(buffer, 0);
    buffer.push(packet(2), 1);
    buffer.push(packet(2), 2);
    expect(buffer.counters.duplicate).toBe(1);
    buffer.push(packet(0), 3);
    expect(buffer.counters.late).toBe(1);
  });
});

describe('what looks like loss and is none', () => {
  test('a sequence number that comfort noise took: the timestamps moved on further, so nothing waits', () => {
    const buffer = new ReorderBuffer();
    buffer.push(packet(0), 0);
    drain(buffer, 0);
    buffer.push(packet(2, { skippedSamples: 8000 }), 1040);
    expect(drain(buffer, 1040)).toEqual([2]);
    expect(buffer.counters).toMatchObject({ lost: 0, silenceGaps: 1 });
  });

  test('another SSRC begins anew at once', () => {
    const buffer = new ReorderBuffer();
    buffer.push(packet(0), 0);
    drain(buffer, 0);
    buffer.push(packet(1, { first: 30_000, ssrc: 8 }), 20);
    expect(drain(buffer, 20)).toEqual([1]);
    expect(buffer.counters).toMatchObject({ lost: 0, restarts: 1 });
  });

  test('sequence numbers far away begin anew with the second packet (RFC 3550 A.1)', () => {
    const buffer = new ReorderBuffer();
    buffer.push(packet(0), 0);
    drain(buffer, 0);
    buffer.push(packet(1, { first: 30_000 }), 20);
    expect(drain(buffer, 20)).toEqual([]);
    buffer.push(packet(2, { first: 30_000 }), 40);
    expect(drain(buffer, 40)).toEqual([2]);
    expect(buffer.counters).toMatchObject({ restarts: 1, lost: 0 });
  });
});

test('whatever the network does: order is kept, nothing comes twice, and every packet is accounted for', () => {
  const network = fc.array(
    fc.record({
      delayMs: fc.integer({ min: 0, max: 150 }),
      isLost: fc.boolean(),
      isTwice: fc.boolean(),
    }),
    { minLength: 1, maxLength: 120 },
  );
  fc.assert(
    fc.property(network, fc.integer({ min: 0, max: 0xffff }), (fates, first) => {
      const arrivals = fates
        .flatMap(({ delayMs, isLost, isTwice }, index) => {
          if (isLost && index > 0) return [];
          const at = index === 0 ? -1000 : index * 20 + delayMs;
          return isTwice
            ? [
                { index, at },
                { index, at: at + 5 },
              ]
            : [{ index, at }];
        })
        .toSorted((a, b) => a.at - b.at);
      const buffer = new ReorderBuffer();
      const given: number[] = [];
      for (const { index, at } of arrivals) {
        buffer.push(packet(index, { first }), at);
        given.push(...drain(buffer, at));
      }
      given.push(...drain(buffer, 1e6));
      expect(given).toEqual([...new Set(given)].toSorted((a, b) => a - b));
      const { late, duplicate, lost } = buffer.counters;
      expect(given.length + late + duplicate).toBe(arrivals.length);
      expect(given.length + lost).toBe((given.at(-1) ?? -1) + 1);
    }),
  );
});
