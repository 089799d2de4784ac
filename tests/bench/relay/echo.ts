/**
 * The handler of the bench, in a process of its own: sends every frame straight back.
 *
 * Serves the Twilio dialect, for the relay and the bare loop; with `--dial URL`s from the parent it is the client of Asterisk's
 * own chan_websocket, whose frames are bare µ-law.
 */

import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { Distribution } from './distribution.ts';
import { tell, type ReportRequest, type ResetMessage } from './messages.ts';
import { monotonicMs, readStamp, stampEchoed } from './stamp.ts';

interface DialRequest {
  readonly kind: 'dial';
  readonly url: string;
  readonly authorization: string;
}

const delays = new Distribution();
let received = 0;

function record(payload: Uint8Array): void {
  received++;
  const delayMs = monotonicMs() - readStamp(payload).sentAt;
  // Frames of other callers than the bench's own load carry no stamp.
  if (delayMs >= 0 && delayMs < 10_000) delays.add(delayMs);
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  let streamSid = '';
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8'));
    if (message.event === 'start') streamSid = message.streamSid;
    if (message.event !== 'media') return;
    const payload = Buffer.from(message.media.payload, 'base64');
    record(payload);
    stampEchoed(payload);
    const media = { payload: payload.toString('base64') };
    socket.send(JSON.stringify({ event: 'media', streamSid, media }));
  });
  socket.on('error', () => {});
});
server.on('listening', () => {
  tell({ kind: 'ready', port: (server.address() as AddressInfo).port });
});

function dial({ url, authorization }: DialRequest): void {
  const headers = { Authorization: authorization };
  const socket = new WebSocket(url, ['media'], { headers, perMessageDeflate: false });
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return;
    received++;
    socket.send(data);
  });
  socket.on('error', () => {});
}

process.on('message', (request: ReportRequest | ResetMessage | DialRequest) => {
  if (request.kind === 'dial') dial(request);
  else if (request.kind === 'reset') {
    received = 0;
    delays.clear();
  } else tell({ kind: 'echo', received, inboundDelayMs: delays.p50p99 });
});
