/**
 * RTP packets: parse what arrives, write what leaves.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           timestamp                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           synchronization source (SSRC) identifier            |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |      CC x contributing source (CSRC), then, where X is set:   |
 * |      profile (16)              |  length in words (16), words |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @see RFC 3550 §5.1 (layout), §5.3.1 (extension), A.1 (validity checks)
 */

export const RTP_HEADER_BYTES = 12;

const VERSION = 2;
const WORD_BYTES = 4;

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits, as on the wire. */
  readonly sequenceNumber: number;
  /** 32 bits, in units of the payload's clock. */
  readonly rtpTimestamp: number;
  readonly ssrc: number;
  /** A view into the datagram, without CSRCs, extension or padding. */
  readonly payload: Uint8Array;
}

/** Why a datagram is not RTP. On an open UDP port that is weather: a value to count, never an exception. */
export type RtpFault = 'short' | 'version' | 'padding';

/** Parses one datagram, or says why it is not valid RTP. */
export function parseRtp(datagram: Uint8Array): RtpPacket | RtpFault {
  const length = datagram.length;
  if (length < RTP_HEADER_BYTES) return 'short';
  const first = datagram[0] as number;
  if (first >> 6 !== VERSION) return 'version';

  let start = RTP_HEADER_BYTES + (first & 0x0f) * WORD_BYTES;
  if (first & 0x10) {
    if (start + WORD_BYTES > length) return 'short';
    const words = ((datagram[start + 2] as number) << 8) | (datagram[start + 3] as number);
    start += WORD_BYTES + words * WORD_BYTES;
  }
  if (start > length) return 'short';

  let end = length;
  if (first & 0x20) {
    const paddingBytes = datagram[length - 1] as number;
    if (paddingBytes === 0 || start + paddingBytes > length) return 'padding';
    end -= paddingBytes;
  }

  const second = datagram[1] as number;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: ((datagram[2] as number) << 8) | (datagram[3] as number),
    rtpTimestamp: readUint32(datagram, 4),
    ssrc: readUint32(datagram, 8),
    payload: datagram.subarray(start, end),
  };
}

function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  );
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** Writes a header without CSRCs or extension into the first twelve bytes of `packet`. */
export function writeRtpHeader(packet: Uint8Array, header: Omit<RtpPacket, 'payload'>): void {
  packet[0] = VERSION << 6;
  packet[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  packet[2] = header.sequenceNumber >>> 8;
  packet[3] = header.sequenceNumber;
  writeUint32(packet, 4, header.rtpTimestamp);
  writeUint32(packet, 8, header.ssrc);
}
