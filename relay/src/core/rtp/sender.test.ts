import { expect, test } from 'vitest';
import { parseRtp, type RtpPacket } from './packet.ts';
import { RtpSender } from './sender.ts';

function sender(): RtpSender {
  return new RtpSender({ ssrc: 9, firstSequenceNumber: 0xffff, firstTimestamp: 0xffffffff });
}

function parsed(packet: Uint8Array): RtpPacket {
  const result = parseRtp(packet);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

/** A source that has `bytes` left of the value 1. */
function source(bytes: number): { takeAudio(packet: Uint8Array, offset: number): number } {
  let left = bytes;
  return {
    takeAudio(packet, offset) {
      const count = Math.min(160, left);
      packet.fill(1, offset, offset + count);
      left -= count;
      return count;
    },
  };
}

test('silence while there is nothing to say; numbers and timestamps wrap', () => {
  const rtp = sender();
  const first = parsed(rtp.packet(100, undefined));
  const second = parsed(rtp.packet(101, undefined));
  expect(first).toMatchObject({
    payloadType: 0,
    marker: false,
    sequenceNumber: 0xffff,
    rtpTimestamp: 0xffffffff,
    ssrc: 9,
  });
  expect(second).toMatchObject({ sequenceNumber: 0, rtpTimestamp: 159 });
  expect([...second.payload]).toEqual(new Array<number>(160).fill(0xff));
});

test('the marker opens a talkspurt, and a short end is filled with silence', () => {
  const rtp = sender();
  const audio = source(200);
  const packets = [0, 1, 2].map((slot) => parsed(rtp.packet(slot, audio)));
  expect(packets.map(({ marker }) => marker)).toEqual([true, false, false]);
  expect(packets[1]?.payload.indexOf(0xff)).toBe(40);
  expect(rtp.counters).toMatchObject({ packets: 3, audioBytes: 200 });
});

test('a skipped slot is a gap in the timestamps and none in the sequence numbers', () => {
  const rtp = sender();
  const before = parsed(rtp.packet(0, undefined));
  const after = parsed(rtp.packet(5, undefined));
  expect((after.rtpTimestamp - before.rtpTimestamp) >>> 0).toBe(5 * 160);
  expect((after.sequenceNumber - before.sequenceNumber) & 0xffff).toBe(1);
  expect(rtp.counters.skippedSlots).toBe(4);
});
