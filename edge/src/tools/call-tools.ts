/** The tools of one call that are not part of the telephone: which there are, and running them. */

import type { ToolCall } from '../call/core/contract.ts';
import { argumentsOf } from '../call/core/thinking/tool-arguments.ts';
import type { ToolOptions } from '../call/core/settings.ts';
import type { CallPlan, HttpToolPlan, McpServerPlan, ToolDefinition } from '../call/plan.ts';
import { TOOL_GRACE_MS } from '../call/plan-of-agent.ts';
import { checkedArguments } from './arguments.ts';
import { boundText } from './bounded-text.ts';
import { askHttpTool } from './http-tool.ts';
import { recall, remember, type RemoteTool } from './mcp-catalogue.ts';
import { McpConnection } from './mcp-connection.ts';
import { ToolFailure } from './tool-failure.ts';
import { uniqueName } from './tool-names.ts';

export interface CallToolsPorts {
  readonly authToken: string;
  readonly callSid: string;
  log(code: string, message: string): void;
}

/** The first request to the model waits no longer than this for what servers offer. */
const LIST_MS_MAX = 1500;

/** Of one server. */
const TOOLS_MAX = 64;
const DESCRIPTION_CHARS_MAX = 4000;
const PARAMETERS_CHARS_MAX = 16_384;

/** What the model is told when something went wrong, on one line. */
const TOLD_CHARS_MAX = 500;

type Run = (call: ToolCall, signal: AbortSignal) => Promise<string>;

export class CallTools {
  readonly #ports: CallToolsPorts;
  readonly #options: ToolOptions[];
  readonly #runs = new Map<string, Run>();
  readonly #names: Set<string>;
  readonly #remote: ToolDefinition[] = [];
  readonly #connections: McpConnection[] = [];
  readonly #isListed: Promise<void>;

  /** Begins at once to ask the servers of tools for what they offer. */
  constructor(plan: CallPlan, ports: CallToolsPorts) {
    this.#ports = ports;
    this.#options = [...plan.settings.tools];
    this.#names = new Set(this.#options.map(({ name }) => name));
    for (const tool of plan.tools.http) this.#runs.set(tool.name, this.#httpRun(tool));
    this.#isListed = this.#listAll(plan.tools.mcp);
  }

  /** Every tool, for the core. Tools of servers are added when they are known. */
  get options(): readonly ToolOptions[] {
    return this.#options;
  }

  /** The tools of servers, as the model is told of them; waits until they are known or missing. Never rejects. */
  async definitions(): Promise<readonly ToolDefinition[]> {
    await this.#isListed;
    return this.#remote;
  }

  /** Answers the model: with what the tool answered, or with what went wrong. Never rejects. */
  async run(call: ToolCall, signal: AbortSignal): Promise<string> {
    try {
      const run = this.#runs.get(call.name);
      if (run === undefined) throw new ToolFailure('TOOL_UNREACHABLE', 'there is no such tool');
      return await run(call, signal);
    } catch (error) {
      if (signal.aborted) return 'given up';
      const failure =
        error instanceof ToolFailure
          ? error
          : new ToolFailure('TOOL_UNREACHABLE', 'the tool failed', `unexpected ${nameOf(error)}`);
      this.#ports.log(failure.code, `${call.name}: ${failure.logged}`);
      return `error: ${boundText(failure.message.replaceAll(/\s+/gu, ' '), TOLD_CHARS_MAX)}`;
    }
  }

  /** Whether it may be given up when the call is over. */
  isSafeToAbort(name: string): boolean {
    return this.#options.find((tool) => tool.name === name)?.isSafeToAbort ?? true;
  }

  /** Ends the connections. Never rejects. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  #httpRun(tool: HttpToolPlan): Run {
    const { authToken, callSid } = this.#ports;
    return (call, signal) => {
      const args = checkedArguments(call.argumentsJson, tool.parameters);
      const idempotencyKey = `${callSid}.${call.id}`.replaceAll(/[^\w.-]/gu, '_').slice(0, 128);
      return askHttpTool(tool, args, { authToken, callSid, idempotencyKey, signal });
    };
  }

  /** In the order of the agent's tools, so that the model is told the same each time. */
  async #listAll(servers: readonly McpServerPlan[]): Promise<void> {
    const lists = await Promise.all(
      servers.map(async (server) => {
        const connection = new McpConnection(server);
        this.#connections.push(connection);
        return { server, connection, tools: await this.#list(server, connection) };
      }),
    );
    for (const { server, connection, tools } of lists) {
      for (const tool of tools) this.#add(server, connection, tool);
    }
  }

  /** A server that is missing is logged, and its tools are left out. */
  async #list(server: McpServerPlan, connection: McpConnection): Promise<readonly RemoteTool[]> {
    const known = recall(server, Date.now());
    if (known !== undefined) return known;
    const listing = this.#fetchList(server, connection);
    const { promise, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => resolve('late'), LIST_MS_MAX);
    try {
      const tools = await Promise.race([listing, promise]);
      if (tools !== 'late') return tools;
      this.#ports.log('MCP_UNAVAILABLE', `${server.name}: no list of tools in time`);
    } catch (error) {
      const why = error instanceof ToolFailure ? error.logged : `unexpected ${nameOf(error)}`;
      this.#ports.log('MCP_UNAVAILABLE', `${server.name}: ${why}`);
    } finally {
      clearTimeout(timer);
      // What comes too late for this call is there for the next one.
      listing.catch(() => undefined);
    }
    return [];
  }

  async #fetchList(
    server: McpServerPlan,
    connection: McpConnection,
  ): Promise<readonly RemoteTool[]> {
    const tools = (await connection.list(server.timeoutMs)).slice(0, TOOLS_MAX).map((tool) => ({
      name: tool.name,
      description: (tool.description ?? '').slice(0, DESCRIPTION_CHARS_MAX),
      parameters: tool.inputSchema,
      isReadOnly: tool.annotations?.readOnlyHint === true,
    }));
    remember(server, tools, Date.now());
    return tools;
  }

  #add(server: McpServerPlan, connection: McpConnection, tool: RemoteTool): void {
    if (server.allow.length > 0 && !server.allow.includes(tool.name)) return;
    if (JSON.stringify(tool.parameters).length > PARAMETERS_CHARS_MAX) {
      this.#ports.log('MCP_UNAVAILABLE', `${server.name}: the schema of a tool is too long`);
      return;
    }
    const name = uniqueName(server.name, tool.name, this.#names);
    const { description, parameters, isReadOnly } = tool;
    this.#remote.push({ name, description, parameters });
    this.#options.push({
      name,
      isBuiltin: false,
      isSafeToAbort: isReadOnly,
      timeoutMs: server.timeoutMs + TOOL_GRACE_MS,
    });
    // The server has the schema and says what is wrong with the arguments.
    this.#runs.set(name, (call, signal) =>
      connection.call(tool.name, argumentsOf(call.argumentsJson) ?? {}, signal),
    );
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
