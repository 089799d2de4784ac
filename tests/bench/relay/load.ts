/**
 * The PBX of the bench, in a process of its own: answers the few ARI requests that a call takes, sends and receives each call's
 * RTP on a socket of its own at 50 packets a second, and does nothing else, so that it is not what is measured.
 *
 * `load.ts CALLS [PORT …]`: with ports, sends there at once (the bare loop); without, waits for a relay's requests.
 */

import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { buildRtp, parseRtp } from '../../rig/rtp-packet.ts';
import { Distribution } from './distribution.ts';
import { tell, type ReportRequest, type ResetMessage } from './messages.ts';
import { monotonicMs, PAYLOAD_BYTES, readStamp, stampSent } from './stamp.ts';

const FRAME_MS = 20;

interface Leg {
  readonly socket: Socket;
  readonly localPort: number;
  peerPort: number;
  index: number;
  nextAt: number;
  /** Packets that came back since the reset, and the first and last of their indexes: what is between is lost. */
  returned: number;
  firstReturned: number;
  lastReturned: number;
}

const [callsText = '1', ...barePorts] = process.argv.slice(2);
const calls = Number(callsText);
const outboundDelays = new Distribution();
const legs: Leg[] = [];
let sent = 0;

async function openLeg(): Promise<Leg> {
  const socket = createSocket('udp4');
  const bound = Promise.withResolvers<void>();
  socket.bind(0, '127.0.0.1', () => bound.resolve());
  await bound.promise;
  socket.on('message', (datagram) => {
    const packet = parseRtp(datagram);
    if (packet === undefined || packet.payload.length !== PAYLOAD_BYTES) return;
    // Silence between frames: 0xFF in every byte reads as no instant.
    const { echoedAt, index } = readStamp(packet.payload);
    if (!(echoedAt > 0)) return;
    if (leg.returned === 0) leg.firstReturned = index;
    leg.returned++;
    leg.lastReturned = Math.max(leg.lastReturned, index);
    outboundDelays.add(monotonicMs() - echoedAt);
  });
  const leg: Leg = {
    socket,
    localPort: socket.address().port,
    peerPort: 0,
    index: 0,
    nextAt: 0,
    returned: 0,
    firstReturned: 0,
    lastReturned: 0,
  };
  return leg;
}

function lostOf({ returned, firstReturned, lastReturned }: Leg): number {
  return returned === 0 ? 0 : lastReturned - firstReturned + 1 - returned;
}

function begin(leg: Leg, peerPort: number): void {
  leg.peerPort = peerPort;
  // Calls of real life are not in step.
  leg.nextAt = monotonicMs() + (legs.indexOf(leg) % 20) + 1;
}

function send(leg: Leg): void {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  stampSent(payload, leg.index);
  const packet = buildRtp({
    payloadType: 0,
    marker: false,
    sequenceNumber: leg.index & 0xffff,
    rtpTimestamp: (leg.index * PAYLOAD_BYTES) >>> 0,
    ssrc: leg.localPort,
    payload,
  });
  leg.index++;
  sent++;
  leg.socket.send(packet, leg.peerPort, '127.0.0.1');
}

/** Wakes every millisecond and sends what is due by absolute deadlines. */
function pump(): void {
  const now = monotonicMs();
  for (const leg of legs) {
    if (leg.peerPort === 0) continue;
    while (leg.nextAt <= now) {
      send(leg);
      leg.nextAt += FRAME_MS;
    }
  }
  setTimeout(pump, 1);
}

for (let i = 0; i < calls; i++) legs.push(await openLeg());

let events: WebSocket | undefined;

function channelJson(id: string): object {
  const dialplan = {
    context: 'bench',
    exten: '999',
    priority: 1,
    app_name: 'Stasis',
    app_data: '',
  };
  const caller = { name: '', number: '100' };
  return { id, name: id, state: 'Up', caller, connected: caller, dialplan };
}

function stasisStart(id: string): void {
  const event = {
    type: 'StasisStart',
    application: 'patchcord',
    args: [],
    channel: channelJson(id),
  };
  events?.send(JSON.stringify(event));
}

/** Answers as ARI does, as far as a relay asks. */
function answer(path: string, query: URLSearchParams): object | undefined {
  if (path.endsWith('/asterisk/ping')) return { ping: 'pong' };
  if (path.endsWith('/asterisk/info')) return { system: { version: 'bench' } };
  if (path.includes('/asterisk/modules/')) return { name: path, status: 'Running' };
  if (path.endsWith('/channels/externalMedia')) {
    const id = query.get('channelId') ?? '';
    const leg = legs.find(({ peerPort }) => peerPort === 0);
    if (leg === undefined) return undefined;
    begin(leg, Number(query.get('external_host')?.split(':')[1]));
    setImmediate(() => stasisStart(id));
    const channelvars = {
      UNICASTRTP_LOCAL_ADDRESS: '127.0.0.1',
      UNICASTRTP_LOCAL_PORT: String(leg.localPort),
    };
    return { ...channelJson(id), channelvars };
  }
  return path.endsWith('/channels') || path.endsWith('/bridges') ? [] : undefined;
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const body = answer(url.pathname, url.searchParams);
  if (body === undefined) response.writeHead(204).end();
  else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  events = socket;
  // One call a few milliseconds after the other, as callers come.
  legs.forEach((_, index) => setTimeout(() => stasisStart(`caller-${index}`), 100 + index * 10));
});
server.listen(0, '127.0.0.1', () => {
  tell({ kind: 'ready', port: (server.address() as AddressInfo).port });
});
barePorts.forEach((port, index) => {
  const leg = legs[index];
  if (leg !== undefined) begin(leg, Number(port));
});
pump();

process.on('message', (request: ReportRequest | ResetMessage) => {
  if (request.kind === 'reset') {
    sent = 0;
    for (const leg of legs) leg.returned = leg.lastReturned = 0;
    outboundDelays.clear();
    return;
  }
  tell({
    kind: 'load',
    calls: legs.filter(({ returned }) => returned > 0).length,
    sent,
    received: legs.reduce((sum, { returned }) => sum + returned, 0),
    lost: legs.reduce((sum, leg) => sum + lostOf(leg), 0),
    outboundDelayMs: outboundDelays.p50p99,
  });
});
