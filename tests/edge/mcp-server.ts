/** A server of tools: the official SDK's own, over streamable HTTP on loopback. */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

const methodSchema = z.object({ method: z.string() });

export class McpTestServer {
  /** `initialize`, `tools/list`, `tools/call` and their like as they came. */
  readonly methods: string[] = [];
  readonly authorizations = new Set<string | undefined>();
  readonly url: string;
  readonly #close: () => void;
  readonly #sessions = new Map<string, StreamableHTTPServerTransport>();

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.#close = close;
  }

  static async start(): Promise<McpTestServer> {
    const server = createServer((request, response) => void mcp.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const mcp = new McpTestServer(`http://127.0.0.1:${port}/mcp`, () => {
      server.close();
      server.closeAllConnections();
    });
    return mcp;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  stop(): void {
    this.#close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = request.method === 'POST' ? await json(request) : undefined;
    this.methods.push(methodSchema.safeParse(body).data?.method ?? request.method ?? '');
    this.authorizations.add(request.headers.authorization);
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? this.#sessions.get(id) : undefined;
    const transport = known ?? (await this.#open());
    await transport.handleRequest(request, response, body);
  }

  async #open(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void this.#sessions.set(id, transport),
      onsessionclosed: (id) => void this.#sessions.delete(id),
    });
    const server = new McpServer({ name: 'crm', version: '1' });
    const annotations = { readOnlyHint: true };
    server.registerTool(
      'find.customer',
      { description: 'Finds a customer', inputSchema: { name: z.string() }, annotations },
      ({ name }) => ({ content: [{ type: 'text', text: `${name} has paid.` }] }),
    );
    server.registerTool('forget', { description: 'Forgets everything' }, () => ({
      content: [{ type: 'text', text: 'Who are you?' }],
    }));
    server.registerTool('refuse', { description: 'Refuses' }, () => ({
      content: [{ type: 'text', text: 'not on a Sunday' }],
      isError: true,
    }));
    await server.connect(transport);
    return transport;
  }
}
