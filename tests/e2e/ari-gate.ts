/** A door between relay and ARI that can be shut, and that counts what Asterisk answers. TCP, on 127.0.0.1. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { findTcpPort } from '../rig/free-ports.ts';

export class AriGate {
  /** HTTP status of each answer that came through. */
  readonly statuses: number[] = [];
  /** `ARI_URL`; nobody listens there until {@link open}. */
  readonly url: string;
  readonly #port: number;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(port: number, target: number) {
    this.#port = port;
    this.#target = target;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** A gate before `ariUrl`, shut. */
  static async before(ariUrl: string): Promise<AriGate> {
    return new AriGate(await findTcpPort(), Number(new URL(ariUrl).port));
  }

  async open(): Promise<this> {
    this.#server = createServer((inner) => {
      const outer = connect(this.#target, '127.0.0.1');
      outer.on('data', (data) => {
        const status = /^HTTP\/1\.\d (\d{3})/.exec(data.toString('latin1'))?.[1];
        if (status !== undefined) this.statuses.push(Number(status));
      });
      inner.pipe(outer).pipe(inner);
      for (const socket of [inner, outer]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          inner.destroy();
          outer.destroy();
        });
      }
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** Cuts every connection and refuses new ones. */
  async shut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shut();
  }
}
