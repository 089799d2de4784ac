/**
 * The control of the load: a stream that nothing has touched. One RTP packet of 172 bytes every 20 ms by absolute deadline, from
 * a process that does nothing else. Its jitter is what this machine adds to any stream that Node sends.
 *
 * `pacer.ts PORT`: sends to PORT of 127.0.0.1 until it is ended.
 */

import { createSocket } from 'node:dgram';
import { buildRtp } from '../../rig/rtp-packet.ts';

const FRAME_MS = 20;
const PAYLOAD_BYTES = 8000 * 0.02;
/** Node's timers fire up to a millisecond early. */
const EARLY_MS_MAX = 0.5;

const port = Number(process.argv[2]);
const socket = createSocket('udp4');
const payload = Uint8Array.from({ length: PAYLOAD_BYTES }, (_, i) => 1 + (i % 120));
const startAt = performance.now() + FRAME_MS;
let index = 0;

function send(): void {
  const packet = buildRtp({
    payloadType: 0,
    marker: index === 0,
    sequenceNumber: index & 0xffff,
    rtpTimestamp: (index * PAYLOAD_BYTES) >>> 0,
    ssrc: process.pid,
    payload,
  });
  index++;
  socket.send(packet, port, '127.0.0.1');
}

function wake(): void {
  while (startAt + index * FRAME_MS - performance.now() < EARLY_MS_MAX) send();
  setTimeout(wake, Math.max(0, startAt + index * FRAME_MS - performance.now()));
}

setTimeout(wake, FRAME_MS);
