import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function findTcpPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A UDP port of 127.0.0.1 that was free a moment ago. */
export async function findUdpPort(): Promise<number> {
  const socket = await bindUdp(0);
  const { port } = socket.address();
  await closeUdp(socket);
  return port;
}

/** An even UDP port for RTP, bound on 127.0.0.1. The caller closes the socket. */
export async function bindRtpSocket(): Promise<Socket> {
  for (;;) {
    const socket = await bindUdp(0);
    if (socket.address().port % 2 === 0) return socket;
    await closeUdp(socket);
  }
}

/** A UDP socket bound to `port` of 127.0.0.1 (0: any); rejects with `EADDRINUSE` when taken. */
export async function bindUdp(port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Closes a UDP socket and waits until its port is free. */
export async function closeUdp(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}
