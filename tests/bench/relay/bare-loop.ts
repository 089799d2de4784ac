/**
 * The floor: UDP → JSON → WebSocket → JSON → UDP, with no buffer, clock, mark, check or call control. What any relay in this
 * language must at least spend.
 *
 * `bare-loop.ts CALLS ECHO_PORT`: one socket and one stream a call; prints its UDP ports to the parent as they are ready.
 */

import { createSocket } from 'node:dgram';
import { WebSocket } from 'ws';

const RTP_HEADER_BYTES = 12;

const [callsText = '1', echoPort = '0'] = process.argv.slice(2);

async function openCall(index: number): Promise<number> {
  const udp = createSocket('udp4');
  const socket = new WebSocket(`ws://127.0.0.1:${echoPort}/`, { perMessageDeflate: false });
  const streamSid = `MZ${String(index).padStart(32, '0')}`;
  let peerPort = 0;
  let sequence = 0;
  let packetIndex = 0;
  udp.on('message', (datagram, from) => {
    peerPort = from.port;
    const payload = datagram.subarray(RTP_HEADER_BYTES).toString('base64');
    sequence++;
    socket.send(
      JSON.stringify({
        event: 'media',
        sequenceNumber: String(sequence),
        media: {
          track: 'inbound',
          chunk: String(sequence),
          timestamp: String(sequence * 20),
          payload,
        },
        streamSid,
      }),
    );
  });
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8'));
    const payload = Buffer.from(message.media.payload, 'base64');
    const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(packetIndex & 0xffff, 2);
    packet.writeUInt32BE((packetIndex * 160) >>> 0, 4);
    packet.writeUInt32BE(index, 8);
    payload.copy(packet, RTP_HEADER_BYTES);
    packetIndex++;
    udp.send(packet, peerPort, '127.0.0.1');
  });
  const ready = Promise.withResolvers<void>();
  socket.once('open', () => {
    socket.send(JSON.stringify({ event: 'start', streamSid }));
    udp.bind(0, '127.0.0.1', () => ready.resolve());
  });
  await ready.promise;
  return udp.address().port;
}

const ports: number[] = [];
for (let index = 0; index < Number(callsText); index++) ports.push(await openCall(index));
process.send?.({ kind: 'ports', ports });
