/** A way to the edge on which nobody learns that both ends are ours: what is left is Twilio's stream, marks and all. */

import { createServer, request as ask } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { PATCHCORD_HEADER } from '@patchcord/shared/media-streams/extensions';

export interface PlainStream {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Passes on all requests and sockets to `edgeUrl`, less the header by which our ends know each other. */
export async function startPlainStream(edgeUrl: string): Promise<PlainStream> {
  const { hostname, port } = new URL(edgeUrl);
  const server = createServer((incoming, answer) => {
    const { method, url: path, headers } = incoming;
    const outgoing = ask({ hostname, port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  server.on('upgrade', ({ method, url, rawHeaders }, client, head) => {
    const edge = connect(Number(port), hostname, () => {
      const lines = [`${method} ${url} HTTP/1.1`];
      for (let i = 0; i < rawHeaders.length; i += 2) {
        const name = rawHeaders[i] ?? '';
        if (name.toLowerCase() === PATCHCORD_HEADER.toLowerCase()) continue;
        lines.push(`${name}: ${rawHeaders[i + 1]}`);
      }
      edge.write(`${lines.join('\r\n')}\r\n\r\n`);
      edge.write(head);
      edge.pipe(client).pipe(edge);
    });
    edge.on('error', () => client.destroy());
    client.on('error', () => edge.destroy());
  });
  server.listen(0, '127.0.0.1');
  const listening = Promise.withResolvers<void>();
  server.once('listening', listening.resolve);
  await listening.promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
