/** A handler for many calls: sends every frame straight back and keeps nothing but counts. */

import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { WebSocketServer } from 'ws';

export class CountingEcho {
  streams = 0;
  openStreams = 0;
  framesIn = 0;
  bytesOut = 0;
  /** Places where a stream's `timestamp` or `chunk` did not follow the one before: audio that never came. */
  holes = 0;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.streams++;
      this.openStreams++;
      let [streamSid, timestamp, chunk] = ['', Number.NaN, 0];
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8'));
        if (message.event === 'start') streamSid = message.streamSid;
        if (message.event !== 'media') return;
        const { media } = message;
        const isNext = Number.isNaN(timestamp) || Number(media.timestamp) === timestamp + 20;
        if (!isNext || Number(media.chunk) !== chunk + 1) this.holes++;
        timestamp = Number(media.timestamp);
        chunk = Number(media.chunk);
        this.framesIn++;
        this.bytesOut += Buffer.byteLength(media.payload, 'base64');
        socket.send(
          JSON.stringify({ event: 'media', streamSid, media: { payload: media.payload } }),
        );
      });
      socket.on('close', () => this.openStreams--);
      socket.on('error', () => {});
    });
  }

  static async start(): Promise<CountingEcho> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await once(server, 'listening');
    return new CountingEcho(server);
  }

  get streamUrl(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/media`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
