/** Endpoints of tools on loopback, in every mood. Anything may be asked with any method. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ToolRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** How it ended: answered, or given up by the one who asked. */
  outcome: 'open' | 'answered' | 'given-up';
}

type Answer = (response: ServerResponse, earlier: number) => void;

const later = (response: ServerResponse, afterMs: number, body: string): void => {
  const timer = setTimeout(() => response.end(body), afterMs);
  response.on('close', () => clearTimeout(timer));
};

const ANSWERS: Readonly<Record<string, Answer>> = {
  order: (response) => response.end('It is on its way.'),
  slow: (response) => later(response, 1800, 'It took long.'),
  hang: () => undefined,
  fail: (response) => response.writeHead(500).end('out of paper'),
  // Every second request succeeds.
  flaky: (response, earlier) =>
    earlier % 2 === 0 ? response.writeHead(503).end() : response.end('It worked.'),
  moved: (response) => response.writeHead(302, { Location: '/order' }).end(),
  picture: (response) => response.writeHead(200, { 'Content-Type': 'image/png' }).end('x'),
  big(response) {
    const more = (): void => {
      while (!response.destroyed && response.write('word '.repeat(1000)));
    };
    response.on('drain', more);
    more();
  },
};

export class ToolServer {
  readonly requests: ToolRequest[] = [];
  readonly url: string;
  readonly #close: () => void;

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.#close = close;
  }

  static async start(): Promise<ToolServer> {
    const server = createServer((request, response) => void tools.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const tools = new ToolServer(`http://127.0.0.1:${port}`, () => {
      server.close();
      server.closeAllConnections();
    });
    return tools;
  }

  /** Requests whose path begins with `/name`, the oldest first. */
  requestsOf(name: string): ToolRequest[] {
    return this.requests.filter(({ path }) => path.startsWith(`/${name}`));
  }

  stop(): void {
    this.#close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const name = /^\/(\w*)/u.exec(path)?.[1] ?? '';
    const earlier = this.requestsOf(name).length;
    const body = await text(request);
    const entry: ToolRequest = { method, path, headers, body, outcome: 'open' };
    this.requests.push(entry);
    response.on('close', () => {
      entry.outcome = response.writableFinished ? 'answered' : 'given-up';
    });
    response.setHeader('Content-Type', 'text/plain');
    ANSWERS[name]?.(response, earlier);
  }
}
