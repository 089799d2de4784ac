/** One attempt to hand traces or metrics to a collector: OTLP over HTTP, in JSON. */

import { AfterwardsError } from '../afterwards/failure.ts';
import type { MetricsRequest, TraceRequest } from './otlp.ts';
import { endpointOf, parseHeaders, type Signal, type TelemetryVariables } from './variables.ts';

const TIMEOUT_MS = 10_000;
const RETRY_AFTER_MS_MAX = 3_600_000;

/** Those that the protocol wants tried again; all others never. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Resolves when the collector has taken it, or where there is none. What it took only in part is not sent again.
 *
 * Rejects with an {@link AfterwardsError}: TELEMETRY_REFUSED where another attempt must not be made, else TELEMETRY_FAILED.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
export async function exportSignal(
  env: TelemetryVariables,
  signal: Signal,
  body: TraceRequest | MetricsRequest,
): Promise<void> {
  const url = endpointOf(env, signal);
  if (url === undefined) return;
  const headers = {
    ...parseHeaders(env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    'content-type': 'application/json',
    'user-agent': 'patchcord-edge',
  };
  const abort = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    // The headers are for nobody else.
    redirect: 'manual',
    signal: abort,
  }).catch((cause: unknown) => {
    const message = abort.aborted ? 'no answer within 10 seconds' : 'no connection';
    throw new AfterwardsError('TELEMETRY_FAILED', message, { cause });
  });
  await response.body?.cancel();
  if (response.ok) return;
  const { status } = response;
  const message = `the collector answered ${status}`;
  if (!RETRYABLE.has(status)) throw new AfterwardsError('TELEMETRY_REFUSED', message);
  const retryAfterMs = retryAfterMsOf(response.headers.get('Retry-After'));
  throw new AfterwardsError('TELEMETRY_FAILED', message, { retryAfterMs });
}

/** Seconds; the other form, an instant, is left to our own waiting. */
function retryAfterMsOf(text: string | null): number | undefined {
  if (text === null || !/^[0-9]{1,6}$/u.test(text)) return undefined;
  return Math.min(RETRY_AFTER_MS_MAX, Number(text) * 1000);
}
