/** The three things of Deno that `echo-reply.ts` uses, for Node: `node --import ./deno-on-node.ts echo-reply.ts`. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

type Respond = (request: Request) => Response | Promise<Response>;

interface DenoServer {
  readonly env: { get(name: string): string | undefined };
  serve(options: { readonly port: number; readonly hostname: string }, respond: Respond): void;
  upgradeWebSocket(request: Request): { readonly socket: WebSocket; readonly response: Response };
}

declare global {
  var Deno: DenoServer;
}

const upgrades = new WeakMap<Request, [IncomingMessage, Duplex, Buffer]>();
const sockets = new WebSocketServer({ noServer: true });

/** Without the body: nobody reads it. */
function toRequest({ url = '/', method = 'GET', headers }: IncomingMessage): Request {
  const plain = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return new Request(`http://${headers.host}${url}`, { method, headers: plain });
}

globalThis.Deno = {
  env: { get: (name) => process.env[name] },
  serve({ port, hostname }, respond) {
    const answer = async (message: IncomingMessage, to: ServerResponse): Promise<void> => {
      const response = await respond(toRequest(message.resume()));
      to.writeHead(response.status, Object.fromEntries(response.headers));
      to.end(await response.text());
    };
    const server = createServer((message, to) => void answer(message, to));
    server.on('upgrade', (message, duplex, head) => {
      const request = toRequest(message);
      upgrades.set(request, [message, duplex, head]);
      void respond(request);
    });
    server.listen(port, hostname, () => console.log(`listening on ${hostname}:${port}`));
  },
  upgradeWebSocket(request) {
    const upgrade = upgrades.get(request);
    if (upgrade === undefined) throw new TypeError('not an upgrade');
    let socket: WebSocket | undefined;
    // ws calls back before it returns; its sockets have the events of the web.
    sockets.handleUpgrade(...upgrade, (opened) => (socket = opened as unknown as WebSocket));
    if (socket === undefined) throw new TypeError('the handshake failed');
    return { socket, response: new Response(null) };
  },
};
