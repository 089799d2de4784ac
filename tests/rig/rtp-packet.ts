/** An RTP packet, without CSRCs and extension: what phones send. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequenceNumber: number;
  /** 32 bits, 8 kHz. */
  readonly rtpTimestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 12;

/**
 * Parses a datagram; the payload is a view into it. Undefined when it is not RTP. The rig has its own parser so that it
 * judges the relay's independently.
 *
 * @see RFC 3550 §5.1
 */
export function parseRtp(datagram: Uint8Array): RtpPacket | undefined {
  if (datagram.length < HEADER_BYTES) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const first = view.getUint8(0);
  if (first >> 6 !== 2) return undefined;
  let start = HEADER_BYTES + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (datagram.length < start + 4) return undefined;
    start += 4 + view.getUint16(start + 2) * 4;
  }
  const padding = first & 0x20 ? view.getUint8(datagram.length - 1) : 0;
  if (start + padding > datagram.length) return undefined;
  const second = view.getUint8(1);
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: view.getUint16(2),
    rtpTimestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: datagram.subarray(start, datagram.length - padding),
  };
}

/** Writes a packet into a datagram of its own. */
export function buildRtp(packet: RtpPacket): Uint8Array {
  const datagram = new Uint8Array(HEADER_BYTES + packet.payload.length);
  const view = new DataView(datagram.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, packet.payloadType | (packet.marker ? 0x80 : 0));
  view.setUint16(2, packet.sequenceNumber);
  view.setUint32(4, packet.rtpTimestamp);
  view.setUint32(8, packet.ssrc);
  datagram.set(packet.payload, HEADER_BYTES);
  return datagram;
}
