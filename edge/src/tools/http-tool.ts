/** Asks one HTTP tool, and again where that is safe. */

import type { HttpToolPlan } from '../call/plan.ts';
import { SIGNATURE_HEADER, signatureOf } from '../signing.ts';
import { callableUrl, refuseRedirect } from './address.ts';
import type { ToolArguments } from './arguments.ts';
import { readBounded } from './bounded-text.ts';
import { isPassing, retryDelayMs } from './retry.ts';
import { ToolFailure } from './tool-failure.ts';

export interface HttpToolContext {
  readonly authToken: string;
  /** The same for every attempt of one call of a tool. */
  readonly idempotencyKey: string;
  readonly callSid: string;
  /** The caller has interrupted, or the call is over. */
  readonly signal: AbortSignal;
}

interface ToolRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** Of an answer that is an error: enough for its reason. */
const ERROR_CHARS_MAX = 300;

const TEXTUAL = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|yaml|x-www-form-urlencoded))/u;

/** What the tool answered, as text for the model. Throws a `ToolFailure`. */
export async function askHttpTool(
  tool: HttpToolPlan,
  args: ToolArguments,
  context: HttpToolContext,
): Promise<string> {
  const endsAt = Date.now() + tool.timeoutMs;
  const timeout = AbortSignal.timeout(tool.timeoutMs);
  const signal = AbortSignal.any([context.signal, timeout]);
  try {
    const request = await requestOf(tool, args, context);
    for (let retry = 1; ; retry++) {
      const outcome = await attempt(request, signal);
      const { response, failure } = outcome;
      const isFinal = response !== undefined && !isPassing(response.status);
      const delayMs =
        isFinal || !tool.isIdempotent
          ? undefined
          : retryDelayMs(
              retry,
              response?.headers.get('Retry-After') ?? null,
              Date.now(),
              endsAt - Date.now(),
            );
      if (delayMs === undefined) {
        if (failure !== undefined) throw failure;
        return await answerOf(outcome.response, tool.resultCharsMax);
      }
      await response?.body?.cancel();
      await pause(delayMs, signal);
    }
  } catch (error) {
    if (error instanceof ToolFailure) throw error;
    if (timeout.aborted) throw new ToolFailure('TOOL_TIMEOUT', 'the tool did not answer in time');
    throw new ToolFailure('TOOL_UNREACHABLE', 'the tool cannot be reached');
  }
}

type Outcome =
  | { readonly response: Response; readonly failure?: undefined }
  | { readonly response?: undefined; readonly failure: ToolFailure };

async function attempt(request: ToolRequest, signal: AbortSignal): Promise<Outcome> {
  const { url, method, headers, body } = request;
  try {
    const init = { method, headers, signal, redirect: 'manual' } as const;
    return { response: await fetch(url, body === undefined ? init : { ...init, body }) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { failure: new ToolFailure('TOOL_UNREACHABLE', 'the tool cannot be reached') };
  }
}

async function requestOf(
  tool: HttpToolPlan,
  args: ToolArguments,
  context: HttpToolContext,
): Promise<ToolRequest> {
  const url = callableUrl(tool.url);
  const headers = new Headers({ Accept: 'application/json, text/*', ...tool.headers });
  headers.set('X-Patchcord-Call', context.callSid);
  if (!headers.has('Idempotency-Key')) headers.set('Idempotency-Key', context.idempotencyKey);
  const { method } = tool;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  if (hasBody && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  if (!hasBody) {
    for (const [name, value] of Object.entries(args)) {
      url.searchParams.append(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
  }
  const body = hasBody ? JSON.stringify(args) : undefined;
  const signed = body ?? `${url.pathname}${url.search}`;
  headers.set(SIGNATURE_HEADER, await signatureOf('tools', context.authToken, signed, Date.now()));
  return { url, method, headers, body };
}

async function answerOf(response: Response, charsMax: number): Promise<string> {
  refuseRedirect(response);
  const { ok, status, headers, body } = response;
  const isText = TEXTUAL.test((headers.get('Content-Type') ?? 'text/plain').toLowerCase());
  if (!isText) {
    await body?.cancel();
    if (ok && status !== 204) {
      throw new ToolFailure('TOOL_UNREADABLE', 'the tool answered with something that is no text');
    }
  }
  const text = isText ? (await readBounded(body, ok ? charsMax : ERROR_CHARS_MAX)).trim() : '';
  if (ok) return text === '' ? 'done' : text;
  const logged = `the tool answered ${status}`;
  throw new ToolFailure(
    'TOOL_STATUS',
    text === '' ? logged : `${logged}: ${oneLine(text)}`,
    logged,
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ');
}

/** Rejects when `signal` is aborted. */
async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(new Error('aborted'));
  const timer = setTimeout(resolve, delayMs);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
