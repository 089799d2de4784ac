/** The edge's API as a client has it, and what it answers, checked as far as every test wants it. */

import { z } from 'zod';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there is none. */
  readonly body: unknown;
}

const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().regex(/^[A-Z]+(_[A-Z]+)+$/u),
    message: z.string().min(1),
    fields: z.array(z.strictObject({ path: z.string(), message: z.string().min(1) })).optional(),
  }),
});

const writtenSchema = z.object({
  name: z.string(),
  version: z.int(),
  createdAt: z.iso.datetime(),
  agent: z.record(z.string(), z.unknown()),
});

export type Body = Readonly<Record<string, unknown>>;

export class Api {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** A body that is text is sent as it is. */
  async ask(
    method: string,
    path: string,
    body?: Body | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: Body | string): Promise<Answer> {
    return this.ask('POST', path, body);
  }

  put(path: string, body: Body, ifMatch: string): Promise<Answer> {
    return this.ask('PUT', path, body, { 'If-Match': ifMatch });
  }
}

/** `422 AGENT_INVALID` and its fields. Throws where the answer has not the shape of every error. */
export function errorOf({ status, body }: Answer): {
  readonly code: string;
  readonly fields: readonly { readonly path: string; readonly message: string }[];
} {
  const { error } = errorSchema.parse(body);
  return { code: `${status} ${error.code}`, fields: error.fields ?? [] };
}

/** An agent as it was answered. */
export function writtenOf({ body }: Answer): z.infer<typeof writtenSchema> {
  return writtenSchema.parse(body);
}
