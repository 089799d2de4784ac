/** The agents of a running edge, over its API. */

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { agentSchema, type Agent } from '../src/agents/agent.ts';
import type { FieldProblem } from '../src/agents/field-problem.ts';
import { hasMask, maskAgent } from '../src/agents/masking.ts';

const TIMEOUT_MS = 30_000;

const versionSchema = z.object({ version: z.int(), agent: z.unknown() });
const refusalSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
  }),
});

/** What the edge had to say when it did not do what it was asked. */
export class ApiError extends Error {
  readonly code: string;
  readonly fields: readonly FieldProblem[];

  constructor(code: string, message: string, fields: readonly FieldProblem[] = []) {
    super(`${code}: ${message}`);
    this.name = 'ApiError';
    this.code = code;
    this.fields = fields;
  }
}

export interface Written {
  readonly outcome: 'created' | 'changed' | 'unchanged';
  readonly version: number;
}

export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Writes the agent unless the edge has it exactly so. Throws `ApiError`. */
  async put(agent: Agent): Promise<Written> {
    const path = `/api/v1/agents/${agent.name}`;
    const current = await this.#ask('GET', path, undefined, {}, ['AGENT_NOT_FOUND']);
    if (current === undefined) {
      const { version } = versionSchema.parse(await this.#ask('POST', '/api/v1/agents', agent));
      return { outcome: 'created', version };
    }
    const stored = versionSchema.parse(current);
    if (isSame(agent, stored.agent)) return { outcome: 'unchanged', version: stored.version };
    const ifMatch = { 'If-Match': `"${stored.version}"` };
    const { version } = versionSchema.parse(await this.#ask('PUT', path, agent, ifMatch));
    return { outcome: 'changed', version };
  }

  /** The answer, or undefined for one of the codes that are `expected`. */
  async #ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    expected: readonly string[] = [],
  ): Promise<unknown> {
    const response = await this.#fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    const refusal = refusalSchema.safeParse(answer);
    if (!refusal.success) {
      throw new ApiError('NOT_AN_EDGE', `${this.#url} answered ${response.status}, not as an edge`);
    }
    const { code, message, fields } = refusal.data.error;
    if (expected.includes(code)) return undefined;
    throw new ApiError(code, message, fields);
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.#url}${path}`, init);
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ApiError('UNREACHABLE', `${this.#url} cannot be reached: ${reason}`);
    }
  }
}

/** A header value that is hidden may have changed without showing: such an agent is always written. */
function isSame(agent: Agent, stored: unknown): boolean {
  const parsed = agentSchema.safeParse(stored);
  if (!parsed.success) return false;
  const masked = maskAgent(agent);
  return !hasMask(masked) && isDeepStrictEqual(plain(masked), plain(parsed.data));
}

/** As it is after a journey as JSON. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
