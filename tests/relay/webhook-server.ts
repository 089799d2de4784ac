/** An HTTP server that keeps every request and answers as told. */

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventLog } from './event-log.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly path: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export class WebhookServer {
  readonly requests = new EventLog<ReceivedRequest>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `answer` gets each request with its number, from 0. */
  static async start(
    answer: (response: ServerResponse, number: number, request: ReceivedRequest) => void,
  ): Promise<WebhookServer> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { method = '', url: path = '', rawHeaders, headers } = request;
        const received = { method, path, rawHeaders, headers, body };
        started.requests.add(received);
        answer(response, started.requests.all.length - 1, received);
      });
    });
    const started = new WebhookServer(server);
    server.listen(0, '127.0.0.1');
    const { promise, resolve } = Promise.withResolvers<void>();
    server.once('listening', resolve);
    await promise;
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends kept connections, as a server that restarts does. */
  dropConnections(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}
