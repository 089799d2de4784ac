/**
 * Requests to Asterisk's REST interface.
 *
 * The password travels in the Authorization header only, never in a URL.
 *
 * @see https://docs.asterisk.org/Asterisk_REST_Interface/
 */

import type { z } from 'zod';
import { RelayError } from '../../core/error.ts';

export type AriCode =
  /** The user or password is wrong. Never retried: fail2ban would ban this host. */
  | 'ARI_UNAUTHORIZED'
  | 'ARI_NOT_FOUND'
  /** Another status than 2xx. */
  | 'ARI_REFUSED'
  | 'ARI_UNREACHABLE'
  /** An answer that is not what Asterisk documents. */
  | 'ARI_UNEXPECTED';

export class AriError extends RelayError<AriCode> {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;

  constructor(code: AriCode, status: number, message: string, cause?: unknown) {
    super(code, message, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

/** What was asked for is not there, or no longer. */
export function isGone(error: unknown): boolean {
  return error instanceof AriError && error.code === 'ARI_NOT_FOUND';
}

/** Asterisk answers in milliseconds; one that takes this long is stuck. */
const TIMEOUT_MS = 5000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export interface AriCredentials {
  readonly username: string;
  readonly password: string;
}

type Query = Readonly<Record<string, string>>;

export class AriHttp {
  /** Such as `http://127.0.0.1:8088/asterisk/ari`. */
  readonly baseUrl: string;
  readonly #authorization: string;

  constructor(baseUrl: string, credentials: AriCredentials) {
    this.baseUrl = baseUrl;
    this.#authorization = basicAuthorization(credentials);
  }

  async get<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
    return this.#parse(path, schema, await this.#request('GET', path, query));
  }

  async post(path: string, query: Query = {}, signal?: AbortSignal): Promise<void> {
    await this.#request('POST', path, query, signal);
  }

  async postFor<T>(
    path: string,
    schema: z.ZodType<T>,
    query: Query,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#parse(path, schema, await this.#request('POST', path, query, signal));
  }

  async delete(path: string, query: Query = {}): Promise<void> {
    await this.#request('DELETE', path, query);
  }

  /** Deletes what may be gone already; answers whether it was there. */
  async deleteIfThere(path: string, query: Query = {}): Promise<boolean> {
    try {
      await this.delete(path, query);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  #parse<T>(path: string, schema: z.ZodType<T>, text: string): T {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new AriError('ARI_UNEXPECTED', 200, `${path} did not answer with JSON`, cause);
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw new AriError(
      'ARI_UNEXPECTED',
      200,
      `${path} answered something else: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    );
  }

  async #request(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    query: Query,
    signal?: AbortSignal,
  ): Promise<string> {
    const search = new URLSearchParams(query).toString();
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.baseUrl}${path}${search === '' ? '' : `?${search}`}`, {
        method,
        headers: { Authorization: this.#authorization },
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        redirect: 'error',
      });
      text = await response.text();
    } catch (cause) {
      throw new AriError('ARI_UNREACHABLE', 0, `${method} ${path}: no answer from ARI`, cause);
    }
    if (text.length > ANSWER_BYTES_MAX) {
      throw new AriError('ARI_UNEXPECTED', response.status, `${path} answered too much`);
    }
    if (response.ok) return text;
    const detail = `${method} ${path}: ${response.status} ${messageOf(text)}`;
    if (response.status === 401) throw new AriError('ARI_UNAUTHORIZED', 401, detail);
    if (response.status === 404) throw new AriError('ARI_NOT_FOUND', 404, detail);
    throw new AriError('ARI_REFUSED', response.status, detail);
  }
}

export function basicAuthorization({ username, password }: AriCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The message of ARI's error answer, `{"message": "…"}`, or the start of whatever it was. */
function messageOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'message' in value) {
      return String(value.message).slice(0, 200);
    }
  } catch {
    // Not JSON: the HTTP server's own page.
  }
  return text
    .replaceAll(/<[^>]*>|\s+/g, ' ')
    .trim()
    .slice(0, 200);
}
