/**
 * A connection to one server of tools (MCP, streamable HTTP), of one call.
 *
 * It is not shared between calls: workerd refuses a Durable Object the streams and abort signals that another one has
 * opened. What servers offer is shared (`mcp-catalogue.ts`), so that most calls connect only when a tool is called.
 *
 * The SDK is loaded when the first server is asked; most agents have none. Its JSON Schema validator is the one that
 * needs no `eval`, which workerd forbids.
 *
 * @see https://modelcontextprotocol.io/specification/2025-06-18/basic/transports
 */

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import type { McpServerPlan } from '../call/plan.ts';
import { callableUrl, refuseRedirect } from './address.ts';
import type { ToolArguments } from './arguments.ts';
import { boundedBody } from './bounded-body.ts';
import { boundText } from './bounded-text.ts';
import { ToolFailure } from './tool-failure.ts';

/** Of one answer: a list of tools with their schemas is the longest. */
const ANSWER_BYTES_MAX = 1024 * 1024;

/** A page has some fifty tools. */
const PAGES_MAX = 5;

const CLIENT = { name: 'patchcord', version: '1' };

interface Connected {
  readonly client: Client;
  /** Ends the session at the server too. */
  close(): Promise<void>;
}

export class McpConnection {
  readonly #server: McpServerPlan;
  #connected: Promise<Connected> | undefined;

  constructor(server: McpServerPlan) {
    this.#server = server;
  }

  /** What the server offers. Throws a `ToolFailure`. */
  async list(timeoutMs: number): Promise<readonly Tool[]> {
    return this.#ask(timeoutMs, async (client) => {
      const tools: Tool[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PAGES_MAX; page++) {
        const params = cursor === undefined ? {} : { cursor };
        const result = await client.listTools(params, { timeout: timeoutMs });
        tools.push(...result.tools);
        cursor = result.nextCursor;
        if (cursor === undefined) break;
      }
      return tools;
    });
  }

  /** What the tool answered: its text, for the model. Throws a `ToolFailure`. */
  async call(name: string, args: ToolArguments, signal: AbortSignal): Promise<string> {
    const { timeoutMs, resultCharsMax } = this.#server;
    const params = { name, arguments: { ...args } };
    const options = { signal, timeout: timeoutMs, maxTotalTimeout: timeoutMs };
    const result = await this.#ask(timeoutMs, (client) =>
      client.callTool(params, undefined, options),
    );
    // A result of an older protocol has no content.
    const content = 'content' in result && Array.isArray(result.content) ? result.content : [];
    const text = boundText(textOf(content), resultCharsMax);
    if (result.isError !== true) return text === '' ? 'done' : text;
    throw new ToolFailure(
      'MCP_TOOL_FAILED',
      text === '' ? 'the tool failed' : text,
      'the tool says that it failed',
    );
  }

  /** Never rejects. */
  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await (await connected?.catch(() => undefined))?.close();
  }

  async #ask<Result>(timeoutMs: number, ask: (client: Client) => Promise<Result>): Promise<Result> {
    const failure = { current: undefined as ToolFailure | undefined };
    try {
      this.#connected ??= connect(this.#server, timeoutMs, failure);
      const { client } = await this.#connected;
      return await ask(client);
    } catch (error) {
      // The next call of a tool connects anew: the server may have forgotten the session.
      this.#connected = undefined;
      throw failure.current ?? failureOf(error);
    }
  }
}

async function connect(
  server: McpServerPlan,
  timeoutMs: number,
  failure: { current: ToolFailure | undefined },
): Promise<Connected> {
  const url = callableUrl(server.url);
  const [{ Client }, { StreamableHTTPClientTransport }, { CfWorkerJsonSchemaValidator }] =
    await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
      import('@modelcontextprotocol/sdk/validation/cfworker'),
    ]);
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: server.headers },
    fetch: async (input, init) => {
      // A stream for the server's own messages would be open for the whole call; nothing of them is wanted.
      if (init?.method === 'GET') return new Response(null, { status: 405 });
      const response = await fetch(input, { ...init, redirect: 'manual' });
      try {
        refuseRedirect(response);
      } catch (error) {
        if (error instanceof ToolFailure) failure.current = error;
        throw error;
      }
      return boundedBody(response, ANSWER_BYTES_MAX);
    },
  });
  const client = new Client(CLIENT, { jsonSchemaValidator: new CfWorkerJsonSchemaValidator() });
  await client.connect(transport, { timeout: timeoutMs });
  return {
    client,
    async close() {
      await transport.terminateSession().catch(() => undefined);
      await client.close().catch(() => undefined);
    },
  };
}

/** Pictures and resources are nothing that can be said on a telephone. */
function textOf(content: CallToolResult['content']): string {
  return content
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n')
    .trim();
}

/** JSON-RPC's code of the SDK for a request that was not answered in time. */
const REQUEST_TIMEOUT = -32_001;

function failureOf(error: unknown): ToolFailure {
  if (error instanceof ToolFailure) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === REQUEST_TIMEOUT) {
    return new ToolFailure('TOOL_TIMEOUT', 'the tool did not answer in time');
  }
  const why = typeof code === 'number' ? ` (${code})` : '';
  return new ToolFailure('MCP_UNAVAILABLE', 'the tool cannot be reached', `no answer${why}`);
}
