/**
 * One call's UDP socket: bound to a port of the pool, sends from the very port it listens on.
 *
 * dgram-as-promised binds and closes; media goes through its public `.socket`, because its own `recv` drops datagrams
 * (facts section 0, item 10).
 */

import { isIPv6 } from 'node:net';
import { DgramAsPromised, type RemoteInfo, type SocketAsPromised } from 'dgram-as-promised';
import type { RtpSource } from '../core/rtp/receiver.ts';

export interface RtpSocketEvents {
  onDatagram(datagram: Uint8Array, address: string, port: number): void;
  /** The kernel reported an error; media goes on. */
  onError(error: Error): void;
}

/** 400 packets of 20 ms: what may come while the process is stalled. */
const RECEIVE_BUFFER_BYTES = 400 * 172;

export class RtpSocket {
  readonly #socket: SocketAsPromised;
  #peer: RtpSource | undefined;
  #isClosed = false;

  private constructor(socket: SocketAsPromised, events: RtpSocketEvents) {
    this.#socket = socket;
    socket.socket.on('message', (datagram: Buffer, from: RemoteInfo) =>
      events.onDatagram(datagram, from.address, from.port),
    );
    socket.socket.on('error', (error) => events.onError(error));
  }

  /** Binds; rejects with `EADDRINUSE` and its like. */
  static async bind(host: string, port: number, events: RtpSocketEvents): Promise<RtpSocket> {
    const isV6 = isIPv6(host);
    const socket = DgramAsPromised.createSocket({
      type: isV6 ? 'udp6' : 'udp4',
      // The peer is always an address: answering at once spares a turn of the event loop for every packet.
      lookup: (hostname, _options, callback) => callback(null, hostname, isV6 ? 6 : 4),
    });
    await socket.bind(port, host);
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    return new RtpSocket(socket, events);
  }

  /** Where {@link send} sends to. */
  setPeer(peer: RtpSource): void {
    this.#peer = peer;
  }

  /**
   * Sends one packet, whose memory must not change for a slot or two; drops it while the peer is unknown. Without a callback, which
   * would cost every packet a turn of the event loop: what the kernel refuses is lost like any datagram.
   */
  send(packet: Uint8Array): void {
    if (this.#peer === undefined || this.#isClosed) return;
    const { port, address } = this.#peer;
    this.#socket.socket.send(packet, 0, packet.length, port, address);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#socket.close();
  }
}
