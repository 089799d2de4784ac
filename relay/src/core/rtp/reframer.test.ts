import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reframer } from './reframer.ts';

interface Frame {
  readonly mulaw: number[];
  readonly timestampMs: number;
}

function collect(): { frames: Frame[]; sink: (mulaw: Uint8Array, timestampMs: number) => void } {
  const frames: Frame[] = [];
  return { frames, sink: (mulaw, timestampMs) => frames.push({ mulaw: [...mulaw], timestampMs }) };
}

describe('packetisation', () => {
  test.each([10, 20, 30, 40, 60])('%i ms packets become 20 ms frames, 20 ms apart', (ptimeMs) => {
    const reframer = new Reframer(1000);
    const { frames, sink } = collect();
    const bytes = ptimeMs * 8;
    for (let index = 0; index < 12; index++) {
      const payload = Uint8Array.from({ length: bytes }, (_, i) => index * bytes + i);
      reframer.push(payload, index * bytes, 1155 + index * ptimeMs, sink);
    }
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual(
      frames.map((_, index) => 155 + index * 20),
    );
    expect(frames).toHaveLength(Math.floor((12 * ptimeMs) / 20));
    expect(frames.flatMap(({ mulaw }) => mulaw)).toEqual(
      Array.from({ length: frames.length * 160 }, (_, i) => i & 0xff),
    );
  });

  test('payloads of any size come out as they went in, whatever the start of the timestamps', () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 500 }), { maxLength: 40 });
    fc.assert(
      fc.property(payloads, fc.integer({ min: 0, max: 0xffffffff }), (parts, first) => {
        const reframer = new Reframer(0);
        const { frames, sink } = collect();
        let sent = 0;
        for (const part of parts) {
          reframer.push(part, (first + sent) >>> 0, sent / 8, sink);
          sent += part.length;
        }
        const all = parts.flatMap((part) => [...part]);
        expect(frames.flatMap(({ mulaw }) => mulaw)).toEqual(
          all.slice(0, Math.floor(all.length / 160) * 160),
        );
      }),
    );
  });
});

describe('the media clock', () => {
  const FRAME = new Uint8Array(160).fill(1);

  test('jumps over a gap', () => {
    const reframer = new Reframer(0);
    const { frames, sink } = collect();
    reframer.push(FRAME, 0, 100, sink);
    reframer.push(FRAME, 160 * 4, 180, sink);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([100, 180]);
  });

  test('a frame that had begun before a gap is filled with silence', () => {
    const reframer = new Reframer(0);
    const { frames, sink } = collect();
    reframer.push(FRAME.subarray(0, 80), 0, 100, sink);
    reframer.push(FRAME, 80 + 240, 140, sink);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([100, 140]);
    expect(frames[0]?.mulaw).toEqual([
      ...FRAME.subarray(0, 80),
      ...new Array<number>(80).fill(0xff),
    ]);
  });

  test('a gap smaller than the begun frame is filled inside it', () => {
    const reframer = new Reframer(0);
    const { frames, sink } = collect();
    reframer.push(FRAME.subarray(0, 80), 0, 100, sink);
    reframer.push(FRAME, 80 + 40, 115, sink);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([100]);
    expect(frames[0]?.mulaw.slice(80, 120)).toEqual(new Array<number>(40).fill(0xff));
    expect(frames[0]?.mulaw.slice(120)).toEqual(new Array<number>(40).fill(1));
  });

  test('timestamps that begin anew go on by the time that really passed', () => {
    const reframer = new Reframer(0);
    const { frames, sink } = collect();
    reframer.push(FRAME, 5_000_000, 100, sink);
    reframer.push(FRAME, 17, 1120, sink);
    reframer.push(FRAME, 177, 1140, sink);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([100, 1100, 1120]);
  });

  test('minutes of silence are a gap, not a new clock', () => {
    const reframer = new Reframer(0);
    const { frames, sink } = collect();
    reframer.push(FRAME, 0, 100, sink);
    reframer.push(FRAME, 160 + 8000 * 300, 300_120, sink);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([100, 300_120]);
  });

  test('never goes back, whatever the timestamps do', () => {
    const packets = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 400 })),
    );
    fc.assert(
      fc.property(packets, (sequence) => {
        const reframer = new Reframer(0);
        const { frames, sink } = collect();
        let now = 0;
        for (const [rtpTimestamp, bytes] of sequence) {
          now += 20;
          reframer.push(new Uint8Array(bytes), rtpTimestamp, now, sink);
        }
        const times = frames.map(({ timestampMs }) => timestampMs);
        expect(times.every((time, i) => i === 0 || time - (times[i - 1] ?? 0) >= 20)).toBe(true);
        expect(frames.every(({ mulaw }) => mulaw.length === 160)).toBe(true);
      }),
    );
  });
});
