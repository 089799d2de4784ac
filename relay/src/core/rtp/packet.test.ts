import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from './packet.ts';

function bytes(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(' ', ''));
}

const HEADER = '80 00 0001 000000a0 11223344';

describe('parse', () => {
  test.each([
    [
      'plain',
      `${HEADER} aabb`,
      { payloadType: 0, marker: false, sequenceNumber: 1, rtpTimestamp: 160, ssrc: 0x11223344 },
      'aabb',
    ],
    ['no payload', HEADER, { payloadType: 0 }, ''],
    [
      'marker, payload type 101, high numbers',
      '80 e5 ffff ffffffff ffffffff aa',
      {
        payloadType: 101,
        marker: true,
        sequenceNumber: 65_535,
        rtpTimestamp: 4_294_967_295,
        ssrc: 4_294_967_295,
      },
      'aa',
    ],
    ['two CSRCs', '82 00 0001 000000a0 11223344 00000001 00000002 aa', {}, 'aa'],
    ['an extension of one word', '90 00 0001 000000a0 11223344 bede 0001 10ff0000 aa', {}, 'aa'],
    ['an empty extension', '90 00 0001 000000a0 11223344 bede 0000 aa', {}, 'aa'],
    [
      'CSRC, extension and padding',
      'b1 00 0001 000000a0 11223344 00000001 bede 0001 00000000 aabb 00 00 03',
      {},
      'aabb',
    ],
    ['nothing but padding', 'a0 00 0001 000000a0 11223344 01', {}, ''],
  ])('%s', (_name, hex, expected, payload) => {
    const packet = parseRtp(bytes(hex));
    expect(packet).toMatchObject(expected);
    expect(typeof packet === 'string' ? packet : packet.payload.toHex()).toBe(payload);
  });

  test.each([
    ['nothing', '', 'short'],
    ['eleven bytes', '80 00 0001 000000a0 112233', 'short'],
    ['version 0', '00 00 0001 000000a0 11223344', 'version'],
    ['version 1', '40 00 0001 000000a0 11223344', 'version'],
    ['version 3', 'c0 00 0001 000000a0 11223344', 'version'],
    ['fifteen CSRCs that are not there', '8f 00 0001 000000a0 11223344 00000001', 'short'],
    ['an extension that is cut off', '90 00 0001 000000a0 11223344 be', 'short'],
    ['an extension longer than the packet', '90 00 0001 000000a0 11223344 bede ffff', 'short'],
    ['padding of 0', 'a0 00 0001 000000a0 11223344 aa 00', 'padding'],
    ['padding longer than the payload', 'a0 00 0001 000000a0 11223344 aa 03', 'padding'],
    ['the padding bit on a bare header', 'a0 00 0001 000000a0 112233ff', 'padding'],
  ])('%s is refused', (_name, hex, fault) => {
    expect(parseRtp(bytes(hex))).toBe(fault);
  });
});

test('any bytes give a packet inside the datagram, or a reason', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (datagram) => {
      const packet = parseRtp(datagram);
      if (typeof packet === 'string') return ['short', 'version', 'padding'].includes(packet);
      return packet.payload.length <= datagram.length - RTP_HEADER_BYTES;
    }),
    { numRuns: 2000 },
  );
});

test('what is written is read back', () => {
  const header = fc.record({
    payloadType: fc.integer({ min: 0, max: 127 }),
    marker: fc.boolean(),
    sequenceNumber: fc.integer({ min: 0, max: 0xffff }),
    rtpTimestamp: fc.integer({ min: 0, max: 0xffffffff }),
    ssrc: fc.integer({ min: 0, max: 0xffffffff }),
  });
  fc.assert(
    fc.property(header, fc.uint8Array(), (fields, payload) => {
      const packet = new Uint8Array(RTP_HEADER_BYTES + payload.length);
      packet.set(payload, RTP_HEADER_BYTES);
      writeRtpHeader(packet, fields);
      expect(parseRtp(packet)).toEqual({ ...fields, payload });
    }),
  );
});
